"""What the account itself said, as its channel tells it: our own sends come back, and what staff wrote elsewhere.

A send of ours is known by the id that the channel gave it. The echo may be here before that id is: then by our mark in
it, and on a channel that drops the mark by its words. It is no entry, but says when the answer went out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from shared.application.record.append import append
from shared.application.record.context import Context, Incoming, Outcome
from shared.application.record.revise import progress
from shared.application.record.who import attested, first_lock, living_profile
from shared.domain.event import Entry, Event, Identity, utc_text
from shared.ports.table import Absent, Condition, Equals, Item, Put
from shared.store import items, keys, sends
from shared.store.conditional import took_effect
from shared.store.views import entry_view

UNMARKED: Final = frozenset({"instagram"})
"""Channels whose echoes may come without the mark that was sent along."""

SAID: Final = frozenset({"message", "comment", "unsupported"})

QUOTE: Final = re.compile(r"> [^\n]*\n\n")
"""What an answer repeats of the message it answers, before its own words."""


def is_echo(event: Event) -> bool:
    """Whether it may be a send of ours, or names no customer because its thread does. Pure."""
    if event.direction != "outbound" or event.kind not in SAID:
        return False
    return event.channel in UNMARKED or event.public or any(map(sends.read_mark, event.references))


def record_echo(context: Context, incoming: Incoming, original: dict[str, Any], *, was_waiting: bool) -> Outcome:
    """1 read for its own place and 1 for the send that it names, where it is ours 1 more and 1 to 3 writes; on a
    channel without marks 1 for each conversation and 1 for its sends, and 2 for whose those are. Else as `append`."""
    event = incoming.event
    known = context.table.get(items.message_key(event)).item
    if known and not known.get("waiting"):
        return _ours(context, incoming, known, had_waiting=bool(known.get("overtaken")))
    send = _marked(context, event) or _by_its_words(context, event)
    if send is not None:
        _settle(context, event, send, known)
        place = {"case": send.case, "sequence": send.sequence}
        return _ours(context, incoming, place, had_waiting=known is not None)
    unmarked = event.model_copy(update={"references": []})
    if event.identities:
        return append(context, replace(incoming, event=unmarked), original, was_waiting=was_waiting)
    return _in_its_thread(context, replace(incoming, event=unmarked), original, was_waiting=was_waiting)


def _ours(context: Context, incoming: Incoming, place: Item, *, had_waiting: bool) -> Outcome:
    """Nothing new, but when it went out: by the channel's own clock."""
    found = context.table.get(keys.entry(place["case"], place["sequence"])).item if "case" in place else None
    mark = progress(found, "sent", utc_text(incoming.at)) if found and found["direction"] == "outbound" else None
    if mark:
        context.table.transact([mark])
    return Outcome("copy", place.get("case"), place.get("sequence"), had_waiting=had_waiting)


def _marked(context: Context, event: Event) -> sends.Send | None:
    """The send whose mark it carries, if that went out on this account."""
    read = next((mark for mark in map(sends.read_mark, event.references) if mark), None)
    send = sends.read(context.table, read[0], read[1]) if read else None
    return send if send and send.conversation.split("#")[1:3] == [event.channel, event.account] else None


def _by_its_words(context: Context, event: Event) -> sends.Send | None:
    """A send of this conversation that is under way, or of which nobody knows, and that says the same."""
    people = attested(event.identities)
    if event.channel not in UNMARKED or not people or event.public:
        return None
    for key in _threads(context, event, people[0]):
        conversation = context.table.get((key, "CNV")).item
        case = conversation.get("case") if conversation else None
        for send in sends.in_doubt(context.table, case, key) if case else ():
            found = context.table.get(keys.entry(send.case, send.sequence)).item
            if found and _says(entry_view(found), event):
                return send
    return None


def _threads(context: Context, event: Event, person: Identity) -> Iterator[str]:
    """The keys of the private conversation, and of what they said in public: its private answer is told of like any.
    2 reads more for the latter."""
    private, _ = keys.conversation(event.channel, event.account, items.identity_name(person))
    yield private
    lock = first_lock(context.table, [person], event.channel, event.account)
    profile = living_profile(context.table, lock["customer"]) if lock else {}
    yield from (key for key in profile.get("conversations", ()) if key.startswith(f"{private}#"))


def _says(answer: Entry, event: Event) -> bool:
    """Whether these are the answer's words, or a part of them; a file comes back without any."""
    if event.text:
        return QUOTE.sub("", event.text).strip() in (answer.text or "")
    return bool(event.attachments and answer.attachments)


def _settle(context: Context, event: Event, send: sends.Send, known: Item | None) -> None:
    """From now on the channel's id leads to the answer. Whoever is sending it still goes on by itself; should they die,
    the send knows. Without a mark it is the part that is being said: the ids of those before are known. Raises
    `Conflict` when the send moved."""
    pk, sk = items.message_key(event)
    when: Condition = Equals("waiting", True) if known else Absent()
    place = {"pk": pk, "sk": sk, "case": send.case, "sequence": send.sequence}
    index = Put(place | ({"overtaken": True} if known else {}), when=(when,))
    part = next((mark[2] for mark in map(sends.read_mark, event.references) if mark), send.part)
    proof = sends.proof(send, part, event.message_id, context.clock())
    if proof:
        context.table.transact([index, proof])
    else:
        took_effect(context.table, [index])


def _in_its_thread(context: Context, incoming: Incoming, original: dict[str, Any], *, was_waiting: bool) -> Outcome:
    """What the account wrote in public is of whoever it answers: 2 reads. What answers nobody belongs to no case."""
    event = incoming.event
    target = context.table.get(items.target_key(event, event.in_reply_to)).item if event.in_reply_to else None
    found = (
        context.table.get(keys.entry(target["case"], target["sequence"])).item if target and "case" in target else None
    )
    people = entry_view(found).identities if found else []
    if not people:
        return Outcome("ignored", detail="what the account itself said to nobody in particular")
    answered = event.model_copy(update={"identities": people})
    return append(context, replace(incoming, event=answered), original, was_waiting=was_waiting)
