"""What is at the other end of the way out: it writes down what is sent, and answers as a story says."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from shared.channels.whatsapp.send import WhatsAppOut
from shared.domain.errors import Transient
from shared.domain.event import utc_text
from shared.http.client import Answer
from shared.ports import Clock, Secrets

CHANNEL: Final = "whatsapp"
LOST: Final = "lost"
"""It takes the message, and its answer never comes."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One request to the channel. `id`: the message's, as the channel names it; `mark`: our own; `outcome`:
    `accepted`, `lost`, or the code with which it was refused."""

    id: str
    account: str
    mark: str
    at: str
    outcome: str
    request: Mapping[str, Any]

    @property
    def place(self) -> tuple[str, int]:
        """Case and entry that it came from."""
        _, case, sequence, *_ = self.mark.split(":")
        return case, int(sequence)

    def dump(self) -> dict[str, Any]:
        """As the report tells it."""
        request = self.request
        kind = str(request.get("type", "text"))
        content = request.get(kind, {})
        said = {
            "text": content.get("body") if isinstance(content.get("body"), str) else content.get("caption"),
            "template": content.get("name") if kind == "template" else None,
            "reply_to": request.get("context", {}).get("message_id"),
        }
        case, sequence = self.place
        about = {"channel": CHANNEL, "account": self.account, "to": request.get("to") or request.get("recipient")}
        told = {"case": case, "entry": sequence, **about, "kind": kind, **said, "outcome": self.outcome}
        return {**{key: value for key, value in told.items() if value is not None}, "at": self.at, "id": self.id}


@dataclass
class FarEnd:
    """WhatsApp, as far as the hub's own way out can see it: everything but the call itself is the hub's. `next`: what
    it does with the next messages, one each; then it takes them."""

    clock: Clock
    sent: list[Sent] = field(default_factory=list)
    next: deque[str] = field(default_factory=deque)
    listeners: list[Callable[[Sent], None]] = field(default_factory=list)

    def way(self, secrets: Secrets) -> WhatsAppOut:
        """The channel's way out, to here."""
        return WhatsAppOut(self, secrets, lambda _: CHANNEL)

    def exchange(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Answer:  # noqa: ARG002
        """Raises `Transient` where the answer is to be lost."""
        request = json.loads(body or b"{}")
        outcome = self.next.popleft() if self.next else "accepted"
        at = utc_text(datetime.fromtimestamp(self.clock(), UTC))
        mark, account = str(request["biz_opaque_callback_data"]), url.split("/")[-2]
        sent = Sent(f"wamid.sent.{len(self.sent) + 1}", account, mark, at, outcome, request)
        self.sent.append(sent)
        for listener in self.listeners:
            listener(sent)
        if outcome == LOST:
            raise Transient("its answer was lost")
        if outcome != "accepted":
            return _answer(400, {"error": {"code": int(outcome), "message": f"(#{outcome}) as the story says"}})
        return _answer(200, {"messages": [{"id": sent.id}]})

    def asked_s(self, answer: Answer) -> float | None:  # noqa: ARG002
        """It asks for no patience."""
        return None


def _answer(status: int, content: Mapping[str, Any]) -> Answer:
    return Answer(status, {}, json.dumps(content).encode(), True, "story")
