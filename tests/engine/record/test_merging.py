"""Merging: three items, the same survivor whoever asks, and everything reads as one afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.application.inquire_cases import case as read_case
from shared.application.record.external_merge import external_merge
from shared.application.record.merge import Blocked, Cause, merge, merge_now
from shared.application.record.unmerge import unmerge
from shared.application.record.who import living_profile
from shared.domain.event import Event
from shared.ports.table import Check, Put
from shared.store import keys, merges
from shared.store.candidates import candidate, candidate_puts, decide, status_of
from shared.store.consents import consents_in_force

Say = Callable[..., Event]
STAFF = Cause("staff", "api")
MINUTES = timedelta(minutes=5)


@pytest.fixture
def hub(contended_hub: Any) -> Any:
    """On the engines that get races right; the others have what this writes tested already."""
    return contended_hub


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
    assert writes_of(hub) == [3]
    assert hub.profile(b)["merged_into"] == a
    assert hub.profile(b)["identities"][0]["value"] == "+593991234568"
    listed = hub.profile(a)["identities"]
    assert [(one["value"], one.get("origin")) for one in listed] == [("+593991234567", None), ("+593991234568", b)]
    assert hub.profile(a)["merged"] == 1
    record = merges.record_of(hub.table, done.merge or "")
    assert record is not None
    assert (record["survivor"], record["loser"], record["status"], record["rule"]) == (a, b, "merged", "staff")
    assert candidate(hub.table, a, b) is None


def test_a_candidate_is_decided_with_its_merge(hub: Any, say: Say) -> None:
    a, b = two(hub, say)
    hub.table.transact(candidate_puts(a, b, "one_event_two_customers", ["phone"], hub.context.now()))
    hub.table.reset()
    merge(hub.context, b, a, STAFF)
    assert writes_of(hub) == [5]
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


# the sheet's cases that are not about claims (M1, M2, M4, M5 are: see test_claims.py)


def test_m3_a_new_id_beside_a_known_number_is_the_same_persons(hub: Any, say: Say) -> None:
    a, _ = two(hub, say)
    after = hub.record(say("a2", phone="593991234567", bsuid="EC.a", at=MINUTES))
    assert hub.case(after.case)["customer"] == a
    assert [one["value"] for one in hub.profile(a)["identities"]] == ["+593991234567", "EC.a"]


def by_instagram(say: Say, message: str, value: str, **more: Any) -> Event:
    identity = {"kind": "instagram", "value": value, "namespace": "ig-1", "address": value, "level": "channel"}
    return say(message, channel="instagram", account="ig-1", identities=[identity], **more)


def test_m6_and_m7_an_instagram_message_lands_on_the_survivor_and_returns(hub: Any, say: Say) -> None:
    first = hub.record(say("a1"))
    hub.seconds += 60
    second = hub.record(by_instagram(say, "i1", "17841"))
    a, b = hub.case(first.case)["customer"], hub.case(second.case)["customer"]
    hub.set_case(second.case, state="closed", closed_at="2026-11-22T10:02:00Z")
    done = merge(hub.context, b, a, STAFF)
    after = hub.record(by_instagram(say, "i2", "17841", text="desde Instagram", at=MINUTES))
    assert living_profile(hub.table, hub.case(after.case)["customer"])["id"] == a
    (held,) = [one for one in hub.profile(a)["identities"] if one["kind"] == "instagram"]
    assert (held["namespace"], held["origin"]) == ("ig-1", b)
    unmerge(hub.context, done.merge or "", by="api")
    index = hub.table.get(keys.message("instagram", "ig-1", "i2")).item
    assert hub.case(index["case"])["customer"] == b
    assert [one["kind"] for one in hub.profile(b)["identities"]] == ["instagram"]
    assert "instagram" not in [one["kind"] for one in hub.profile(a)["identities"]]


def consents(hub: Any, customer: str) -> list[tuple[str, str]]:
    profile = living_profile(hub.table, customer)
    return [(one.channel, one.action) for one in consents_in_force(hub.table, profile)]


def choice(say: Say, message: str, phone: str, wish: str, at: timedelta) -> Event:
    marketing = {"id": wish, "title": "marketing_messages"}
    return say(message, None, kind="account_news", phone=phone, choice=marketing, at=at)


def test_m9_an_opt_out_of_either_survives_and_each_has_their_own_again(hub: Any, say: Say) -> None:
    a, b = two(hub, say)
    hub.record(choice(say, "stop", "593991234567", "stop", MINUTES))
    hub.record(choice(say, "resume", "593991234568", "resume", 2 * MINUTES))
    assert (consents(hub, a), consents(hub, b)) == ([("whatsapp", "withdraw")], [("whatsapp", "grant")])
    hub.seconds += 3600
    done = merge(hub.context, a, b, STAFF)
    assert consents(hub, b) == [("whatsapp", "withdraw")]
    hub.record(choice(say, "again", "593991234568", "resume", timedelta(hours=3)))
    assert consents(hub, a) == [("whatsapp", "grant")]  # said as the one person they are
    unmerge(hub.context, done.merge or "", by="api")
    assert (consents(hub, a), consents(hub, b)) == ([("whatsapp", "withdraw")], [("whatsapp", "grant")])


def test_m10_different_proven_national_ids_are_refused_with_an_alert(hub: Any, say: Say) -> None:
    a, b = two(hub, say)
    for one, digest in ((a, "x"), (b, "y")):
        hub.hold(one, national_ids=[{"type": "EC-cedula", "digest": digest, "level": "staff"}])
    with pytest.raises(Blocked) as refused:
        merge(hub.context, a, b, STAFF)
    assert refused.value.conflict == "national_id"
    assert hub.counters["merge_blocked"] == 1
    assert "merged_into" not in hub.profile(b)


def known_to_crm(hub: Any, customer: str, remote_id: str, **more: Any) -> None:
    pk, sk = keys.reference_to_contact(customer, "crm")
    epk, esk = keys.remote("crm", "contact", remote_id)
    put = [Put({"pk": pk, "sk": sk, "remote_id": remote_id, "version": 1, "url": "https://x.example.com", **more})]
    hub.table.transact([*put, Put({"pk": epk, "sk": esk, "customer": customer})])


def remote_of(hub: Any, customer: str) -> str:
    return str(hub.table.get(keys.reference_to_contact(customer, "crm")).item["remote_id"])


def test_m11_a_crms_merge_is_the_hubs_too(hub: Any, say: Say) -> None:
    a, b = two(hub, say)
    known_to_crm(hub, a, "100", adopted=True)
    known_to_crm(hub, b, "200", adopted=True)
    with pytest.raises(Blocked, match="crm_record"):
        merge(hub.context, a, b, STAFF)
    assert external_merge(hub.context, "crm", "100", "200") == "merged"
    assert (remote_of(hub, a), remote_of(hub, b)) == ("200", "200")
    for remote in ("100", "200"):
        behind = hub.table.get(keys.remote("crm", "contact", remote)).item["customer"]
        assert living_profile(hub.table, behind)["id"] == a
    assert external_merge(hub.context, "crm", "100", "200") == "merged"
    assert len(merges.records_of(hub.table, a)) == 1


def test_m11_with_a_conflict_it_is_a_candidate(hub: Any, say: Say) -> None:
    a, b = two(hub, say)
    known_to_crm(hub, a, "100")
    known_to_crm(hub, b, "200")
    hub.hold(b, restrictions=["dispute"])
    assert external_merge(hub.context, "crm", "100", "200", hub.incoming(say("x"))) == "candidate"
    found = candidate(hub.table, a, b)
    assert found is not None
    assert (found["rule"], found["evidence"], found["status"]) == ("crm_merge", ["crm", "blocked: dispute"], "open")


def test_m11_of_contacts_that_nobody_knows_nothing_is_invented(hub: Any, say: Say) -> None:
    a, _ = two(hub, say)
    known_to_crm(hub, a, "100")
    assert external_merge(hub.context, "crm", "998", "999") == "unknown"
    assert external_merge(hub.context, "crm", "100", "300") == "linked"
    assert remote_of(hub, a) == "300"
    assert hub.table.get(keys.remote("crm", "contact", "300")).item["customer"] == a
    assert external_merge(hub.context, "crm", "400", "300") == "linked"
    assert hub.table.get(keys.remote("crm", "contact", "400")).item["customer"] == a


def test_contacts_that_the_hub_made_are_no_evidence_of_two_people(hub: Any, say: Say) -> None:
    a, b = two(hub, say)
    known_to_crm(hub, a, "100", adopted=True)
    known_to_crm(hub, b, "200")
    assert merge(hub.context, a, b, STAFF).result == "merged"


# size and cost


def filled(hub: Any, case: str, number: int) -> None:
    """A case with so many entries: copies of its first."""
    (first,) = hub.entries(case)
    for start in range(2, number + 1, 10):
        several = [
            Put({**first, "sk": keys.entry(case, n)[1], "sequence": n, "message_key": f"MSG#{case}#{n}"})
            for n in range(start, min(start + 10, number + 1))
        ]
        hub.table.table.transact(several)
    hub.set_case(case, sequence=number)


@pytest.mark.large
def test_merging_two_customers_of_a_thousand_entries_each_writes_three_items(priced_hub: Any, say: Say) -> None:
    hub = priced_hub
    first = hub.record(say("a1", phone="593991234567"))
    second = hub.record(say("b1", phone="593991234568"))
    for outcome in (first, second):
        filled(hub, outcome.case, 1000)
    a, b = (hub.case(outcome.case)["customer"] for outcome in (first, second))
    hub.table.reset()
    done = merge(hub.context, a, b, STAFF)
    assert writes_of(hub) == [3]
    assert hub.table.cost.writes <= 12, "a transaction of three items of at most 2 KB"
    assert hub.table.cost.reads <= 8
    hub.table.reset()
    undone = unmerge(hub.context, done.merge or "", by="api")
    assert undone.moved == 0
    assert sum(writes_of(hub)) <= 2 + 3 + 1, "the pair, the three items, and that nothing is left to move"


def test_the_next_message_after_a_merge_costs_what_it_did(priced_hub: Any, say: Say) -> None:
    hub = priced_hub
    a, b = two(hub, say)
    hub.record(say("b2", phone="593991234568", name="Ana P."))
    merge(hub.context, a, b, STAFF)
    hub.table.reset()
    hub.record(say("b3", phone="593991234568", name="Ana P."))
    assert (hub.table.reads, writes_of(hub)) == (2, [3])
