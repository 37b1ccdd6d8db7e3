"""From a case's log to what people see: edits, deletions and reactions applied to what they speak of. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from shared.domain.event import Entry, utc_text

SAID: Final = frozenset({"message", "postback", "comment", "call", "survey", "auto_reply", "unsupported"})
"""Kinds in which somebody says something; whatever `system` wrote is no interaction."""

_CONTENT: Final = (
    "text", "html", "subject", "quoted_text", "attachments", "location", "contacts", "choice", "order", "referral",
)  # fmt: skip
"""What a deletion takes away. That it was said, by whom and when, stays."""


@dataclass(frozen=True, slots=True)
class Logged:
    """An entry and the sequence of the entry it speaks of, where the log knows it."""

    entry: Entry
    target: int | None = None


def interactions(log: Sequence[Logged]) -> list[dict[str, Any]]:
    """What people and bots said, in order, with revisions applied.

    Edits replace what was said and leave `"edited": true`; a deletion empties it and leaves
    `"deleted": true`; `reactions` lists `{"emoji", "author", "at"}`, the last of each author; `revisions`
    lists `{"sequence", "kind", "at"}` of the entries that were applied. The log itself stays as it was.
    """
    shown = {one.entry.sequence: one.entry.dump() for one in log if is_interaction(one.entry)}
    by_message = {entry["message_id"]: entry["sequence"] for entry in shown.values()}
    for revision in _in_order(log):
        target = shown.get(_target(revision, by_message))
        if target is None:
            continue
        entry = revision.entry
        _APPLY[entry.kind](target, entry)
        at = utc_text(_when(entry))
        target.setdefault("revisions", []).append({"sequence": entry.sequence, "kind": entry.kind, "at": at})
    return [shown[sequence] for sequence in sorted(shown)]


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
    said = entry.dump()
    if "late_file" not in entry.flags:  # nobody changed anything: a file came after its message
        target["edited"] = True
    for part in _CONTENT:
        if said.get(part):
            target[part] = said[part]


def _delete(target: dict[str, Any], _: Entry) -> None:
    target["deleted"] = True
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
