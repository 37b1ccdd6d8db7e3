"""An identity that somebody proved: M2 of identity.md §8, and what a confirmation changes where nobody is merged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shared.application.record.imported_contact import Contact, import_contact
from shared.domain.event import Event
from shared.ports.connectors import Remote
from shared.ports.table import Update
from shared.store import keys
from shared.store.candidates import candidates_of
from shared.store.items import live_identities

Say = Callable[..., Event]
VISITOR = {"kind": "external", "value": "visitor-1", "namespace": "web", "level": "channel"}
PROVEN = {"kind": "email", "value": "ana@example.com", "level": "confirmed"}
TYPED = {**PROVEN, "level": "claimed"}


def confirm(say: Say, message: str, *identities: dict[str, Any]) -> Event:
    more = {"kind": "identity_change", "author": {"type": "system"}, "provider_type": "code"}
    return say(message, None, name=None, identities=list(identities or (VISITOR, PROVEN)), **more)


def customer_of(hub: Any, outcome: Any) -> str:
    return str(hub.case(outcome.case)["customer"])


def holder(hub: Any) -> Any:
    return hub.table.table.get(keys.identity("email", None, "ana@example.com")).item


def test_m2_an_answered_code_merges_whoever_typed_it_into_whose_it_is(hub: Any, say: Say) -> None:
    owner = customer_of(hub, hub.record(say("m1", identities=[PROVEN])))
    hub.seconds += 60
    first = hub.record(say("m2", identities=[VISITOR, TYPED]))
    typist = customer_of(hub, first)
    outcome = hub.record(confirm(say, "c1"))
    assert (outcome.result, outcome.case) == ("recorded", None)
    assert hub.profile(typist)["merged_into"] == owner
    assert {one["status"] for one in candidates_of(hub.table.table, typist)} == {"merged"}
    assert hub.record(say("m3", identities=[VISITOR])).case == first.case, "the chat goes on where it was"
    assert hub.record(confirm(say, "c1")).result == "copy"


def test_a_code_does_not_merge_what_must_not_be_one(hub: Any, say: Say) -> None:
    owner = customer_of(hub, hub.record(say("m1", identities=[PROVEN])))
    typist = customer_of(hub, hub.record(say("m2", identities=[VISITOR])))
    hub.table.table.transact([Update(keys.customer(owner), set={"restrictions": ["erasure"]})])
    assert hub.record(confirm(say, "c1")).result == "recorded"
    assert hub.profile(typist).get("merged_into") is None
    [candidate] = candidates_of(hub.table.table, typist)
    assert (candidate["other"], candidate["status"]) == (owner, "open")
    assert hub.counters["merge_blocked"] == 1


def test_what_nobody_held_becomes_theirs(hub: Any, say: Say) -> None:
    typist = customer_of(hub, hub.record(say("m1", identities=[VISITOR, TYPED])))
    hub.record(confirm(say, "c1"))
    assert (holder(hub)["customer"], holder(hub)["level"]) == (typist, "confirmed")
    assert [one.value for one in live_identities(hub.profile(typist))] == ["visitor-1", "ana@example.com"]
    assert customer_of(hub, hub.record(say("m2", identities=[PROVEN]))) == typist


def test_what_was_theirs_is_proven_now(hub: Any, say: Say) -> None:
    attested = {**PROVEN, "level": "channel"}
    person = customer_of(hub, hub.record(say("m1", identities=[VISITOR, attested])))
    before = hub.profile(person)["contact_version"]
    hub.record(confirm(say, "c1"))
    assert holder(hub)["level"] == "confirmed"
    assert [one["level"] for one in hub.profile(person)["identities"]] == ["channel", "confirmed"]
    assert hub.profile(person)["contact_version"] == before + 1, "tools hear of it"


def test_of_somebody_unknown_a_customer_is_made(hub: Any, say: Say) -> None:
    outcome = hub.record(confirm(say, "c1"))
    assert (outcome.result, holder(hub)["level"]) == ("recorded", "confirmed")
    assert len(live_identities(hub.profile(holder(hub)["customer"]))) == 2


def test_a_record_that_has_the_address_too_is_a_candidate(hub: Any, say: Say) -> None:
    known = import_contact(hub.context, Contact("crm", Remote("100"), "Ana", emails=["ana@example.com"]))
    person = customer_of(hub, hub.record(say("m1", identities=[VISITOR])))
    hub.record(confirm(say, "c1"))
    assert [one["other"] for one in candidates_of(hub.table.table, person)] == [known]


def test_a_change_that_proves_nothing_and_takes_nothing_is_of_no_use(hub: Any, say: Say) -> None:
    assert hub.record(confirm(say, "c1", VISITOR)).result == "ignored"


def test_what_only_a_record_has_is_proven_of_its_customer(hub: Any, say: Say) -> None:
    known = import_contact(hub.context, Contact("crm", Remote("100"), "Ana", emails=["ana@example.com"]))
    hub.record(confirm(say, "c1"))
    assert (holder(hub)["customer"], holder(hub)["level"]) == (known, "confirmed")
    assert customer_of(hub, hub.record(say("m1", identities=[VISITOR]))) == known
