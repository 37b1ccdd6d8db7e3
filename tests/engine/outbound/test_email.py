"""An answer by mail: one mail, in its thread, to whoever wrote, whatever becomes of SES's word; and the way back."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest

from local.memory.table import MemoryTable
from shared.channels.email.reader import Reader
from shared.domain.address_token import case_of_token
from shared.domain.errors import Transient
from shared.domain.undelivered import COMPLAINT, DEAD_ADDRESS, PASSING, UNDETERMINED
from shared.ports.mail import MailSaid
from shared.ports.table import Put
from shared.store import keys
from shared.store.consents import consents_of
from tests.engine.outbound.mail_office import ANA, KEY, MAILBOX, MailOffice, receipt
from tests.engine.record.bench import START, CountedTable

BOUNCED = {"code": "Permanent.General", "detail": "smtp; 550 5.1.1 unknown user", "retryable": False}


@pytest.fixture
def office() -> MailOffice:
    """On one engine: what the table does is asked of every engine elsewhere."""
    return MailOffice(CountedTable(MemoryTable(time.time)))


def test_an_answer_goes_into_the_customers_thread(office: MailOffice) -> None:
    case, ticket = office.begun(subject="RE: RV: Pedido 4471", references=["a0@example.net"])
    answer, outcome = office.sent(ticket, text="Lo revisamos")
    assert outcome == "sent"
    [sent] = office.post.mails
    assert (sent["to"], sent["subject"]) == (ANA, "Re: Pedido 4471")
    assert (sent["in-reply-to"], sent["references"]) == ("<a1@example.net>", "<a0@example.net> <a1@example.net>")
    assert sent["from"] == f"Luis - Acme <{MAILBOX}>"
    token = sent["reply-to"].partition("+")[2].partition("@")[0]
    assert case_of_token(token, [KEY]) == case
    text = sent.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert text.splitlines()[0] == "Lo revisamos"
    assert "El 22/11/2026 05:00, Ana Pérez escribió:" in text, "by the brand's clock"
    assert "> No enciende" in text
    assert office.send_of(answer)["ids"] == ["0100-1"]


def test_what_an_answer_costs(office: MailOffice) -> None:
    """As on other channels: the mail it goes on from is met on the way back to the customer's last words."""
    _, ticket = office.begun()
    answer = office.answers(ticket)
    office.table.reset()
    office.carry(office.order(answer))
    assert (office.table.reads, len(office.table.transactions)) == (10, 3)


@pytest.mark.parametrize("domain", ["email.amazonses.com", "sa-east-1.amazonses.com"])
def test_the_customers_reply_finds_the_case_by_sess_own_name(office: MailOffice, domain: str) -> None:
    case, ticket = office.begun()
    office.sent(ticket)
    back = office.writes("a2@example.net", subject="Otra cosa", in_reply_to=f"0100-1@{domain}", at=timedelta(minutes=5))
    assert back.case == case


def test_without_any_name_the_token_finds_it(office: MailOffice) -> None:
    case, ticket = office.begun()
    office.sent(ticket)
    token = office.post.mails[0]["reply-to"].partition("+")[2].partition("@")[0]
    assert office.writes("a2@example.net", token=token, at=timedelta(minutes=5)).case == case
    assert office.writes("a3@example.net", at=timedelta(minutes=6)).case != case


def test_a_lost_answer_is_not_sent_twice_and_settled_by_what_ses_tells(office: MailOffice) -> None:
    case, ticket = office.begun()
    office.post.answers = [Transient("no answer")]
    answer, outcome = office.sent(ticket)
    assert outcome == "unknown"
    told = office.record(receipt("sent", "0100-9", references=list(office.post.tags[0].values())))
    assert told.result == "receipt"
    assert office.send_of(answer)["state"] == "sent"
    assert office.send_of(answer)["ids"] == ["0100-9"]
    office.seconds += 3600
    assert office.carry(office.order(answer, due="2026-11-22T10:15:00Z")) == "level"
    assert len(office.post.mails) == 1
    back = office.writes("a2@example.net", in_reply_to="0100-9@email.amazonses.com", at=timedelta(minutes=5))
    assert back.case == case, "though the hub never heard SES's own answer"


def test_a_notice_that_does_not_name_the_mailbox_settles_it_too(office: MailOffice) -> None:
    _, ticket = office.begun()
    office.post.answers = [Transient("no answer")]
    answer, _ = office.sent(ticket)
    office.record(receipt("delivered", "0100-9", account="-", references=[office.post.tags[0]["mark"]]))
    assert office.send_of(answer)["state"] == "sent"
    assert office.entry(answer)["delivery"] == "delivered"


def test_a_notice_that_was_quicker_than_our_own_pen(office: MailOffice) -> None:
    _, ticket = office.begun()
    answer = office.answers(ticket)
    assert office.record(receipt("delivered", "0100-1")).result == "waiting"
    assert office.carry(office.order(answer)) == "sent"
    assert [body["raw"]["said"]["message_id"] for body in office.queues.taken("inbound")] == ["0100-1:delivered"]


def test_a_refusal_is_told_to_the_agent(office: MailOffice) -> None:
    _, ticket = office.begun()
    office.post.answers = [MailSaid(400, "MessageRejected", "bad")]
    answer, outcome = office.sent(ticket)
    assert outcome == "failed"
    [news] = office.take_in()
    said = office.log(news.case)[-1].receipt
    assert said
    assert said.error
    assert "rechazó" in (said.error.detail or "")
    assert office.entry(answer)["delivery"] == "failed"


def test_a_quota_waits_an_hour_and_stops_nobody_for_good(office: MailOffice) -> None:
    _, ticket = office.begun()
    office.post.answers = [MailSaid(400, "LimitExceededException", "Daily message quota exceeded.")]
    answer, outcome = office.sent(ticket)
    assert outcome == "waiting"
    assert office.send_of(answer)["due_sk"] >= "2026-11-22T11:00:00Z"
    office.seconds += 3700
    assert office.carry(office.order(answer)) == "sent"
    assert len(office.post.mails) == 2


def test_the_answer_goes_on_from_what_was_said_here_and_repeats_nobody_else(office: MailOffice) -> None:
    case, ticket = office.begun()
    office.sent(ticket)
    token = office.post.mails[0]["reply-to"].partition("+")[2].partition("@")[0]
    joined = office.writes(
        "e1@example.org", "Soy su contador", sender="eva@example.org", subject="Mi secreto", token=token,
        at=timedelta(minutes=3),
    )  # fmt: skip
    assert joined.case == case
    office.told(case, 9)
    office.seconds += 300
    office.sent(ticket, "r2", text="Otra vez", in_reply_to="hash-a1@example.net")
    sent = office.post.mails[-1]
    assert (sent["to"], sent["subject"]) == (ANA, "Re: Pedido")
    assert "contador" not in sent.as_string()


def test_the_subject_follows_the_customer(office: MailOffice) -> None:
    case, ticket = office.begun()
    office.sent(ticket)
    office.writes(
        "a2@example.net", "Ahora otra", subject="RE: Pedido y factura", in_reply_to="0100-1@email.amazonses.com",
        references=["a1@example.net", "0100-1@email.amazonses.com"], at=timedelta(minutes=5),
    )  # fmt: skip
    office.told(case, 9)
    office.seconds += 400
    office.sent(ticket, "r2")
    sent = office.post.mails[-1]
    assert sent["subject"] == "Re: Pedido y factura"
    assert sent["references"] == "<a1@example.net> <0100-1@email.amazonses.com> <a2@example.net>"
    office.sent(ticket, "r3", in_reply_to="hash-a1@example.net")
    assert office.post.mails[-1]["in-reply-to"] == "<a1@example.net>", "the agent named the older mail"


def test_whom_nobody_vouches_for_is_answered_where_they_wrote(office: MailOffice) -> None:
    known = office.writes("a1@example.net").case
    doubted = office.writes("a2@example.net", "Soy Ana", namespace="unverified", flags=["unauthenticated"])
    assert doubted.case != known
    assert doubted.case
    _, outcome = office.sent(office.opened(doubted.case))
    assert outcome == "sent"
    [sent] = office.post.mails
    assert (sent["to"], sent["in-reply-to"]) == (ANA, "<a2@example.net>")
    assert "Soy Ana" in sent.as_string()


def test_an_address_that_only_stood_in_reply_to_gets_nothing(office: MailOffice) -> None:
    """Promise 4: nothing goes to an address that somebody merely named."""
    claimed = {"kind": "email", "value": "ladron@example.org", "level": "claimed"}
    own = {"kind": "email", "value": ANA, "address": ANA, "level": "channel"}
    _, ticket = office.begun(identities=[own, claimed])
    office.sent(ticket)
    assert [one["to"] for one in office.post.mails] == [ANA]


def test_a_bounce_is_told_with_what_to_do_and_stops_what_follows(office: MailOffice) -> None:
    case, ticket = office.begun()
    answer, _ = office.sent(ticket)
    bounced = office.record(receipt("failed", "0100-1", error=BOUNCED, flags=[DEAD_ADDRESS]))
    assert bounced.result == "recorded"
    said = office.log(case)[-1].receipt
    assert said
    assert said.error
    assert (said.error.detail or "").startswith("La respuesta volvió")
    assert "550 5.1.1" in (said.error.detail or "")
    assert office.entry(answer)["delivery"] == "failed"

    office.seconds += 600
    _, outcome = office.sent(ticket, "r2")
    assert outcome == "failed"
    assert len(office.post.mails) == 1
    office.take_in()
    assert "ya no llega nada" in (office.log(case)[-1].receipt.error.detail or "")  # type: ignore[union-attr]

    office.writes("a2@example.net", in_reply_to="a1@example.net", at=timedelta(minutes=20))
    office.seconds += 1200
    _, outcome = office.sent(ticket, "r3")
    assert outcome == "sent", "who writes from an address can be reached there"


def test_a_passing_bounce_stops_nothing(office: MailOffice) -> None:
    _, ticket = office.begun()
    office.sent(ticket)
    full = {"code": "Transient.MailboxFull", "retryable": True}
    office.record(receipt("failed", "0100-1", error=full))
    assert office.sent(ticket, "r2")[1] == "sent"


def test_the_same_bounce_again_is_one(office: MailOffice) -> None:
    case, ticket = office.begun()
    office.sent(ticket)
    event = receipt("failed", "0100-1", error=BOUNCED, flags=[DEAD_ADDRESS])
    assert [office.record(event).result for _ in range(3)] == ["recorded", "copy", "copy"]
    assert sum(entry.kind == "receipt" for entry in office.log(case)) == 1


def test_files_of_an_answer_that_the_hub_keeps_go_along(office: MailOffice) -> None:
    _, ticket = office.begun()
    answer = office.answers(ticket, attachments=[{"kind": "document", "filename": "factura.pdf"}])
    assert answer.case
    assert answer.sequence
    key = f"media/{answer.case}/{answer.sequence}/0"
    office.files.put(key, b"%PDF")
    pk, sk = keys.file(answer.case, answer.sequence, 0)
    kept: dict[str, Any] = {"pk": pk, "sk": sk, "state": "fetched", "key": key, "size": 4}
    office.table.table.transact([Put(kept | {"mime_type": "application/pdf", "filename": "factura.pdf"})])
    assert office.carry(office.order(answer)) == "sent"
    [file] = office.post.mails[0].iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("factura.pdf", b"%PDF")


def test_a_file_that_the_hub_does_not_have_is_said_and_the_words_go_out(office: MailOffice) -> None:
    case, ticket = office.begun()
    attachments = [{"kind": "document", "filename": "factura.pdf"}]
    assert office.sent(ticket, attachments=attachments)[1] == "sent"
    assert list(office.post.mails[0].iter_attachments()) == []
    office.take_in()
    assert "sin factura.pdf" in str(office.log(case)[-1].text)
    assert office.sent(ticket, "r2", text=None, attachments=attachments)[1] == "failed"
    office.take_in()
    assert "factura.pdf" in (office.log(case)[-1].receipt.error.detail or "")  # type: ignore[union-attr]


def test_an_agents_first_mail_in_a_case_that_goes_on_from_another(office: MailOffice) -> None:
    """In the new case the customer wrote nothing yet: subject and thread are those of the one before."""
    case, ticket = office.begun()
    office.set_case(case, state="closed", state_at="2026-11-22T10:00:00Z", closed_at="2026-11-22T10:00:00Z")
    answer = office.answers(ticket)
    assert answer.case != case
    assert office.carry(office.order(answer)) == "sent"
    assert office.post.mails[0]["subject"] == "Re: Pedido"
    assert office.post.mails[0]["in-reply-to"] == "<a1@example.net>"


def returned(status: str) -> bytes:
    """A mail of ours as another server returns it (RFC 3464)."""
    parts = [
        ("text/plain", "It came back."),
        ("message/delivery-status", f"Final-Recipient: rfc822; {ANA}\nAction: failed\nStatus: {status}\n"),
        ("text/rfc822-headers", "Message-ID: <0100-1@email.amazonses.com>\n"),
    ]
    body = "".join(f"--b\nContent-Type: {kind}\n\n{content}\n" for kind, content in parts)
    head = f"From: MAILER-DAEMON@mx.example.net\nTo: {MAILBOX}\nReturn-Path: <>\nMessage-ID: <r1@mx.example.net>\n"
    kind = 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n'
    return f"{head}Subject: Undelivered Mail\n{kind}\n{body}--b--\n".replace("\n", "\r\n").encode()


STATUSES = {"5.1.1": "failed", "5.1.10": "failed", "5.2.1": "failed", "5.2.2": "sent", "5.7.1": "sent", "4.4.7": "sent"}


@pytest.mark.parametrize(("status", "next_answer"), STATUSES.items())
def test_a_mail_that_comes_back_by_mail_stops_what_follows_where_nobody_is_there(
    office: MailOffice, status: str, next_answer: str
) -> None:
    _, ticket = office.begun()
    answer, _ = office.sent(ticket)
    office.record(Reader({MAILBOX}).parse({"mail": returned(status)}))
    assert office.entry(answer)["delivery"] == "failed"
    assert office.sent(ticket, "r2")[1] == next_answer


UNSAID = {"code": "Undetermined.Undetermined", "retryable": True}


def failures(office: MailOffice, ticket: str, days: list[int]) -> list[bool]:
    """Answers at these days, each of which fails and nobody knows why; after each, whether the next one is refused."""
    refused = []
    for number, day in enumerate(days, 1):
        office.seconds = START.timestamp() + day * 86_400 + 60
        _, outcome = office.sent(ticket, f"r{number}")
        refused.append(outcome == "failed")
        if outcome == "sent":
            name = f"0100-{len(office.post.mails)}"
            at = timedelta(days=day, minutes=2)
            office.record(receipt("failed", name, error=UNSAID, flags=[UNDETERMINED], at=at))
            office.record(receipt("failed", name, error=UNSAID, flags=[UNDETERMINED], at=at))  # told twice
    return refused


@pytest.mark.parametrize(
    ("days", "refused"),
    [([0, 1, 2, 3], [False, False, False, True]), ([0, 4, 8, 9], [False, False, False, False])],
    ids=["three in a week", "not in one week"],
)
def test_nobody_knows_why_mails_come_back(office: MailOffice, days: list[int], refused: list[bool]) -> None:
    _, ticket = office.begun()
    assert failures(office, ticket, days) == refused


def test_a_complaint_ends_marketing_and_not_the_service(office: MailOffice) -> None:
    case, ticket = office.begun()
    office.sent(ticket)
    complaint = receipt("delivered", "0100-1", flags=[COMPLAINT], message_id="0100-1:complaint")
    for _ in range(2):
        assert office.record(complaint).result == "receipt"
    customer = office.table.get(keys.case(case)).item["customer"]  # type: ignore[index]
    [consent] = consents_of(office.table, customer)
    assert (consent.purpose, consent.channel, consent.action) == ("marketing", "email", "withdraw")
    assert consent.source == "complaint"
    office.seconds += 600
    assert office.sent(ticket, "r2")[1] == "sent"


def test_a_note_of_absence_after_the_delivery_is_no_failure(office: MailOffice) -> None:
    case, ticket = office.begun()
    answer, _ = office.sent(ticket)
    office.record(receipt("delivered", "0100-1"))
    before = len(office.log(case))
    passing = {"code": "Transient.General", "retryable": True}
    told = office.record(receipt("failed", "0100-1", error=passing, flags=[PASSING], at=timedelta(minutes=3)))
    assert told.result == "ignored"
    assert len(office.log(case)) == before
    assert office.entry(answer)["delivery"] == "delivered"
