"""Totals: merge is add, take away is its inverse, and the order says nothing."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.figures.model import Dimensions, Fact
from shared.domain.figures.sketch import quantile
from shared.domain.figures.totals import Cell, Cells, Totals, cells_of, merge_into

START = datetime(2026, 11, 11, 15, 0, tzinfo=UTC)
ZONES = {"andes": ZoneInfo("America/Guayaquil"), "iberia": ZoneInfo("Europe/Madrid")}


def zone_of(brand: str) -> ZoneInfo:
    return ZONES[brand]


def fact(metric: str, amount: int = 1, hours: int = 0, brand: str = "andes", agent: str = "-") -> Fact:
    by = Dimensions(channel="whatsapp", brand=brand, agent=agent)
    return Fact("c1", metric, amount, START + timedelta(hours=hours), dimensions=by)


FACTS = st.lists(
    st.builds(
        fact,
        st.sampled_from(["nrt_calendar", "asa", "cases_resolved", "revenue_cents"]),
        st.integers(1, 90_000),
        st.integers(0, 40),
        st.sampled_from(sorted(ZONES)),
        st.sampled_from(["-", "ana", "luis"]),
    ),
    max_size=30,
)


def test_a_counter_adds_up_and_a_distribution_keeps_count_sum_and_sketch() -> None:
    totals = Totals()
    for seconds in (30, 60, 90, 120, 240, 600, 45, 300, 1_800, 7_200):
        totals.add(fact("nrt_calendar", seconds))
    totals.add(fact("revenue_cents", 5_430))
    held = totals.distributions["nrt_calendar"]
    assert (held.n, held.total, totals.counters) == (10, 10_485, {"revenue_cents": 5_430})
    assert held.total / held.n == 1_048.5
    assert round(quantile(held.buckets, 0.9) or 0, 2) == 1_790.41


def test_a_change_of_figures_has_signs() -> None:
    change = Totals()
    change.subtract(fact("nrt_calendar", 300))
    change.add(fact("nrt_calendar", 200))
    held = change.distributions["nrt_calendar"]
    assert (held.n, held.total, sorted(held.buckets.values())) == (0, -100, [-1, 1])
    assert not change.is_empty


@given(FACTS)
def test_what_is_added_and_taken_away_leaves_nothing(facts: list[Fact]) -> None:
    totals = Totals()
    for each in facts:
        totals.add(each)
    for each in reversed(facts):
        totals.subtract(each)
    assert totals.is_empty
    assert totals == Totals()


@given(FACTS, FACTS, st.integers())
def test_merging_is_adding_in_any_order(first: list[Fact], second: list[Fact], seed: int) -> None:
    merged = cells_of(first, zone_of)
    merge_into(merged, cells_of(second, zone_of))
    together = [*first, *second]
    random.Random(seed).shuffle(together)
    assert merged == cells_of(together, zone_of)
    merge_into(merged, cells_of(first, zone_of), -1)
    assert merged == cells_of(second, zone_of)


def test_a_fact_counts_in_the_local_day_and_hour_of_its_brand() -> None:
    night = fact("cases_resolved", hours=9)  # 00:00 UTC of the 12th
    elsewhere = fact("cases_resolved", hours=9, brand="iberia")
    cells: Cells = cells_of([night, elsewhere], zone_of)
    assert set(cells) == {
        Cell("andes", date(2026, 11, 11), 19, "whatsapp"),
        Cell("iberia", date(2026, 11, 12), 1, "whatsapp"),
    }
