"""The sections `hours` and `sla`: whose calendar is which, and within what time what is due.

    hours:
    - {team: guardia, calendar: always}
    - {brand: acme, calendar: office}
    sla:
    - name: messaging
      channel: [whatsapp, messenger]
      first_response: {urgent: PT5M, any: PT15M}
      resolution: {any: PT8H}
    - name: calls
      channel: voice
      first_response: {any: PT20S, time: calendar}

Both are ordered, the first entry that matches counts; an entry that names no brand, channel, team or priority is for
all. Without `hours` business time is calendar time; without `sla`, or a policy that matches, a case has no SLA.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, StrictStr, model_validator

from shared.configuration.calendars import CalendarsRead, Day, known_calendars
from shared.configuration.checks import check
from shared.configuration.entries import entries
from shared.configuration.source import Path, Source
from shared.configuration.values import ChannelName, Name, closest
from shared.configuration.windows import seconds_of
from shared.domain.business_time.levels import CLOCKS, ClockName, Policy, ServiceLevels, Target, Whom

Priority = Literal["urgent", "high", "normal", "low"]
_BUDGETS: Final = ("urgent", "high", "normal", "low", "any")


def _one_or_more(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _budget(value: object) -> int:
    seconds = seconds_of(value if isinstance(value, str) else "")
    if seconds < 1:
        raise ValueError("a target of no time cannot be met: write it as PT15M (minutes) or PT8H (hours)")
    return seconds


def _for_any(value: object) -> object:
    if not isinstance(value, str | Mapping):
        raise ValueError("a target is a time, PT15M (minutes) or PT8H (hours), or {urgent: PT5M, any: PT15M}")  # noqa: TRY004 - a fault
    return {"any": value} if isinstance(value, str) else value


Team = Annotated[StrictStr, Field(min_length=1, max_length=200)]
Budget = Annotated[int, BeforeValidator(_budget)]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _TargetEntry(_Settings):
    urgent: Budget | None = None
    high: Budget | None = None
    normal: Budget | None = None
    low: Budget | None = None
    any: Budget | None = None
    time: Literal["business", "calendar"] = "business"

    @model_validator(mode="after")
    def _some(self) -> _TargetEntry:
        if not self.budgets():
            raise ValueError("a target needs a time: write {any: PT15M}, or one for each priority")
        return self

    def budgets(self) -> dict[str, int]:
        found = {name: getattr(self, name) for name in _BUDGETS}
        return {name: seconds for name, seconds in found.items() if seconds is not None}


class _Entry(_Settings):
    brand: Annotated[list[Name], BeforeValidator(_one_or_more)] = []
    channel: Annotated[list[ChannelName], BeforeValidator(_one_or_more)] = []
    team: Annotated[list[Team], BeforeValidator(_one_or_more)] = []


class _HoursEntry(_Entry):
    calendar: StrictStr


TargetEntry = Annotated[_TargetEntry, BeforeValidator(_for_any)]


class _PolicyEntry(_Entry):
    name: Name
    version: Annotated[StrictInt, Field(ge=1)] = 1
    priority: Annotated[list[Priority], BeforeValidator(_one_or_more)] = []
    calendar: StrictStr | None = None
    valid_from: Day | None = None
    valid_until: Day | None = None
    first_response: TargetEntry | None = None
    next_response: TargetEntry | None = None
    update: TargetEntry | None = None
    resolution: TargetEntry | None = None
    assignment: TargetEntry | None = None
    pause_on_hold: StrictBool = False

    @model_validator(mode="after")
    def _in_order(self) -> _PolicyEntry:
        if self.valid_from and self.valid_until and self.valid_until <= self.valid_from:
            raise ValueError("valid_until: lies before valid_from, or on it: the policy would never hold")
        return self

    def targets(self) -> dict[ClockName, Target]:
        found: dict[ClockName, _TargetEntry | None] = {clock: getattr(self, clock) for clock in CLOCKS}
        return {clock: Target(each.budgets(), each.time == "business") for clock, each in found.items() if each}


def read_service_levels(source: Source, zones: Mapping[str, str], read: CalendarsRead) -> ServiceLevels:
    """The sections `hours` and `sla`, beside the calendars read. `zones`: the time zone of each brand."""
    hours = tuple((_whom(entry), entry.calendar) for entry in _made(source, "hours", _HoursEntry))
    policies = tuple(map(_policy, _made(source, "sla", _PolicyEntry)))
    _check_versions(source)
    return ServiceLevels(zones, read.calendars, hours, policies)


def _made(source: Source, section: str, model: type[Any]) -> Iterator[Any]:
    for path, entry in entries(source, section):
        _check_names(source, entry, path)
        made = check(model, entry, path, source)
        if made is not None:
            yield made


def _check_names(source: Source, entry: Any, path: Path) -> None:
    if not isinstance(entry, Mapping):
        return
    named, brands = entry.get("brand"), _brand_names(source)
    for index, brand in enumerate(named if isinstance(named, list) else [named]):
        if isinstance(brand, str) and brands and brand not in brands:
            place = (*path, "brand", index) if isinstance(named, list) else (*path, "brand")
            source.fault(place, "no brand has this name; " + closest(brand, brands))
    calendar, known = entry.get("calendar"), known_calendars(source)
    if isinstance(calendar, str) and calendar not in known:
        source.fault((*path, "calendar"), "no calendar has this name; " + closest(calendar, known))


def _brand_names(source: Source) -> list[str]:
    """Also of brands with faults, which are told where those stand."""
    data = source.data.get("brands")
    entries = data if isinstance(data, list) else []
    return [str(entry["name"]) for entry in entries if isinstance(entry, Mapping) and "name" in entry]


def _check_versions(source: Source) -> None:
    data = source.data.get("sla")
    taken = set()
    for index, entry in enumerate(data if isinstance(data, list) else ()):
        if not isinstance(entry, Mapping) or not isinstance(entry.get("name"), str):
            continue
        same = entry["name"], str(entry.get("version", 1))
        if same in taken:
            source.fault(("sla", index, "name"), "an earlier policy has this name and version: give it another version")
        taken.add(same)


def _whom(entry: _Entry, priorities: frozenset[str] = frozenset()) -> Whom:
    return Whom(frozenset(entry.brand), frozenset(entry.channel), frozenset(entry.team), priorities)


def _policy(entry: _PolicyEntry) -> Policy:
    return Policy(
        entry.name,
        entry.version,
        _whom(entry, frozenset(entry.priority)),
        entry.calendar,
        entry.targets(),
        entry.pause_on_hold,
        entry.valid_from,
        entry.valid_until,
    )
