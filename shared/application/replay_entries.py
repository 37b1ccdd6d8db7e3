"""Entries and consents, compared with what their originals are read as now."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from shared.application.record.reparse import Reading, latest_reading, revise_reading
from shared.application.record.sent import OURS
from shared.application.replay_originals import Originals, Unreadable, is_kept_with
from shared.application.replay_page import Replayed, Wish
from shared.domain.consent import Consent, action_of, purpose_of
from shared.domain.element import digest
from shared.domain.errors import Conflict, Permanent
from shared.domain.event import HUB, Event
from shared.domain.rereading import as_recorded, differences, objection, where_recorded
from shared.ports.table import Item, Table
from shared.store.items import message_key
from shared.store.keys import CONSENTS
from shared.store.views import event_of

TRIES: Final = 8
LATE_FILE: Final = "late_file"


@dataclass(frozen=True, slots=True)
class Entries:
    """Takes items of the table one by one, and writes what came of each into `outcome`. `now`: our clock, as text."""

    table: Table
    originals: Originals
    wish: Wish
    outcome: Replayed
    now: Callable[[], str]

    def take(self, item: Item) -> None:
        """All but entries and consents with an original is passed over; what was moved is read where it is now."""
        if not is_kept_with(item) or "moved_to" in item:
            return
        if item["sk"].startswith("ENT#"):
            self._guarded(item, _named(item), self._take_entry)
        elif item["sk"].startswith(CONSENTS) and "consent" in item:
            self._guarded(item, {"customer": item["pk"].partition("#")[2], "record": item["sk"]}, self._take_consent)

    def _guarded(self, item: Item, name: dict[str, Any], take: Callable[[Item], None]) -> None:
        """One that cannot be read is named with its reason; the others go on."""
        try:
            take(item)
        except (Unreadable, Permanent) as fault:
            self.outcome.read += 1
            self.outcome.unreadable.append({**name, "reason": fault.reason})
        except ValueError as fault:  # pydantic's, too: a stored item that is not of the form the hub keeps
            self.outcome.read += 1
            self.outcome.unreadable.append({**name, "reason": f"it is stored in no form the hub knows: {_kind(fault)}"})

    def _take_entry(self, item: Item) -> None:
        stored = event_of(item)
        if not self.wish.covers(item["received_at"], stored.channel):
            return
        if not self.originals.has_parser(stored.channel):
            self.outcome.no_parser += 1
            return
        # What the hub itself told of a channel's message is its own event, whichever channel's it is about.
        reader = HUB if stored.provider_type == OURS else stored.channel
        read = _same_part(self.originals.read(item, reader), stored)
        self._compare(item, read)
        self.outcome.read += 1

    def _compare(self, item: Item, read: Event) -> None:
        """The page may be older than the entry: what differs is looked at once more before anything is written."""
        earlier = latest_reading(self.table, item)
        read = where_recorded(earlier.event, read)
        for _ in range(TRIES):
            fields = differences(earlier.event, read)
            if not fields:
                self.outcome.same += 1
                return
            why = objection(earlier.event, read)
            if why or self.wish.dry or self._is_written(item, earlier, as_recorded(earlier.event, read)):
                self._tell(_named(item), fields, why)
                return
            item = self._fresh(item)
            earlier = latest_reading(self.table, item)
        raise Unreadable("others keep changing its case: ask again")

    def _is_written(self, item: Item, earlier: Reading, now: Event) -> bool:
        try:
            revise_reading(self.table, item, earlier, now, self.now())
        except Conflict:
            return False
        return True

    def _fresh(self, item: Item) -> Item:
        found = self.table.get((item["pk"], item["sk"])).item
        if found is None:
            raise Unreadable("it is no longer there")
        return found

    def _tell(self, name: dict[str, Any], fields: list[str], why: str | None) -> None:
        if why:
            self.outcome.conflicts += 1
        else:
            self.outcome.revised += 1
        self.outcome.differences.append({**name, "fields": fields} | ({"conflict": why} if why else {}))

    def _take_consent(self, item: Item) -> None:
        """A consent's record never changes: what is read differently is a person's to decide."""
        consent = Consent.model_validate(json.loads(item["consent"]))
        received_at = consent.model_dump(mode="json")["recorded_at"]
        if not self.wish.covers(received_at, consent.channel):
            return
        read = self.originals.read(item, consent.channel)
        fields = _consent_differences(consent, read)
        self.outcome.read += 1
        if fields:
            name = {"customer": item["pk"].partition("#")[2], "record": item["sk"]}
            self._tell(name, fields, "a record of consent is never changed")
        else:
            self.outcome.same += 1


def _named(item: Item) -> dict[str, Any]:
    return {"case": item["pk"].partition("#")[2], "sequence": int(item["sequence"])}


def _kind(fault: ValueError) -> str:
    """The class alone: the text of a fault may quote what somebody said."""
    return type(fault).__name__


def _same_part(read: Event, stored: Event) -> Event:
    """The message within a chunk of past messages; what came late of one, as the revision that it was recorded as."""
    if read.kind != "history" or stored.kind == "history":
        return read
    is_late = LATE_FILE in stored.flags and stored.in_reply_to is not None
    wanted = stored.in_reply_to if is_late else stored.message_id
    found = next((each for each in read.history if each.message_id == wanted), None)
    if found is None:
        raise Unreadable("its message is no longer found in the chunk that brought it")
    if found.is_malformed:
        raise Unreadable(f"the parser cannot read it: {found.reason or 'no reason given'}")
    if not is_late:
        return found
    late = {"kind": "edit", "message_id": stored.message_id, "in_reply_to": wanted}
    return found.model_copy(update=late)


def _consent_differences(consent: Consent, read: Event) -> list[str]:
    said = read.choice
    if said is None and read.kind != "account_news":
        return []  # it was understood from a person's own words, which are an entry of their own
    now: dict[str, Any] = {
        "purpose": purpose_of(said.title) if said else None,
        "channel": read.channel,
        "action": action_of(said.id) if said else None,
        "occurred_at": read.occurred_at or consent.occurred_at,
        "evidence": digest(message_key(read)[0]),
    }
    return [name for name, value in now.items() if getattr(consent, name) != value]
