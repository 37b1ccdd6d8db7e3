"""The relay: what changed in the table becomes triggers for the connectors and orders to send. It reads nothing.

Five changes matter: a case whose log grew, a customer whose contact grew newer, a new entry that is an answer with
somewhere to go, a new entry with files, and an answer that was delivered or read. The first version of a contact is
told with its first case, so that nobody is told of people who never wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from shared.application.media_trigger import QUEUE as MEDIA
from shared.application.media_trigger import MediaTrigger
from shared.application.order import QUEUE as OUTBOUND
from shared.application.order import Order
from shared.application.trigger import QUEUE as SYNC
from shared.application.trigger import Trigger
from shared.domain.errors import Malformed, Transient
from shared.ports.queues import MAX_BATCH, Message, Queues
from shared.ports.table import Item

ConnectorsOf = Callable[[str | None], Sequence[str]]
"""The connectors of a brand by name; of None, every connector."""


SHOWN = ("delivered", "read", "played")
"""How far an answer came, where no entry says so."""


@dataclass(frozen=True, slots=True)
class Change:
    """One record of the table's stream: the item before and after."""

    before: Item | None
    after: Item | None


def triggers_of(change: Change, connectors_of: ConnectorsOf) -> list[Trigger]:
    """What one change gives the connectors reason to look at. Raises `Malformed` for an item that cannot be ours."""
    after = change.after
    if after is None:
        return []  # something was removed: there is nothing to be ahead with
    kind = _text(after, "sk")
    if kind == "CASE":
        return _of_case(change.before or {}, after, connectors_of)
    if kind == "PROFILE":
        return _of_customer(change.before or {}, after, connectors_of)
    return _of_answer(change.before or {}, after, connectors_of) if kind.startswith("ENT#") else []


def _of_case(before: Item, after: Item, connectors_of: ConnectorsOf) -> list[Trigger]:
    if after.get("imported"):
        return []  # messages of before: no tool is told of them
    sequence = _number(after, "sequence")
    if before and sequence <= _number(before, "sequence"):
        return []
    case, customer = _text(after, "id"), _text(after, "customer")
    return [Trigger(name, customer, case=case, sequence=sequence) for name in connectors_of(_text(after, "brand"))]


def _of_customer(before: Item, after: Item, connectors_of: ConnectorsOf) -> list[Trigger]:
    version = _number(after, "contact_version")
    if not before or version <= _number(before, "contact_version"):
        return []
    customer = _text(after, "id")
    # Which connectors know this person is theirs to look up: a read there instead of one for each change here.
    return [Trigger(name, customer, version=version) for name in connectors_of(None)]


def _of_answer(before: Item, after: Item, connectors_of: ConnectorsOf) -> list[Trigger]:
    delivery, about = after.get("delivery"), after.get("about")
    if not (before and about) or delivery not in SHOWN or delivery == before.get("delivery"):
        return []
    case, sequence = _text(after, "pk").removeprefix("CAS#"), _number(after, "sequence")
    names = connectors_of(_text(about, "brand"))
    return [Trigger(name, _text(about, "customer"), case=case, answer=sequence, delivery=delivery) for name in names]


def order_of(change: Change) -> Order | None:
    """The order to send an answer that has just been recorded; None for any other change."""
    after = change.after
    if after is None or change.before or not after.get("to") or not _text(after, "sk").startswith("ENT#"):
        return None
    return Order(_text(after, "pk").removeprefix("CAS#"), _number(after, "sequence"), _text(after, "to"))


def media_of(change: Change) -> MediaTrigger | None:
    """The trigger to fetch the files of an entry that has just been recorded; None for any other change."""
    after = change.after
    if after is None or change.before or not after.get("files") or not _text(after, "sk").startswith("ENT#"):
        return None
    return MediaTrigger(_text(after, "pk").removeprefix("CAS#"), _number(after, "sequence"))


def relay(changes: Iterable[Callable[[], Change]], connectors_of: ConnectorsOf, queues: Queues) -> int:
    """Send the triggers and orders of these changes, in order. Returns how many changes, from the first on, are done.

    Each change is made when its turn comes, so that one that cannot be read stops only what follows it: the
    stream then tries again from there, halves the batch, and at last sets that record aside.
    No table call; one send for each ten triggers, for each ten orders, and for each ten entries with files.
    """
    triggers: list[tuple[int, Message]] = []  # each with the change it belongs to
    orders: list[tuple[int, Message]] = []
    files: list[tuple[int, Message]] = []
    read = 0
    for make in changes:
        try:
            change = make()
            found, order, media = triggers_of(change, connectors_of), order_of(change), media_of(change)
        except Malformed:
            break
        triggers += [(read, trigger.message) for trigger in found]
        orders += [(read, order.message)] if order else []
        files += [(read, media.message)] if media else []
        read += 1
    try:
        # Files first: whoever is told waits for them.
        done = _sent(queues, MEDIA, files, read)
        return min(done, _sent(queues, SYNC, triggers, read), _sent(queues, OUTBOUND, orders, read))
    except Transient:
        # Which of the batches were sent is not known here; a copy of a trigger changes nothing.
        return 0


def _sent(queues: Queues, queue: str, messages: Sequence[tuple[int, Message]], read: int) -> int:
    """Send them, ten at a time. How many changes are done with that."""
    for start in range(0, len(messages), MAX_BATCH):
        batch = messages[start : start + MAX_BATCH]
        refused = queues.send(queue, [message for _, message in batch])
        if refused:
            return batch[min(refused)][0]
    return read


def _text(item: Item, name: str) -> str:
    value = item.get(name)
    if not isinstance(value, str) or not value:
        raise Malformed(f"a stream record whose {name} is no text")
    return value


def _number(item: Item, name: str) -> int:
    value = item.get(name)
    if value is None or isinstance(value, (bool, str)):
        raise Malformed(f"a stream record whose {name} is no number")
    return int(value)
