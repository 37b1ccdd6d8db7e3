"""Who is to hear that files have settled: tools that wait for them or were told of the message without, and the
dispatch, where it is an answer that waits for its own.

A cursor says of which files its tool was told without (`lacks`): before the tool is told, and before the files are
looked for once more. The files are settled before the cursors are read here. So whichever is first, the other sees it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shared.application import trigger as triggering
from shared.application.dispatch_files import patience_ends
from shared.application.order import QUEUE as OUTBOUND
from shared.application.order import Order
from shared.application.receive import receive
from shared.application.retry import due_text
from shared.application.trigger import Trigger
from shared.domain.element import Element, digest
from shared.domain.errors import Transient
from shared.domain.event import HUB, Author, Event, utc_text
from shared.domain.media import STORED
from shared.ports.files import Files
from shared.ports.queues import Queues
from shared.ports.surroundings import Clock
from shared.ports.table import Item, Table
from shared.store import keys
from shared.store.cursors import Cursor, cursor_of, lacked
from shared.store.media import File

OURS = "hilo"
LONGEST_CHAIN = 10
"""Merges, each undone, that moved one entry: so many are followed."""


@dataclass(frozen=True, slots=True)
class MediaNews:
    """Reads cursors, and puts triggers and events of our own on their queues."""

    table: Table
    queues: Queues
    files: Files
    clock: Clock

    def tell(self, entry: Item, event: Event, settled: Mapping[int, File], *, is_complete: bool) -> None:
        """What the settled files of an entry are news to. 1 RCU for the cursors. The same news told twice is one.
        Raises `Transient`."""
        if not settled:
            return
        answer, entry = entry, self._where_it_is_now(entry)
        case, sequence = entry["pk"].partition("#")[2], int(entry["sequence"])
        cursors = self._cursors(entry["pk"])
        late = {
            number: file
            for number, file in settled.items()
            if any(lacked(sequence, number) in cursor.lacks for _, cursor in cursors)
        }
        for number, file in late.items():
            self._record(number, event, file)
        if is_complete:
            self._let_go(answer)
            self._wake([item for item, cursor in cursors if cursor.told < sequence], case, sequence)

    def _where_it_is_now(self, entry: Item) -> Item:
        for _ in range(LONGEST_CHAIN):
            moved = entry.get("moved_to")
            found = self.table.get(keys.entry(moved["case"], int(moved["sequence"]))).item if moved else None
            if found is None:
                return entry
            entry = found
        return entry

    def _cursors(self, pk: str) -> list[tuple[Item, Cursor]]:
        page = self.table.query(pk, keys.CURSORS)  # as many as there are connectors: one page
        return [(item, cursor_of(item, "pushed")) for item in page.items]

    def _wake(self, cursors: list[Item], case: str, sequence: int) -> None:
        about: dict[str, Any] = {"case": case, "sequence": sequence, "filed": sequence}
        triggers = [Trigger(one["sk"].removeprefix(keys.CURSORS), one["customer"], **about) for one in cursors]
        triggering.send_all(self.queues, triggers)

    def _let_go(self, entry: Item) -> None:
        """An answer waits for its files until a certain moment: it is ordered as the clock would then."""
        if "to" not in entry:
            return
        case, until = entry["pk"].partition("#")[2], due_text(patience_ends(entry))
        order = Order(case, int(entry["sequence"]), entry["to"], due=until)
        if self.queues.send(OUTBOUND, [order.message]):
            raise Transient("the outbound queue refused an order")

    def _record(self, number: int, event: Event, file: File) -> None:
        """One more entry, which revises the message's: the way of every event, through intake."""
        now = utc_text(datetime.fromtimestamp(int(self.clock()), UTC))
        attachment = event.attachments[number].model_copy(update={"stored": file.view()})
        message_id = f"{file.case}:{file.sequence}:file:{number}"
        told = Event(
            channel=event.channel,
            account=event.account,
            thread=event.thread,
            public=event.public,
            kind="edit",
            message_id=message_id,
            author=Author(type="system"),
            visibility="internal",
            occurred_at=now,
            in_reply_to=event.message_id,
            attachments=[attachment],
            flags=[STORED],
            provider_type=OURS,
        )
        receive(
            [Element(HUB, HUB, file.case, (message_id,), told.dump())],
            body=b"",
            delivery=digest("file", message_id)[:32],
            received_at=now,
            queues=self.queues,
            files=self.files,
        )
