"""Whose mail it is: proved or not, ours, or a machine's."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from shared.domain.errors import Permanent
from tests.engine.record.mail.conftest import HELP, SALES, ZETA, MailHub, mail

HOUR = timedelta(hours=1)
SES = "0100018c2f-5b1d-4f4e-a0aa-7a2a0f2d4c11-000000"


@pytest.mark.parametrize("dmarc", ["FAIL", "GRAY", "PROCESSING_FAILED", "DISABLED"])
def test_who_proves_nothing_is_somebody_else(mails: MailHub, dmarc: str) -> None:
    known = mails.arrive(mail())
    claimed = mails.arrive(mail("2@example.net", at=HOUR), dmarc=dmarc)
    entry = mails.entry(claimed)
    assert entry.identities[0].namespace == "unverified"
    assert "unauthenticated" in entry.flags
    assert mails.case(claimed.case)["customer"] != mails.case(known.case)["customer"]


def test_who_proves_nothing_and_names_a_case_is_flagged_for_the_agent(mails: MailHub) -> None:
    known = mails.arrive(mail())
    claimed = mails.arrive(mail("2@example.net", answers="1@example.net", at=HOUR), dmarc="FAIL")
    assert claimed.case == known.case
    assert {"external_participant", "unauthenticated"} <= set(mails.entry(claimed).flags)


def test_an_address_hidden_in_an_encoded_word_is_nobodys_own(mails: MailHub) -> None:
    boss = mails.arrive(mail(sender="ceo@good.example.com"))
    liar = mails.arrive(
        mail("2@example.org", sender="=?utf-8?q?ceo=40good.example.com=3e=00?=x@evil.example.org", at=HOUR)
    )
    assert mails.case(liar.case)["customer"] != mails.case(boss.case)["customer"]
    assert all(one.value != "ceo@good.example.com" for one in mails.entry(liar).identities)


def test_a_mail_without_a_sender_is_kept_all_the_same(mails: MailHub) -> None:
    outcome = mails.arrive(mail(sender="<>"))
    assert outcome.result == "recorded"
    assert "address_invalid" in mails.entry(outcome).flags


# ---- the same mail again


def test_one_mail_to_two_mailboxes_is_one_message(mails: MailHub) -> None:
    content = mail(to=f"{HELP}, {SALES}")
    first = mails.arrive(content, [HELP])
    again = mails.arrive(content, [SALES])
    assert (again.result, again.case, again.sequence) == ("copy", first.case, first.sequence)
    assert mails.index(first)["also"] == [SALES]


def test_every_mailbox_is_noted_once(mails: MailHub) -> None:
    content = mail(to="undisclosed-recipients:;")
    first = mails.arrive(content, [HELP])
    for box in (SALES, ZETA, SALES, HELP):
        mails.arrive(content, [box])
    assert mails.index(first)["also"] == [SALES, ZETA]
    assert len(mails.log(first.case)) == 1


def test_the_same_mail_in_parallel_is_one_message(contended_mails: MailHub) -> None:
    content = mail()
    messages = [contended_mails.envelope(content, [box]) for box in (HELP, HELP, SALES, SALES) * 2]
    with ThreadPoolExecutor(len(messages)) as workers:
        outcomes = list(workers.map(contended_mails.intake.take, messages))
    assert [one.result for one in outcomes].count("recorded") == 1
    assert {one.result for one in outcomes} == {"recorded", "copy"}
    assert len({(one.case, one.sequence) for one in outcomes}) == 1


def test_two_mails_of_one_name_are_two(mails: MailHub) -> None:
    first = mails.arrive(mail(text="Uno"))
    second = mails.arrive(mail(text="Dos"))
    assert (first.result, second.result) == ("recorded", "recorded")


def test_blind_copies_count_by_the_envelope(mails: MailHub) -> None:
    outcome = mails.arrive(mail(to="somebody@example.org"), ["list@example.org", f"ventas+promo@{SALES.split('@')[1]}"])
    assert mails.entry(outcome).account == SALES


# ---- what is no word of a customer's


AWAY = [
    ("Respuesta automática: fuera de la oficina", {"Auto_Submitted": "auto-replied"}),
    ("Resposta automática: estou de férias", {"Auto_Submitted": "auto-replied; owner-email=x@example.net"}),
    ("Out of office", {"X_Autoreply": "yes"}),
    ("Gracias", {"Precedence": "auto_reply"}),
    ("Ausente", {"Return_Path": "<>"}),
]


@pytest.mark.parametrize(("subject", "headers"), AWAY)
def test_an_absence_notice_opens_nothing(mails: MailHub, subject: str, headers: dict[str, str]) -> None:
    outcome = mails.arrive(mail(subject=subject, **headers))
    assert (outcome.result, outcome.case) == ("ignored", None)
    [kept] = [json.loads(content) for name, content in mails.files.items() if name.startswith("ignored/")]
    assert kept["raw"]["mail_file"] == "mail/ses1"
    assert mails.counters["ignored"] == 1


@pytest.mark.parametrize("state", ["open", "pending_customer", "on_hold", "resolved"])
def test_an_absence_notice_is_noted_in_the_case_it_answers_and_changes_nothing(mails: MailHub, state: str) -> None:
    first = mails.arrive(mail())
    mails.answer(first.case, SES)
    mails.set_case(first.case, state=state, resolved_at="2026-11-22T10:00:00Z")
    away = mail("2@example.net", answers=f"{SES}@email.amazonses.com", at=HOUR, Auto_Submitted="auto-replied")
    noted = mails.arrive(away)
    assert noted.case == first.case
    assert mails.entry(noted).kind == "auto_reply"
    assert mails.case(first.case)["state"] == state


def test_what_went_to_many_opens_a_case_and_is_not_answered_by_machines(mails: MailHub) -> None:
    outcome = mails.arrive(mail(List_Id="<clientes.example.net>", Precedence="bulk"))
    assert outcome.result == "recorded"
    assert {"bulk", "no_auto_reply"} <= set(mails.entry(outcome).flags)


@pytest.mark.parametrize("sender", [HELP, f"Ventas <{SALES.upper()}>"])
def test_our_own_mail_coming_round_has_no_effect(mails: MailHub, sender: str) -> None:
    first = mails.arrive(mail())
    outcome = mails.arrive(mail("2@acme.example.com", sender=sender, answers="1@example.net", at=HOUR))
    assert (outcome.result, len(mails.log(first.case))) == ("ignored", 1)


@pytest.mark.parametrize(("mark", "is_ours"), [("this-hub", True), ("another-hub", False)])
def test_our_own_mail_redirected_to_us_is_known_by_its_mark(mails: MailHub, mark: str, is_ours: bool) -> None:
    outcome = mails.arrive(mail(X_Hub_Loop=mark))
    assert (outcome.result == "ignored") is is_ours


def report(original: str, action: str = "failed", status: str = "5.1.1") -> bytes:
    """A returned mail, as RFC 3464 writes it."""
    body = f"""\
--b
Content-Type: text/plain

Could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; ana@example.net
Action: {action}
Status: {status}

--b
Content-Type: text/rfc822-headers

Message-ID: <{original}>
From: {HELP}
To: ana@example.net

--b--
"""
    return mail(
        "r1@mx.example.net",
        body.replace("\n", "\r\n"),
        sender="MAILER-DAEMON@mx.example.net",
        subject="Undelivered Mail Returned to Sender",
        at=HOUR,
        Return_Path="<>",
        Content_Type='multipart/report; report-type=delivery-status; boundary="b"',
    )


def test_a_returned_mail_says_that_the_answer_did_not_arrive(mails: MailHub) -> None:
    first = mails.arrive(mail())
    sent = mails.answer(first.case, SES)
    noted = mails.arrive(report(f"{SES}@email.amazonses.com"))
    entry = mails.entry(noted)
    assert (noted.case, entry.kind) == (first.case, "bounce")
    assert entry.receipt is not None
    assert (entry.receipt.state, entry.receipt.error.code) == ("failed", "5.1.1")
    answered = next(one for one in mails.log(first.case) if one.sequence == sent)
    assert answered.delivery == "failed"


def test_a_returned_answer_opens_a_resolved_case_that_has_no_other(mails: MailHub) -> None:
    first = mails.arrive(mail())
    mails.answer(first.case, SES)
    mails.set_case(first.case, state="resolved", resolved_at="2026-11-22T10:00:00Z")
    mails.arrive(report(f"{SES}@email.amazonses.com"))
    assert mails.case(first.case)["state"] == "open"


def test_a_delay_is_no_failure(mails: MailHub) -> None:
    first = mails.arrive(mail())
    sent = mails.answer(first.case, SES)
    noted = mails.arrive(report(f"{SES}@email.amazonses.com", "delayed", "4.4.1"))
    assert mails.entry(noted).kind == "auto_reply"
    assert next(one for one in mails.log(first.case) if one.sequence == sent).delivery is None


def test_a_returned_mail_of_somebody_else_opens_nothing(mails: MailHub) -> None:
    outcome = mails.arrive(report("unknown@example.com"))
    assert (outcome.result, outcome.case) == ("ignored", None)


def test_a_returned_mail_that_names_only_the_case_is_noted_there(mails: MailHub) -> None:
    first = mails.arrive(mail())
    tagged = f"ayuda+{mails.token(first.case)}@acme.example.com"
    noted = mails.arrive(report("unknown@example.com"), [tagged])
    assert (noted.case, mails.entry(noted).kind) == (first.case, "bounce")


# ---- verdicts


def test_a_virus_reaches_nobody_and_is_counted(mails: MailHub) -> None:
    outcome = mails.arrive(mail(), virus="FAIL")
    assert (outcome.result, outcome.case) == ("ignored", None)
    assert mails.counters["ignored"] == 1
    assert "mail/ses1" in mails.files, "the original stays, for whoever must look at it"
    [kept] = [json.loads(content) for name, content in mails.files.items() if name.startswith("ignored/")]
    assert "attachments" not in json.loads(kept["event"])
    assert "virus" in kept["reason"]


def test_spam_is_a_case_that_says_so(mails: MailHub) -> None:
    outcome = mails.arrive(mail(), spam="FAIL")
    assert "suspected_spam" in mails.entry(outcome).flags


@pytest.mark.parametrize("verdict", ["GRAY", "PROCESSING_FAILED", "DISABLED"])
def test_what_the_scan_does_not_know_is_no_verdict(mails: MailHub, verdict: str) -> None:
    outcome = mails.arrive(mail(), spam=verdict, virus=verdict)
    assert not {"suspected_spam", "virus"} & set(mails.entry(outcome).flags)


def test_a_mail_that_is_gone_is_parked_by_its_name(mails: MailHub) -> None:
    message = mails.envelope(mail())
    mails.files.clear()
    with pytest.raises(Permanent, match="mail/ses1"):
        mails.intake.take(message)


def test_an_entry_keeps_where_its_mail_lies_and_not_the_mail(mails: MailHub) -> None:
    outcome = mails.arrive(mail(text="x" * 50_000))
    [item] = mails.entries(outcome.case)
    assert len(item["raw"]) < 1000
