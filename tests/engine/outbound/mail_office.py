"""A hub whose customers write mails, and a mailer that does what a test says with what it is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from shared.application.dispatch import Dispatching
from shared.application.dispatch_plan import Planner
from shared.application.record import Context, Outcome
from shared.channels.email.send import EmailOut
from shared.channels.email.way_out import connect
from shared.configuration import Config, ConnectorSettings, parse
from shared.domain.errors import HubError
from shared.domain.event import Event
from shared.ports.mail import MailSaid
from tests.engine.outbound.conftest import Office
from tests.engine.record.bench import START

MAILBOX, ANA, KEY = "soporte@help.example.com", "ana@example.net", b"k" * 32

CONFIG = f"""
brands: [{{name: acme, languages: [es], default_country: EC, time_zone: America/Guayaquil}}]
accounts: [{{channel: email, id: {MAILBOX}, brand: acme, display_name: Acme}}]
"""


@dataclass
class Post:
    """`answers`: what it says to each mail, in order; then it takes them."""

    answers: list[MailSaid | HubError | BaseException] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)
    tags: list[Mapping[str, str]] = field(default_factory=list)

    def send(self, mail: bytes, *, sender: str, to: str, tags: Mapping[str, str]) -> MailSaid:
        assert sender == MAILBOX
        found: EmailMessage = message_from_bytes(mail, policy=SMTP)
        assert found["to"] == to
        self.mails.append(found)
        self.tags.append(tags)
        said = self.answers.pop(0) if self.answers else MailSaid(200, id=f"0100-{len(self.mails)}")
        if isinstance(said, BaseException):
            raise said
        return said

    def account(self) -> Mapping[str, Any]:
        return {}

    def identity(self, name: str) -> Mapping[str, Any] | None:
        return {"name": name}


def _mail_config() -> Config:
    desk = ConnectorSettings(name="desk", kind="generic_webhook", secret="desk")
    return parse(CONFIG, "test", {}).model_copy(update={"connectors": [desk]})


@dataclass
class MailOffice(Office):
    """As `Office`, on e-mail."""

    post: Post = field(default_factory=Post)
    config: Config = field(default_factory=_mail_config)

    @property
    def context(self) -> Context:
        return replace(super().context, signing_keys=lambda: (KEY,))

    @property
    def mail_way(self) -> EmailOut:
        keys = lambda: (KEY,)  # noqa: E731
        return connect(self.config, None, None, mailer=self.post, signing_keys=keys, content=self.files.get)  # type: ignore[arg-type]

    @property
    def means(self) -> Dispatching:
        planner = Planner(self.table, self.config, lambda: self.seconds, {"email": self.mail_way}.get)
        return replace(super().means, planner=planner)

    def writes(self, name: str, text: str = "No enciende", **more: Any) -> Outcome:
        """Somebody's mail, by its Message-ID."""
        return self.record(mail(name, text, **more))

    def begun(self, **more: Any) -> tuple[str, str]:
        """Ana has written, and the tool knows: case and ticket."""
        case = self.writes("a1@example.net", **more).case
        assert case
        return case, self.opened(case)

    def sent(self, ticket: str, message: str = "r1", **more: Any) -> tuple[Outcome, str]:
        """An answer, and what became of its order."""
        answer = self.answers(ticket, message, **more)
        return answer, self.carry(self.order(answer))


def mail(name: str, text: str = "No enciende", sender: str = ANA, subject: str = "Pedido", **more: Any) -> Event:
    """A mail that DMARC vouches for, unless `namespace` says otherwise."""
    identity = {"kind": "email", "value": sender, "address": sender, "level": "channel"}
    if namespace := more.pop("namespace", None):
        identity["namespace"] = namespace
    parts = {
        "channel": "email",
        "account": MAILBOX,
        "kind": "message",
        "message_id": f"hash-{name}",
        "message_ref": name,
        "author": {"type": "customer"},
        "occurred_at": START + more.pop("at", timedelta()),
        "identities": [identity],
        "display_name": "Ana Pérez",
        "subject": subject,
        "text": text,
        "provider_type": "email",
    }
    return Event.model_validate(parts | more)


def receipt(state: str, target: str, **more: Any) -> Event:
    """What SES tells of a mail, as the hub reads it."""
    error = more.pop("error", None)
    parts = {
        "channel": "email",
        "account": MAILBOX,
        "kind": "receipt",
        "message_id": f"{target}:{state}",
        "author": {"type": "system"},
        "occurred_at": START + more.pop("at", timedelta(minutes=2)),
        "receipt": {"state": state, "target": target} | ({"error": error} if error else {}),
        "provider_type": "Delivery",
    }
    return Event.model_validate(parts | more)
