"""WhatsApp's own deliveries, through `split`, the parser and intake, into an engine's table."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.application.intake import Intake
from shared.application.record import Outcome
from shared.channels.whatsapp.parse import parse
from shared.channels.whatsapp.webhook import split
from shared.domain.event import Event
from shared.ports.table import Item
from shared.store import keys

NUMBER, OTHER_NUMBER = "200000000000001", "200000000000002"
PHONE = "593991234567"
AT = 1_795_341_600  # 2026-11-22T10:00:00Z


class Parser:
    def parse(self, raw: Any) -> Event:
        return parse(raw)


class Whatsapp:
    """Each method is one delivery; it answers with the outcome of its only element."""

    def __init__(self, hub: Any) -> None:
        self.hub = hub
        self.intake = Intake(hub.context, {"whatsapp": Parser()}.__getitem__)
        self.sent: list[str] = []

    def deliver(self, body: bytes) -> list[Outcome]:
        return [self.intake.take(envelope) for envelope in self.envelopes(body)]

    def envelopes(self, body: bytes) -> list[str]:
        head = {"channel": "whatsapp", "delivery": f"d{len(self.sent)}", "received_at": self.hub.context.now()}
        made = [json.dumps({**head, "index": index, "raw": one.raw}) for index, one in enumerate(split(body))]
        self.sent += made
        return made

    def body(self, field: str, value: dict[str, Any], account: str = NUMBER) -> bytes:
        metadata = {} if "metadata" in value else {"metadata": {"phone_number_id": account}}
        change = {"field": field, "value": {**metadata, **value}}
        entry = {"id": "100000000000001", "time": AT, "changes": [change]}
        return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()

    def tell(self, field: str, value: dict[str, Any], account: str = NUMBER) -> Outcome:
        [outcome] = self.deliver(self.body(field, value, account))
        return outcome

    def again(self) -> Outcome:
        """The last delivery once more."""
        return self.intake.take(self.sent[-1])

    def text(
        self, message: str, body: str = "Hola", *, phone: str | None = PHONE, bsuid: str | None = None,
        account: str = NUMBER, name: str = "Ana", at: int = AT, **more: Any,
    ) -> Outcome:  # fmt: skip
        ids = _without_none({"from": phone, "from_user_id": bsuid})
        contact = _without_none({"wa_id": phone, "user_id": bsuid}) | {"profile": {"name": name}}
        said = {"id": message, "timestamp": str(at), "type": "text", "text": {"body": body}} | ids | more
        return self.tell("messages", {"contacts": [contact], "messages": [said]}, account)

    def system(self, message: str, kind: str, *, phone: str | None = None, at: int = AT, **said: Any) -> Outcome:
        notice = {"id": message, "timestamp": str(at), "type": "system", "system": {"type": kind, **said}}
        return self.tell("messages", {"messages": [notice | _without_none({"from": phone})]})

    def echo(self, message: str, *, phone: str = PHONE, at: int = AT, **said: Any) -> Outcome:
        content = said or {"type": "text", "text": {"body": "Ya le ayudo"}}
        spoken = {"from": "15550100001", "to": phone, "id": message, "timestamp": str(at), **content}
        return self.tell("smb_message_echoes", {"message_echoes": [spoken]})

    def preference(self, value: str, *, at: int | None = AT, **ids: str) -> Outcome:
        said = {"category": "marketing_messages", "value": value, **(ids or {"wa_id": PHONE})}
        return self.tell("user_preferences", {"user_preferences": [said | _without_none({"timestamp": at})]})

    def address(self, action: str, name: str | None = None, *, phone: str = PHONE, at: int = AT) -> Outcome:
        contact = {"phone_number": phone} | ({"full_name": name} if name else {})
        entry = {"type": "contact", "action": action, "contact": contact, "metadata": {"timestamp": str(at)}}
        return self.tell("smb_app_state_sync", {"state_sync": [entry]})

    def past(self, *threads: tuple[str, list[dict[str, Any]]], order: int = 1) -> Outcome:
        listed = [{"id": person, "messages": messages} for person, messages in threads]
        chunk = {"metadata": {"phase": 0, "chunk_order": order, "progress": 10}, "threads": listed}
        return self.tell("history", {"history": [chunk]})

    # what came of it

    def item(self, key: tuple[str, str]) -> Item | None:
        found: Item | None = self.hub.table.table.get(key).item
        return found

    def holder(self, kind: str, value: str, namespace: str | None = None) -> str | None:
        lock = self.item(keys.identity(kind, namespace, value))
        return lock["customer"] if lock else None

    def customer(self, outcome: Outcome) -> str:
        return str(self.hub.case(outcome.case)["customer"])

    def cases(self, customer: str) -> list[Item]:
        found = self.hub.table.table.query(keys.customer(customer)[0], index="cases").items
        return [self.hub.case(one["pk"].removeprefix("CAS#")) for one in found]


def _without_none(parts: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in parts.items() if value is not None}


@pytest.fixture
def whatsapp(hub: Any) -> Whatsapp:
    return Whatsapp(hub)


@pytest.fixture
def priced_whatsapp(priced_hub: Any) -> Whatsapp:
    return Whatsapp(priced_hub)


@pytest.fixture
def contended_whatsapp(contended_hub: Any) -> Whatsapp:
    return Whatsapp(contended_hub)
