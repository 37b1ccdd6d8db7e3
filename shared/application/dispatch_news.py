"""News of sends for the case: what agents must be told goes the way of every event, through intake."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from shared.application.receive import receive
from shared.domain.answer import Address
from shared.domain.element import Element, digest
from shared.domain.event import HUB, Author, Event, Identity, Receipt, ReceiptError, utc_text
from shared.ports.files import Files
from shared.ports.queues import Message, Queues
from shared.ports.surroundings import Clock
from shared.ports.table import Key, Table
from shared.store import keys
from shared.store.sends import Send

INBOUND = "inbound"


@dataclass(frozen=True, slots=True)
class News:
    """Puts events of our own on `inbound.fifo`."""

    table: Table
    queues: Queues
    files: Files
    clock: Clock

    def tell(self, send: Send, state: Literal["failed", "unknown"], code: str, advice: str | None) -> None:
        """What became of a send, as a receipt that names it by our mark. Durable when it returns; the same news told
        twice is one. Raises `Transient`."""
        _, channel, account, _ = send.conversation.split("#", 3)
        now = utc_text(datetime.fromtimestamp(int(self.clock()), UTC))
        event = Event(
            channel=channel,
            account=account,
            kind="receipt",
            message_id=f"{send.mark}:{state}",
            author=Author(type="system"),
            visibility="internal",
            occurred_at=now,
            references=[f"{send.mark}:{send.part}"],
            receipt=Receipt(
                state=state,
                target=send.mark,
                error=ReceiptError(code=code, detail=advice, retryable=False),
            ),
            provider_type="hilo",
        )
        self._tell(send, event, now)

    def _tell(self, send: Send, event: Event, now: str) -> None:
        element = Element(HUB, HUB, send.case, (event.message_id,), event.dump())
        receive(
            [element],
            body=b"",
            delivery=digest("send", event.message_id)[:32],
            received_at=now,
            queues=self.queues,
            files=self.files,
        )

    def reached(self, send: Send, provider_id: str, whom: Address) -> None:
        """Whom an answer reached that was sent to public words: told as its echo will tell it, should that ever come.
        Durable when it returns; told twice is one. Raises `Transient`."""
        _, channel, account, _ = send.conversation.split("#", 3)
        now = utc_text(datetime.fromtimestamp(int(self.clock()), UTC))
        event = Event(
            channel=channel,
            account=account,
            kind="message",
            direction="outbound",
            message_id=provider_id,
            author=Author(type="agent"),
            occurred_at=now,
            identities=[
                Identity.model_validate(
                    {
                        "kind": whom.kind,
                        "value": whom.value,
                        "namespace": account,
                        "address": whom.value,
                        "level": "channel",
                    }
                )
            ],
            references=[f"{send.mark}:{send.part}"],
            provider_type="hilo",
        )
        self._tell(send, event, now)

    def note(self, send: Send, about: str, text: str) -> None:
        """Something that agents must know of an answer that goes out: a note in its case. Durable when it returns;
        the same (`about`) told twice is one. Raises `Transient`."""
        now = utc_text(datetime.fromtimestamp(int(self.clock()), UTC))
        event = Event(
            channel=HUB,
            account=HUB,
            thread=send.case,
            kind="message",
            direction="outbound",
            message_id=f"{send.mark}:{about}",
            author=Author(type="system"),
            visibility="internal",
            occurred_at=now,
            text=text,
            provider_type="hilo",
        )
        self._tell(send, event, now)

    def let_in(self, place: Key) -> None:
        """Receipts that overtook our own writing down of the provider's id: they go through intake once more, now
        that they find their entry. The clock forgets them. 1 RCU per 4 KB."""
        after = None
        while True:
            page = self.table.query(keys.waiting(place, "")[0], after=after)
            batch = [
                Message(item["envelope"], digest("let in", item["pk"]), digest("let in", item["pk"], item["sk"]))
                for item in page.items
            ]
            for start in range(0, len(batch), 10):
                self.queues.send(INBOUND, batch[start : start + 10])
            if page.next is None:
                return
            after = page.next
