from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest

from shared.connectors.generic_webhook.mapping import (
    TARGET_BYTES,
    TYPES,
    Webhook,
    case_opened,
    contact_told,
    delivery_told,
    entry_told,
    type_of,
)
from shared.domain.customer import Customer, FieldValue
from shared.domain.element import digest
from shared.domain.event import Author, Kind
from tests.contract.connectors.conformance import ANA, CASE, entry
from tests.contract.connectors.stories import AT

NOW = datetime(2027, 1, 1, tzinfo=UTC)


def body(webhook: Webhook) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(webhook.body)
    return read


def test_a_message_is_told_with_customer_and_case() -> None:
    said = entry(3)
    assert body(entry_told("demo", CASE, said, ANA)) == {
        "type": "interaction.created",
        "timestamp": "2026-11-22T10:00:00Z",
        "data": {
            "sequence": 3,
            "interaction": said.dump(),
            "customer": ANA.dump(),
            "case": {"id": "k-1", "reference": "K7QF-0001-R", "state": "open", "version": 3},
        },
    }


def test_an_opening_is_sequence_0_without_interaction() -> None:
    told = body(case_opened("demo", CASE, ANA))
    assert (told["type"], told["timestamp"]) == ("case.opened", "2026-11-22T10:00:00Z")
    assert set(told["data"]) == {"sequence", "customer", "case"}
    assert told["data"]["sequence"] == 0


@pytest.mark.parametrize(("is_new", "kind"), [(True, "contact.created"), (False, "contact.updated")])
def test_a_contact_is_told_alone(is_new: bool, kind: str) -> None:
    told = body(contact_told("demo", ANA, 4, is_new=is_new, now=NOW))
    assert told == {
        "type": kind,
        "timestamp": "2026-11-22T10:00:00Z",
        "data": {"version": 4, "customer": ANA.dump()},
    }


def test_a_contact_s_time_is_the_newest_that_its_profile_knows() -> None:
    later = AT + timedelta(hours=2)
    known = ANA.model_copy(update={"fields": {"plan": FieldValue(value="pro", source="crm", at=later)}})
    assert body(contact_told("demo", known, 5, is_new=False, now=NOW))["timestamp"] == "2026-11-22T12:00:00Z"
    assert (
        body(contact_told("demo", Customer(id="c-2"), 1, is_new=True, now=NOW))["timestamp"] == "2027-01-01T00:00:00Z"
    )


def test_every_kind_of_entry_has_a_type() -> None:
    assert set(TYPES) == set(get_args(Kind))


@pytest.mark.parametrize(
    ("kind", "old", "new", "told_as"),
    [
        ("message", None, "hola", "interaction.created"),
        ("unsupported", None, None, "interaction.created"),
        ("edit", None, "hola", "interaction.updated"),
        ("reaction", None, None, "interaction.updated"),
        ("receipt", None, None, "interaction.updated"),
        ("state_change", "resolved", "open", "case.reopened"),
        ("state_change", "new", "open", "case.updated"),
        ("state_change", "open", "resolved", "case.updated"),
        ("state_change", "resolved", "closed", "case.updated"),
        ("message", "resolved", "open", "interaction.created"),
    ],
)
def test_an_entry_is_told_as_what_it_is(kind: Kind, old: str | None, new: str | None, told_as: str) -> None:
    said = entry(1, kind, text=new, reason=old)
    assert type_of(said) == told_as
    assert body(entry_told("demo", CASE, said, ANA))["data"]["interaction"]["kind"] == kind


def test_an_id_names_connector_case_and_sequence() -> None:
    assert entry_told("demo", CASE, entry(3), ANA).id == "msg_" + digest("demo", "k-1", "3")
    assert case_opened("demo", CASE, ANA).id == "msg_" + digest("demo", "k-1", "0")
    assert contact_told("demo", ANA, 4, is_new=True, now=NOW).id == "msg_" + digest("demo", "contact", "c-1", "4")


def test_different_things_have_different_ids() -> None:
    other = CASE.model_copy(update={"id": "k-2"})
    ids = [
        webhook.id
        for name in ("demo", "other")
        for webhook in (
            contact_told(name, ANA, 1, is_new=True, now=NOW),
            contact_told(name, ANA, 2, is_new=False, now=NOW),
            *(case_opened(name, case, ANA) for case in (CASE, other)),
            *(entry_told(name, case, entry(sequence), ANA) for case in (CASE, other) for sequence in (1, 2)),
        )
    ]
    assert len(set(ids)) == len(ids)


def test_an_id_stays_when_case_and_customer_have_moved_on() -> None:
    closed = CASE.model_copy(update={"state": "closed", "version": 9})
    renamed = ANA.model_copy(update={"display_name": "Ana Otra"})
    assert entry_told("demo", CASE, entry(3), ANA).id == entry_told("demo", closed, entry(3), renamed).id


def test_the_same_words_give_the_same_bytes_whatever_their_order() -> None:
    value = FieldValue(value="x", source="crm", at=AT)
    one = ANA.model_copy(update={"fields": {"a": value, "b": value}})
    two = ANA.model_copy(update={"fields": {"b": value, "a": value}})
    assert entry_told("demo", CASE, entry(1), one).body == entry_told("demo", CASE, entry(1), two).body


def mail(text: str, html: str | None = None, quoted: str | None = None, references: int = 0) -> Webhook:
    said = entry(
        1,
        channel="email",
        author=Author(type="customer"),
        text=text,
        html=html,
        quoted_text=quoted,
        references=[f"<{number}@mail.example.com>" for number in range(references)],
        flags=["bulk"],
    )
    return entry_told("demo", CASE, said, ANA)


LONG = "x" * TARGET_BYTES


@pytest.mark.parametrize(
    ("webhook", "left_out"),
    [
        (mail("hola", html="<p>hola</p>", quoted="> antes", references=3), []),
        (mail("hola", html=LONG, quoted="> antes", references=3), ["html"]),
        (mail("hola", html="<p>hola</p>", quoted=LONG, references=3), ["html", "quoted_text"]),
        (mail("hola", references=2000), ["references"]),
        (mail(LONG, html=LONG, quoted=LONG, references=3), ["html", "quoted_text", "references"]),
    ],
)
def test_what_repeats_is_left_out_of_a_large_body_and_said_so(webhook: Webhook, left_out: list[str]) -> None:
    interaction = body(webhook)["data"]["interaction"]
    assert [name for name in ("html", "quoted_text", "references") if name in left_out and name in interaction] == []
    assert interaction["flags"] == ["bulk", *(f"{name}_left_out" for name in left_out)]


def test_what_somebody_wrote_is_never_cut() -> None:
    assert body(mail(LONG * 4, html=LONG))["data"]["interaction"]["text"] == LONG * 4


def test_a_large_body_fits_when_leaving_out_is_enough() -> None:
    assert len(mail("hola", html=LONG, quoted=LONG).body) <= TARGET_BYTES


def test_of_an_answer_it_is_told_how_far_it_came_and_not_what_it_says() -> None:
    answer = entry(4).model_copy(update={"delivery": "read", "message_ref": "note-5", "text": "Ya sale"})
    webhook = delivery_told("desk", CASE, answer)
    told = body(webhook)
    assert (told["type"], told["data"]["sequence"], told["data"]["case"]["id"]) == ("interaction.updated", 4, CASE.id)
    assert told["data"]["interaction"] == {
        "kind": "message",
        "channel": answer.channel,
        "message_id": answer.message_id,
        "message_ref": "note-5",
        "delivery": "read",
    }
    delivered = delivery_told("desk", CASE, answer.model_copy(update={"delivery": "delivered"}))
    assert len({delivered.id, webhook.id, entry_told("desk", CASE, answer, ANA).id}) == 3
