"""After a merge was undone: entries of one customer that lie in cases of the other move to cases of their own.

Each entry moves in one transaction: it stands in the new case with its times and authors, the message index leads
there, and in the old case a revision (a `deletion` flagged `moved`) hides it and tells the tools. So whoever dies in
between has lost and doubled nothing, and whoever comes after goes on. When none is left, the conversations lead to
the new cases; that holds only if nothing was added to the old case meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from shared.application.record.case_item import free_reference, new_case, reference_put
from shared.application.record.context import Context
from shared.application.record.evidence import with_orders, with_subject
from shared.application.record.own_case import REVISIONS, new_target, own_case, remembering, taken_over, when_said
from shared.application.record.part_cases import joined_to, part
from shared.application.record.parted_conversations import forget_parted
from shared.application.record.standing import look_by
from shared.application.record.tool_case import OUT_OF_SIGHT, place_of, surviving
from shared.application.record.who import living_profile
from shared.domain.element import digest
from shared.domain.errors import Conflict, Transient
from shared.domain.event import Event
from shared.domain.ids import uuid7
from shared.domain.merging import MOVED
from shared.domain.rereading import REPARSED
from shared.ports.table import Absent, Check, Equals, Item, Operation, Put, Table, Update
from shared.store import items, keys, merges
from shared.store.conditional import took_effect
from shared.store.paging import every_item
from shared.store.views import entry_view

TRIES: Final = 50
AT_ONCE: Final = 8
"""Conversations led elsewhere in one transaction."""

MOMENTS: Final = ("state_at", "resolved_at", "closed_at", "hold_until", "reminded")
"""What a case of their own takes over of how the matter stands."""


@dataclass(frozen=True, slots=True)
class Separated:
    """`moved`: entries. `complete`: nothing is left; else the clock goes on."""

    moved: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Side:
    """Who parted (`share`) and who stayed, of one undone merge."""

    record: Item

    def is_across(self, table: Table, holder: str, customer: str) -> bool:
        """Whether an entry of `holder` lies with the other side. Not where the two are one again: undoing that
        merge moves it. 1 RCU for each of both and each tombstone on the way, where they were parted."""
        share, stayed = self.record["share"], self.record["stayed"]
        if not ((holder in share and customer in stayed) or (holder in stayed and customer in share)):
            return False
        return bool(living_profile(table, holder)["id"] != living_profile(table, customer)["id"])


def separate(context: Context, merge_id: str, has_time: Callable[[], bool]) -> Separated:
    """Move what is left of an undone merge. Cost: each case and conversation of both (1 RCU), each entry of those that
    hold others' (1 RCU per 4 KB), and one transaction of about 6 writes for each entry moved. Safe to run twice, also
    at once."""
    moved = 0
    record = merges.record_of(context.table, merge_id)
    if record is None or "due_pk" not in record:
        return Separated(0, complete=True)
    forget_parted(context, record)
    for case_id in _parted(context, merge_id, record):
        for step in _Case(context, merge_id, case_id).moves():
            moved += step
            if not has_time():
                return Separated(moved, complete=False)
    key = record["pk"], record["sk"]
    context.table.transact([Update(key, remove=("due_pk", "due_sk"), when=(Equals("status", merges.UNDONE),))])
    context.metrics.count("entries_moved", moved)
    return Separated(moved, complete=True)


def _parted(context: Context, merge_id: str, record: Item) -> list[str]:
    """The cases that hold entries of others, once none is joined to one of the other side any more."""
    cases = _cases(context, record)
    return [case_id for case_id in cases if _parted_case(context, merge_id, case_id).get("holders")]


def _parted_case(context: Context, merge_id: str, case_id: str) -> Item:
    lost: Conflict | None = None
    for _ in range(TRIES):
        case: Item = context.table.get(keys.case(case_id)).item or {}
        try:
            _part(context, merge_id, case)
        except Conflict as quicker:
            lost = quicker
        else:
            return case
    raise Transient("a case that others keep changing") from lost


def _part(context: Context, merge_id: str, case: Item) -> None:
    into = joined_to(context, case)
    if into is None:
        return
    record = merges.record_of(context.table, merge_id) or {}
    side, table = Side(record), context.table
    if side.is_across(table, case["customer"], into["customer"]):
        part(context, case, into, cache(lambda holder: side.is_across(table, holder, into["customer"])))


def _cases(context: Context, record: Item) -> Iterator[str]:
    """Every case of both sides. The index may lag behind by a moment; the profiles know what is active."""
    seen: set[str] = set()
    for customer in (*record["stayed"], *record["share"]):
        found = set((context.table.get(keys.customer(customer)).item or {}).get("cases", {}))
        listed = every_item(context.table, keys.customer(customer)[0], index="cases")
        found |= {item["pk"].removeprefix("CAS#") for item in listed}
        yield from sorted(found - seen)
        seen |= found


class _Case:
    """One case of one side, and whatever of the other's lies in it."""

    def __init__(self, context: Context, merge_id: str, case_id: str) -> None:
        self._context = context
        self._merge = merge_id
        self._id = case_id

    def moves(self) -> Iterator[int]:
        """Moves one entry at a time, and yields 1 after each."""
        case = self._case()
        if not case.get("holders"):
            return
        for _ in range(TRIES):
            lost = False
            for entry in self._foreign(case):
                try:
                    self._move(entry)
                except Conflict:
                    lost = True
                    break
                yield 1
            if not lost and self._lead_elsewhere():
                return
        raise Transient("a case that others keep changing")

    def _case(self) -> Item:
        found = self._context.table.get(keys.case(self._id)).item
        return found or {}

    def _record(self) -> Item:
        return merges.record_of(self._context.table, self._merge) or {}

    def _foreign(self, case: Item) -> list[Item]:
        """The entries that are to go, in their order."""
        is_across = self._across(case)
        log = every_item(self._context.table, case["pk"], "ENT#")
        return [item for item in log if "holder" in item and "moved_to" not in item and is_across(item["holder"])]

    def _across(self, case: Item) -> Callable[[str], bool]:
        """Whose entries do not belong here; each is asked about once."""
        side, table = Side(self._record()), self._context.table
        return cache(lambda holder: side.is_across(table, holder, case["customer"]))

    def _move(self, entry: Item) -> None:
        case = self._case()
        own = own_case(self._context, case, entry)
        if own is None:
            self._open(case, entry)
            return
        sequence, there = taken_over(self._context, case, own, entry)
        moved, left = self._entry(case, entry, own.item["id"], sequence)
        self._context.table.transact([*moved, left, *there])

    def _open(self, case: Item, entry: Item) -> None:
        """The case of their own, with its first entry, and listed where it is active."""
        context, holder = self._context, entry["holder"]
        event = entry_view(entry)
        at = event.occurred_at or event.received_at
        noise = bytes.fromhex(digest("separate", self._id, holder, str(entry["sequence"]))[:20])
        # Never of a time to come, whatever its channel's clock says: figures go by ids for what began after an instant.
        target_id = uuid7(min(at.timestamp(), context.clock()), noise)
        reference = free_reference(context, target_id)
        stands = surviving(context, case)  # where it was joined to another, that one says how the matter stands
        item = new_case(target_id, holder, case["brand"], reference, stands["state"], [event.channel])
        theirs = [one["pk"] for one in self._conversations(case, holder)]
        moments: Item = {name: stands[name] for name in MOMENTS if name in stands}
        said_at = when_said(entry)
        item |= {"opened_at": said_at, "last_customer_at": said_at, "updated_at": context.now(), **moments}
        item |= {"conversations": theirs, "moved_from": self._id}
        item |= with_orders(item, event) | with_subject(item, event, at)
        moved, left = self._entry(case, entry, target_id, 1)
        writes: list[Operation] = [
            *moved,
            remembering(left, case, holder, target_id),
            Put(item | look_by(context, item), when=(Absent(),)),
        ]
        if stands["state"] not in OUT_OF_SIGHT:
            profile = living_profile(context.table, holder)
            listed = {"cases": {**profile["cases"], target_id: place_of(item, profile)}}
            writes.append(items.profile_step(profile, listed, tells=False))
        took_effect(context.table, [reference_put(reference, target_id)])
        context.table.transact(writes)

    def _entry(self, case: Item, entry: Item, target_id: str, sequence: int) -> tuple[list[Operation], Update]:
        """What moves one entry: there, gone here, found there; and the step of the case that it leaves."""
        there = keys.entry(target_id, sequence)
        copy = {name: value for name, value in entry.items() if name not in ("holder", "target", REPARSED)}
        copy |= {"pk": there[0], "sk": there[1], "sequence": sequence}
        copy["moved_from"] = {"case": self._id, "sequence": entry["sequence"]}
        if "files" in entry:  # they lie where they were fetched
            copy.setdefault("files_at", copy["moved_from"])
        copy |= new_target(self._context, case, entry)
        unchanged = (Absent("moved_to"), _as_delivered(entry))
        gone = Update(
            (entry["pk"], entry["sk"]), set={"moved_to": {"case": target_id, "sequence": sequence}}, when=unchanged
        )
        writes: list[Operation] = [Put(copy, when=(Absent(),)), gone, *self._index(entry, target_id, sequence)]
        if entry["kind"] in REVISIONS:  # what it revised is hidden with its own move
            return writes, items.case_step(case, case["sequence"], {"updated_at": self._context.now()})
        hidden = int(case["sequence"]) + 1
        notice = items.entry_item(
            self._id, hidden, self._hides(entry, hidden), self._context.now(), {}, target=entry["sequence"]
        )
        step = items.case_step(case, hidden, {"updated_at": self._context.now()})
        return [*writes, Put(notice, when=(Absent(),))], step

    def _index(self, entry: Item, target_id: str, sequence: int) -> list[Operation]:
        key = entry["message_key"], "MSG"
        found = self._context.table.get(key).item
        if found is None or found.get("case") != self._id or found.get("sequence") != entry["sequence"]:
            return []
        when = (Equals("case", self._id), Equals("sequence", entry["sequence"]))
        gone = tuple(name for name in ("holder",) if name in found)
        return [Update(key, set={"case": target_id, "sequence": sequence}, remove=gone, when=when)]

    def _hides(self, entry: Item, sequence: int) -> Event:
        """The revision that tells people and tools that an entry is no longer in this case."""
        event = entry_view(entry)
        return Event.model_validate(
            {
                "channel": event.channel,
                "account": event.account,
                "thread": event.thread,
                "kind": "deletion",
                "message_id": f"{self._id}:{sequence}:moved",
                "author": {"type": "system"},
                "visibility": "internal",
                "direction": event.direction,
                "occurred_at": self._context.now(),
                "in_reply_to": event.message_id,
                "flags": [MOVED],
                "provider_type": "hilo",
            }
        )

    def _conversations(self, case: Item, holder: str, target: Item | None = None) -> list[Item]:
        """The conversations of this customer that lead to the case: of those that it or its target has had, and, since
        a number that changed took its conversation along, of those that the customer's profile lists."""
        profile = living_profile(self._context.table, holder)
        listed = dict.fromkeys(
            (*case["conversations"], *(target or {}).get("conversations", ()), *profile["conversations"])
        )
        found = (self._context.table.get((key, "CNV")).item for key in listed)
        return [one for one in found if one and one.get("customer") == holder and one.get("case") == case["id"]]

    def _lead_elsewhere(self) -> bool:
        """Lead their conversations to their own cases, if nothing of theirs is left here. False: look again."""
        case = self._case()
        if self._foreign(case):
            return False
        is_across = self._across(case)
        for holder, own in case.get("parted", {}).items():
            if not is_across(holder):
                continue
            target_id = own["case"]
            leading = self._conversations(case, holder, self._context.table.get(keys.case(target_id)).item)
            for first in range(0, len(leading), AT_ONCE):
                if not took_effect(self._context.table, self._led(case, leading[first : first + AT_ONCE], target_id)):
                    return False
        return True

    def _led(self, case: Item, leading: list[Item], target_id: str) -> list[Operation]:
        unchanged = Check((case["pk"], case["sk"]), (Equals("sequence", case["sequence"]),))
        return [
            unchanged,
            *(
                Update(
                    (one["pk"], one["sk"]),
                    set={"case": target_id},
                    when=(Equals("customer", one["customer"]), Equals("case", case["id"])),
                )
                for one in leading
            ),
        ]


def _as_delivered(entry: Item) -> Absent | Equals:
    """No receipt came in since the entry was read."""
    if "delivery_rank" in entry:
        return Equals("delivery_rank", entry["delivery_rank"])
    return Absent("delivery_rank")
