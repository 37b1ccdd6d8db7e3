"""Sales, and figures that need a number from outside: the numeric examples of the KPI sheet, §7."""

from __future__ import annotations

from typing import Any

import pytest

from shared.domain.figures import outside
from shared.domain.figures.figure import ratio
from shared.domain.figures.figures import figures_of
from shared.domain.figures.totals import Totals


def handled(told: Any, at: str, **more: Any) -> Any:
    day, _, clock = at.partition(" ")
    return (
        told.asked(at, **more)
        .answered(f"{day} {clock[:-1]}5", **more)
        .state(f"{day} {clock[:-1]}9", "resolved", **more)
    )


def test_one_sale_counts_for_the_last_contact_before_it(told: Any) -> None:
    handled(told, "11-11 10:00")
    handled(told, "11-12 10:00")
    facts = told("11-13 10:00", "sale.recorded", cents=5_000).facts()
    assert (facts["conversion_eligible"], facts["conversion_yes"], facts["revenue_cents"]) == ([1, 1], [1], [5_000])


def test_a_sale_that_names_its_customer_alone_is_of_the_last_contacts_case(told: Any) -> None:
    handled(told, "11-11 10:00", case="first")
    handled(told, "11-12 10:00", case="second")
    told("11-13 10:00", "sale.recorded", case=None, amount="12.50")
    facts = told.computed().facts
    assert [fact.amount for fact in facts["second"] if fact.metric == "revenue_cents"] == [1_250]
    assert not [fact for fact in facts["first"] if fact.metric == "revenue_cents"]


@pytest.mark.parametrize(("at", "counts"), [("11-18 10:04", True), ("11-18 10:05", False), ("11-11 09:00", False)])
def test_a_sale_counts_within_the_window_after_a_contact(told: Any, at: str, counts: bool) -> None:
    handled(told, "11-11 10:00")
    assert ("conversion_yes" in told(at, "sale.recorded", cents=100).facts()) is counts


def test_what_is_paid_back_is_taken_away_and_converts_nobody(told: Any, figures_by_name: Any) -> None:
    handled(told, "11-11 10:00")
    told("11-12 10:00", "sale.recorded", cents=543_000)("11-25 10:00", "sale.refunded", cents=18_000)
    found = figures_by_name(told.computed())
    assert (found["revenue"].value, found["conversion"].numerator) == (525_000, 1)


def counted(**counters: int) -> dict[str, Any]:
    return {figure.name: figure for figure in figures_of(Totals(counters=counters))}


@pytest.mark.parametrize(
    ("name", "counters", "numerator", "denominator", "value"),
    [
        ("conversion", {"conversion_eligible": 240, "conversion_yes": 18}, 18, 240, 7.5),
        ("sla_first_response", {"sla_first_response_met": 90, "sla_first_response_breached": 8}, 90, 98, 91.8),
        ("reopen_rate", {"cases_resolved": 50, "cases_reopened": 4, "reopen_events": 6}, 4, 50, 8.0),
        ("transfer_rate", {"contacts_handled_human": 120, "contacts_transferred": 15, "transfers": 20}, 15, 120, 12.5),
        ("containment", {"bot_sessions": 200, "bot_contained": 120, "bot_contained_verified": 90}, 120, 200, 60.0),
        ("containment_verified", {"bot_sessions": 200, "bot_contained_verified": 90}, 90, 200, 45.0),
    ],
)
def test_numeric_examples(name: str, counters: dict[str, int], numerator: int, denominator: int, value: float) -> None:
    figure = counted(**counters)[name]
    assert (figure.numerator, figure.denominator, figure.n, figure.value) == (
        numerator,
        denominator,
        denominator,
        value,
    )


def test_reopen_events_stay_apart() -> None:
    assert counted(reopen_events=6)["reopen_events"].value == 6


@pytest.mark.parametrize(
    ("figure", "value"),
    [
        (outside.contact_rate(1_240, 8_000), 15.5),
        (outside.value_per_customer(543_000, 18_000, 210), 2_500),
        (outside.cost_per_contact(630_000, 1_575), 400),
        (outside.retention(200, 30, 206), 88.0),
        (outside.retention(0, 30, 30), None),
        (outside.deflection(500, 350), 70.0),
        (outside.cost_per_contact(630_000, 0), None),
    ],
)
def test_figures_with_a_number_from_outside(figure: Any, value: float | None) -> None:
    assert figure.value == value
    assert set(figure.definition) == {"en", "es"}


def test_a_shared_cost_is_split_by_handling_seconds() -> None:
    found = outside.cost_by_channel(400_000, {"voice": (300_000, 800), "chat": (100_000, 500)})
    assert {channel: (figure.numerator, figure.value) for channel, figure in found.items()} == {
        "voice": (300_000, 375),
        "chat": (100_000, 200),
    }
    assert outside.cost_by_channel(400_000, {"voice": (0, 0)})["voice"].value is None


@pytest.mark.parametrize(
    ("numerator", "denominator", "value"),
    [(1, 3, 33.3), (2, 3, 66.7), (1, 8, 12.5), (1, 2000, 0.1), (0, 5, 0.0), (0, 0, None)],
)
def test_per_cent_has_one_decimal_rounded_half_up(numerator: int, denominator: int, value: float | None) -> None:
    assert ratio(numerator, denominator, "percent") == value
