"""What was of no use when it came: read again, and sent back where it is of use now."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from shared.application.record.recorder import is_of_use
from shared.application.replay_originals import Originals, Unreadable, loaded
from shared.application.replay_page import Replayed, Wish
from shared.domain.element import digest
from shared.domain.event import Event
from shared.domain.rereading import differences
from shared.ports.files import Files
from shared.ports.queues import MAX_MESSAGE_BYTES, Message, Queues
from shared.store.views import event_text

FOLDER: Final = "ignored/"
QUEUE: Final = "inbound"


@dataclass(frozen=True, slots=True)
class Ignored:
    """Takes files under `ignored/` one by one, and writes what came of each into `outcome`."""

    files: Files
    queues: Queues
    originals: Originals
    wish: Wish
    outcome: Replayed

    def take(self, key: str) -> None:
        """Read again what lies there. 1 request to Files; 2 more and a message for what is sent back.

        It is removed once it is queued: recording sets it aside again where it finds no use for it after all. A
        sudden death in between sends it twice, which changes nothing more. Raises `Transient`.
        """
        content = self.files.get(key)
        if content is None:
            return  # it expired since it was listed
        try:
            self._take(key, loaded(content))
        except Unreadable as fault:
            self.outcome.read += 1
            self.outcome.unreadable.append({"file": key, "reason": fault.reason})
        except (KeyError, TypeError, ValueError) as fault:
            self.outcome.read += 1
            reason = f"it is kept in no form the hub knows: {type(fault).__name__}"
            self.outcome.unreadable.append({"file": key, "reason": reason})

    def _take(self, key: str, kept: dict[str, Any]) -> None:
        if "event" not in kept:
            raise Unreadable("it was kept before the hub noted what it was read as")
        channel, received_at = str(kept["channel"]), str(kept["received_at"])
        if not self.wish.covers(received_at, channel):
            return
        stored = Event.model_validate_json(kept["event"])
        read = self.originals.parse(kept["raw"], channel)
        self.outcome.read += 1
        if not differences(stored, read) or not is_of_use(read):
            self.outcome.same += 1
            return
        if not self.wish.dry:
            self._send_back(key, kept, read)
        self.outcome.requeued += 1

    def _send_back(self, key: str, kept: dict[str, Any], read: Event) -> None:
        _, day, delivery, file = key.split("/", 3)
        envelope = {"channel": kept["channel"], "delivery": delivery, "index": int(file.removesuffix(".json"))}
        envelope["received_at"] = kept["received_at"]
        body = _json({**envelope, "raw": kept["raw"]})
        if len(body) > MAX_MESSAGE_BYTES:
            parked = f"inbound/{day}/{delivery}/{file}"
            self.files.put(parked, _json(kept["raw"]).encode("ascii"), "application/json")
            body = _json({**envelope, "raw_file": parked})
        copy = digest("replay", key, event_text(read))
        if self.queues.send(QUEUE, [Message(body, _group(read), copy)]):
            raise Unreadable("its queue refused it: ask again")
        self.files.delete(key)


def _group(read: Event) -> str:
    """The group that the webhook gives to the same person's messages, so that it keeps its turn among them."""
    first = read.identities[0] if read.identities else None
    person = (first.address or first.value) if first else "-"
    return digest("person", read.channel, read.account, person)


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, separators=(",", ":"))
