"""What service a company promises: which calendar holds for whom, and within what time what is due.

Both are ordered lists of which the first entry that matches counts, at the instant at which a clock starts: calendar,
policy and target are pinned then. Later changes of the case's queue, or of the configuration, do not touch a clock that
runs; a new clock begins with what is in force.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal, get_args

from shared.domain.business_time.calendars import ALWAYS, Calendar, in_force
from shared.domain.business_time.zones import zone_of

ClockName = Literal["first_response", "next_response", "update", "resolution", "assignment"]
CLOCKS: Final[tuple[ClockName, ...]] = get_args(ClockName)

ANY: Final = "any"
"""Stands for every priority that has no target of its own."""

NORMAL: Final = "normal"
"""The priority of a case to which none was given."""


@dataclass(frozen=True, slots=True)
class Whom:
    """Whom an entry is for; an empty part means all."""

    brands: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    priorities: frozenset[str] = frozenset()

    def matches(self, brand: str, team: str, channel: str, priority: str) -> bool:
        """Whether a case is meant."""
        parts = (self.brands, brand), (self.teams, team), (self.channels, channel), (self.priorities, priority)
        return all(not wanted or value in wanted for wanted, value in parts)


@dataclass(frozen=True, slots=True)
class Target:
    """The budget of one clock, in seconds by priority. `business`: it runs in open hours; else at all hours."""

    budgets: Mapping[str, int]
    business: bool = True

    def budget_s(self, priority: str | None) -> int | None:
        """The budget for a priority; None where it has none, so that the clock does not run."""
        return self.budgets.get(priority or NORMAL, self.budgets.get(ANY))


@dataclass(frozen=True, slots=True)
class Policy:
    """What is promised to some. `calendar`: the name of the one its clocks run in, None for the one of the case.
    `pause_on_hold`: the clock of the resolution stands still while a third party is waited for, too. In force from
    `valid_from` until just before `valid_until`, by the brand's local date."""

    name: str
    version: int = 1
    whom: Whom = Whom()
    calendar: str | None = None
    targets: Mapping[ClockName, Target] = field(default_factory=dict)
    pause_on_hold: bool = False
    valid_from: date | None = None
    valid_until: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the policy is in force on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day < self.valid_until
        )


@dataclass(frozen=True, slots=True)
class ServiceLevels:
    """Calendars and policies. `zones`: the time zone of each brand. `calendars`: by brand and name, all versions.
    `hours`: whose calendar is which. Without any, business time is calendar time, and there is no SLA."""

    zones: Mapping[str, str] = field(default_factory=dict)
    calendars: Mapping[tuple[str, str], tuple[Calendar, ...]] = field(default_factory=dict)
    hours: tuple[tuple[Whom, str], ...] = ()
    policies: tuple[Policy, ...] = ()

    def calendar_for(self, brand: str, team: str, channel: str, at: datetime) -> Calendar:
        """The calendar that a clock of a case is pinned to if it starts at `at`."""
        for whom, name in self.hours:
            if whom.matches(brand, team, channel, NORMAL):
                return self.calendar(brand, name, at)
        return ALWAYS

    def calendar(self, brand: str, name: str, at: datetime) -> Calendar:
        """The version in force of a brand's calendar. Raises KeyError for a name that is not configured."""
        if name == ALWAYS.name:
            return ALWAYS
        return in_force(self.calendars[brand, name], at) or self.calendars[brand, name][0]

    def policy_for(self, brand: str, team: str, channel: str, priority: str | None, at: datetime) -> Policy | None:
        """The policy that a case is pinned to at its first contact, `at`; None: no SLA."""
        day = at.astimezone(zone_of(self.zones.get(brand, ALWAYS.zone))).date()
        meant = (each for each in self.policies if each.whom.matches(brand, team, channel, priority or NORMAL))
        return next((policy for policy in meant if policy.holds_on(day)), None)

    def calendar_of(
        self, policy: Policy, clock: ClockName, brand: str, team: str, channel: str, at: datetime
    ) -> Calendar:
        """The calendar of one clock of a policy, if it starts at `at`."""
        target = policy.targets.get(clock)
        if target is not None and not target.business:
            return ALWAYS
        if policy.calendar is not None:
            return self.calendar(brand, policy.calendar, at)
        return self.calendar_for(brand, team, channel, at)
