"""From a case's log to what people see: edits, deletions and reactions applied to what they speak of. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from shared.domain.edits import number_of
from shared.domain.event import Entry, Event, utc_text
from shared.domain.media import STORED
from shared.domain.merging import MOVED
from shared.domain.rereading import REPARSED

SAID: Final = frozenset({"message", "postback", "comment", "call", "survey", "auto_reply", "unsupported"})
"""Kinds in which somebody says something; whatever `system` wrote is no interaction."""

_CONTENT: Final = (
    "text", "html", "subject", "quoted_text", "attachments", "location", "contacts", "choice", "order", "referral",
)  # fmt: skip
"""What a deletion takes away. That it was said, by whom and when, stays."""


_AS_IT_CAME: Final = frozenset({"channel", "account", "thread", "message_id", "direction", "author", "occurred_at"})
"""What a new reading of an entry leaves alone: who said it, where and when."""


@dataclass(frozen=True, slots=True)
class Logged:
    """An entry and the sequence of the entry it speaks of, where the log knows it.

    `reading`: of a revision that a replay wrote, the whole event as it was read then.
    """

    entry: Entry
    target: int | None = None
    reading: Event | None = None


def interactions(log: Sequence[Logged]) -> list[dict[str, Any]]:
    """What people and bots said, in order, with revisions applied.

    Edits replace what was said and leave `"edited": true`, the highest number last where their channel counts them; a
    deletion empties it and leaves `"deleted": true`; `reactions` lists `{"emoji", "author", "at"}`, the last of each
    author; `revisions` lists `{"sequence", "kind", "at"}` of the entries that were applied. What a replay read anew is
    shown as it is read now, and not as edited: nobody changed what they said. The log itself stays as it was.
    """
    log, readings = _as_read_now(log)
    shown = {one.entry.sequence: one.entry.dump() for one in log if is_interaction(one.entry)}
    by_message = {entry["message_id"]: entry["sequence"] for entry in shown.values()}
    for one in readings:
        if one.target in shown:
            _note(shown[one.target], one.entry)
    highest: dict[int, int] = {}
    for revision in _in_order(log):
        place, entry = _target(revision, by_message), revision.entry
        if place not in shown:
            continue
        number, before = number_of(entry), highest.get(place, 0)
        if number is None or number >= before:
            highest[place] = number or before
            _APPLY[entry.kind](shown[place], entry)
        _note(shown[place], entry)
    return [shown[sequence] for sequence in sorted(shown)]


def _note(shown: dict[str, Any], revision: Entry) -> None:
    at = utc_text(_when(revision))
    shown.setdefault("revisions", []).append({"sequence": revision.sequence, "kind": revision.kind, "at": at})


def _as_read_now(log: Sequence[Logged]) -> tuple[list[Logged], list[Logged]]:
    """The log with each entry as its latest new reading has it, and the revisions that say so, in order."""
    readings = sorted((one for one in log if REPARSED in one.entry.flags), key=lambda one: one.entry.sequence)
    latest = {one.target: one.reading for one in readings if one.reading is not None}
    rest = (one for one in log if REPARSED not in one.entry.flags)
    return [_read_anew(one, latest.get(one.entry.sequence)) for one in rest], readings


def _read_anew(one: Logged, reading: Event | None) -> Logged:
    if reading is None:
        return one
    parts = {part: getattr(reading, part) for part in Event.model_fields if part not in _AS_IT_CAME}
    return Logged(one.entry.model_copy(update=parts), one.target)


def is_interaction(entry: Entry) -> bool:
    """Whether a person or a bot said something in it."""
    return entry.kind in SAID and entry.author.type != "system"


def _in_order(log: Iterable[Logged]) -> list[Logged]:
    """Revisions by the time they were made; deletions last, so that a late edit brings nothing back."""
    revisions = [one for one in log if one.entry.kind in _APPLY]
    return sorted(revisions, key=lambda one: (one.entry.kind == "deletion", _when(one.entry), one.entry.sequence))


def _when(entry: Entry) -> datetime:
    return entry.occurred_at or entry.received_at


def _target(revision: Logged, by_message: dict[str, int]) -> int:
    """The sequence it speaks of; 0, which no entry has, when that is not in this log."""
    if revision.target is not None:
        return revision.target
    entry = revision.entry
    named = entry.reaction.target if entry.reaction else entry.in_reply_to
    return by_message.get(named or "", 0)


def _edit(target: dict[str, Any], entry: Entry) -> None:
    if STORED in entry.flags:
        return  # the hub's own notice to a tool; what became of the file stands with its message already
    said = entry.dump()
    if "late_file" not in entry.flags:  # nobody changed anything: a file came after its message
        target["edited"] = True
    for part in _CONTENT:
        if said.get(part):
            target[part] = said[part]


def _delete(target: dict[str, Any], entry: Entry) -> None:
    target["deleted"] = True
    if MOVED in entry.flags:  # nobody deleted it: it is in a case of the other customer's now
        target["moved"] = True
    for part in _CONTENT:
        target.pop(part, None)


def _react(target: dict[str, Any], entry: Entry) -> None:
    author = entry.author.dump()
    who = (author["type"], author.get("id"))
    others = [r for r in target.get("reactions", []) if (r["author"]["type"], r["author"].get("id")) != who]
    if entry.reaction is not None and entry.reaction.emoji:
        others.append({"emoji": entry.reaction.emoji, "author": author, "at": utc_text(_when(entry))})
    target["reactions"] = others


_APPLY: Final[dict[str, Callable[[dict[str, Any], Entry], None]]] = {
    "edit": _edit,
    "deletion": _delete,
    "reaction": _react,
}
