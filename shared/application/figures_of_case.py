"""What a case contributes to the figures: a pure function of its log so far, and of a few small facts on its item.

The log is never rewritten, so what a case contributed when its item looked like this can be computed again at any
time, from the log's first `sequence` entries, and those of the cases that go on in it. Nothing else is stored per case.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from shared.application.figures_joined import JOINED, entries_of, joined_events, read_entries
from shared.domain.element import digest
from shared.domain.event import utc_text
from shared.domain.figures.from_log import events_of
from shared.domain.figures.model import Beside, CaseHistory
from shared.domain.figures.ordering import effective
from shared.domain.figures.ripening import FactsOf, next_change
from shared.domain.figures.rules import Rules
from shared.domain.figures.surveys import MERGED_AWAY
from shared.domain.figures.totals import Cells, cells_of
from shared.domain.figures.vocabulary import CALL_ABANDONED, CALLS, is_human_answer, is_written_contact
from shared.ports.table import Item, Table

FIGURES_AT: Final = "figures_at"
BESIDE: Final = ("next_contact_at", "next_answered_at", "next_any_contact_at")
GENERATION: Final = "figures_gen"

READ: Final = ("sequence", "state", "channels", "opened_at", "brand", "imported", JOINED)
MATTERS: Final = (*READ, FIGURES_AT, *BESIDE, GENERATION)
"""Attributes of a case's item that decide what it contributes, and to which generation."""

_ALWAYS: Final = datetime.max.replace(tzinfo=UTC)

BesideOf = Callable[[Sequence[CaseHistory]], Mapping[str, Beside]]


@dataclass(frozen=True, slots=True)
class Making:
    """How figures are made: by which function of a history, by which rules, in which zones."""

    facts_of: FactsOf
    rules: Rules
    beside_of: BesideOf
    next_change: Callable[[FactsOf, CaseHistory, Rules, datetime], datetime | None] = next_change
    zones: dict[str, tzinfo] = field(default_factory=dict)

    def zone_of(self, brand: str) -> tzinfo:
        """UTC for a brand that is configured no more."""
        if brand not in self.zones:
            self.zones[brand] = ZoneInfo(self.rules.zones.get(brand, "UTC"))
        return self.zones[brand]

    def cells(self, case: Item | None, log: Sequence[Item]) -> Cells:
        """What a case contributes as its item stands; nothing where there is none. `log`: at least as long."""
        if case is None:
            return {}
        history = history_of(case, log)
        if not history.events:
            return {}
        return cells_of(self.facts_of(history, self.rules, as_of(case, history)), self.zone_of)

    def next_look(self, case: Item, log: Sequence[Item]) -> str | None:
        """When time alone changes that, as UTC text to the second; None for never."""
        history = history_of(case, log)
        if not history.events:
            return None
        at = self.next_change(self.facts_of, history, self.rules, as_of(case, history))
        return utc_text(_whole(at)) if at else None

    def made_good_until(self, case: Item | None, log: Sequence[Item]) -> frozenset[str]:
        """Until when an answer in another case makes good each call that was given up, as UTC text to the second."""
        if case is None:
            return frozenset()
        window = timedelta(seconds=self.rules.limits.recovered_s)
        given_up = (one.occurred_at for one in history_of(case, log).events if one.type == CALL_ABANDONED)
        return frozenset(utc_text(_whole(at + window)) for at in given_up)


def _whole(at: datetime) -> datetime:
    """The first whole second by which it has come."""
    return at if at.microsecond == 0 else at.replace(microsecond=0) + timedelta(seconds=1)


def history_of(case: Item, log: Sequence[Item]) -> CaseHistory:
    """The case's events as its item stands: those of the log's first `sequence` entries, and of the cases that go on
    in it. Of one that goes on in another itself, none: they are that one's."""
    known = entries_of(log, case["id"], int(case["sequence"]))
    events = (*events_of(case, known), *joined_events(case, log)) if case["state"] != MERGED_AWAY else ()
    beside = Beside(**{name: _moment(case, name) for name in BESIDE})
    return CaseHistory(case["id"], case["customer"], case["brand"], events, beside)


def as_of(case: Item, history: CaseHistory) -> datetime:
    """To which instant its time was looked at: the clock's last look, or the latest thing that happened."""
    latest = max(event.occurred_at for event in history.events)
    looked = _moment(case, FIGURES_AT)
    return max(latest, looked) if looked else latest


def _moment(case: Item, name: str) -> datetime | None:
    return datetime.fromisoformat(case[name]) if case.get(name) else None


def differs(before: Item | None, after: Item | None) -> bool:
    """Whether a change of a case's item can change what it contributes."""
    first, second = before or {}, after or {}
    return any(first.get(name) != second.get(name) for name in MATTERS)


@dataclass(frozen=True, slots=True)
class Outward:
    """What other cases' figures see of a case. `contacts`: when the customer first wrote, and first called: a call
    that was given up is no contact. `answers`: the first; what later ones make good is looked at when that is over."""

    customer: str | None = None
    contacts: tuple[datetime | None, ...] = ()
    answers: tuple[datetime, ...] = ()
    is_gone: bool = False


def outward(case: Item | None, log: Sequence[Item]) -> Outward:
    """What other cases of the customer see of it: when its contacts began, when people answered."""
    if case is None:
        return Outward()
    events = effective(history_of(case, log).events, _ALWAYS)
    wrote = (one.occurred_at for one in events if is_written_contact(one))
    called = (one.occurred_at for one in events if one.type in CALLS)
    contacts = min(wrote, default=None), min(called, default=None)
    answers = sorted(one.occurred_at for one in events if is_human_answer(one))
    return Outward(case["customer"], contacts, tuple(answers[:1]), case["state"] in ("merged", "spam"))


def mark_of(case: Item) -> str:
    """By which it is known whether anything that decides what a case contributes has changed since."""
    return digest("figures", json.dumps([case.get(name) for name in MATTERS], default=str, sort_keys=True))[:8]


def read_log(table: Table, *cases: Item) -> list[Item]:
    """The entries on which these states of one case rest: its own up to its last, in order, and those of the cases that
    go on in it. 1 RCU for each 4 KB of each log."""
    lasts: dict[str, int] = {}
    for case in cases:
        for case_id, last in {case["id"]: case["sequence"], **case.get(JOINED, {})}.items():
            lasts[case_id] = max(int(last), lasts.get(case_id, 0))
    return [entry for case_id, last in lasts.items() for entry in read_entries(table, case_id, last)]
