"""A report of the hub's own, as it stands on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from shared.channels.email.report import send_report
from shared.domain.answer import Accepted
from shared.ports.mail import MailSaid


class Kept:
    """A mailer that keeps what it is handed."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []

    def send(self, mail: bytes, *, sender: str, to: str, tags: Mapping[str, str]) -> MailSaid:
        self.mails.append(mail)
        return MailSaid(200, id=f"{len(self.mails)} {sender} {to} {tags}")

    def account(self) -> Mapping[str, Any]:
        return {}

    def identity(self, name: str) -> Mapping[str, Any] | None:
        return {"name": name}


def test_a_report_that_nobody_asked_for_says_that_a_machine_made_it_and_answers_nothing() -> None:
    kept = Kept()
    outcome = send_report(
        kept,
        "install",
        "Acme",
        sender="ayuda@acme.example.com",
        to="jefa@acme.example.com",
        subject="Revisión diaria",
        text="Contactos: 3",
        html="<p>Contactos: 3</p>",
        file=("daily-2026-11-22.csv", b"figure,value\r\n"),
    )
    assert isinstance(outcome, Accepted)
    [mail] = (message_from_bytes(one, EmailMessage, policy=policy.default) for one in kept.mails)
    assert mail["auto-submitted"] == "auto-generated", "RFC 3834, 5: auto-replied is for answers to a mail"
    assert (mail["in-reply-to"], mail["x-auto-response-suppress"], mail["x-hub-loop"]) == (None, "All", "install")
