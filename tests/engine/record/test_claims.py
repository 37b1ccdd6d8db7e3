"""What is only claimed: it locks nothing, merges nobody, and finds somebody only where a tool's record says so alone.

Rows of identity.md §2.2 (pairs), §6 (decision table) and §8 (M1, M2, M4, M5) as they end in the table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from shared.application.record.imported_contact import Contact, import_contact
from shared.domain.event import Event
from shared.ports.connectors import Remote
from shared.ports.table import Item, Update
from shared.store import keys
from shared.store.candidates import candidates_of, decide
from shared.store.claims import claimants_of, claims_of

Say = Callable[..., Event]
PHONE = "+593991234567"


def visitor(say: Say, message: str, *typed: tuple[str, str], text: str = "Hola", name: str | None = None) -> Event:
    """Somebody on a web site, known by a cookie, who typed something of themselves."""
    identities = [{"kind": "external", "value": "visitor-1", "namespace": "web", "level": "channel"}]
    identities += [{"kind": kind, "value": value, "level": "claimed"} for kind, value in typed]
    return say(message, text, name=name, identities=identities)


def mail(say: Say, message: str, address: str, level: str = "channel", **more: Any) -> Event:
    return say(message, identities=[{"kind": "email", "value": address, "level": level}], **more)


def imported(hub: Any, remote: str = "100", name: str | None = "Ana Pérez", **said: Any) -> str:
    return import_contact(hub.context, Contact("crm", Remote(remote), name, country="EC", **said))


def customer_of(hub: Any, outcome: Any) -> str:
    return str(hub.case(outcome.case)["customer"])


def holder(hub: Any, kind: str, value: str) -> str | None:
    lock = hub.table.table.get(keys.identity(kind, None, value)).item
    return lock["customer"] if lock else None


def pairs(hub: Any, customer: str) -> list[str]:
    return [one["other"] for one in candidates_of(hub.table.table, customer)]


# §6: what the sender claims


def test_m1_a_typed_address_makes_a_candidate_and_nothing_else(hub: Any, say: Say) -> None:
    owner = customer_of(hub, hub.record(mail(say, "m1", "ana@example.com", "confirmed")))
    before = hub.profile(owner)
    outcome = hub.record(visitor(say, "m2", ("email", "Ana@Example.com")))
    new = customer_of(hub, outcome)
    assert new != owner
    assert pairs(hub, new) == [owner]
    [candidate] = candidates_of(hub.table.table, owner)
    assert (candidate["other"], candidate["rule"], candidate["status"]) == (new, "claimed", "open")
    assert "ana" not in str(candidate["evidence"]), "no personal value"
    assert hub.profile(owner) == before
    assert holder(hub, "email", "ana@example.com") == owner
    assert [one["value"] for one in hub.profile(new)["identities"]] == ["visitor-1"]
    assert [(one.kind, one.value, list(one.said)) for one in claims_of(hub.table.table, new)] == [
        ("email", "ana@example.com", ["typed"])
    ]


def test_m2_an_answered_code_makes_them_one(hub: Any, say: Say) -> None:
    owner = customer_of(hub, hub.record(mail(say, "m1", "ana@example.com", "confirmed")))
    new = customer_of(hub, hub.record(visitor(say, "m2", ("email", "ana@example.com"))))
    confirmed = visitor(say, "m3")
    answer = {"kind": "email", "value": "ana@example.com", "level": "confirmed"}
    hub.record(say("m3", identities=[*confirmed.dump()["identities"], answer]))
    tombstones = {hub.profile(one).get("merged_into") for one in (owner, new)}
    assert tombstones == {None, owner}, "the older one survives"
    assert candidates_of(hub.table.table, new)[0]["status"] == "merged"


def test_a_known_sender_who_types_what_another_holds_stays_who_they_are(hub: Any, say: Say) -> None:
    owner = customer_of(hub, hub.record(mail(say, "m1", "ana@example.com")))
    first = hub.record(visitor(say, "m2"))
    again = hub.record(visitor(say, "m3", ("email", "ana@example.com")))
    assert again.case == first.case
    assert pairs(hub, customer_of(hub, first)) == [owner]


def test_who_types_what_is_their_own_is_nobodys_candidate(hub: Any, say: Say) -> None:
    outcome = hub.record(say("m1"))
    both = say("m2").dump()["identities"] + [{"kind": "phone", "value": "0991234567", "level": "claimed"}]
    hub.record(say("m2", identities=both))
    assert candidates_of(hub.table.table, customer_of(hub, outcome)) == []
    assert claimants_of(hub.table.table, "phone", PHONE) == []


def test_what_is_typed_never_attaches_later(hub: Any, say: Say) -> None:
    typist = customer_of(hub, hub.record(visitor(say, "m1", ("phone", "0991234567"))))
    outcome = hub.record(say("m2"))
    assert customer_of(hub, outcome) != typist
    assert pairs(hub, typist) == [customer_of(hub, outcome)]


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("phone", "0999999999"),
        ("phone", "1800 123 456"),
        ("phone", "911"),
        ("email", "ventas@example.com"),
        ("email", "no-reply@example.com"),
        ("email", "ana@example"),
    ],
)
def test_placeholders_desks_and_machines_are_never_matched(hub: Any, say: Say, kind: str, typed: str) -> None:
    imported(hub, phones=["1800 123 456"], emails=["ventas@example.com", "no-reply@example.com"])
    outcome = hub.record(visitor(say, "m1", (kind, typed)))
    assert pairs(hub, customer_of(hub, outcome)) == []


def test_a_loose_mailbox_only_suggests(hub: Any, say: Say) -> None:
    owner = customer_of(hub, hub.record(mail(say, "m1", "ana@gmail.com")))
    typist = customer_of(hub, hub.record(visitor(say, "m2", ("email", "a.n.a+tienda@googlemail.com"))))
    assert pairs(hub, typist) == [owner]
    record = imported(hub, emails=["lu.is@gmail.com"], name="Luis Mora")
    luis = customer_of(hub, hub.record(mail(say, "m3", "luis@gmail.com")))
    assert luis != record
    assert pairs(hub, luis) == [record]


def test_a_passed_on_card_is_kept_and_suggests_nobody(hub: Any, say: Say) -> None:
    other = customer_of(hub, hub.record(say("m1", phone="593987654321", name="Luis")))
    card = {"name": "Luis", "phones": ["098 765 4321", "x"], "emails": ["luis@example.com"]}
    sender = customer_of(hub, hub.record(say("m2", contacts=[card])))
    assert pairs(hub, sender) == pairs(hub, other) == []
    [claim] = claimants_of(hub.table.table, "phone", "+593987654321")
    assert (claim.customer, list(claim.said), claim.name_by("card")) == (sender, ["card"], "Luis")
    assert customer_of(hub, hub.record(mail(say, "m3", "luis@example.com"))) not in (sender, other)


def test_claims_of_an_entry_are_recorded_by_its_copy_should_we_have_died(hub: Any, say: Say) -> None:
    owner = customer_of(hub, hub.record(mail(say, "m0", "ana@example.com")))
    event = visitor(say, "m1", ("email", "ana@example.com"))

    def die(operations: Any) -> None:
        if operations[0].key[0].startswith("CLM#"):
            raise MemoryError

    hub.table.before_transact = die
    with pytest.raises(MemoryError):
        hub.record(event)
    hub.table.before_transact = None
    outcome = hub.record(event)
    assert outcome.result == "copy"
    assert pairs(hub, owner) == [customer_of(hub, outcome)]


# what others claim of the sender: a tool's records


@pytest.mark.parametrize(
    ("row", "wa_id", "record", "country"),
    [
        ("1", "593991234567", "0991234567", "EC"),
        ("2", "551187654321", "+55 11 98765-4321", "BR"),
        ("3", "5215512345678", "55 1234 5678", "MX"),
        ("5", "5491123456789", "011 15-2345-6789", "AR"),
    ],
)
def test_pair_row_attaches(hub: Any, say: Say, row: str, wa_id: str, record: str, country: str) -> None:
    contact = Contact("crm", Remote(row), "Ana Pérez", [record], country=country)
    known = import_contact(hub.context, contact)
    outcome = hub.record(say("m1", phone=wa_id, bsuid="EC.1", name="Ana"))
    assert customer_of(hub, outcome) == known
    profile = hub.profile(known)
    assert [one["level"] for one in profile["identities"]] == ["channel", "channel"], "verified by use"
    assert profile["display_name"] == "Ana Pérez", "a channel's name never replaces a record's"
    assert candidates_of(hub.table.table, known) == []
    hub.table.reset()
    assert hub.record(say("m2", phone=wa_id, bsuid="EC.1", name="Ana")).sequence == 2
    assert hub.table.reads == 2, "the usual way"


@pytest.mark.parametrize(("name", "attaches"), [("Ana", False), ("Ana Pérez", True)])
def test_pair_row_4_is_a_candidate_unless_names_agree(hub: Any, say: Say, name: str, attaches: bool) -> None:
    contact = Contact("crm", Remote("4"), "Pérez Gómez, Ana", ["+54 11 2345 6789"], country="AR")
    known = import_contact(hub.context, contact)
    outcome = hub.record(say("m1", phone="5491123456789", name=name))
    assert (customer_of(hub, outcome) == known) is attaches
    assert pairs(hub, known) == ([] if attaches else [customer_of(hub, outcome)])


def test_pair_row_7_an_extension_is_nobodys_line(hub: Any, say: Say) -> None:
    known = imported(hub, phones=["0991234567 ext. 5"])
    outcome = hub.record(say("m1"))
    assert customer_of(hub, outcome) != known
    assert pairs(hub, known) == []


def test_pair_row_11_a_landline_is_a_candidate(hub: Any, say: Say) -> None:
    contact = Contact("crm", Remote("11"), "Ana Pérez", ["+57 1 2345678"], country="CO")
    known = import_contact(hub.context, contact)
    outcome = hub.record(say("m1", phone="576012345678", name="Ana Pérez"))
    assert customer_of(hub, outcome) != known
    assert pairs(hub, known) == [customer_of(hub, outcome)]


def test_pair_row_12_a_front_desk_on_many_records_is_nobodys(hub: Any, say: Say) -> None:
    known = [imported(hub, str(n), name, phones=["0991234567"]) for n, name in enumerate(("Ana", "Luis", "Eva"))]
    outcome = hub.record(say("m1", bsuid="EC.1", name="Ana"))
    sender = customer_of(hub, outcome)
    assert sender not in known
    assert sorted(pairs(hub, sender)) == sorted(known)
    assert hub.table.table.get(keys.identity("phone", None, PHONE)).item["shared"] is True
    other = hub.record(say("m2", phone=None, bsuid="EC.2", name="Eva"))
    assert customer_of(hub, hub.record(say("m3", bsuid="EC.2", name="Eva"))) == customer_of(hub, other)
    assert "customers_merged" not in hub.counters


def test_a_number_that_becomes_crowded_later_merges_nobody_either(hub: Any, say: Say) -> None:
    hub.record(say("m1"))
    for number, name in enumerate(("Ana", "Luis", "Eva")):
        imported(hub, str(number), name, phones=["0991234567"])
    assert hub.table.table.get(keys.identity("phone", None, PHONE)).item["shared"] is True
    hub.record(say("m2", phone=None, bsuid="EC.1"))
    hub.record(say("m3", bsuid="EC.1"))
    assert "customers_merged" not in hub.counters


def test_m4_an_attested_number_leaves_the_others_keys(hub: Any, say: Say) -> None:
    other = imported(hub, phones=["0991234567"], name="Luis Mora")
    first = hub.record(say("m1", phone=None, bsuid="EC.1"))
    person = customer_of(hub, first)
    assert hub.record(say("m2", bsuid="EC.1")).case == first.case
    assert holder(hub, "phone", PHONE) == person
    assert pairs(hub, person) == [other]
    [claim] = claimants_of(hub.table.table, "phone", PHONE)
    assert claim.is_settled, "it stays as a text"
    assert [one.value for one in claims_of(hub.table.table, other)] == [PHONE]
    # whoever gets the number next is not found by the old record
    hub.record(say("m3", bsuid="EC.2", name="Zoe"))
    assert holder(hub, "phone", PHONE) not in (person, other)


def test_m5_records_that_share_a_number_are_candidates(hub: Any, say: Say) -> None:
    one, other = imported(hub, "100", phones=["0991234567"]), imported(hub, "200", phones=["+593 99 123 4567"])
    assert one != other
    assert pairs(hub, one) == [other]
    sender = customer_of(hub, hub.record(say("m1")))
    assert sender not in (one, other), "more than one: nobody's"
    assert sorted(pairs(hub, sender)) == sorted([one, other])
    assert "customers_merged" not in hub.counters


def test_a_record_of_a_number_that_somebody_holds_is_a_candidate_and_finds_nobody(hub: Any, say: Say) -> None:
    sender = customer_of(hub, hub.record(say("m1", bsuid="EC.1")))
    known = imported(hub, phones=["0991234567"])
    assert pairs(hub, known) == [sender]
    hub.record(say("m2", bsuid="EC.2", name="Luis"))
    assert holder(hub, "phone", PHONE) not in (sender, known)


def test_what_forbids_a_merge_forbids_to_attach(hub: Any, say: Say) -> None:
    known = imported(hub, phones=["0991234567"])
    hub.table.table.transact([Update(keys.customer(known), set={"restrictions": ["dispute"]})])
    sender = customer_of(hub, hub.record(say("m1")))
    assert sender != known
    assert pairs(hub, known) == [sender]


def test_who_writes_by_another_id_already_is_not_attached(hub: Any, say: Say) -> None:
    known = imported(hub, phones=["0991234567", "0987654321"])
    assert customer_of(hub, hub.record(say("m1", bsuid="EC.1"))) == known
    second = customer_of(hub, hub.record(say("m2", phone="593987654321", bsuid="EC.2")))
    assert second != known
    assert pairs(hub, known) == [second]


def test_a_refused_pair_is_not_suggested_again(hub: Any, say: Say) -> None:
    owner = customer_of(hub, hub.record(mail(say, "m1", "ana@example.com")))
    new = customer_of(hub, hub.record(visitor(say, "m2", ("email", "ana@example.com"))))
    decide(hub.table.table, owner, new, "refused", by="staff", at="2026-11-22T10:00:00Z")
    hub.record(visitor(say, "m3", ("email", "ana@example.com")))
    assert [one["status"] for one in candidates_of(hub.table.table, new)] == ["refused"]


def test_an_e_mail_of_one_record_finds_it_where_the_sender_was_authenticated(hub: Any, say: Say) -> None:
    known = imported(hub, emails=["ana@example.com"])
    unproven = {"kind": "email", "value": "ana@example.com", "namespace": "unverified", "level": "channel"}
    assert customer_of(hub, hub.record(say("m1", identities=[unproven]))) != known
    assert customer_of(hub, hub.record(mail(say, "m2", "ana@example.com"))) == known


def test_a_record_is_imported_once(hub: Any) -> None:
    first = imported(hub, phones=["0991234567", "x", "0991234567"])
    again = imported(hub, phones=["0991234567"], emails=["ana@example.com"])
    assert first == again
    found: list[Item] = hub.table.table.query(keys.customer(first)[0]).items
    assert [one["sk"] for one in found] == [
        "CLM#email#ana@example.com",
        f"CLM#phone#{PHONE}",
        "PROFILE",
        "REF#crm",
    ]
    assert found[-1]["adopted"] is True
    assert hub.profile(first)["identities"] == []


def test_what_a_first_contact_costs(priced_hub: Any, say: Say) -> None:
    """1 RCU more than before for each phone or e-mail that nobody holds; a scoped id is never claimed."""
    hub = priced_hub
    hub.table.reset()
    hub.record(say("m1", bsuid="EC.1"))
    with_phone = hub.table.reads
    hub.table.reset()
    hub.record(say("m2", phone=None, bsuid="EC.2"))
    assert with_phone - hub.table.reads == 2, "its lock, and who claims it"


def test_a_message_that_claims_nothing_pays_nothing(priced_hub: Any, say: Say) -> None:
    hub = priced_hub
    hub.record(say("m1"))
    hub.table.reset()
    hub.record(say("m2", "mi correo es ana@example.com"))
    assert (hub.table.reads, len(hub.table.transactions)) == (2, 1)
