"""Candidates: a pair of customers, listed while open, decided once and for all rules."""

from __future__ import annotations

import pytest

from shared.domain.errors import Conflict
from shared.ports.table import Table
from shared.store.candidates import (
    candidate,
    candidate_puts,
    candidates_of,
    decide,
    open_candidates,
    status_of,
)

AT = "2026-11-20T10:00:00Z"
LATER = "2026-11-21T10:00:00Z"


def raised(table: Table, a: str, b: str, at: str = AT) -> None:
    table.transact(candidate_puts(a, b, "one_event_two_customers", ["phone"], at, "digest"))


def listed(table: Table) -> list[tuple[str, str]]:
    return sorted((found.item["pk"].removeprefix("CUS#"), found.item["other"]) for found in open_candidates(table))


def test_both_customers_see_the_candidate_and_it_is_listed_once(table: Table) -> None:
    raised(table, "b", "a")
    assert [one["other"] for one in candidates_of(table, "a")] == ["b"]
    assert [one["other"] for one in candidates_of(table, "b")] == ["a"]
    assert listed(table) == [("a", "b")]
    item = candidate(table, "b", "a")
    assert item is not None
    assert (item["status"], item["rule"], item["evidence"], item["message"]) == (
        "open",
        "one_event_two_customers",
        ["phone"],
        "digest",
    )


@pytest.mark.parametrize("status", ["refused", "merged"])
def test_a_decided_candidate_is_listed_no_longer_and_not_raised_again(table: Table, status: str) -> None:
    raised(table, "a", "b")
    decide(table, "b", "a", "refused" if status == "refused" else "merged", by="api", at=LATER, merge="m1")
    with pytest.raises(Conflict):
        raised(table, "a", "b")
    assert listed(table) == []
    for one, other in (("a", "b"), ("b", "a")):
        (item,) = candidates_of(table, one)
        assert (item["other"], item["status"], item["by"], item["merge"]) == (other, status, "api", "m1")
        assert item["decided_at"] == LATER
        assert item["rule"] == "one_event_two_customers"


def test_what_nobody_suggested_can_be_decided_too(table: Table) -> None:
    decide(table, "a", "b", "refused", by="api", at=AT)
    assert status_of(candidate(table, "a", "b")) == "refused"
    with pytest.raises(Conflict):
        raised(table, "a", "b")


def test_the_last_decision_counts(table: Table) -> None:
    decide(table, "a", "b", "merged", by="rule", at=AT, merge="m1")
    decide(table, "a", "b", "refused", by="api", at=LATER)
    (item,) = candidates_of(table, "b")
    assert (item["status"], item["by"], item["merge"]) == ("refused", "api", "m1")


def test_an_item_from_before_there_was_a_status_is_open_and_can_be_decided(table: Table) -> None:
    for put in candidate_puts("a", "b", "identity_change", ["phone"], AT):
        item = {name: value for name, value in put.item.items() if name != "status"}
        table.transact([type(put)(item, put.when)])
    assert status_of(candidate(table, "a", "b")) == "open"
    decide(table, "a", "b", "refused", by="api", at=LATER)
    assert status_of(candidate(table, "b", "a")) == "refused"


def test_every_open_candidate_is_listed_and_a_place_leads_on(table: Table) -> None:
    pairs = [(f"c{n:02}", f"d{n:02}") for n in range(30)]
    for n, (a, b) in enumerate(pairs):
        raised(table, a, b, f"2026-11-20T10:00:{n:02}Z")
    assert listed(table) == pairs
    seen: list[str] = []
    partition, place = 0, None
    while True:
        page = [found for found, _ in zip(open_candidates(table, partition, place), range(7), strict=False)]
        seen += [found.item["other"] for found in page]
        if len(page) < 7:
            break
        partition, place = page[-1].partition, page[-1].place
    assert sorted(seen) == [b for _, b in pairs]
    assert len(set(seen)) == 30


def test_nobody_is_a_candidate_with_themselves() -> None:
    with pytest.raises(ValueError, match="themselves"):
        candidate_puts("a", "a", "rule", [], AT)
