"""The worked example of ten journeys: every table, the perturbation, and the links that are drawn."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from shared.domain.journeys.derive import journeys_of
from shared.domain.journeys.measures import Measures, measures_of
from shared.domain.journeys.model import Journey, JourneyEvent
from shared.domain.journeys.reading import events_in
from shared.domain.journeys.rules import JourneyRules
from shared.domain.journeys.sankey import sankey_of

AS_OF = datetime(2026, 11, 12, 16, tzinfo=UTC)
RULES = JourneyRules()
FIXTURE = Path(__file__).parents[2] / "fixtures" / "kpi" / "journeys.jsonl"
EVENTS = events_in(FIXTURE.read_text("utf-8").splitlines())


def _journeys(events: list[JourneyEvent]) -> list[Journey]:
    by_profile: dict[str, list[JourneyEvent]] = defaultdict(list)
    for event in events:
        by_profile[event.profile].append(event)
    return [journey for name in sorted(by_profile) for journey in journeys_of(by_profile[name], RULES)]


def _measures(events: list[JourneyEvent]) -> Measures:
    return measures_of(_journeys(events), AS_OF, RULES)


def _late() -> JourneyEvent:
    first = next(event for event in EVENTS if event.id == "j7-1")
    return replace(first, id="j7-2", stage="resolve", occurred_at=first.occurred_at + timedelta(minutes=4))


def test_golden_ten_journeys_each_whole() -> None:
    assert len(_journeys(EVENTS)) == 10


def test_golden_stages() -> None:
    rows = _measures(EVENTS).stages
    assert [(row.stage, row.entered, row.progressed, row.active, row.abandoned, row.rate.percent) for row in rows] == [
        ("discover", 10, 9, 0, 1, 10.0),
        ("authenticate", 7, 6, 0, 1, 14.3),
        ("diagnose", 7, 6, 1, 0, 0.0),
        ("fulfil", 2, 2, 0, 0, 0.0),
        ("resolve", 7, 7, 0, 0, 0.0),
    ]


def test_golden_transitions() -> None:
    found = {
        f"{row.source}→{row.target}": ([second // 60 for second in row.seconds], row.median_s / 60)
        for row in _measures(EVENTS).transitions
    }
    assert found == {
        "discover→authenticate": ([1, 1, 2, 3, 3, 4, 40], 3),
        "discover→diagnose": ([600], 600),
        "discover→resolve": ([5], 5),
        "authenticate→diagnose": ([3, 4, 5, 5, 5, 7], 5),
        "diagnose→fulfil": ([21, 100], 60.5),
        "diagnose→resolve": ([15, 19, 72, 1456], 45.5),
        "fulfil→resolve": ([1470, 2220], 1845),
    }


def test_golden_outcomes_and_rates() -> None:
    found = _measures(EVENTS)
    assert found.outcomes == {"resolved": 7, "abandoned": 2, "transferred": 0, "active": 1}
    assert found.median_to_resolve_s == 82 * 60
    assert (found.switched.numerator, found.switched.denominator) == (3, 10)
    assert (found.first_contact.numerator, found.first_contact.denominator) == (1, 6)
    assert found.self_served == 1


def test_golden_who_switched_and_who_was_helped_at_once() -> None:
    journeys = {journey.profile: journey for journey in _journeys(EVENTS)}
    assert {name for name, one in journeys.items() if one.effort.switches} == {"p2", "p5", "p8"}
    assert {name for name, one in journeys.items() if one.in_first_contact and not one.self_served} == {"p1"}


def test_golden_late_event_resolves_an_abandoned_journey() -> None:
    found = _measures([*EVENTS, _late()])
    assert (found.stages[0].stage, found.stages[0].abandoned) == ("discover", 0)
    assert (found.outcomes["resolved"], found.outcomes["abandoned"]) == (8, 1)


def test_golden_channel_links() -> None:
    drawn = sankey_of(_journeys(EVENTS), AS_OF, "channel", least=0)
    assert {(link.source, link.target): link.value for link in drawn.links} == {
        ("1:whatsapp", "end:resolved"): 2,
        ("1:whatsapp", "end:active"): 1,
        ("1:web_chat", "2:voice"): 1,
        ("1:web_chat", "end:abandoned"): 1,
        ("1:instagram", "2:whatsapp"): 1,
        ("1:email", "2:in_person"): 1,
        ("1:ivr", "end:abandoned"): 1,
        ("1:self_service", "end:resolved"): 1,
        ("1:voice", "end:resolved"): 1,
        ("2:voice", "end:resolved"): 1,
        ("2:whatsapp", "end:resolved"): 1,
        ("2:in_person", "end:resolved"): 1,
    }


def test_golden_stage_links() -> None:
    told = _measures(EVENTS).dump()
    assert told["stage_links_left_out"] == 0
    assert {(link["source"], link["target"]): link["value"] for link in told["stage_links"]} == {
        ("discover", "authenticate"): 7,
        ("discover", "diagnose"): 1,
        ("discover", "resolve"): 1,
        ("discover", "abandoned"): 1,
        ("authenticate", "diagnose"): 6,
        ("authenticate", "abandoned"): 1,
        ("diagnose", "resolve"): 4,
        ("diagnose", "fulfil"): 2,
        ("diagnose", "active"): 1,
        ("fulfil", "resolve"): 2,
        ("resolve", "resolved"): 7,
    }


def test_golden_shape_of_the_drawing() -> None:
    told = sankey_of(_journeys(EVENTS), AS_OF, "channel", least=0).dump("en")
    assert told["journeys"] == 10
    assert {"id": "1:whatsapp", "label": "WhatsApp", "step": 1, "kind": "channel"} in told["nodes"]
    assert {"id": "end:abandoned", "label": "abandoned", "step": 3, "kind": "end"} in told["nodes"]


@pytest.mark.parametrize("seed", range(8))
def test_golden_order_of_arrival_and_copies_change_nothing(seed: int) -> None:
    chance = Random(seed)
    mixed = EVENTS + chance.sample(EVENTS, chance.randrange(len(EVENTS) + 1))
    chance.shuffle(mixed)
    assert _journeys(mixed) == _journeys(EVENTS)


def test_golden_reversed_and_twice() -> None:
    assert _journeys([*reversed(EVENTS), *EVENTS]) == _journeys(EVENTS)
