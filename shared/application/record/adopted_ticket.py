"""A ticket that a tool had before the hub becomes a case of its customer, at home in that ticket.

What was said in it is history: entries that nobody is sent, and that the tool is not told. In this order, so that who
dies in between leaves nothing behind that would act: how far tool and hub are with each other, the case with what was
said, and last the way from the ticket to the case. By that alone is a ticket known to be the hub's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal

from shared.application.record.case_item import free_reference, new_case, reference_put
from shared.application.record.context import Context
from shared.application.record.past_case import FLAG
from shared.application.record.standing import look_by
from shared.application.record.who import living_profile
from shared.domain.element import digest
from shared.domain.errors import Conflict, Transient
from shared.domain.event import Author, Event, utc_text
from shared.domain.held import HeldTicket
from shared.domain.ids import uuid7
from shared.ports.connectors import Read, Remote
from shared.ports.table import Absent, Item, Operation, Put
from shared.store import back, cursors, items, keys

TOGETHER: Final = 4
"""Messages in one transaction: index and entry each, and the case."""
TRIES: Final = 8


def adopt_ticket(
    context: Context, connector: str, brand: str, ticket: HeldTicket, customer: str, history: Read
) -> Literal["adopted", "known"]:
    """Make it a case. `customer`: whose contact its requestor is; `history`: what was said, and the cursor behind it.

    3 RCU; 12 writes, and 2 for each message. Idempotent by the ticket. Raises `Transient` when others keep changing
    the case meanwhile.
    """
    home = keys.remote(connector, "case", ticket.id)
    if context.table.get(home).item is not None:
        return "known"
    adoption = _Adoption(context, connector, brand, ticket, customer)
    adoption.place(history)
    adoption.begin()
    adoption.add([one.event for one in history.happened if one.own == "no" and one.event.kind == "message"])
    adoption.end()
    return "adopted"


class _Adoption:
    """The case's id follows from the ticket, so that a second try goes on with the first one's."""

    def __init__(self, context: Context, connector: str, brand: str, ticket: HeldTicket, customer: str) -> None:
        self._context = context
        self._connector = connector
        self._brand = brand
        self._ticket = ticket
        self._customer = living_profile(context.table, customer)["id"]
        noise = digest("adopted", connector, ticket.id)
        self.id = uuid7(ticket.opened_at.timestamp(), bytes.fromhex(noise[:20]))

    def place(self, history: Read) -> None:
        """How far both are with each other, before there is a case of which anybody could be told."""
        pk, sk = keys.cursor(self.id, self._connector)
        remote = Remote(self._ticket.id, self._ticket.url, adopted=True)
        home = cursors.home(self._connector, "case", remote, {})
        told: Item = {"pk": pk, "sk": sk, "customer": self._customer, "pushed": 0, **home.attributes}
        pk, sk = back.key_of(self._connector, self._ticket.id)
        read: Item = {"pk": pk, "sk": sk, "ahead": sorted(history.ahead)}
        read |= {"cursor": history.cursor} if history.cursor is not None else {}
        table = self._context.table
        if table.get(keys.cursor(self.id, self._connector)).item is None:
            table.transact([Put(told)])
        table.transact([Put(read | keys.due((pk, sk), self._context.now()))])  # what came meanwhile is read soon

    def begin(self) -> None:
        """The case, with one entry that says where it comes from."""
        if self._case() is not None:
            return
        context, opened_at = self._context, utc_text(self._ticket.opened_at)
        reference = free_reference(context, self.id)
        if context.table.get(keys.reference(reference)).item is None:
            context.table.transact([reference_put(reference, self.id)])
        case = new_case(self.id, self._customer, self._brand, reference, self._ticket.state, [self._connector])
        case |= {"opened_at": opened_at, "state_at": opened_at, "last_customer_at": opened_at, "conversations": []}
        case |= {"updated_at": context.now(), FLAG: True}
        case |= look_by(context, case)
        profile = living_profile(context.table, self._customer)
        place = {"brand": self._brand, "conversation": keys.remote(self._connector, "case", self._ticket.id)[0]}
        cases = {**profile["cases"], self.id: place}
        origin = self._origin()
        writes: list[Operation] = [
            items.index_put(origin, self.id, 1, was_waiting=False),
            Put(self._entry(origin, 1), when=(Absent(),)),
            Put(case, when=(Absent(),)),
            items.profile_step(profile, {"cases": cases}, tells=False),
        ]
        context.table.transact(writes)

    def _origin(self) -> Event:
        ticket = self._ticket
        return Event(
            channel=self._connector,
            account=self._connector,
            thread=ticket.id,
            kind="message",
            direction="outbound",
            visibility="internal",
            message_id=f"adopted:{ticket.id}",
            author=Author(type="system"),
            occurred_at=ticket.opened_at,
            subject=ticket.subject or None,
            text="\n".join(part for part in (ticket.subject, ticket.url) if part) or ticket.id,
            provider_type="adopted",
            flags=[FLAG],
        )

    def add(self, events: Sequence[Event]) -> None:
        """What was said, each message unless it is known."""
        for few in _chunks([self._as_history(one) for one in events]):
            self._add(few)

    def _as_history(self, event: Event) -> Event:
        return event.model_copy(update={"flags": [*event.flags, FLAG]})

    def _add(self, few: Sequence[Event]) -> None:
        table = self._context.table
        moved: Conflict | None = None
        for _ in range(TRIES):
            new = [one for one in few if table.get(items.message_key(one)).item is None]
            case = self._case()
            if not new or case is None:
                return
            last = int(case["sequence"])
            writes: list[Operation] = []
            for number, event in enumerate(new, last + 1):
                writes += [items.index_put(event, self.id, number, was_waiting=False)]
                writes += [Put(self._entry(event, number), when=(Absent(),))]
            step = items.case_step(case, last + len(new), {"updated_at": self._context.now(), **_last_word(case, new)})
            try:
                table.transact([*writes, step])
            except Conflict as lost:
                moved = lost
                continue
            return
        raise Transient("others keep changing a case that is being taken over") from moved

    def _entry(self, event: Event, number: int) -> Item:
        return items.entry_item(self.id, number, event, self._context.now(), {})

    def _case(self) -> Item | None:
        return self._context.table.get(keys.case(self.id)).item

    def end(self) -> None:
        """From now on the ticket leads to the case."""
        pk, sk = keys.remote(self._connector, "case", self._ticket.id)
        index: Item = {"pk": pk, "sk": sk, "case": self.id, "customer": self._customer}
        self._context.table.transact([Put(index)])


def _chunks(events: Sequence[Event]) -> Iterator[Sequence[Event]]:
    for start in range(0, len(events), TOGETHER):
        yield events[start : start + TOGETHER]


def _last_word(case: Item, events: Sequence[Event]) -> dict[str, Any]:
    said = [utc_text(one.occurred_at) for one in events if one.direction == "inbound" and one.occurred_at]
    return {"last_customer_at": items.latest(case["last_customer_at"], max(said))} if said else {}
