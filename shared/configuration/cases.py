"""What a company decides of its cases beside their windows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from shared.configuration.checks import unknown_key
from shared.configuration.source import Path, Source
from shared.configuration.windows import seconds_of

_HOUR = 3600
_DURATIONS = {"remind": "remind_s", "give_up": "give_up_s", "new_topic": "new_topic_s"}
_CHOICES = {"courtesy": "courtesy", "stay_on_hold": "stay_on_hold"}


class CaseRules(BaseModel):
    """`remind_s`, `give_up_s`: after so many seconds of waiting for the customer a case reminds whoever holds it, and
    is resolved; 0: never. `courtesy`: a mere "thank you" does not reopen a resolved case. `stay_on_hold`: a message
    does not take a case off hold. `new_topic_s`: after so many seconds without a word, a mail that answers an old one
    under another subject begins a case of its own; 0: never."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    remind_s: int = Field(default=24 * _HOUR, ge=0)
    give_up_s: int = Field(default=72 * _HOUR, ge=0)
    new_topic_s: int = Field(default=14 * 24 * _HOUR, ge=0)
    courtesy: StrictBool = True
    stay_on_hold: StrictBool = False


def read_cases(source: Source) -> CaseRules:
    """The section `cases`: `{remind: PT24H, give_up: PT72H, new_topic: P14D, courtesy: true, stay_on_hold: false}`."""
    data = source.data.get("cases")
    if data is None:
        return CaseRules()
    if not isinstance(data, Mapping):
        source.fault(("cases",), "must be a mapping: write cases: {remind: PT24H}")
        return CaseRules()
    return CaseRules(**dict(_values(source, data)))


def _values(source: Source, data: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in data.items():
        path: Path = ("cases", key)
        if key in _CHOICES:
            if isinstance(value, bool):
                yield _CHOICES[key], value
            else:
                source.fault(path, "must be true or false")
        elif key in _DURATIONS:
            try:
                yield _DURATIONS[key], seconds_of(value if isinstance(value, str) else "")
            except ValueError as error:
                source.fault(path, str(error))
        else:
            source.fault(path, unknown_key(str(key), (*_CHOICES, *_DURATIONS)))
