"""A closed case that holds past messages of one conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from shared.application.record.context import Context, Incoming
from shared.application.record.revise import revise
from shared.domain.element import digest
from shared.domain.errors import Conflict, Transient
from shared.domain.event import Event, Identity, utc_text
from shared.domain.ids import uuid7
from shared.domain.reference import reference_of
from shared.ports.table import Absent, Item, Operation, Put
from shared.store import items, keys
from shared.store.views import entry_view

FLAG = "imported"
LATE_FILE = "late_file"
AWAITED = "media_follows"
TRIES = 8


@dataclass(slots=True)
class PastCase:
    """Its id follows from the chunk, the person and `number`, so that a second delivery fills the same case.

    `first`: the conversation's first message here, whose time orders the case among the customer's others.
    """

    TOGETHER: ClassVar = 4
    """Messages in one transaction: index and entry each, and the case."""

    context: Context
    incoming: Incoming
    original: dict[str, Any]
    customer: str
    people: tuple[Identity, ...]
    first: Event
    number: int
    id: str = field(init=False)

    def __post_init__(self) -> None:
        name = items.identity_name(self.people[0])
        noise = digest("past", items.message_key(self.incoming.event)[0], name, str(self.number))
        at = self.first.occurred_at or self.incoming.at
        self.id = uuid7(at.timestamp(), bytes.fromhex(noise[:20]))

    def add(self, few: Sequence[Event]) -> None:
        """Add these messages, each unless it is known. 1 read and 1 transaction where none of them is."""
        try:
            self._append(few, dict.fromkeys((one.message_id for one in few), False))
        except Conflict:
            for one in few:
                self._add_one(one)

    def _add_one(self, event: Event) -> None:
        moved: Conflict | None = None
        for _ in range(TRIES):
            known = self.context.table.get(items.message_key(event)).item
            try:
                if known is None or known.get("waiting"):
                    self._append([event], {event.message_id: known is not None})
                elif "case" in known:
                    self._follow_up(event, known)
            except Conflict as lost:
                moved = lost
                continue
            return
        raise Transient("others keep changing a case of past messages") from moved

    def _append(self, few: Sequence[Event], waiting: dict[str, bool]) -> None:
        case = self.context.table.get(keys.case(self.id)).item
        sequence = int(case["sequence"]) if case else 0
        writes: list[Operation] = []
        for number, event in enumerate(few, sequence + 1):
            writes.append(items.index_put(event, self.id, number, was_waiting=waiting[event.message_id]))
            writes.append(Put(self._entry(event, number), when=(Absent(),)))
        last = sequence + len(few)
        if case:
            writes.append(items.case_step(case, last, {"updated_at": self.incoming.received_at}))
        else:
            writes.append(Put(self._new(last), when=(Absent(),)))
        self.context.table.transact(writes)

    def _entry(self, event: Event, number: int) -> Item:
        marked = event.model_copy(update={"flags": [*event.flags, FLAG]})
        return items.entry_item(self.id, number, marked, self.incoming.received_at, self.original)

    def _new(self, sequence: int) -> Item:
        event, at = self.incoming.event, utc_text(self.first.occurred_at or self.incoming.at)
        brand, _ = self.context.config.brand_of(event.channel, event.account)
        pk, sk = keys.case(self.id)
        item: Item = {"pk": pk, "sk": sk, "id": self.id, "customer": self.customer, "brand": brand.name}
        item |= {"reference": self._reference(), "state": "closed", "sequence": sequence, "reopen_count": 0}
        item |= {"channels": [event.channel], "conversations": [], FLAG: True}
        item |= {"opened_at": at, "last_customer_at": at, "closed_at": at, "updated_at": self.incoming.received_at}
        return item | {"cases_pk": keys.customer(self.customer)[0], "cases_sk": self.id}

    def _reference(self) -> str:
        """One that no other case has; naming it leads here."""
        for attempt in range(16):
            reference = reference_of(self.id, attempt)
            pk, sk = keys.reference(reference)
            try:
                self.context.table.transact([Put({"pk": pk, "sk": sk, "case": self.id}, when=(Absent(),))])
            except Conflict:
                taken = self.context.table.get((pk, sk)).item
                if taken is None or taken["case"] != self.id:
                    continue
            return reference
        raise Transient("sixteen references in a row were taken")

    def _follow_up(self, event: Event, known: Item) -> None:
        """The file of a message that came without: a revision of it. Anything else of a known message is a copy."""
        item = self.context.table.get(keys.entry(known["case"], known["sequence"])).item
        if item is None or not event.attachments or AWAITED not in entry_view(item).flags:
            return
        late = event.model_copy(
            update={
                "kind": "edit",
                "message_id": f"{event.message_id}:file",
                "in_reply_to": event.message_id,
                "flags": [*event.flags, FLAG, LATE_FILE],
            }
        )
        known_late = self.context.table.get(items.message_key(late)).item
        if known_late is None:
            revise(self.context, replace(self.incoming, event=late), self.original, known, was_waiting=False)
