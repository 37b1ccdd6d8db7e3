"""The state table, cell by cell, and the order of the providers' clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from shared.domain.case import State
from shared.domain.case_states import Deed, Settled, Standing, settle

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

COLUMNS: tuple[Deed, ...] = ("message", "reply", "reply_and_wait", "pend", "hold", "resolve", "reopen")
ROWS: dict[State, str] = {
    # state: message, reply, reply and wait, pend, hold, resolve, reopen
    "new": "new open pending_customer pending_customer on_hold resolved new",
    "open": "open open pending_customer pending_customer on_hold resolved open",
    "pending_customer": "open pending_customer pending_customer pending_customer on_hold resolved open",
    "on_hold": "open on_hold on_hold pending_customer on_hold resolved open",
    "resolved": "open resolved resolved refused refused resolved open",
    "closed": "new_case follow_up follow_up refused refused closed refused",
    "merged": "followed refused refused refused refused refused refused",
    "spam": "spam refused refused refused refused refused open",
}
ENDS: dict[State, str] = {
    # state: close, spam, merge, resolved by time, closed by time, hold over
    "new": "closed spam merged refused refused refused",
    "open": "closed spam merged refused refused refused",
    "pending_customer": "closed spam merged resolved refused refused",
    "on_hold": "closed spam merged refused refused open",
    "resolved": "closed spam merged refused closed refused",
    "closed": "closed refused refused refused refused refused",
    "merged": "refused refused refused refused refused refused",
    "spam": "refused spam refused refused refused refused",
}
ENDINGS: tuple[Deed, ...] = ("close", "spam", "merge", "resolved_by_time", "closed_by_time", "hold_over")


def _cells() -> list[Any]:
    tables: list[tuple[dict[State, str], tuple[Deed, ...]]] = [(ROWS, COLUMNS), (ENDS, ENDINGS)]
    return [
        pytest.param(state, deed, outcome, id=f"{state}, {deed}")
        for rows, columns in tables
        for state, cells in rows.items()
        for deed, outcome in zip(columns, cells.split(), strict=True)
    ]


@pytest.mark.parametrize(("state", "deed", "outcome"), _cells())
def test_the_table(state: State, deed: Deed, outcome: str) -> None:
    settled = settle(Standing(state, NOW - MINUTE), deed, NOW)
    if outcome in ("refused", "follow_up", "new_case", "followed"):
        assert settled == Settled(state, NOW - MINUTE, outcome)  # type: ignore[arg-type]
    else:
        assert (settled.state, settled.effect) == (outcome, "stayed" if outcome == state else "moved")


def test_every_state_has_a_row() -> None:
    assert set(ROWS) == set(ENDS) == {*State.__args__}  # type: ignore[attr-defined]


@pytest.mark.parametrize("deed", ["pend", "hold", "resolve", "reopen", "close", "spam"])
def test_what_was_done_before_the_last_decision_is_late(deed: Deed) -> None:
    for state in ("open", "pending_customer", "resolved"):
        settled = settle(Standing(state, NOW), deed, NOW - MINUTE)
        assert (settled.state, settled.since, settled.effect) == (state, NOW, "late")


@pytest.mark.parametrize(
    ("standing", "deed", "outcome"),
    [
        ("resolved", "reopen", "open"),
        ("open", "resolve", "open"),
        ("pending_customer", "hold", "on_hold"),
        ("on_hold", "pend", "on_hold"),
        ("pending_customer", "resolve", "pending_customer"),
        ("resolved", "close", "resolved"),
        ("new", "resolve", "new"),
        ("open", "spam", "open"),
        ("spam", "reopen", "open"),
    ],
)
def test_at_equal_times_more_work_stays_to_be_seen(standing: State, deed: Deed, outcome: State) -> None:
    assert settle(Standing(standing, NOW), deed, NOW).state == outcome


def test_three_tools_end_alike_in_every_order() -> None:
    said: list[tuple[Deed, datetime]] = [("hold", NOW), ("reopen", NOW + MINUTE), ("pend", NOW + 2 * MINUTE)]
    ends = set()
    for order in permutations(said):
        standing = Standing("open", NOW - MINUTE)
        for deed, at in order:
            settled = settle(standing, deed, at)
            standing = Standing(settled.state, settled.since)
        ends.add(standing)
    assert ends == {Standing("pending_customer", NOW + 2 * MINUTE)}


@pytest.mark.parametrize("deed", ["pend", "hold", "resolve", "close"])
@pytest.mark.parametrize("written", [timedelta(), MINUTE])
def test_who_acts_has_not_seen_what_the_customer_wrote_since(deed: Deed, written: timedelta) -> None:
    standing = Standing("open", NOW - MINUTE, customer_at=NOW + written)
    assert settle(standing, deed, NOW) == Settled("open", NOW - MINUTE, "late")


def test_more_spam_does_not_undo_that_it_is_spam() -> None:
    assert settle(Standing("open", NOW - MINUTE, customer_at=NOW + MINUTE), "spam", NOW).state == "spam"


def test_a_late_message_is_work_all_the_same() -> None:
    settled = settle(Standing("pending_customer", NOW), "message", NOW - MINUTE)
    assert settled == Settled("open", NOW, "moved")


def test_what_is_said_again_counts_from_then() -> None:
    again = settle(Standing("resolved", NOW), "resolve", NOW + 2 * MINUTE)
    assert again == Settled("resolved", NOW + 2 * MINUTE, "stayed")
    assert settle(Standing("resolved", again.since), "reopen", NOW + MINUTE).effect == "late"


def test_an_answer_by_a_slow_clock_still_opens_a_new_case() -> None:
    assert settle(Standing("new", NOW, NOW), "reply", NOW - MINUTE) == Settled("open", NOW, "moved")


@pytest.mark.parametrize(
    ("state", "deed", "becomes"),
    [
        ("pending_customer", "resolved_by_time", "resolved"),
        ("resolved", "closed_by_time", "closed"),
        ("on_hold", "hold_over", "open"),
    ],
)
def test_the_clock_is_never_late(state: State, deed: Deed, becomes: State) -> None:
    """It looks some time after the moment, and what was said again in between puts nothing off."""
    assert settle(Standing(state, NOW), deed, NOW - MINUTE) == Settled(becomes, NOW, "moved")
