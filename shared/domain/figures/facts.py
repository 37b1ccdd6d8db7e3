"""The facts of a case: everything that its events say, by the definitions of the KPI sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from shared.domain.figures.backlog import backlog_facts
from shared.domain.figures.chronicle import Chronicle, chronicle_of
from shared.domain.figures.containment import containment_facts
from shared.domain.figures.first_contact import first_contact_facts
from shared.domain.figures.handling import handling_facts
from shared.domain.figures.model import CaseHistory, Fact
from shared.domain.figures.resolution import resolution_facts
from shared.domain.figures.response import response_facts
from shared.domain.figures.rules import Rules
from shared.domain.figures.sales import sales_facts
from shared.domain.figures.service_levels import service_level_facts
from shared.domain.figures.surveys import survey_facts
from shared.domain.figures.voice import voice_facts
from shared.domain.figures.volume import volume_facts

FAMILIES: Final[tuple[Callable[[Chronicle], Iterator[Fact]], ...]] = (
    response_facts,
    handling_facts,
    resolution_facts,
    volume_facts,
    first_contact_facts,
    containment_facts,
    voice_facts,
    survey_facts,
    sales_facts,
    service_level_facts,
    backlog_facts,
)
"""What states facts, one function a family."""

NEGATIVE: Final = "negative_duration"
"""Several durations may end with the same contradiction of clocks: it is one."""


def facts_of(history: CaseHistory, rules: Rules, as_of: datetime) -> list[Fact]:
    """The facts of a case as they stood at an instant: the same whatever order its events came in and however often.

    What does not apply has no fact; a fact of nothing (0) is only ever a duration.
    """
    return facts_in(chronicle_of(history, rules, as_of))


def facts_in(chronicle: Chronicle) -> list[Fact]:
    """The facts of a case that has been read."""
    stated = [fact for family in FAMILIES for fact in family(chronicle)]
    contradictions = dict.fromkeys(fact for fact in stated if fact.metric == NEGATIVE)
    found = [fact for fact in stated if fact.metric != NEGATIVE] + list(contradictions)
    return sorted(found, key=lambda fact: (fact.metric, fact.at, fact.amount, str(fact.dimensions)))
