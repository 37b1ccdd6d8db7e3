"""What is at the other end of the way out: it writes down what is sent, and answers as a story says."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from local.simulation.played_ways import played_ways
from shared.channels.whatsapp.send import WhatsAppOut
from shared.domain.answer import Accepted, Lost, Refused, SendOutcome
from shared.domain.errors import Transient
from shared.domain.event import utc_text
from shared.http.client import Answer
from shared.ports.channels import WayOut
from shared.ports.surroundings import Clock, Secrets

CHANNEL: Final = "whatsapp"
LOST: Final = "lost"
"""It takes the message, and its answer never comes."""


def _of_whatsapp(request: Mapping[str, Any]) -> dict[str, Any]:
    kind = str(request.get("type", "text"))
    content = request.get(kind, {})
    return {
        "to": request.get("to") or request.get("recipient"),
        "kind": kind,
        "text": content.get("body") if isinstance(content.get("body"), str) else content.get("caption"),
        "template": content.get("name") if kind == "template" else None,
        "reply_to": request.get("context", {}).get("message_id"),
    }


def _of_email(mail: Mapping[str, Any]) -> dict[str, Any]:
    """`text` is the whole of it, with the words that it answers."""
    told = {"to": mail["to"], "kind": "text", "subject": mail["subject"], "text": mail["text"]}
    return {**told, "reply_to": mail.get("in_reply_to")}


def _of_social(request: Mapping[str, Any]) -> dict[str, Any]:
    recipient, message = request["recipient"], request["message"]
    kind = message.get("attachment", {}).get("type", "text")
    return {"to": next(iter(recipient.values())), "kind": kind, "text": message.get("text")}


_SHOWN: Final[Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]]] = {
    "whatsapp": _of_whatsapp,
    "email": _of_email,
    "messenger": _of_social,
    "instagram": _of_social,
}
"""By channel, what of a request the report tells."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One request to a channel. `id`: the message's, as the channel names it; `mark`: our own; `outcome`:
    `accepted`, `lost`, or the code with which it was refused."""

    channel: str
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
        case, sequence = self.place
        about = {"channel": self.channel, "account": self.account, **_SHOWN[self.channel](self.request)}
        told = {"case": case, "entry": sequence, **about, "outcome": self.outcome}
        return {**{key: value for key, value in told.items() if value is not None}, "at": self.at, "id": self.id}


@dataclass
class FarEnd:
    """The providers, as far as the hub's own ways out can see them. Of WhatsApp everything but the call itself is the
    hub's. `next`: what it does with the next messages, one each; then it takes them."""

    clock: Clock
    sent: list[Sent] = field(default_factory=list)
    next: deque[str] = field(default_factory=deque)
    listeners: list[Callable[[Sent], None]] = field(default_factory=list)

    def exchange(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Answer:  # noqa: ARG002
        """Raises `Transient` where the answer is to be lost."""
        request = json.loads(body or b"{}")
        outcome = self.next.popleft() if self.next else "accepted"
        at = utc_text(datetime.fromtimestamp(self.clock(), UTC))
        mark, account = str(request["biz_opaque_callback_data"]), url.split("/")[-2]
        sent = Sent(CHANNEL, f"wamid.sent.{len(self.sent) + 1}", account, mark, at, outcome, request)
        self._note(sent)
        if outcome == LOST:
            raise Transient("its answer was lost")
        if outcome != "accepted":
            return _answer(400, {"error": {"code": int(outcome), "message": f"(#{outcome}) as the story says"}})
        return _answer(200, {"messages": [{"id": sent.id}]})

    def _note(self, sent: Sent) -> None:
        self.sent.append(sent)
        for listener in self.listeners:
            listener(sent)

    def take(self, channel: str, account: str, mark: str, request: Mapping[str, Any]) -> SendOutcome:
        """What another channel is asked to send, and what it makes of that."""
        outcome = self.next.popleft() if self.next else "accepted"
        at = utc_text(datetime.fromtimestamp(self.clock(), UTC))
        sent = Sent(channel, f"{channel}.sent.{len(self.sent) + 1}", account, mark, at, outcome, request)
        self._note(sent)
        if outcome == "accepted":
            return Accepted(sent.id)
        return Lost("timeout") if outcome == LOST else Refused(outcome)

    def ways(self, secrets: Secrets) -> dict[str, WayOut]:
        """Every channel's way out, to here."""
        return {CHANNEL: WhatsAppOut(self, secrets, lambda _: CHANNEL), **played_ways(self.take)}

    def asked_s(self, answer: Answer) -> float | None:  # noqa: ARG002
        """It asks for no patience."""
        return None


def _answer(status: int, content: Mapping[str, Any]) -> Answer:
    return Answer(status, {}, json.dumps(content).encode(), True, "story")
