"""Merging: three items, the same survivor whoever asks, and everything reads as one afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.application.inquire_cases import case as read_case
from shared.application.record.merge import Blocked, Cause, merge, merge_now
from shared.application.record.unmerge import unmerge
from shared.application.record.who import living_profile
from shared.domain.event import Event
from shared.ports import Check
from shared.store import keys, merges
from shared.store.candidates import candidate, candidate_puts, decide, status_of

Say = Callable[..., Event]
STAFF = Cause("staff", "api")
MINUTES = timedelta(minutes=5)


def two(hub: Any, say: Say) -> tuple[str, str]:
    """Ana, who wrote first, and somebody by another number."""
    first = hub.record(say("a1", phone="593991234567", name="Ana"))
    hub.seconds += 60
    second = hub.record(say("b1", phone="593991234568", name="Ana P."))
    return hub.case(first.case)["customer"], hub.case(second.case)["customer"]


def writes_of(hub: Any) -> list[int]:
    return [sum(1 for one in writes if not isinstance(one, Check)) for writes in hub.table.transactions]


def test_a_merge_writes_three_items_and_the_pair(hub: Any, say: Say) -> None:
    a, b = two(hub, say)
    hub.table.reset()
    done = merge(hub.context, b, a, STAFF)
    assert (done.result, done.survivor, done.loser) == ("merged", a, b)
    assert writes_of(hub) == [3, 2]
    assert hub.profile(b)["merged_into"] == a
    assert hub.profile(b)["identities"][0]["value"] == "+593991234568"
    listed = hub.profile(a)["identities"]
    assert [(one["value"], one.get("origin")) for one in listed] == [("+593991234567", None), ("+593991234568", b)]
    assert hub.profile(a)["merged"] == 1
    record = merges.record_of(hub.table, done.merge or "")
    assert record is not None
    assert (record["survivor"], record["loser"], record["status"], record["rule"]) == (a, b, "merged", "staff")
    assert status_of(candidate(hub.table, a, b)) == "merged"


def test_merging_again_says_what_is(hub: Any, say: Say) -> None:
    a, b = two(hub, say)
    done = merge(hub.context, a, b, STAFF)
    again = merge(hub.context, b, a, STAFF)
    assert (again.result, again.survivor, again.loser, again.merge) == ("already", a, b, done.merge)
    assert living_profile(hub.table, b)["id"] == a


def test_a_rule_merges_unless_a_person_has_said_no(hub: Any, say: Say) -> None:
    a, b = two(hub, say)
    decide(hub.table, a, b, "refused", by="api", at=hub.context.now())
    incoming = hub.incoming(say("x"))
    assert not merge_now(hub.context, a, b, "one_platform_event", ["phone"], incoming)
    assert "merged_into" not in hub.profile(b)
    assert status_of(candidate(hub.table, a, b)) == "refused"
    assert merge(hub.context, a, b, STAFF).result == "merged"  # a person still can


def test_a_rule_merges_and_says_why(hub: Any, say: Say) -> None:
    a, b = two(hub, say)
    hub.table.transact(candidate_puts(a, b, "one_event_two_customers", ["phone"], hub.context.now()))
    assert merge_now(hub.context, a, b, "one_platform_event", ["phone", "whatsapp"], hub.incoming(say("x")))
    assert merge_now(hub.context, a, b, "one_platform_event", ["phone"], hub.incoming(say("x")))
    (record,) = merges.records_of(hub.table, a)
    assert (record["by"], record["rule"], record["evidence"]) == ("rule", "one_platform_event", ["phone", "whatsapp"])
    assert status_of(candidate(hub.table, a, b)) == "merged"


def test_what_forbids_a_merge_makes_a_candidate_and_an_alert(hub: Any, say: Say) -> None:
    a, b = two(hub, say)
    hub.hold(b, restrictions=["legal_hold"])
    assert not merge_now(hub.context, a, b, "one_platform_event", ["phone"], hub.incoming(say("x")))
    found = candidate(hub.table, a, b)
    assert found is not None
    assert (found["status"], found["evidence"]) == ("open", ["phone", "blocked: legal_hold"])
    assert hub.counters["merge_blocked"] == 1
    with pytest.raises(Blocked, match="legal_hold"):
        merge(hub.context, a, b, STAFF)


# what is written afterwards, and undoing it


def texts(hub: Any, case: str) -> list[str | None]:
    """What people see of a case."""
    return [
        one.get("text") for one in read_case(hub.table, case, cursor=None)["interactions"] if not one.get("deleted")
    ]


def test_m6_a_message_to_the_loser_lands_on_the_survivor_and_keeps_its_identity(hub: Any, say: Say) -> None:
    a, b = two(hub, say)
    first = hub.record(say("b2", phone="593991234568"))
    hub.set_case(first.case, state="closed", closed_at="2026-11-22T10:02:00Z")
    merge(hub.context, a, b, STAFF)
    hub.table.reset()
    after = hub.record(say("b3", "después", phone="593991234568", at=MINUTES))
    (entry,) = [one for one in hub.entries(after.case) if one["message_key"].endswith("#b3")]
    assert hub.case(after.case)["customer"] == a  # joined the one active case of the person
    assert entry["holder"] == b
    conversation = hub.table.get(("CNV#whatsapp#200000000000001#phone:-:+593991234568", "CNV")).item
    assert (conversation["customer"], conversation["case"]) == (b, after.case)


def test_m7_unmerge_gives_identity_and_message_back(hub: Any, say: Say) -> None:
    a, b = two(hub, say)
    old = hub.record(say("b2", phone="593991234568"))
    hub.set_case(old.case, state="closed", closed_at="2026-11-22T10:02:00Z")
    done = merge(hub.context, a, b, STAFF)
    after = hub.record(say("b3", "después", phone="593991234568", at=MINUTES))
    hub.record(say("a2", "también", at=MINUTES))
    undone = unmerge(hub.context, done.merge or "", by="api")
    assert (undone.result, undone.moved, undone.complete) == ("undone", 1, True)
    assert texts(hub, after.case) == ["Hola", "también"]
    assert "merged_into" not in hub.profile(b)
    assert [one["value"] for one in hub.profile(b)["identities"]] == ["+593991234568"]
    assert [one["value"] for one in hub.profile(a)["identities"]] == ["+593991234567"]
    index = hub.table.get(keys.message("whatsapp", "200000000000001", "b3")).item
    moved = hub.case(index["case"])
    assert (moved["customer"], moved["state"]) == (b, "new")
    assert texts(hub, moved["id"]) == ["después"]
    assert list(hub.profile(b)["cases"]) == [moved["id"]] or moved["id"] in hub.profile(b)["cases"]
    # whatever comes now finds its own
    assert hub.record(say("b4", "otra", phone="593991234568", at=MINUTES)).case == moved["id"]
    assert hub.record(say("a3", "otra", at=MINUTES)).case == after.case
    assert status_of(candidate(hub.table, a, b)) == "refused"
