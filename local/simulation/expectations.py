"""What a story expects, compared with what came of it. What is not said may be anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

ANY_ORDER: Final = "in_any_order"
AMONG: Final = "among_them"
SOME: Final = "some"
NONE: Final = "none"

TOP: Final = (
    "customers",
    "everyone",
    "cases",
    "candidates",
    "connectors",
    "sent",
    "dead_letters",
    "refused",
    "metrics",
)
"""What an expectation can speak of: the report's own keys, and `everyone`, customers that became others among them."""

_ABSENT: Final = object()


@dataclass(frozen=True, slots=True)
class Unmet:
    """`where`: the step or section that expects, `key`: what of the outcome; `message`: expected and found."""

    where: str
    line: int | None
    key: str
    message: str

    def __str__(self) -> str:
        place = self.where if self.line is None else f"line {self.line}, {self.where}"
        return f"{place}: {self.key}: {self.message}"


def unmet(expected: Mapping[str, Any], report: Mapping[str, Any], where: str, line: int | None) -> list[Unmet]:
    """Everything in which the outcome differs from what is expected. Ids are compared by number."""
    plain = _by_number(report)
    return [Unmet(where, line, key, message) for key, message in _differences(expected, plain, "")]


def _by_number(report: Mapping[str, Any]) -> dict[str, Any]:
    """The report as a person would tell it: numbers for ids, customers without those who became others, a metric
    by its name."""
    number_of = {one["id"]: one["number"] for kind in ("customers", "cases") for one in report[kind]}
    plain: dict[str, Any] = _replaced(report, number_of)
    for customer, shown in zip(report["customers"], plain["customers"], strict=True):
        shown["cases"] = [one["number"] for one in plain["cases"] if one["customer"] == customer["number"]]
        shown["holds"] = [f"{one['kind']}:{one['value']}" for one in shown["identities"] if not one.get("until")]
        shown["held"] = [f"{one['kind']}:{one['value']}" for one in shown["identities"] if one.get("until")]
    plain["everyone"] = plain["customers"]
    plain["customers"] = [one for one in plain["customers"] if not one.get("merged_into")]
    plain["metrics"] = _added_up(report["metrics"])
    return plain


def _added_up(metrics: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for one in metrics:
        total[one["name"]] = total.get(one["name"], 0) + one["value"]
    return total


def _replaced(value: Any, number_of: Mapping[str, int]) -> Any:
    if isinstance(value, Mapping):
        return {key: value[key] if key == "id" else _replaced(value[key], number_of) for key in value}
    if isinstance(value, list | tuple):
        return [_replaced(each, number_of) for each in value]
    return number_of.get(value, value) if isinstance(value, str) else value


def _differences(expected: Any, found: Any, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(expected, Mapping):
        yield from _of_mapping(expected, found, key)
    elif isinstance(expected, list):
        yield from _of_list(expected, found, key)
    else:
        yield from _of_word(expected, found, key)


def _of_word(expected: Any, found: Any, key: str) -> Iterator[tuple[str, str]]:
    """`some`, `none`, a number of things, what a message says, or simply the value."""
    if expected in (SOME, NONE):
        if _is_there(found) is (expected == NONE):
            yield key, f"{expected} is expected, there is {_told(found)}"
        return
    if isinstance(expected, int) and not isinstance(expected, bool) and isinstance(found, list):
        found = len(found)
    elif isinstance(found, Mapping):
        found = found.get("number" if isinstance(expected, int) else "text")
    if expected != found and not (found is _ABSENT and expected in (None, 0)):
        yield key, f"{_told(expected)} is expected, it is {_told(found)}"


def _is_there(found: Any) -> bool:
    return found is not _ABSENT and bool(found)


def _of_mapping(expected: Mapping[str, Any], found: Any, key: str) -> Iterator[tuple[str, str]]:
    for word in (ANY_ORDER, AMONG):
        if set(expected) == {word}:
            yield from _somewhere(expected[word], found, key, all_of_them=word == ANY_ORDER)
            return
    if isinstance(found, list):
        yield key, f"a mapping is expected where there is a list of {len(found)}"
        return
    for name, wanted in expected.items():
        inner = f"{key}.{name}" if key else name
        has = found.get(name, _ABSENT) if isinstance(found, Mapping) else _ABSENT
        yield from _differences(wanted, has, inner)


def _of_list(expected: list[Any], found: Any, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(found, Mapping) and "customers" in found:
        found = found["customers"]
    if not isinstance(found, list):
        found = [] if found in (_ABSENT, None) else [found]
    if len(found) != len(expected):
        yield key, f"{len(expected)} expected, there are {len(found)}: {_told(found)}"
        return
    for number, (wanted, has) in enumerate(zip(expected, found, strict=True), 1):
        yield from _differences(wanted, has, f"{key} {number}")


def _somewhere(expected: Any, found: Any, key: str, *, all_of_them: bool) -> Iterator[tuple[str, str]]:
    left = list(found) if isinstance(found, list) else []
    if all_of_them and len(left) != len(expected):
        yield key, f"{len(expected)} expected, there are {len(left)}: {_told(found)}"
        return
    for wanted in expected:
        match = next((one for one in left if not list(_differences(wanted, one, ""))), _ABSENT)
        if match is _ABSENT:
            yield key, f"none of them is {_told(wanted)}: {_told(found)}"
            return
        left.remove(match)


def _told(value: Any) -> str:
    """Short, for a line: of an entry what was said, of a longer thing its beginning."""
    if not _is_there(value) and value != 0:
        return "none"
    if isinstance(value, Mapping):
        short = {key: value[key] for key in ("number", "kind", "text", "state", "customers", "status") if key in value}
        value = short or dict(value)
    if isinstance(value, list):
        return "[" + ", ".join(_told(one) for one in value[:8]) + (", …]" if len(value) > 8 else "]")
    text = str(value)
    return text if len(text) <= 120 else text[:117] + "…"
