"""Totals by what people ask, what is too small to be told, and when a figure is mature."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from shared.domain.figures.definitions import DEFINITIONS
from shared.domain.figures.figures import figure_of
from shared.domain.figures.grouping import GROUPS, grouped, is_small, place_of, slot_of
from shared.domain.figures.maturity import last_mature_day, mature_days, state_of
from shared.domain.figures.portuguese import PT
from shared.domain.figures.rules import Limits
from shared.domain.figures.totals import Cell, Cells, Distribution, Totals, merge_into

SUNDAY, MONDAY = date(2026, 11, 15), date(2026, 11, 16)
GUAYAQUIL, MADRID = ZoneInfo("America/Guayaquil"), ZoneInfo("Europe/Madrid")


def of(number: int, *seconds: int) -> Totals:
    spread = Distribution()
    for one in seconds:
        spread.put(one)
    return Totals({"contacts_offered": number}, {"frt_human_business": spread} if seconds else {})


CELLS: Cells = {
    Cell("acme", SUNDAY, 5, "whatsapp", "sales", "ana"): of(1, 30, 60, 90, 120, 240, 600),
    Cell("acme", MONDAY, 6, "email", "sales", "ben"): of(2, 45, 300, 1800, 7200),
    Cell("zeta", MONDAY, 23, "whatsapp", "-", "-"): of(4),
}


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("", {(): 7}),
        ("day", {("2026-11-15",): 1, ("2026-11-16",): 6}),
        ("weekday", {("mon",): 6, ("sun",): 1}),
        ("slot", {("00-05",): 1, ("06-11",): 2, ("18-23",): 4}),
        ("hour", {(5,): 1, (6,): 2, (23,): 4}),
        ("brand", {("acme",): 3, ("zeta",): 4}),
        ("channel", {("email",): 2, ("whatsapp",): 5}),
        ("team", {("-",): 4, ("sales",): 3}),
        ("agent", {("-",): 4, ("ana",): 1, ("ben",): 2}),
        ("channel hour", {("email", 6): 2, ("whatsapp", 5): 1, ("whatsapp", 23): 4}),
        ("hour channel", {(5, "whatsapp"): 1, (6, "email"): 2, (23, "whatsapp"): 4}),
    ],
)
def test_groups(by: str, expected: dict[tuple[object, ...], int]) -> None:
    assert set(by.split()) <= set(GROUPS)
    found = grouped(CELLS, by.split())
    assert {key: totals.counters["contacts_offered"] for key, totals in found.items()} == expected
    assert list(found) == list(expected)


@pytest.mark.parametrize("by", ["", *GROUPS, "day hour", "weekday slot", "channel agent weekday", "brand team hour"])
def test_adding_up_by_what_is_asked_changes_no_group(by: str) -> None:
    """A year is held in the memory of its answer: cells are put together while they are read."""
    parts = by.split()
    together: Cells = {}
    for cell, totals in CELLS.items():
        merge_into(together, {place_of(cell, parts): totals})
    assert grouped(together, parts) == grouped(CELLS, parts)
    assert len(together) == len(grouped(CELLS, parts))


def test_percentiles_are_of_merged_sketches() -> None:
    """The sheet's example: p90 of both is 1,790.4 s; the mean of both p90 would be 1,016."""
    [(_, totals)] = grouped(CELLS, ()).items()
    made = figure_of(DEFINITIONS["frt_human_business"], totals)
    assert (made.n, made.percentiles["p50"], made.percentiles["p90"]) == (10, 120.3, 1790.4)
    assert made.value == 1048.5


@pytest.mark.parametrize(("hour", "slot"), [(0, "00-05"), (5, "00-05"), (6, "06-11"), (12, "12-17"), (18, "18-23")])
def test_slots(hour: int, slot: str) -> None:
    assert slot_of(hour) == slot


@pytest.mark.parametrize(
    ("figure", "n", "counters", "small"),
    [
        ("csat", 0, {}, False),
        ("csat", 1, {}, True),
        ("csat", 4, {}, True),
        ("csat", 5, {}, False),
        ("revenue", 0, {}, False),
        ("revenue", 9900, {"conversion_yes": 4}, True),
        ("revenue", 3, {"conversion_yes": 5}, False),
        ("revenue", -500, {}, True),
    ],
)
def test_what_is_too_small(figure: str, n: int, counters: dict[str, int], small: bool) -> None:
    assert is_small(DEFINITIONS[figure], n, Totals(dict(counters))) is small


@pytest.mark.parametrize(
    ("window_s", "now", "expected"),
    [
        (604_800, datetime(2026, 11, 22, 5, 0, tzinfo=UTC), date(2026, 11, 14)),  # midnight ended the 14th 7 days ago
        (604_800, datetime(2026, 11, 22, 4, 59, 59, tzinfo=UTC), date(2026, 11, 13)),
        (0, datetime(2026, 11, 22, 5, 0, tzinfo=UTC), date(2026, 11, 21)),
        (259_200, datetime(2026, 11, 22, 5, 0, tzinfo=UTC), date(2026, 11, 18)),
    ],
)
def test_last_mature_day(window_s: int, now: datetime, expected: date) -> None:
    assert last_mature_day(window_s, [GUAYAQUIL], now) == expected


def test_a_window_has_its_seconds_when_clocks_change() -> None:
    """In Madrid the 24th ended on 2026-10-24T22:00Z; 24 h on, clocks there had gone back to 23:00 of the 25th."""
    day = date(2026, 10, 24)
    assert last_mature_day(86_400, [MADRID], datetime(2026, 10, 25, 22, 0, tzinfo=UTC)) == day
    assert last_mature_day(86_400, [MADRID], datetime(2026, 10, 25, 21, 59, tzinfo=UTC)) < day


def test_the_last_zone_decides() -> None:
    now = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
    assert last_mature_day(0, [MADRID], now) == date(2026, 11, 21)
    assert last_mature_day(0, [MADRID, GUAYAQUIL], now) == date(2026, 11, 20)
    assert set(mature_days(Limits(), [MADRID], now)) >= {"fcr", "reopen_rate", "containment_verified"}


@pytest.mark.parametrize(
    ("now", "revision", "state"),
    [
        (datetime(2026, 11, 16, 12, 0, tzinfo=UTC), 0, "open"),
        (datetime(2026, 11, 18, 4, 59, tzinfo=UTC), 0, "open"),
        (datetime(2026, 11, 18, 5, 0, tzinfo=UTC), 0, "sealed"),
        (datetime(2026, 11, 18, 5, 0, tzinfo=UTC), 2, "restated"),
    ],
)
def test_how_a_day_stands(now: datetime, revision: int, state: str) -> None:
    assert state_of(SUNDAY, GUAYAQUIL, now, revision) == state


def test_every_figure_is_told_in_portuguese() -> None:
    assert set(PT) == set(DEFINITIONS)
    assert all(text and text not in (DEFINITIONS[name].en, DEFINITIONS[name].es) for name, text in PT.items())
