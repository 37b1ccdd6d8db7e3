"""The section `kpi`: windows, caps and thresholds of the figures.

    kpi:
      fcr_window: P7D            # a return within it spoils first contact resolution
      reopen_window: P7D         # a reopening within it counts
      containment_window: PT72H  # a return within it spoils verified containment
      conversion_window: P7D     # a sale within it is the contact's
      chat_gap: PT30M            # silence after which a chat is over
      message_gap: PT24H         # the same of other messaging
      unanswered_after: PT24H    # a written contact unanswered for so long was abandoned
      handle_cap: PT5M           # the most that one action of an agent is credited with
      short_abandon: PT5S        # a call given up before is no abandonment
      service_level: PT20S       # a call answered by then is in time
      recovered_within: PT1H     # an answer within it makes an abandoned call good
      survey_change: PT24H       # so long an answer may be changed, at most a day
      survey_expiry: P7D         # later answers count for nothing; at most a week
      later_topics: [visit]      # topics that no first contact can solve: left out of net FCR

Whether thanks alone wait for an answer, and whether a message takes a case off hold, is what `cases` says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from shared.configuration.cases import CaseRules
from shared.configuration.checks import unknown_key
from shared.configuration.source import Path, Source
from shared.configuration.windows import seconds_of
from shared.domain.figures.rules import Limits, Rules
from shared.domain.surveys.rules import ANSWERED_WITHIN, CHANGED_WITHIN

if TYPE_CHECKING:
    from shared.configuration.models import Config

DURATIONS: Final[Mapping[str, str]] = {
    "fcr_window": "fcr_s",
    "reopen_window": "reopen_s",
    "containment_window": "contained_s",
    "conversion_window": "conversion_s",
    "chat_gap": "chat_gap_s",
    "message_gap": "message_gap_s",
    "unanswered_after": "leave_s",
    "handle_cap": "handle_cap_s",
    "short_abandon": "short_abandon_s",
    "service_level": "service_level_s",
    "recovered_within": "recovered_s",
    "survey_change": "survey_change_s",
    "survey_expiry": "survey_expiry_s",
}
"""The keys that are durations, and which limit each is."""

LATER: Final = "later_topics"
_MAY_BE_NOTHING: Final = frozenset({"short_abandon", "survey_change"})
_LONGEST: Final = {
    "survey_change": (int(CHANGED_WITHIN.total_seconds()), "PT24H"),
    "survey_expiry": (int(ANSWERED_WITHIN.total_seconds()), "P7D"),
}
"""What comes later is recorded as late, whatever the figures' rules are: more would change nothing."""


def read_kpi(source: Source, cases: CaseRules) -> Limits:
    """The section `kpi`; what it does not say is as the KPI sheet has it."""
    data = source.data.get("kpi")
    said: dict[str, Any] = {"courtesy": cases.courtesy, "stay_on_hold": cases.stay_on_hold}
    if data is None:
        return Limits(**said)
    if not isinstance(data, Mapping):
        source.fault(("kpi",), "must be a mapping: write kpi: {fcr_window: P7D}")
        return Limits(**said)
    return Limits(**said, **dict(_values(source, data)))


def rules_of(config: Config) -> Rules:
    """By which rules the figures of a deployment are made."""
    return Rules(config.service_levels, config.kpi)


def _values(source: Source, data: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in data.items():
        path: Path = ("kpi", key)
        if key == LATER:
            yield LATER, _topics(source, path, value)
        elif key in DURATIONS:
            yield from _seconds(source, path, key, value)
        else:
            source.fault(path, unknown_key(str(key), (*DURATIONS, LATER)))


def _seconds(source: Source, path: Path, key: str, value: Any) -> Iterator[tuple[str, int]]:
    try:
        seconds = seconds_of(value if isinstance(value, str) else "")
    except ValueError as error:
        source.fault(path, str(error))
        return
    if not seconds and key not in _MAY_BE_NOTHING:
        source.fault(path, "must be longer than nothing: write it as PT48H (hours), PT30M (minutes) or P14D (days)")
        return
    most, text = _LONGEST.get(key, (seconds, ""))
    if seconds > most:
        source.fault(path, f"at most {text}: a later answer is recorded as late and never counts")
        return
    yield DURATIONS[key], seconds


def _topics(source: Source, path: Path, value: Any) -> frozenset[str]:
    if not isinstance(value, list) or any(not isinstance(topic, str) for topic in value):
        source.fault(path, "must be a list of topics: write later_topics: [visit]")
        return frozenset()
    return frozenset(value)
