"""What many journeys show, at the edges: exactly at W, who spoke last, what was transferred, what is a message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.journeys.derive import journeys_of
from shared.domain.journeys.measures import measures_of
from shared.domain.journeys.model import Journey, JourneyEvent
from shared.domain.journeys.rules import JourneyRules

START = datetime(2026, 11, 2, 15, tzinfo=UTC)
RULES = JourneyRules()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
W = 7 * DAY


def step(after: timedelta, case: str = "A", **more: Any) -> JourneyEvent:
    parts: dict[str, Any] = {"type": "returns", "channel": "whatsapp", "source": "message.in", **more}
    return JourneyEvent(f"{case}-{after}-{sorted(more.items())}", "p", START + after, case=case, **parts)


def agent(after: timedelta, case: str = "A", **more: Any) -> JourneyEvent:
    return step(after, case, **{"kind": "agent", "actor": "agent", "source": "message.out", **more})


def state(after: timedelta, becomes: str, case: str = "A", **more: Any) -> JourneyEvent:
    parts = {"kind": "system", "source": "case.state_changed", "state": becomes, "channel": "-", **more}
    return step(after, case, **parts)


def derived(*events: JourneyEvent) -> list[Journey]:
    return journeys_of(events, RULES)


HELPED = (step(timedelta()), agent(HOUR), state(2 * HOUR, "resolved"))


@pytest.mark.parametrize(
    ("after", "provisional"),
    [(timedelta(), 1), (W - timedelta(seconds=1), 1), (W, 0), (W + timedelta(seconds=1), 0)],
)
def test_a_first_contact_is_provisional_until_exactly_w_has_passed(after: timedelta, provisional: int) -> None:
    found = measures_of(derived(*HELPED), START + 2 * HOUR + after, RULES)
    assert (found.provisional, found.first_contact.numerator) == (provisional, 1)
    assert found.dump()["first_contact_resolution"]["provisional"] == provisional


def test_w_is_the_configured_one() -> None:
    rules = JourneyRules(return_s=3600)
    found = [measures_of(derived(*HELPED), START + 2 * HOUR + after, rules).provisional for after in (HOUR / 2, HOUR)]
    assert found == [1, 0]


def test_neither_the_self_served_nor_the_unresolved_are_provisional() -> None:
    alone = derived(step(timedelta()), step(HOUR, kind="bot", source="bot.ended"), state(2 * HOUR, "resolved"))
    left = derived(step(timedelta()), agent(HOUR))
    assert measures_of([*alone, *left], START + 3 * HOUR, RULES).provisional == 0


@pytest.mark.parametrize(
    ("events", "after", "unanswered"),
    [
        ([step(timedelta())], 7 * DAY, 1),
        ([step(timedelta())], 7 * DAY - timedelta(seconds=1), 0),  # who is still active may be answered yet
        ([step(timedelta()), agent(HOUR)], 8 * DAY, 0),  # they were, and left it at that
        ([step(timedelta()), agent(HOUR), step(2 * HOUR)], 8 * DAY, 1),
        (
            [step(timedelta()), agent(HOUR), step(2 * HOUR), step(3 * HOUR, kind="bot", source="message.out")],
            8 * DAY,
            0,
        ),
        ([step(timedelta()), agent(HOUR), step(2 * HOUR), state(3 * HOUR, "on_hold")], 8 * DAY, 1),
        ([step(timedelta()), state(HOUR, "resolved")], 30 * DAY, 0),  # resolved without a word is resolved
    ],
)
def test_abandoned_unanswered_is_who_spoke_last_and_is_abandoned(
    events: list[JourneyEvent], after: timedelta, unanswered: int
) -> None:
    found = measures_of(derived(*events), START + after, RULES)
    assert (found.unanswered, found.dump()["abandoned_unanswered"]) == (unanswered, unanswered)


def test_what_went_on_as_another_is_neither_resolved_nor_self_served() -> None:
    """Its other case was resolved after that: nobody came back to it."""
    first, second = derived(
        step(timedelta(), "A", type="order_status"),
        step(HOUR, "B", type="order_status"),
        step(2 * HOUR, "B", type="order_status", kind="bot", source="bot.ended"),
        step(3 * HOUR, "A"),
        state(4 * HOUR, "resolved", "B", type="order_status"),
    )
    found = measures_of([first, second], START + 5 * HOUR, RULES)
    assert found.outcomes == {"resolved": 0, "abandoned": 0, "transferred": 1, "active": 1}
    assert (found.median_to_resolve_s, found.self_served, found.first_contact.denominator) == (None, 0, 0)


@pytest.mark.parametrize("after", [W, 3 * W])
def test_whoever_comes_back_after_w_leaves_the_resolution_also_where_the_case_is_opened_for_them(
    after: timedelta,
) -> None:
    """As the log has it: that the case is open again, then what was said."""
    back = HELPED[-1].occurred_at - START + after
    found = derived(*HELPED, state(back, "open", sequence=1), step(back, sequence=2))
    assert [one.outcome(START + back) for one in found] == ["resolved", "active"]
    assert found[0].returns == 0
    within = back - after + W - timedelta(seconds=1)
    [one] = derived(*HELPED, state(within, "open", sequence=1), step(within, sequence=2))
    assert (one.resolved_at, one.returns) == (None, 1)


def test_a_note_among_agents_and_an_answer_that_failed_are_no_messages_of_a_journey() -> None:
    note = step(HOUR, kind="system", source="message.out", actor="agent", channel="-")
    thanks = step(2 * HOUR, kind="system", flags=frozenset({"courtesy"}))
    [found] = derived(step(timedelta()), note, agent(HOUR * 1.5), thanks)
    assert found.effort.messages == 3
