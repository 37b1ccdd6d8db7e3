"""By which rules facts are made: calendars, windows, caps and thresholds. Pure values; configuration makes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from shared.domain.business_time.calendars import Calendar
from shared.domain.business_time.levels import ServiceLevels

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR

CLAMP_S: Final = 5
"""A stop earlier than its start by up to so many seconds counts as at once: clocks differ. Fixed."""

LIVE: Final = frozenset({"voice", "in_person"})
"""Channels on which people are answered, not written to."""

CHAT: Final = frozenset({"webchat", "app"})
"""Channels whose contacts end with a short silence."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Windows, caps and thresholds, in seconds. Windows are half-open: what comes at exactly the end is outside.

    `fcr_s`, `reopen_s`: after a resolution, in which a return counts. `contained_s`: after a bot's conversation.
    `conversion_s`: between a contact and its sale. `chat_gap_s`, `message_gap_s`: silence after which the next message
    is another contact, in a chat and in other messaging. `leave_s`: a written contact that nobody answered for so long
    was abandoned; a handoff, lost. `handle_cap_s`: the most that one action is credited with. `short_abandon_s`: a call
    given up before is no abandonment. `service_level_s`: a call answered by then is in time. `recovered_s`: after an
    abandoned call, in which an answer makes it good. `survey_change_s`: an answer may be changed for so long.
    `survey_expiry_s`: later answers count for nothing. `later_topics`: topics that no first contact can solve.
    `courtesy`: thanks alone open no turn. `stay_on_hold`: a message does not take a case off hold.
    """

    fcr_s: int = 7 * _DAY
    reopen_s: int = 7 * _DAY
    contained_s: int = 72 * _HOUR
    conversion_s: int = 7 * _DAY
    chat_gap_s: int = 30 * _MINUTE
    message_gap_s: int = _DAY
    leave_s: int = _DAY
    handle_cap_s: int = 300
    short_abandon_s: int = 5
    service_level_s: int = 20
    recovered_s: int = _HOUR
    survey_change_s: int = _DAY
    survey_expiry_s: int = 7 * _DAY
    later_topics: frozenset[str] = frozenset()
    courtesy: bool = True
    stay_on_hold: bool = False

    def gap_s(self, channel: str) -> int:
        """Silence after which a written contact on a channel is over."""
        return self.chat_gap_s if channel in CHAT else self.message_gap_s


@dataclass(frozen=True, slots=True)
class Rules:
    """What a deployment decides of its figures. `levels`: the brands' time zones, which say to which local day and hour
    their facts belong, their calendars and what service they promise."""

    levels: ServiceLevels = field(default_factory=ServiceLevels)
    limits: Limits = Limits()

    @property
    def zones(self) -> Mapping[str, str]:
        """The IANA time zone of each brand."""
        return self.levels.zones

    def calendar_for(self, brand: str, team: str, channel: str, at: datetime) -> Calendar:
        """The calendar in force at an instant, which a case's clocks that start then are pinned to."""
        return self.levels.calendar_for(brand, team, channel, at)
