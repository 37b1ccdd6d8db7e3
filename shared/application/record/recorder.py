"""From an event to its end."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from shared.application.record.append import append
from shared.application.record.beside import keeper_of
from shared.application.record.claims import claims_in, note_claims
from shared.application.record.context import DEFAULT_PORTFOLIO, Context, Incoming, Outcome
from shared.application.record.disowned import may_disown, record_disowned
from shared.application.record.echo import is_echo, record_echo
from shared.application.record.joined import note_automatic
from shared.application.record.keyword import ERASURE, choice_of, note_erasure, record_choice, wants_erasure
from shared.application.record.mailboxes import note_mailbox
from shared.application.record.private_reply import may_be_private_reply, note_reached
from shared.application.record.revise import is_told, receive_receipt, revise, target_of
from shared.application.record.sent import target_by_mark
from shared.application.record.survey_answer import tapped
from shared.application.record.survey_tap import record_tap
from shared.application.record.tool import act, is_of_tool
from shared.application.record.waiting import wait
from shared.application.record.watermark import is_watermark, receive_up_to
from shared.domain.errors import Conflict, Malformed, Transient
from shared.domain.event import Event
from shared.store import items
from shared.store.views import event_text, packed

log = logging.getLogger("hilo")

Taker = Callable[..., Outcome]
"""Takes one event to its end: `(context, incoming, original, *, was_waiting)`."""

TRIES: Final = 24
"""Somebody else was quicker each time; every time somebody got on, so the number of rivals bounds it."""

REVISIONS: Final = frozenset({"reaction", "edit", "deletion"})
OF_NO_CASE: Final = frozenset({"ignored", "account_news", "history", "identity_change", "state_change"})

VIRUS: Final = "virus"
"""Flag of what must reach nobody."""

_FIELD: Final = re.compile(r"[a-z_]{1,50}")
"""What a metric's dimension may hold of a provider's word."""

MAX_RAW_BYTES: Final = 100 * 1024
"""A larger original (compressed) is kept in Files."""


@dataclass(frozen=True, slots=True)
class Recorder:
    """Takes events to their end. One per process; safe to use from many threads."""

    context: Context

    def record(self, incoming: Incoming) -> Outcome:
        """Record one event, once, whatever else goes on at the same time.

        Raises `Malformed` (park it), `Permanent`, or `Transient` when the table stayed busy or unreachable.
        """
        incoming = self._placed(incoming)
        event = incoming.event
        if event.is_malformed:
            raise Malformed(event.reason or "it cannot be read")
        no_use = None if is_of_tool(self.context, event) else _no_use(event)
        if no_use and not keeper_of(event):
            return self.set_aside(incoming, no_use)
        original = self._original(incoming)
        conflict: Conflict | None = None
        for attempt in range(TRIES):
            try:
                return self._beside(incoming, self._try(incoming, original, again=conflict is not None))
            except Conflict as lost:
                conflict = lost
                self.context.pause(min(0.002 * 2**attempt, 0.1))
        raise Transient(f"others were quicker {TRIES} times") from conflict

    def _placed(self, incoming: Incoming) -> Incoming:
        """The event with what only the configuration knows: the portfolio of its account."""
        event, config = incoming.event, self.context.config
        account = config.account(event.channel, event.account)
        if account is None and event.kind != "account_news" and not is_of_tool(self.context, event):
            log.warning("account %s of %s is not configured: the first brand's", event.account, event.channel)
            self.context.metrics.count("unknown_account", channel=event.channel)
        portfolio = account.portfolio if account else DEFAULT_PORTFOLIO
        known = {
            "identities": list(items.scoped(event.identities, portfolio)),
            "previous_identities": list(items.scoped(event.previous_identities, portfolio)),
            "flags": [*event.flags, ERASURE] if wants_erasure(event) else event.flags,
        }
        return replace(incoming, event=event.model_copy(update=known))

    def _beside(self, incoming: Incoming, outcome: Outcome) -> Outcome:
        """What an entry says beside itself: recorded after it, and again by every copy, should we have died between."""
        if outcome.result not in ("recorded", "copy"):
            return outcome
        if claims_in(incoming.event):
            note_claims(self.context, incoming, outcome)
        if ERASURE in incoming.event.flags:
            note_erasure(self.context, incoming, outcome)
        if outcome.result == "copy" and may_be_private_reply(incoming.event):
            note_reached(self.context, incoming, outcome)
        return outcome

    def set_aside(self, incoming: Incoming, reason: str) -> Outcome:
        """Of no case: counted, its original kept in Files for a while, with what it was read as."""
        event = incoming.event
        key = f"ignored/{incoming.received_at[:10]}/{incoming.delivery}/{incoming.index}.json"
        kept = {"reason": reason, "kind": event.kind, "raw": incoming.raw, "raw_file": incoming.raw_file}
        kept |= {"channel": event.channel, "received_at": incoming.received_at, "event": event_text(event)}
        self.context.files.put(key, json.dumps(kept).encode("ascii"), "application/json")
        self.context.metrics.count("ignored", channel=event.channel, kind=event.kind)
        if event.kind == "account_news":
            self._count_news(event)
        return Outcome("ignored", detail=reason)

    def _count_news(self, event: Event) -> None:
        """News of our own account, by the field that brought it; what a person must see raises an alarm."""
        field = event.provider_type if _FIELD.fullmatch(event.provider_type) else "other"
        self.context.metrics.count("account_news", channel=event.channel, field=field)
        if "alert" in event.flags:
            self.context.metrics.count("account_alert", channel=event.channel, field=field)

    def _try(self, incoming: Incoming, original: dict[str, Any], *, again: bool) -> Outcome:
        event = incoming.event
        keeper = keeper_of(event)
        if keeper:
            outcome = keeper(self.context, incoming, original)
            return self.set_aside(incoming, outcome.detail) if outcome.detail else outcome
        if event.kind in REVISIONS or event.receipt:
            return self._of_another(incoming, original)
        take = self._taker(event)
        if not again:
            outcome = take(self.context, incoming, original, was_waiting=False)
            return self.set_aside(incoming, outcome.detail) if outcome.detail else outcome
        known = self.context.table.get(items.message_key(event)).item
        if known and not known.get("waiting"):
            note_mailbox(self.context, event, known)
            return _copy(known)
        outcome = take(self.context, incoming, original, was_waiting=known is not None)
        return self.set_aside(incoming, outcome.detail) if outcome.detail else outcome

    def _taker(self, event: Event) -> Taker:
        """Who records it: what answers a survey, what a tool says, a word that decides something, anybody's message."""
        if tapped(event):
            return record_tap
        if is_of_tool(self.context, event):
            return act
        if is_echo(event):
            return record_echo
        if choice_of(self.context, event):
            return record_choice
        return record_disowned if may_disown(event) else append

    def _of_another(self, incoming: Incoming, original: dict[str, Any]) -> Outcome:
        """1 read before its own, its target's place in the index; another, its own place, where it becomes an entry."""
        event, table = incoming.event, self.context.table
        if is_watermark(event):
            outcome = receive_up_to(self.context, incoming)
            if event.receipt is None or event.receipt.target is None:
                return self.set_aside(incoming, outcome.detail) if outcome.detail else outcome
        is_entry = event.receipt is None or is_told(event)
        known = table.get(items.message_key(event)).item if is_entry else None
        if known and not known.get("waiting"):
            return _copy(known)
        key = items.target_key(event, target_of(event))
        target = table.get(key).item
        if target is None or target.get("waiting"):
            target = target_by_mark(self.context, event, target) or target
        if target is None or target.get("waiting"):
            if event.kind == "bounce":
                return self._noted(incoming, original, was_waiting=known is not None)
            return wait(self.context, incoming, key, marked=target is not None)
        if "case" not in target:
            return self.set_aside(incoming, f"a {event.kind} of something that is in no case")
        if event.receipt:
            outcome = receive_receipt(self.context, incoming, original, target, was_waiting=known is not None)
            return self.set_aside(incoming, outcome.detail) if outcome.detail else outcome
        return revise(self.context, incoming, original, target, was_waiting=known is not None)

    def _noted(self, incoming: Incoming, original: dict[str, Any], *, was_waiting: bool) -> Outcome:
        """A returned mail that names none of our sends: it may still name a case."""
        outcome = note_automatic(self.context, incoming, original, was_waiting=was_waiting)
        return self.set_aside(incoming, outcome.detail) if outcome.detail else outcome

    def _original(self, incoming: Incoming) -> dict[str, Any]:
        """Where the raw original lies: in the entry, or in Files under a key of its own."""
        if incoming.raw is None:
            return {"raw_file": incoming.raw_file}
        raw = packed(incoming.raw)
        if len(raw) <= MAX_RAW_BYTES:
            return {"raw": raw}
        key = f"raw/{incoming.received_at[:10]}/{incoming.delivery}/{incoming.index}.json.z"
        self.context.files.put(key, raw)
        return {"raw_file": key}


def _copy(known: dict[str, Any]) -> Outcome:
    return Outcome("copy", known.get("case"), known.get("sequence"), had_waiting=bool(known.get("overtaken")))


def is_of_use(event: Event) -> bool:
    """Whether recording would take it for something that belongs in a case, or beside one."""
    return not event.is_malformed and (_no_use(event) is None or keeper_of(event) is not None)


def _no_use(event: Event) -> str | None:
    """Why an event belongs to no case, or None."""
    if event.kind in OF_NO_CASE:
        return event.reason or f"{event.kind} belongs to no case"
    if event.kind == "unsupported" and not event.identities:
        return event.reason or "not understood, and nobody is named as its sender"
    if VIRUS in event.flags:
        return "a virus was found in it: only the original is kept"
    if event.kind == "comment" and event.direction == "inbound" and not event.identities:
        return "a comment whose author is not named"
    if "group" in event.flags:
        return "group messages open no case: one participant's words must not reach another's"
    return None
