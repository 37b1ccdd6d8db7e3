"""Mails that came back: by the standard, by no standard, and what only looks like one."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from shared.channels.email.bounce import bounce_of
from shared.channels.email.mime import Mail, read

TOKEN = "abcdefghijklmnopqrstuvwxyz234567abcdefghij"
ORIGINAL = f"Message-ID: <0100example@email.amazonses.com>\nReply-To: soporte+{TOKEN}@example.com\nSubject: x\n\nHola"


def report(status: str, original: str = ORIGINAL, kind: str = "delivery-status", inside: str = "rfc822") -> Mail:
    outer = "text" if "headers" in inside else "message"
    fields = ["Return-Path: <>", "From: MAILER-DAEMON@mx.example.net", "Message-ID: <own@mx.example.net>"]
    fields.append(f"Content-Type: multipart/report; report-type={kind}; boundary=x")
    parts = [("text/plain", "No se pudo entregar."), (f"message/{kind}", status), (f"{outer}/{inside}", original)]
    body = "".join(f"--x\nContent-Type: {name}\n\n{content}\n" for name, content in parts)
    return read(("\n".join(fields) + f"\n\n{body}--x--\n").encode())


def group(action: str, status: str, address: str = "ana@example.net", code: str = "smtp; 550 unknown") -> str:
    return f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: {code}\n"


@pytest.mark.parametrize(
    ("action", "status", "is_failure", "permanence"),
    [
        ("failed", "5.1.1", True, "permanent"),
        ("Failed", "5.2.2 (mailbox full)", True, "permanent"),
        ("failed", "4.4.7", True, "transient"),
        ("delayed", "4.4.1", False, "transient"),
        ("delivered", "2.1.5", False, "unknown"),
        ("relayed", "2.0.0", False, "unknown"),
        ("expanded", "2.0.0", False, "unknown"),
        ("", "5.1.1", True, "permanent"),
        ("", "4.2.2", False, "transient"),
        ("", "", True, "unknown"),
    ],
)
def test_a_report_says_what_became_of_it(action: str, status: str, is_failure: bool, permanence: str) -> None:
    found = bounce_of(report("Reporting-MTA: dns; mx.example.net\n\n" + group(action, status)))

    assert found is not None
    assert (found.is_failure, found.is_standard) == (is_failure, True)
    assert [(one.address, one.permanence) for one in found.recipients] == [("ana@example.net", permanence)]
    assert (found.original, found.token) == ("0100example@email.amazonses.com", TOKEN)


@pytest.mark.parametrize("inside", ["rfc822", "rfc822-headers"])
def test_the_original_may_be_a_mail_or_its_headers(inside: str) -> None:
    found = bounce_of(report(group("failed", "5.1.1"), inside=inside))

    assert found is not None
    assert (found.original, found.token) == ("0100example@email.amazonses.com", TOKEN)


@pytest.mark.parametrize("between", ["\n", ""])
def test_each_recipient_is_read_even_where_groups_ran_together(between: str) -> None:
    found = bounce_of(report(group("failed", "5.1.1") + between + group("delayed", "4.2.2", "luis@example.net")))

    assert found is not None
    assert [(one.address, one.action) for one in found.recipients] == [
        ("ana@example.net", "failed"),
        ("luis@example.net", "delayed"),
    ]


def test_the_mail_systems_words_repeat_no_address() -> None:
    found = bounce_of(report(group("failed", "5.1.1", code="smtp; 550 5.1.1\n <ana@example.net>: unknown")))

    assert found is not None
    assert found.recipients[0].diagnostic == "smtp; 550 5.1.1 <…>: unknown"


def test_a_report_without_its_original_is_a_bounce_that_joins_nothing() -> None:
    found = bounce_of(report(group("failed", "5.1.1"), original="Subject: x\n\nx"))

    assert found is not None
    assert (found.original, found.token) == (None, None)


def plain(body: str, **fields: str) -> Mail:
    mail = EmailMessage()
    for name, value in {"Return_Path": "<>", "From": "Sistema <postmaster@example.net>", **fields}.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(body)
    return read(mail.as_bytes())


@pytest.mark.parametrize(
    ("body", "fields", "action", "address"),
    [
        (
            "No se pudo entregar su mensaje.\n<ana@example.net>: 550 5.1.1 no existe\n\nMessage-ID: <a1@example.com>\n",
            {"Subject": "Correo devuelto"},
            "failed",
            "ana@example.net",
        ),
        (
            "Sua mensagem não foi entregue.\nana@example.net\n#5.1.1 smtp;550\n\n> Message-Id: <a1@example.com>\n",
            {"Subject": "Não entregue: Pedido"},
            "failed",
            "ana@example.net",
        ),
        (
            "Delivery has failed to these recipients.\n\nX-Original-Message-ID: <a1@example.com>",
            {"Subject": "Undeliverable: Order", "X_Failed_Recipients": "ana@example.net"},
            "failed",
            "ana@example.net",
        ),
        (
            "Still trying. 451 4.4.1 timed out for ana@example.net\nMessage-ID: <a1@example.com>",
            {"Subject": "Warning: message delayed"},
            "delayed",
            "ana@example.net",
        ),
        ("El buzón está lleno\nMessage-ID: <a1@example.com>", {"Subject": "Aviso"}, "failed", None),
        ("x", {"Subject": "Mail delivery failed", "In_Reply_To": "<a1@example.com>"}, "failed", None),
    ],
    ids=["es", "pt", "en", "delayed", "no words that are known", "by its thread"],
)
def test_a_bounce_of_no_standard_is_read(body: str, fields: dict[str, str], action: str, address: str | None) -> None:
    found = bounce_of(plain(body, **fields))

    assert found is not None
    assert (found.original, found.is_standard) == ("a1@example.com", False)
    assert [(one.action, one.address) for one in found.recipients] == [(action, address)]


def test_an_address_of_digits_is_no_status() -> None:
    found = bounce_of(plain("Rejected by 10.5.1.1 at 192.0.2.550\nMessage-ID: <a1@example.com>"))

    assert found is not None
    assert found.recipients[0].status is None


NONE = {
    "person": plain("Message-ID: <a1@example.com>", Return_Path="<ana@example.net>", From="ana@example.net"),
    "vacation": plain(
        "Estoy de vacaciones.", Subject="Respuesta automática", From="ana@example.net", In_Reply_To="<a1@example.com>"
    ),
    "read receipt": report(
        "Final-Recipient: rfc822; ana@example.net\nDisposition: displayed",
        kind="disposition-notification",
    ),
    "feedback report": report("Feedback-Type: abuse\nVersion: 1", kind="feedback-report"),
    "a mail system's other news": plain("Su contraseña vence pronto.", Subject="Aviso"),
}


@pytest.mark.parametrize("mail", NONE.values(), ids=NONE.keys())
def test_what_only_looks_like_one_is_none(mail: Mail) -> None:
    assert bounce_of(mail) is None
