"""What one message changes, as one transaction: index, entry, case, and whatever of customer and conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shared.application.record.context import Context, Outcome
from shared.application.record.customer_change import CustomerChange, item_at
from shared.application.record.message import Message
from shared.application.record.who import Sender
from shared.domain.attachment import Decision
from shared.domain.errors import Conflict, Transient
from shared.domain.event import utc_text
from shared.domain.reference import reference_of
from shared.ports import MAX_OPERATIONS, Absent, Item, Operation, Put, Update
from shared.store import items, keys

COMPARE_AFTER_S = 24 * 3600
"""An active case is compared with its cursors at most this long after it was opened or compared."""


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
            items.index_put(self.message.event, case_id, sequence, was_waiting=self.message.was_waiting),
            *self._entries(case_id),
        ]
        if self.case:
            writes.append(self._case_step(self.case, sequence))
        if not self.sender:
            self.context.table.transact(writes)
        else:
            self._with_customer(writes, self.sender, case_id)
        return Outcome("recorded", case_id, sequence, had_waiting=self.message.was_waiting)

    def _with_customer(self, writes: list[Operation], sender: Sender, case_id: str) -> None:
        """With what changes about the customer. What does not fit, and harms nobody alone, is written first."""
        room = MAX_OPERATIONS - len(writes)
        reference = self._free_reference(case_id) if self.case is None else None
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
        )
        of_customer = change.operations(room - (1 if reference else 0))
        aside = change.suggestions()
        if reference:
            of_customer.append(self._new_case(case_id, change.customer, reference))
            aside.insert(0, Put(item_at(keys.reference(reference), case=case_id), when=(Absent(),)))
        fits = max(room - len(of_customer), 0)
        stale = change.stale_elsewhere()
        before = [*stale, *aside[fits:]]
        if before:
            self._refuse_a_copy()
        self._write_each(before)
        self.context.table.transact([*writes, *of_customer, *aside[:fits]])
        # Once more: somebody who had read whose the phone was before may have written meanwhile.
        self._write_each(stale)

    def _refuse_a_copy(self) -> None:
        """What is written ahead of the transaction would not be undone by it. 1 RCU."""
        known = self.context.table.get(items.message_key(self.message.event)).item
        if known and not known.get("waiting"):
            raise Conflict("it is recorded already")

    def _write_each(self, operations: Sequence[Operation]) -> None:
        for operation in operations:
            self.context.table.transact([operation])

    def _free_reference(self, case_id: str) -> str:
        """A reference no other case has. 1 RCU, another for each collision."""
        for attempt in range(16):
            reference = reference_of(case_id, attempt)
            taken = self.context.table.get(keys.reference(reference)).item
            if taken is None or taken["case"] == case_id:
                return reference
        raise Transient("sixteen references in a row were taken")

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
        more: dict[str, Any] = {}
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
        event = self.message.event
        changes: dict[str, Any] = {"updated_at": self.message.incoming.received_at}
        if event.direction == "inbound":
            changes["last_customer_at"] = items.latest(case["last_customer_at"], utc_text(self.message.at))
        if event.channel not in case["channels"]:
            changes["channels"] = [*case["channels"], event.channel]
        here = self._here()
        if here not in case["conversations"]:
            changes["conversations"] = [*case["conversations"], here]
        if self.decision.state != case["state"]:
            changes["state"] = self.decision.state
        if not self.decision.reopens:
            return items.case_step(case, sequence, changes)
        changes |= {"reopen_count": case["reopen_count"] + 1, **self._compare_by(case["id"])}
        return items.case_step(case, sequence, changes, remove=("resolved_at",))

    def _compare_by(self, case_id: str) -> dict[str, str]:
        moment = datetime.fromtimestamp(int(self.context.clock()) + COMPARE_AFTER_S, UTC)
        return keys.due(keys.case(case_id), utc_text(moment))

    def _new_case(self, case_id: str, customer: str, reference: str) -> Put:
        pk, sk = keys.case(case_id)
        incoming, here = self.message.incoming, self._here()
        at = utc_text(self.message.at)
        item: Item = {"pk": pk, "sk": sk, "id": case_id, "customer": customer, "brand": self.brand}
        item |= {"reference": reference, "state": self.decision.state, "sequence": 1, "reopen_count": 0}
        item |= {"channels": [incoming.event.channel], "conversations": [here]}
        item |= {"opened_at": at, "last_customer_at": at, "updated_at": incoming.received_at}
        item |= {"cases_pk": keys.customer(customer)[0], "cases_sk": case_id, **self._compare_by(case_id)}
        if self.decision.follow_up_of:
            item["follow_up_of"] = self.decision.follow_up_of
        return Put(item, when=(Absent(),))
