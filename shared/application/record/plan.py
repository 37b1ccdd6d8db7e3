"""What one message changes, as one transaction: index, entry, case, and whatever of customer and conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.application.record.case_item import free_reference, new_case, reference_put
from shared.application.record.context import Context, Outcome
from shared.application.record.customer_change import CustomerChange
from shared.application.record.evidence import is_public, with_orders, with_subject
from shared.application.record.message import Message
from shared.application.record.standing import change_of, look_by, standing_of
from shared.application.record.threads import thread_writes
from shared.application.record.who import Sender
from shared.domain.attachment import Decision
from shared.domain.case_states import Settled
from shared.domain.errors import Conflict
from shared.domain.event import utc_text
from shared.ports.table import MAX_OPERATIONS, Absent, Check, Equals, Item, Operation, Put, Update
from shared.store import items


@dataclass(slots=True)
class Plan:
    """`home`: the item at the message's own conversation key (perhaps a pointer); `conversation`: the one behind
    it, None for a new one; `case`: None for a new one; `sender`: None on the usual way, where nothing about the
    customer changes; `over`: cases that will never be active again."""

    context: Context
    message: Message
    home: Item | None
    conversation: Item | None
    case: Item | None
    decision: Decision
    sender: Sender | None = None
    brand: str = ""
    over: frozenset[str] = frozenset()

    def carry_out(self) -> Outcome:
        """Write it, or raise `Conflict`."""
        case_id = self.case["id"] if self.case else self.context.new_id()
        sequence = self._last_sequence()
        writes: list[Operation] = [
            items.index_put(
                self.message.event, case_id, sequence, was_waiting=self.message.was_waiting, holder=self._holder()
            ),
            *self._entries(case_id),
        ]
        names = thread_writes(self.context, self.message.event, case_id)
        writes += names[:1]
        if self.case:
            writes.append(self._case_step(self.case, sequence))
        if not self.sender:
            self.context.table.transact([*writes, *names[1:], *self._still_one()])
        else:
            self._with_customer(writes, self.sender, case_id, names[1:])
        return Outcome("recorded", case_id, sequence, had_waiting=self.message.was_waiting)

    def _with_customer(self, writes: list[Operation], sender: Sender, case_id: str, names: Sequence[Operation]) -> None:
        """With what changes about the customer. What does not fit, and harms nobody alone, is written first; names of
        other messages (`names`) are written where there is room."""
        room = MAX_OPERATIONS - len(writes)
        reference = free_reference(self.context, case_id) if self.case is None else None
        change = CustomerChange(
            self.context,
            self.message,
            sender,
            self.home,
            self.conversation,
            self.decision,
            self.brand,
            case_id,
            self.over,
            self.case["customer"] if self.case else None,
        )
        of_customer = change.operations(room - (1 if reference or self._holder() else 0))
        aside = change.suggestions()
        if reference:
            of_customer.append(self._new_case(case_id, change.customer, reference))
            aside.append(reference_put(reference, case_id))
        of_customer += self._as_one_profile(sender, of_customer)
        of_customer += names[: max(room - len(of_customer), 0)]
        fits = max(room - len(of_customer), 0)
        stale = change.stale_elsewhere()
        before = [*stale, *aside[fits:]]
        if before:
            self._refuse_a_copy()
        self._write_each(before)
        change.forget_elsewhere()
        self.context.table.transact([*writes, *of_customer, *aside[:fits]])
        # Once more: somebody who had read whose the phone was before may have written meanwhile.
        self._write_each(stale)
        change.forget_elsewhere()

    def _refuse_a_copy(self) -> None:
        """What is written ahead of the transaction would not be undone by it. 1 RCU."""
        known = self.context.table.get(items.message_key(self.message.event)).item
        if known and not known.get("waiting"):
            raise Conflict("it is recorded already")

    def _write_each(self, operations: Sequence[Operation]) -> None:
        for operation in operations:
            self.context.table.transact([operation])

    # a customer who was merged with the case's

    def _holder(self) -> str | None:
        """Whose message it is, where that is not the case's customer but one merged with them."""
        if self.case is None:
            return None
        origin = self.sender.origin if self.sender else (self.conversation or {}).get("customer")
        return origin if origin != self.case["customer"] else None

    def _still_one(self) -> list[Operation]:
        """The conversation leads to the other's case still: when a merge is undone, it leads there no longer."""
        if self.conversation is None or not self._holder():
            return []
        as_read = (Equals("customer", self.conversation["customer"]), Equals("case", self.conversation["case"]))
        return [Check((self.conversation["pk"], self.conversation["sk"]), as_read)]

    def _as_one_profile(self, sender: Sender, writes: Sequence[Operation]) -> list[Operation]:
        """What is written into the other's case holds only while one profile lists both."""
        profile = sender.profile
        if profile is None or not self._holder() or any(one.key == (profile["pk"], profile["sk"]) for one in writes):
            return []
        return [Check((profile["pk"], profile["sk"]), (Equals("version", profile["version"]),))]

    # the case and its log

    def _here(self) -> str:
        return str(self.conversation["pk"]) if self.conversation else self.message.home

    def _changes_state(self) -> bool:
        return self.case is not None and self.case["state"] != self.decision.state

    def _last_sequence(self) -> int:
        before = self.case["sequence"] if self.case else 0
        return int(before) + (2 if self._changes_state() else 1)

    def _entries(self, case_id: str) -> list[Operation]:
        message, sequence = self.message, self._last_sequence()
        event = message.event
        if self.decision.flags:
            event = event.model_copy(update={"flags": [*event.flags, *self.decision.flags]})
        holder = self._holder()
        more: dict[str, Any] = {"holder": holder} if holder else {}
        if self._here() != message.home:
            more["conversation"] = self._here()
        if self.decision.quoted_case:
            more["quoted_case"] = self.decision.quoted_case
        if self.decision.related:
            more["related"] = list(self.decision.related)
        received_at = message.incoming.received_at
        said = items.entry_item(case_id, sequence, event, received_at, message.original, **more)
        entries: list[Operation] = [Put(said, when=(Absent(),))]
        if self.case and self._changes_state():
            was, becomes = self.case["state"], self.decision.state
            change = items.state_change(case_id, sequence - 1, event, was, becomes, message.at, received_at)
            entries.insert(0, Put(change, when=(Absent(),)))
        return entries

    def _case_step(self, case: Item, sequence: int) -> Update:
        event, at = self.message.event, self.message.at
        changes: dict[str, Any] = {"updated_at": self.message.incoming.received_at}
        if event.direction == "inbound" and self.decision.turn:
            changes["last_customer_at"] = items.latest(case["last_customer_at"], utc_text(at))
        if event.channel not in case["channels"]:
            changes["channels"] = [*case["channels"], event.channel]
        here = self._here()
        if here not in case["conversations"]:
            changes["conversations"] = items.with_conversations(case["conversations"], [here])
        changes |= items.with_holder(case, self._holder()) | with_orders(case, event) | with_subject(case, event, at)
        if not self._changes_state():
            return items.case_step(case, sequence, changes)
        settled = Settled(self.decision.state, max(at, standing_of(case).since), "moved")
        change = change_of(self.context, case, settled, at, **changes)
        return items.case_step(case, sequence, change.set, remove=change.remove)

    def _new_case(self, case_id: str, customer: str, reference: str) -> Put:
        incoming, at = self.message.incoming, utc_text(self.message.at)
        moments = {"opened_at": at, "last_customer_at": at, "state_at": at, "updated_at": incoming.received_at}
        item = new_case(case_id, customer, self.brand, reference, self.decision.state, [incoming.event.channel])
        item |= {**moments, "conversations": [self._here()]}
        if self.decision.follow_up_of:
            item["follow_up_of"] = self.decision.follow_up_of
        item |= with_subject(item, incoming.event, self.message.at)
        item |= with_orders(item, incoming.event) | ({"public": True} if is_public(incoming.event) else {})
        return Put(item | look_by(self.context, item), when=(Absent(),))
