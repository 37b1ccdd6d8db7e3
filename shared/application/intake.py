"""From a queued element to its end: parse, record, and let in what waited for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.application.originals import whole
from shared.application.record import Context, Incoming, Outcome, Recorder
from shared.application.record.account import on_its_account
from shared.application.record.waiting import forget, waiting_for
from shared.domain.errors import Malformed, Misconfigured, Permanent, Transient
from shared.ports.channels import Channel
from shared.ports.table import Item
from shared.store.items import message_key


@dataclass(frozen=True, slots=True)
class Intake:
    """`channel`: the parser of a channel by its name; raises KeyError for one the hub does not have."""

    context: Context
    channel: Callable[[str], Channel]

    def take(self, body: str) -> Outcome:
        """One message of the inbound queue, to its end.

        Raises `Malformed` and `Permanent` (park it), `Transient` (look again later).
        """
        try:
            return self._finish(self.read(body))
        except Misconfigured as fault:
            # ours to mend and no fault of the message: it stays on its queue, and in order
            raise Transient(f"Misconfigured: {fault.reason}") from fault

    def read(self, body: str) -> Incoming:
        """The event in a queued message, with its original. 1 request to Files where a pointer was queued,
        and 1 for a mail."""
        try:
            envelope = json.loads(body)
            channel, received_at = str(envelope["channel"]), str(envelope["received_at"])
            delivery, index = str(envelope["delivery"]), int(envelope["index"])
            datetime.fromisoformat(received_at)
        except (ValueError, KeyError, TypeError) as fault:
            raise Malformed(f"not an inbound message: {type(fault).__name__}") from fault
        if envelope.get("unreadable"):
            raise Malformed(str(envelope["unreadable"]))
        raw = envelope["raw"] if "raw" in envelope else self._from_files(str(envelope.get("raw_file")))
        parsed = self._parser(channel).parse(whole(raw, self.context.files))
        event = on_its_account(parsed, self.context.config)
        return Incoming(event, received_at, body, delivery, index, raw=raw)

    def _parser(self, channel: str) -> Channel:
        try:
            return self.channel(channel)
        except KeyError as unknown:
            raise Permanent(f"the hub has no channel {channel!r}") from unknown

    def _from_files(self, key: str) -> dict[str, Any]:
        content = self.context.files.get(key)
        if content is None:
            raise Permanent(f"the original {key} is no longer in Files")
        try:
            raw: dict[str, Any] = json.loads(content)
        except ValueError as fault:
            raise Malformed(f"the original {key} is not JSON") from fault
        return raw

    def _finish(self, incoming: Incoming) -> Outcome:
        outcome = Recorder(self.context).record(incoming)
        if outcome.had_waiting:
            self._let_in(incoming)
        return outcome

    def _let_in(self, incoming: Incoming) -> None:
        """Record what overtook this message, in the order in which it was said.

        Each is forgotten only after it was recorded. One that cannot be recorded is left to the clock, which parks
        it in its time: it is no fault of this message, nor of the others.
        """
        waiting = []
        for item in waiting_for(self.context, message_key(incoming.event)):
            with suppress(Malformed, Permanent):
                waiting.append((self.read(item["envelope"]), item))
        waiting.sort(key=lambda one: (one[0].at, one[0].received_at, one[0].index))
        for each, item in waiting:
            with suppress(Malformed, Permanent):
                self._finish(each)
                forget(self.context, item)

    def look_again(self, item: Item) -> Outcome:
        """Something has waited long enough: record it, if its target came after all.

        A receipt without a target is counted and set aside; a revision without one raises `Malformed`.
        """
        incoming = self.read(item["envelope"])
        outcome = self._finish(incoming)
        if outcome.result == "waiting":
            if not incoming.event.receipt:
                raise Malformed(f"a {incoming.event.kind} of a message that never came")
            outcome = Recorder(self.context).set_aside(incoming, "a receipt of a message that never came")
        forget(self.context, item)
        return outcome
