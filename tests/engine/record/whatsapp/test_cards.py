"""Contact cards on WhatsApp: whoever passes one on claims it; whoever answers our request for their own is attested."""

from __future__ import annotations

from typing import Any

from shared.application.record.imported_contact import Contact, import_contact
from shared.ports.connectors import Remote
from shared.store.candidates import candidates_of
from shared.store.claims import claimants_of, claims_of

OTHER = "593987654321"


def card(whatsapp: Any, message: str, phone: str, **more: Any) -> Any:
    said = {"type": "contacts", "contacts": [{"name": {"formatted_name": "Luis"}, "phones": [{"phone": f"+{phone}"}]}]}
    return whatsapp.text(message, phone=None, bsuid="EC.1", **said, **more)


def test_a_card_is_a_claim_that_finds_and_suggests_nobody(whatsapp: Any) -> None:
    luis = whatsapp.customer(whatsapp.text("m1", phone=OTHER, name="Luis"))
    sender = whatsapp.customer(card(whatsapp, "m2", OTHER))
    assert sender != luis
    [claim] = claimants_of(whatsapp.hub.table.table, "phone", f"+{OTHER}")
    assert (claim.customer, list(claim.said), claim.name_by("card")) == (sender, ["card"], "Luis")
    assert candidates_of(whatsapp.hub.table.table, sender) == []
    assert whatsapp.holder("phone", f"+{OTHER}") == luis


def test_the_answer_to_our_request_is_the_senders_own_number(whatsapp: Any) -> None:
    sender = whatsapp.customer(card(whatsapp, "m1", OTHER, origin="contact_request"))
    assert whatsapp.holder("phone", f"+{OTHER}") == sender
    assert list(claims_of(whatsapp.hub.table.table, sender)) == []


def test_any_other_origin_is_a_card(whatsapp: Any) -> None:
    sender = whatsapp.customer(card(whatsapp, "m1", OTHER, origin="contact_request/other"))
    assert whatsapp.holder("phone", f"+{OTHER}") is None
    assert [one.value for one in claims_of(whatsapp.hub.table.table, sender)] == [f"+{OTHER}"]


def test_the_answer_to_our_request_that_is_anothers_number_makes_them_one(whatsapp: Any) -> None:
    by_phone = whatsapp.customer(whatsapp.text("m1", phone=OTHER))
    sender = whatsapp.customer(whatsapp.text("m2", phone=None, bsuid="EC.1"))
    card(whatsapp, "m3", OTHER, origin="contact_request")
    assert {whatsapp.hub.profile(one).get("merged_into") for one in (by_phone, sender)} == {None, by_phone}


def test_a_new_number_that_a_record_has_is_a_candidate_of_whoever_moved_to_it(whatsapp: Any) -> None:
    person = whatsapp.customer(whatsapp.text("m1", bsuid="EC.1"))
    record = import_contact(whatsapp.hub.context, Contact("crm", Remote("1"), "Luis", [f"+{OTHER}"]))
    whatsapp.system("s1", "user_changed_number", phone="593991234567", wa_id=OTHER)
    assert whatsapp.holder("phone", f"+{OTHER}") == person
    assert [one["other"] for one in candidates_of(whatsapp.hub.table.table, person)] == [record]
    [claim] = claimants_of(whatsapp.hub.table.table, "phone", f"+{OTHER}")
    assert claim.is_settled
