"""Mails name each other: the index from such a name to the case it belongs to."""

from __future__ import annotations

from collections.abc import Iterator

from shared.application.record.context import Context
from shared.domain.event import Event
from shared.ports import Absent, Key, Operation, Put
from shared.store import items, keys

MAX_NAMES = 20
"""Names of earlier messages that are looked up, the newest first."""


def is_threaded(event: Event) -> bool:
    """Whether it names itself, or others, by more than the ids of messages."""
    return bool(event.message_ref or event.references)


def case_of_quote(context: Context, event: Event) -> str | None:
    """The case of the newest message that it answers and that the hub knows. 1 RCU for each name, 20 at most."""
    for key in _named(event):
        found = context.table.get(key).item
        if found and found.get("case"):
            return str(found["case"])
    return None


def case_of_own_name(context: Context, event: Event) -> str | None:
    """The case of an answer to it that was recorded before it. 1 RCU where it has a name, else nothing."""
    found = context.table.get(keys.thread_name(event.message_ref)).item if event.message_ref else None
    return found["case"] if found else None


def _named(event: Event) -> Iterator[Key]:
    names = [*([event.in_reply_to] if event.in_reply_to else []), *reversed(event.references)]
    for name in list(dict.fromkeys(names))[:MAX_NAMES]:
        if is_threaded(event):
            yield keys.thread_name(name)
        if name == event.in_reply_to:
            yield items.target_key(event, name)


def thread_writes(context: Context, event: Event, case_id: str) -> list[Operation]:
    """Its own name, and that of the message it answers, as names of this case, each if nobody has it. 1 RCU each.

    The first to bring a name keeps it: a later mail under the same name takes nobody's thread away.
    """
    if not is_threaded(event):
        return []
    names = dict.fromkeys(name for name in (event.message_ref, event.in_reply_to) if name)
    free = [key for key in map(keys.thread_name, names) if context.table.get(key).item is None]
    return [Put({"pk": pk, "sk": sk, "case": case_id}, when=(Absent(),)) for pk, sk in free]
