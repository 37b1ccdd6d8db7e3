"""What only some types of event have: seconds of calls, answers of surveys, money of sales."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from shared.domain.figures.vocabulary import CALLS, MERGED, SALE, SURVEY_ANSWERED, SURVEY_SENT

Details = dict[str, int | str]
Fault = Callable[[int, str, str], Exception]
"""Line, key and message to what is raised."""

_SECONDS: Final[Mapping[str, tuple[str, ...]]] = {
    "queue_s": ("queue_s", "wait_s", "queue_seconds", "wait_seconds"),
    "talk_s": ("talk_s", "talk", "talk_seconds"),
    "hold_s": ("hold_s", "hold", "hold_seconds"),
    "acw_s": ("acw_s", "acw", "wrap_up_s", "acw_seconds"),
    "active_s": ("active_s", "focus_s", "active_seconds"),
}
_SURVEYS: Final = {"ces2": "ces", "ces_2": "ces", "ces_2.0": "ces", "ces5": "ces_old", "fcr_survey": "fcr"}
_WORDS: Final = {"yes": 1, "si": 1, "sí": 1, "up": 1, "no": 0, "down": 0}


def details_of(line: int, type_: str, said: Mapping[str, Any], fault: Fault) -> Details:
    """The details of a line. Raises what `fault` makes for a value that is none."""
    found: Details = {}
    for name, keys in _SECONDS.items():
        key = next((key for key in keys if said.get(key) is not None), None)
        if key is not None and (type_ in CALLS or name == "active_s"):
            found[name] = _seconds(line, key, said[key], fault)
    if type_ in CALLS:
        found |= _text(said, "call", ("call", "call_id", "contact", "contact_id"))
    if type_ in (SURVEY_SENT, SURVEY_ANSWERED):
        found |= _survey(line, said, fault)
    if type_ == SALE:
        found["cents"] = _cents(line, said, fault)
    if type_ == MERGED:
        found |= _text(said, "into", ("into", "merged_into", "target", "survivor"))
    return found | _text(said, "priority", ("priority",))


def _seconds(line: int, key: str, value: Any, fault: Fault) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        raise fault(line, key, "must be a number of seconds")
    return int(value)


def _text(said: Mapping[str, Any], name: str, keys: tuple[str, ...]) -> Details:
    value = next((said[key] for key in keys if isinstance(said.get(key), str | int)), None)
    return {} if value is None or value == "" else {name: str(value)}


def _survey(line: int, said: Mapping[str, Any], fault: Fault) -> Details:
    found = _text(said, "instance", ("instance", "instance_id", "survey_id", "token"))
    asked = next((said[key] for key in ("survey", "metric", "scale", "kind") if isinstance(said.get(key), str)), None)
    if asked:
        word = asked.strip().lower()
        found["survey"] = _SURVEYS.get(word, word)
    value = next((said[key] for key in ("value", "score", "answer", "rating") if said.get(key) is not None), None)
    if value is not None:
        found["value"] = _answer(line, value, fault)
    return found


def _answer(line: int, value: Any, fault: Fault) -> int:
    if isinstance(value, str):
        word = value.strip().lower()
        value = _WORDS.get(word, int(word) if word.isdecimal() and len(word) < 4 else None)
    if isinstance(value, int):  # true and false are yes and no
        return int(value)
    raise fault(line, "value", "must be a whole number, or yes or no")


def _cents(line: int, said: Mapping[str, Any], fault: Fault) -> int:
    for key in ("cents", "amount_cents"):
        value = said.get(key)
        if value is not None:
            if isinstance(value, bool) or not isinstance(value, int):
                raise fault(line, key, "must be a whole number of cents")
            return value
    for key in ("amount", "total"):
        if said.get(key) is not None:
            return _of_amount(line, key, said[key], fault)
    raise fault(line, "cents", "is missing: write cents as a whole number, or amount as text such as 12.50")


def _of_amount(line: int, key: str, value: Any, fault: Fault) -> int:
    try:
        cents = Decimal(str(value)) * 100
        whole = int(cents)
    except (InvalidOperation, ValueError, OverflowError):
        raise fault(line, key, "must be an amount of money, such as 12.50") from None
    if cents != whole:
        raise fault(line, key, "must be an amount of money with at most two decimals, such as 12.50")
    return whole
