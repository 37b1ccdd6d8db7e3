"""Messages of before, as the phone app hands them over: imported silently.

They lie in closed cases of their own, one for each conversation of a chunk (and for each thousand messages of it),
flagged `imported`: with the times of then, of no window, told to no tool, on nobody's clock. Chunks may come in any
order; within one the messages are put in order of time. A message that is known already stays where it is; what
follows for one whose file was missing is a revision of it.

A chunk may hold thousands: work stops after a few seconds and goes on with the next delivery of the same element,
from where a mark in the message index says.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from shared.application.record.context import Context, Incoming, Outcome
from shared.application.record.past_case import PastCase
from shared.application.record.person import attested_people, find_or_make
from shared.domain.errors import Malformed, Transient
from shared.domain.event import Event, Identity, utc_text
from shared.ports.table import Put
from shared.store import items
from shared.store.views import unpacked

TURN_S: Final = 3.0
"""Of work on one chunk before others have their turn; the function may live for ten."""

MOST_ENTRIES: Final = 1000
"""Of one case: it is read whole."""

OF_USE: Final = frozenset({"message", "postback", "call", "unsupported", "reaction", "edit", "deletion"})


def import_history(context: Context, incoming: Incoming, original: dict[str, Any]) -> Outcome:
    """Import a chunk. For each four messages one transaction of 9 items; for each conversation 4 reads and 3 writes.

    Raises `Transient` when there is more to do than fits a turn, and, after the rest was imported, `Malformed` when
    some of its messages cannot be read: the chunk is then a dead letter, whose redrive finds what is still missing.
    """
    key = items.message_key(incoming.event)
    progress = context.table.get(key).item or {}
    if progress.get("complete"):
        return Outcome("copy")
    past = _conversations(context, incoming.event)
    turn = Turn(context, incoming, _whole_original(context, incoming, original), int(progress.get("imported", 0)))
    for people in past:
        turn.take(people, past[people])
    unreadable = sum(1 for each in incoming.event.history if each.is_malformed)
    if unreadable:
        turn.remember(0)
        raise Malformed(f"{unreadable} of the {len(incoming.event.history)} past messages cannot be read")
    context.table.transact([Put({"pk": key[0], "sk": key[1], "complete": True, "imported": turn.passed})])
    return Outcome("recorded")


def _conversations(context: Context, event: Event) -> dict[tuple[Identity, ...], list[Event]]:
    """What is of use, each message once, by the identities that name the person, and in order of time."""
    found: dict[tuple[Identity, ...], list[Event]] = {}
    seen: set[str] = set()
    for each in event.history:
        people = attested_people(context, each, each.identities)
        is_of_use = each.kind in OF_USE and not each.is_malformed and "group" not in each.flags
        if people and is_of_use and each.message_id not in seen:
            seen.add(each.message_id)
            found.setdefault(people, []).append(each)
    return {people: sorted(said, key=_when) for people, said in found.items()}


def _when(event: Event) -> str:
    """Without a time it comes first: nothing is known to be before it."""
    return utc_text(event.occurred_at) if event.occurred_at else ""


def _whole_original(context: Context, incoming: Incoming, original: dict[str, Any]) -> dict[str, Any]:
    """The chunk in Files, once for all its messages."""
    if "raw" not in original:
        return original
    key = f"raw/{incoming.received_at[:10]}/{incoming.delivery}/{incoming.index}.json"
    context.files.put(key, json.dumps(unpacked(original["raw"])).encode("ascii"), "application/json")
    return {"raw_file": key}


@dataclass(slots=True)
class Turn:
    """One attempt at a chunk. `start`: how many messages earlier attempts have passed; `passed`: all of them."""

    context: Context
    incoming: Incoming
    original: dict[str, Any]
    start: int
    passed: int = 0
    began: float = field(init=False)

    def __post_init__(self) -> None:
        self.began = self.context.clock()

    def take(self, people: tuple[Identity, ...], said: list[Event]) -> None:
        """One conversation of the chunk, a case for each thousand messages. Raises `Transient` out of time."""
        for first in range(0, len(said), MOST_ENTRIES):
            part = said[first : first + MOST_ENTRIES]
            if self.passed + len(part) <= self.start:
                self.passed += len(part)
                continue
            self._case(people, part, first // MOST_ENTRIES)

    def _case(self, people: tuple[Identity, ...], part: Sequence[Event], number: int) -> None:
        customer = self._customer(people, part[0])
        case = PastCase(self.context, self.incoming, self.original, customer, people, part[0], number)
        step = PastCase.TOGETHER
        for first in range(0, len(part), step):
            few = part[first : first + step]
            if self.passed >= self.start:
                if self.context.clock() - self.began > TURN_S:
                    self.remember(self.passed)
                    raise Transient("more past messages than fit a turn")
                case.add(few)
            self.passed += len(few)

    def _customer(self, people: tuple[Identity, ...], first: Event) -> str:
        """Whose past it is: somebody known, or somebody new without any active case."""
        named = Incoming(first, self.incoming.received_at, "", self.incoming.delivery, self.incoming.index)
        person = find_or_make(self.context, named, people)
        if person.sender.profile is None:
            self.context.table.transact(person.operations)
        return person.customer

    def remember(self, passed: int) -> None:
        pk, sk = items.message_key(self.incoming.event)
        self.context.table.transact([Put({"pk": pk, "sk": sk, "imported": passed})])
