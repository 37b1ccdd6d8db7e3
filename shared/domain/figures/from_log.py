"""A case's log as the events that figures are made of. Pure, and of the log alone: what is written once and stays.

Receipts are kept on the entry they speak of, which changes it in place; so nothing here looks at them. A failed send
is an entry of its own, as is all else that counts. So the events of a log's first n entries are the same whenever they
are read, and what an entry changed is the difference between the log with it and without.

No text and no identity is looked at, only what an event is: erasing a person's words changes no figure.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from shared.domain.figures.from_call import call_events
from shared.domain.figures.from_survey import survey_events
from shared.domain.figures.model import UNKNOWN, ActorType, KpiEvent
from shared.domain.figures.vocabulary import (
    ASSIGNED,
    AUTO_RESOLVED,
    CREATED,
    DELIVERY_FAILED,
    MERGED,
    MESSAGE_IN,
    MESSAGE_OUT,
    PRIORITY_CHANGED,
    STATE_CHANGED,
    TRANSFERRED,
)

Stored = Mapping[str, Any]
"""An item as stored: `CAS#id/CASE`, or `CAS#id/ENT#n`."""

MOVED: Final = "moved"
IMPORTED: Final = "imported"
"""Flags: of the notice that an entry is another case's now; of messages of before, which are nobody's work."""

SAID: Final = frozenset({"message", "postback", "comment", "unsupported"})
"""Kinds by which somebody says something. Reactions, edits, receipts, bounces and automatic replies say nothing."""

NOT_THEIRS: Final = frozenset({"opt_out", "opt_in", "external_participant"})
"""Flags of what comes in without being a contact of the case's customer."""

WITHOUT_EFFECT: Final = frozenset({"late", "refused"})
"""Flags of what a tool wished for and did not hold."""

HUB: Final = "hub"
"""The channel of what the hub's own clock does."""

AHEAD: Final = timedelta(minutes=5)
"""A provider's clock this far before ours is wrong: what it says counts when it came in."""


@dataclass(frozen=True, slots=True)
class _Read:
    """An entry as it is read now. `said`: the event as JSON, of its latest reading."""

    sequence: int
    said: Mapping[str, Any]
    received_at: datetime
    at: datetime
    from_ingest: bool
    to: str | None
    target: int | None

    @property
    def flags(self) -> frozenset[str]:
        return frozenset(self.said.get("flags", ()))

    @property
    def author(self) -> ActorType:
        found: ActorType = self.said["author"]["type"]
        return found


def events_of(case: Stored, log: Iterable[Stored]) -> tuple[KpiEvent, ...]:
    """The events of a case and of its log so far, in the log's order. `log`: entries from the first on.

    Past messages that were brought in are of no figure: none. Each event's id is its entry's sequence as text; what an
    entry says of another names that by its id.
    """
    if case.get(IMPORTED):
        return ()
    entries = _as_read(log)
    return (_opening(case, entries), *_of_entries(case, entries))


def _as_read(log: Iterable[Stored]) -> list[_Read]:
    """Each entry by its latest reading, without those that are another case's now."""
    read: dict[int, _Read] = {}
    for item in log:
        one = _read(item)
        if MOVED in one.flags and one.target is not None:
            read.pop(one.target, None)
        elif "reading" in item:
            _read_again(read, one, item)
        else:
            read[one.sequence] = one
    return list(read.values())


def _read_again(read: dict[int, _Read], revision: _Read, item: Stored) -> None:
    earlier = read.get(revision.target or 0)
    if earlier is not None:
        said = json.loads(zlib.decompress(item["reading"]))
        at, from_ingest = _when(said, earlier.received_at)
        read[earlier.sequence] = replace(earlier, said=said, at=at, from_ingest=from_ingest)


def _read(item: Stored) -> _Read:
    said = json.loads(item["event"] if "event" in item else zlib.decompress(item["event_z"]))
    target = int(item["target"]) if "target" in item else None
    received = datetime.fromisoformat(item["received_at"])
    at, from_ingest = _when(said, received)
    return _Read(int(item["sequence"]), said, received, at, from_ingest, item.get("to"), target)


def _when(said: Mapping[str, Any], received: datetime) -> tuple[datetime, bool]:
    """When it happened, as recording takes it: when it came in (then true), where its channel names no time or one to
    come."""
    if "occurred_at" in said:
        occurred = datetime.fromisoformat(said["occurred_at"])
        if occurred - received <= AHEAD:
            return occurred, False
    return received, True


def _opening(case: Stored, entries: Sequence[_Read]) -> KpiEvent:
    """A case opens in the state that its first change of state left; without one it is still in it."""
    first = next((one.said.get("reason") for one in entries if _sets_state(one)), None)
    state = first or case["state"]
    at = datetime.fromisoformat(case["opened_at"])
    return KpiEvent("opened", CREATED, at, channel=(case["channels"] or [UNKNOWN])[0], state=state)


def _of_entries(case: Stored, entries: Sequence[_Read]) -> Iterable[KpiEvent]:
    channels = _Channels(case, entries)
    owners = _transfers(entries)
    for one in entries:
        if IMPORTED in one.flags:
            continue
        kind = one.said["kind"]
        if kind in SAID:
            yield from _of_words(one, channels)
        elif kind == "call":
            yield from call_events(one.said, _id(one.sequence), one.sequence, one.at)
        elif kind == "survey":
            yield from survey_events(one.said, _id(one.sequence), one.sequence, one.at, one.flags)
        elif kind == "receipt":
            yield from _of_failure(one)
        elif kind == "state_change":
            yield from _of_change(one, channels, owners)


def _id(sequence: int) -> str:
    return f"{sequence:010d}"


def _event(one: _Read, type_: str, channel: str, **more: Any) -> KpiEvent:
    return KpiEvent(
        _id(one.sequence),
        type_,
        one.at,
        one.sequence,
        channel,
        one.author,
        one.said["author"].get("id"),
        flags=one.flags,
        from_ingest=one.from_ingest,
        **more,
    )


def _of_words(one: _Read, channels: _Channels) -> Iterable[KpiEvent]:
    is_public = one.said.get("visibility", "public") == "public"
    if one.said.get("direction", "inbound") == "inbound" and one.author == "customer":
        if not is_public or one.flags & NOT_THEIRS:
            return
        # Who says something is named by the case; which customer it was, no figure asks.
        yield replace(_event(one, MESSAGE_IN, one.said["channel"]), actor=None)
    elif one.author in ("agent", "bot") or (one.author == "system" and is_public):
        yield _event(one, MESSAGE_OUT, channels.of(one), public=is_public)


def _of_failure(one: _Read) -> Iterable[KpiEvent]:
    """A send that did not arrive is no answer."""
    if (one.said.get("receipt") or {}).get("state") == "failed" and one.target is not None:
        yield _event(one, DELIVERY_FAILED, one.said["channel"], target=_id(one.target))


def _sets_state(one: _Read) -> bool:
    said = one.said
    if said["kind"] != "state_change" or said["provider_type"] not in ("state", "hilo", "merge"):
        return False
    changed = bool(said.get("text")) and said.get("text") != said.get("reason")
    return changed and not one.flags & WITHOUT_EFFECT


def _of_change(one: _Read, channels: _Channels, owners: Mapping[int, str]) -> Iterable[KpiEvent]:
    said = one.said
    if _sets_state(one):
        state = said["text"]
        changed = _event(one, MERGED if state == "merged" else STATE_CHANGED, channels.of(one), state=state)
        by_time = {AUTO_RESOLVED} if _is_by_time(said) else set()
        yield replace(changed, reason=said.get("reason"), flags=one.flags | by_time)
    elif one.sequence in owners:
        yield replace(_event(one, owners[one.sequence], channels.of(one)), actor=said["text"], actor_type="agent")
    elif said["provider_type"] == "priority" and said.get("text"):
        yield _event(one, PRIORITY_CHANGED, channels.of(one), details={"priority": said["text"]})


def _is_by_time(said: Mapping[str, Any]) -> bool:
    """Resolved by the clock, since the customer never answered."""
    return said["channel"] == HUB and (said.get("text"), said.get("reason")) == ("resolved", "pending_customer")


def _transfers(entries: Sequence[_Read]) -> dict[int, str]:
    """By sequence, what a change of owner was: the first to have the case accepts it; another after them takes over."""
    found, owner = {}, None
    for one in sorted(entries, key=lambda each: (each.at, each.sequence)):
        said = one.said
        if said["kind"] != "state_change" or said["provider_type"] != "owner" or one.flags & WITHOUT_EFFECT:
            continue
        becomes = said.get("text")
        if becomes and becomes != owner:
            found[one.sequence] = TRANSFERRED if owner else ASSIGNED
            owner = becomes
    return found


class _Channels:
    """On which channel something happens: what is done in a tool, on the one where the customer is then."""

    def __init__(self, case: Stored, entries: Sequence[_Read]) -> None:
        heard = [
            (one.at, one.sequence, one.said["channel"])
            for one in entries
            if one.author == "customer" and one.said["kind"] in SAID | {"call"}
        ]
        self._heard = sorted(heard)
        self._first = (case["channels"] or [UNKNOWN])[0]
        self._all = {channel for _, _, channel in heard} | set(case["channels"])

    def of(self, one: _Read) -> str:
        """Where an answer goes to; else the channel that says so, if customers are on it; else the latest."""
        if one.to:
            return one.to.split("#")[1]
        said: str = one.said["channel"]
        if said in self._all:
            return said
        before = [channel for at, sequence, channel in self._heard if (at, sequence) <= (one.at, one.sequence)]
        return str(before[-1] if before else self._first)
