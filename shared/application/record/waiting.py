"""What overtook the message it speaks of waits for it, a day at most."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from shared.application.record.context import Context, Incoming, Outcome
from shared.domain.element import digest
from shared.domain.errors import Conflict
from shared.domain.event import utc_text
from shared.ports.table import Absent, Condition, Delete, Equals, Item, Key, Operation, Put, Update
from shared.store import keys
from shared.store.conditional import took_effect
from shared.store.items import message_key
from shared.store.paging import every_item

WAIT_S = 24 * 3600


def wait(context: Context, incoming: Incoming, target: Key, marked: bool) -> Outcome:
    """Keep the event beside its target's key, and mark the index so that the target's writer finds it. 2 writes.

    One that waits already goes on as it is: neither a copy nor a look in vain makes it wait longer.
    """
    event = incoming.event
    pk, sk = keys.waiting(target, digest(*message_key(event)))
    until = utc_text(datetime.fromtimestamp(int(context.clock()) + WAIT_S, UTC))
    item: Item = {"pk": pk, "sk": sk, "envelope": incoming.envelope, "kind": event.kind}
    item |= {"since": incoming.received_at, "target": target[0], **keys.due((pk, sk), until)}
    still: Condition = Equals("waiting", True) if marked else Absent()
    mark: Operation = (
        Update(target, add={"waits": 1}, when=(still,))
        if marked
        else Put({"pk": target[0], "sk": target[1], "waiting": True, "waits": 1}, when=(still,))
    )
    try:
        context.table.transact([Put(item, when=(Absent(),)), mark])
    except Conflict as lost:
        if lost.failed != (0,):
            raise
    return Outcome("waiting", detail="it speaks of a message that has not come yet")


def waiting_for(context: Context, message: Key) -> Iterator[Item]:
    """What waits for a message, in no order that means anything. 1 RCU per 4 KB."""
    return every_item(context.table, keys.waiting(message, "")[0])


def forget(context: Context, item: Item) -> None:
    """It waits no longer. The mark on the index goes with the last one that waited. 2 to 4 RCU, 1 to 2 writes."""
    gone = Delete((item["pk"], item["sk"]))
    unmark = _unmark(context, item)
    if unmark and took_effect(context.table, [gone, unmark]):
        return
    context.table.transact([gone])
    if unmark is None and (unmark := _unmark(context, item)):  # the last two went at the same moment
        took_effect(context.table, [unmark])


def _unmark(context: Context, item: Item) -> Delete | None:
    """What takes the mark away, if there is one and nothing else waits; it fails when something comes meanwhile."""
    target = item["target"], "MSG"
    mark = context.table.get(target).item
    if mark is None or not mark.get("waiting"):
        return None
    if any(other["sk"] != item["sk"] for other in waiting_for(context, target)):
        return None
    return Delete(target, when=(Equals("waiting", True), Equals("waits", mark["waits"])))
