"""Mails name each other: the index from such a name to the case it belongs to."""

from __future__ import annotations

from collections.abc import Iterator

from shared.application.record.context import Context
from shared.domain.event import Event
from shared.domain.mail_names import bare, provider_id
from shared.ports.table import Absent, Key, Operation, Put
from shared.store import items, keys

MAX_NAMES = 20
"""Names of earlier messages that are looked up: the newest, and the first of all, with which the thread began."""


def is_threaded(event: Event) -> bool:
    """Whether it names itself, or others, by more than the ids of messages."""
    return bool(event.message_ref or event.references)


def cases_of_quotes(context: Context, event: Event) -> Iterator[str]:
    """The cases of the messages that it answers and that the hub knows, the newest message's first.

    1 RCU for each name until the caller has seen enough, 20 names at most; 2 for what may be SES's name.
    """
    seen: set[str] = set()
    for key in _named(event):
        found = context.table.get(key).item
        case = found.get("case") if found else None
        if case and case not in seen:
            seen.add(case)
            yield str(case)


def case_of_own_name(context: Context, event: Event) -> str | None:
    """The case of an answer to it that was recorded before it. 1 RCU where it has a name, else nothing."""
    name = bare(event.message_ref)
    found = context.table.get(keys.thread_name(name)).item if name else None
    return found["case"] if found else None


def _named(event: Event) -> Iterator[Key]:
    """Where what it answers may be found. An empty name names nobody: it must not find another without a name."""
    answered = bare(event.in_reply_to)
    for name in _newest_first(event):
        if is_threaded(event):
            yield keys.thread_name(name)
        if name == answered or provider_id(name) != name:
            yield items.target_key(event, provider_id(name) if event.channel == "email" else name)


def _newest_first(event: Event) -> list[str]:
    names = [name for name in map(bare, [event.in_reply_to, *reversed(event.references)]) if name]
    distinct = list(dict.fromkeys(names))
    return distinct if len(distinct) <= MAX_NAMES else [*distinct[: MAX_NAMES - 1], distinct[-1]]


def thread_writes(context: Context, event: Event, case_id: str) -> list[Operation]:
    """Its own name, and that of the message it answers, as names of this case, each if nobody has it. 1 RCU each.

    The first to bring a name keeps it: a later mail under the same name takes nobody's thread away.
    """
    if not is_threaded(event):
        return []
    names = dict.fromkeys(name for name in map(bare, (event.message_ref, event.in_reply_to)) if name)
    free = [key for key in map(keys.thread_name, names) if context.table.get(key).item is None]
    return [Put({"pk": pk, "sk": sk, "case": case_id}, when=(Absent(),)) for pk, sk in free]
