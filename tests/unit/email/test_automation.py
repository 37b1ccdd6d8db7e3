"""Every sign of a machine, one row each: what it means, and that it is seen."""

from __future__ import annotations

import pytest

from shared.channels.email.automation import automation
from shared.channels.email.mime import Mail, read

AUTO, BULK, SILENT, PERSON = "auto", "bulk", "silent", "person"


def mail(*fields: str, sender: str = "Ana <ana@example.net>", subject: str = "Pedido 4471", body: str = "Hola") -> Mail:
    lines = [*fields, f"From: {sender}", "To: soporte@example.com", f"Subject: {subject}", "", body]
    return read("\r\n".join(lines).encode())


SIGNS = [
    ("Auto-Submitted: auto-replied", AUTO, "auto_submitted"),
    ("Auto-Submitted: Auto-Generated; owner-email=x", AUTO, "auto_submitted"),
    ("auto-submitted: auto-notified", AUTO, "auto_submitted"),
    ("Auto-Submitted: no", PERSON, None),
    ("Auto-Submitted: No; x=y", PERSON, None),
    ("Auto-Submitted: no (a person)", PERSON, None),
    ("Return-Path: <>", AUTO, "null_return_path"),
    ("Return-Path: <MAILER-DAEMON@mx.example.net>", AUTO, "mail_system"),
    ("Return-Path: <postmaster@example.net>", AUTO, "mail_system"),
    ("Return-Path: <ana@example.net>", PERSON, None),
    ("Content-Type: multipart/report; report-type=delivery-status; boundary=x", AUTO, "report"),
    ("Content-Type: text/calendar; method=REPLY", AUTO, "calendar_reply"),
    ("Content-Type: text/calendar; method=REQUEST", PERSON, None),
    ("X-Autoreply: yes", AUTO, "autoresponder"),
    ("X-Autorespond: yes", AUTO, "autoresponder"),
    ("X-Autoresponder: x", AUTO, "autoresponder"),
    ("X-Auto-Response: x", AUTO, "autoresponder"),
    ("X-Autoreply:", PERSON, None),
    ("Precedence: auto_reply", AUTO, "precedence_auto_reply"),
    ("X-Precedence: AUTO_REPLY", AUTO, "precedence_auto_reply"),
    ("Precedence: bulk", BULK, "precedence_bulk"),
    ("Precedence: junk", BULK, "precedence_bulk"),
    ("Precedence: List", BULK, "precedence_bulk"),
    ("Precedence: first-class", PERSON, None),
    ("List-Id: <x.example.net>", BULK, "mailing_list"),
    ("List-Unsubscribe: <https://example.net/x>", BULK, "mailing_list"),
    ("Feedback-ID: 1:x", BULK, "mailing_list"),
    ("X-Auto-Response-Suppress: All", SILENT, "asks_for_silence"),
    ("X-Auto-Response-Suppress: OOF, AutoReply", SILENT, "asks_for_silence"),
    ("X-Auto-Response-Suppress: DR, RN, NRN", SILENT, "asks_for_silence"),
    ("X-Auto-Response-Suppress: RN", PERSON, None),
    ("X-Mailer: x", PERSON, None),
]


@pytest.mark.parametrize(("field", "means", "reason"), SIGNS, ids=[sign[0] for sign in SIGNS])
def test_a_sign_means_what_the_table_says(field: str, means: str, reason: str | None) -> None:
    found = automation(mail(field))

    assert (found.is_auto, found.is_bulk, found.answers) == (means == AUTO, means == BULK, means == PERSON)
    assert (found.is_loop, found.reason) == (False, reason)


@pytest.mark.parametrize(
    "sender", ["noreply@example.net", "no-reply@example.net", "nao-responda@example.net", "no-responder@example.net"]
)
def test_an_address_that_takes_no_answer_gets_none(sender: str) -> None:
    found = automation(mail(sender=f"Banco <{sender}>"))

    assert (found.is_auto, found.answers, found.reason) == (False, False, "no_reply_address")


@pytest.mark.parametrize("sender", ["MAILER-DAEMON@example.net", "Mail <postmaster@example.net>"])
def test_a_mail_system_is_a_machine(sender: str) -> None:
    assert automation(mail(sender=sender)).is_auto


AWAY = [
    "Respuesta automática: Pedido",
    "Fuera de la oficina",
    "Fuera de oficina hasta el lunes",
    "Resposta automática: Pedido",
    "Ausência temporária",
    "Automatic reply: Order",
    "Out of Office: Order",
    "=?utf-8?q?Respuesta_autom=C3=A1tica?=",
]


@pytest.mark.parametrize("subject", AWAY)
def test_a_subject_alone_makes_no_machine(subject: str) -> None:
    found = automation(mail(subject=subject))

    assert (found.is_auto, found.answers, found.reason) == (False, True, "away_subject")


@pytest.mark.parametrize("subject", AWAY)
@pytest.mark.parametrize("second", ["X-Auto-Response-Suppress: All", "Precedence: bulk", "List-Id: <x.example.net>"])
def test_a_subject_with_a_second_sign_does(subject: str, second: str) -> None:
    found = automation(mail(second, subject=subject))

    assert (found.is_auto, found.answers) == (True, False)


@pytest.mark.parametrize("subject", ["Consulta: respuesta automática", "Me quedé fuera de la oficina de correos"])
def test_words_inside_a_subject_are_no_sign(subject: str) -> None:
    assert automation(mail("X-Auto-Response-Suppress: All", subject=subject)).is_auto is False


def test_our_own_mark_is_a_loop() -> None:
    found = automation(mail("X-Hub-Loop: acme-1"), install="acme-1")

    assert (found.is_loop, found.answers, found.reason) == (True, False, "own_mail")


@pytest.mark.parametrize("install", ["acme-2", None])
def test_another_companys_mark_is_none(install: str | None) -> None:
    found = automation(mail("X-Hub-Loop: acme-1"), install=install)

    assert (found.is_loop, found.answers) == (False, True)


@pytest.mark.parametrize(("sender", "is_loop"), [("Soporte <Soporte@Example.com>", True), ("ana@example.net", False)])
def test_a_mail_from_our_own_address_is_a_loop(sender: str, is_loop: bool) -> None:
    assert automation(mail(sender=sender), own={"soporte@example.com"}).is_loop is is_loop


def test_a_sign_counts_wherever_a_doubled_header_has_it() -> None:
    assert automation(mail("Auto-Submitted: no", "Auto-Submitted: auto-replied")).is_auto


def test_a_persons_mail_may_be_answered() -> None:
    assert automation(mail()).answers
