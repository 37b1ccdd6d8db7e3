"""Figures of a batch: every case's facts, what they add up to, and what is pending. No store, no clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared.domain.business_time.clocks import Outcome
from shared.domain.figures.backlog import Age, backlog
from shared.domain.figures.beside import with_beside
from shared.domain.figures.chronicle import Chronicle, chronicle_of
from shared.domain.figures.facts import facts_in
from shared.domain.figures.model import CaseHistory, Fact
from shared.domain.figures.rules import LIVE, Rules
from shared.domain.figures.service_levels import Running, outcomes_of
from shared.domain.figures.totals import Totals

ALL: Final = "all"

GROUPS: Final[Mapping[str, Callable[[str], bool]]] = {
    ALL: lambda _: True,
    "written": lambda channel: channel not in LIVE,
    "voice": lambda channel: channel == "voice",
}
"""Groups of channels that are looked at together."""


@dataclass(frozen=True, slots=True)
class Computed:
    """`facts`: of each case, in the cases' order. `totals`: by group of channels; `by_channel`: of each channel.
    `pending`: the backlog at `as_of`. `customers`: how many different ones had a contact. `clocks`: by case, how each
    of its service levels' clocks stands at `as_of`."""

    as_of: datetime
    facts: Mapping[str, list[Fact]]
    totals: Mapping[str, Totals]
    by_channel: Mapping[str, Totals]
    pending: list[Age]
    customers: int
    clocks: Mapping[str, list[tuple[Running, Outcome]]]


def computed(histories: Sequence[CaseHistory], rules: Rules, as_of: datetime) -> Computed:
    """Everything that a batch of cases says at an instant. `histories`: with events alone; what customers did in other
    cases of the batch is found here."""
    chronicles = [chronicle_of(history, rules, as_of) for history in with_beside(histories, rules.limits)]
    facts = {chronicle.history.case: facts_in(chronicle) for chronicle in chronicles}
    told = [fact for found in facts.values() for fact in found]
    channels = sorted({fact.dimensions.channel for fact in told})
    return Computed(
        as_of,
        facts,
        {name: _totals(told, belongs) for name, belongs in GROUPS.items()},
        {channel: _totals(told, _is(channel)) for channel in channels},
        backlog(chronicles),
        len({_customer(chronicle) for chronicle in chronicles if chronicle.contacts and not chronicle.is_gone}),
        {chronicle.history.case: outcomes_of(chronicle) for chronicle in chronicles},
    )


def _customer(chronicle: Chronicle) -> tuple[str, str]:
    return chronicle.history.brand, chronicle.history.customer


def _is(channel: str) -> Callable[[str], bool]:
    return lambda own: own == channel


def _totals(facts: Sequence[Fact], belongs: Callable[[str], bool]) -> Totals:
    totals = Totals()
    for fact in facts:
        if belongs(fact.dimensions.channel):
            totals.add(fact)
    return totals
