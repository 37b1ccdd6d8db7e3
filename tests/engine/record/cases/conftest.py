"""People who write mail, chat and comment; and a hub that signs addresses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from shared.application.record import Context
from shared.domain.address_token import make_token
from shared.domain.event import Event
from shared.ports.table import Table
from tests.engine.record.bench import START, CountedTable, Hub

KEY = b"k" * 32


@dataclass
class SigningHub(Hub):
    @property
    def context(self) -> Context:
        return replace(super().context, signing_keys=lambda: (KEY,))

    def address_of(self, case_id: str) -> str:
        return make_token(case_id, KEY)


@pytest.fixture
def case_hub(table: Table) -> SigningHub:
    return SigningHub(CountedTable(table))


def written(
    channel: str, message: str, identity: dict[str, Any], text: str | None, at: timedelta, **more: Any
) -> Event:
    parts: dict[str, Any] = {
        "channel": channel,
        "account": "ayuda@example.com" if channel == "email" else "1",
        "kind": "message",
        "message_id": message,
        "author": {"type": "customer"},
        "occurred_at": START + at,
        "identities": [{"level": "channel", **identity}],
        "text": text,
        "provider_type": "text",
    }
    return Event.model_validate(parts | more)


@pytest.fixture
def mail() -> Callable[..., Event]:
    """A mail by its Message-ID: `mail("<1@x>", to=["<0@x>"])` answers another."""

    def write(
        name: str,
        text: str | None = "Hola",
        *,
        sender: str = "ana@example.com",
        at: timedelta = timedelta(),
        to: list[str] | None = None,
        **more: Any,
    ) -> Event:
        thread: dict[str, Any] = {"message_ref": name, "references": to or []}
        thread |= {"in_reply_to": to[-1]} if to else {}
        identity = {"kind": "email", "value": sender}
        return written("email", f"digest-of-{name}", identity, text, at, **thread | more)

    return write


@pytest.fixture
def on() -> Callable[..., Event]:
    """A message by a phone number on any channel: `on("webchat", "w1")`."""

    def write(
        channel: str,
        message: str,
        text: str | None = "Hola",
        *,
        phone: str = "+593991234567",
        at: timedelta = timedelta(),
        **more: Any,
    ) -> Event:
        return written(channel, message, {"kind": "phone", "value": phone}, text, at, **more)

    return write
