"""What the Send API does with a request to send: refuses it, or takes it and delivers it."""

from __future__ import annotations

import hmac
import json
import threading
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import uuid4

from local.stand_ins.messenger.behaviour import Behaviour, changed
from local.stand_ins.messenger.courier import Courier
from local.stand_ins.messenger.people import DAY_S, WEEK_S, People
from local.stand_ins.messenger.rules import Fault, checked

KEPT: Final = 10_000
TICKS: Final = ("sent", "delivered", "read")
STATUSES: Final = {190: 401, 1: 500, 2: 500}
"""Where the status is not 400. Nobody should decide on it."""
APP: Final = 500000000000001


@dataclass(frozen=True, slots=True)
class Account:
    """One of ours. `host`: `facebook` or `instagram`. `nodes`: by which it may be asked to send. `human_agent`: Meta
    approved it."""

    channel: str
    id: str
    host: str
    nodes: frozenset[str]
    token: str
    human_agent: bool = False


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a person got. `content`: the message without our mark."""

    n: int
    id: str
    channel: str
    account: str
    person: str
    content: Mapping[str, Any]
    at: float
    mark: str | None
    tag: str | None
    quotes: str | None
    comment: str | None


@dataclass(frozen=True, slots=True)
class Said:
    """An answer. `after_s`: only then. `is_lost`: the caller never hears it."""

    status: int
    content: dict[str, Any]
    after_s: float = 0.0
    is_lost: bool = False


class Provider:
    """Threads may share it."""

    def __init__(
        self,
        accounts: Sequence[Account],
        courier: Courier,
        clock: Callable[[], float],
        *,
        people: People | None = None,
        new_id: Callable[[], str] = lambda: uuid4().hex,
    ) -> None:
        self._accounts = accounts
        self._courier = courier
        self._clock = clock
        self._people = people or People()
        self._new_id = new_id
        self._behaviour = Behaviour()
        self._messages: deque[Delivered] = deque(maxlen=KEPT)
        self._ticks: dict[str, str] = {}
        self._number = 0
        self._lock = threading.Lock()

    @property
    def behaviour(self) -> Behaviour:
        return self._behaviour

    def behave(self, wanted: dict[str, Any]) -> Behaviour:
        """Change what is named. Raises ValueError naming what cannot be."""
        with self._lock:
            self._behaviour = changed(self._behaviour, wanted)
            return self._behaviour

    def wrote(self, channel: str, account: str, person: str, at: float | None = None) -> None:
        """A person wrote to this account: their window is open."""
        with self._lock:
            self._people.wrote(channel, account, person, self._clock() if at is None else at)

    def commented(self, channel: str, account: str, comment: str, author: str, at: float | None = None) -> None:
        """A person said something in public."""
        with self._lock:
            self._people.commented(channel, account, comment, author, self._clock() if at is None else at)

    def saw(self, channel: str, delivery: bytes) -> None:
        """As `wrote` and `commented`, of everybody whose words are in a delivery to the hub."""
        account_of = {node: one.id for one in self._accounts if one.channel == channel for node in one.nodes}
        with self._lock:
            self._people.saw(channel, delivery, self._clock(), account_of)

    def delivered(self, person: str | None = None, after: int = 0) -> list[Delivered]:
        """What people got, oldest first."""
        with self._lock:
            return [one for one in self._messages if one.n > after and person in (None, one.person)]

    def phone(self, names: Collection[str]) -> list[tuple[Delivered, str]]:
        """What the person of any of these ids got, each with the highest state that the hub was told of."""
        with self._lock:
            theirs = [one for one in self._messages if one.person in names]
            return [(one, self._ticks.get(one.id, TICKS[0])) for one in theirs]

    def send(self, host: str, node: str, token: str, request: bytes) -> Said:
        """`POST /{version}/{node}/messages` of one host."""
        with self._lock:
            try:
                account, body = self._checked(host, node, token, request)
                kept = self._keep(account, body)
            except Fault as fault:
                return Said(STATUSES.get(fault.code, 400), {"error": self._error(fault)})
            behaviour = self._behaviour
            if behaviour.loses:
                self._behaviour = replace(behaviour, loses=behaviour.loses - 1)
        self._tell(kept, behaviour)
        answer = {"recipient_id": kept.person, "message_id": kept.id}
        return Said(200, answer, behaviour.answers_after_s, behaviour.loses > 0)

    def _checked(self, host: str, node: str, token: str, request: bytes) -> tuple[Account, dict[str, Any]]:
        """Whoever may not, or asks wrongly, gets no further. Raises `Fault`."""
        try:
            body = json.loads(request)
        except (ValueError, RecursionError):
            raise Fault(100, "The request is not JSON") from None
        theirs = [one for one in self._accounts if hmac.compare_digest(one.token.encode(), token.encode())]
        if not theirs:
            raise Fault(190, "Error validating access token")
        here = [one for one in theirs if one.host == host and node in one.nodes]
        if not here:
            raise Fault(100, "No matching user found", 2534014)
        account = self._meant(here, body)
        checked(body, account.channel)
        if self._behaviour.refuses:
            code, *rest = self._behaviour.refuses
            self._behaviour = replace(self._behaviour, refuses=tuple(rest))
            number, _, subcode = code.partition("/")
            raise Fault(int(number), "as it was told to", int(subcode) if subcode else None)
        return account, body

    def _meant(self, here: Sequence[Account], body: Any) -> Account:
        """A Page sends for itself and for its Instagram account: whom the recipient is known to says which."""
        ends = body.get("recipient") if isinstance(body, dict) else None
        for one in here:
            if isinstance(ends, dict) and self._knows(one, ends):
                return one
        return here[0]

    def _knows(self, account: Account, ends: Mapping[str, Any]) -> bool:
        place = account.channel, account.id
        if self._people.age(*place, str(ends.get("id")), self._clock()) is not None:
            return True
        return any((*place, str(name)) in self._people.comments for name in ends.values())

    def _keep(self, account: Account, body: dict[str, Any]) -> Delivered:
        """Deliver it, if it may be. Raises `Fault`."""
        comment = body["recipient"].get("comment_id") or body["recipient"].get("post_id")
        person = self._author(account, comment) if comment else self._open_to(account, body)
        self._number += 1
        message = dict(body["message"])
        mark = message.pop("metadata", None)
        kept = Delivered(
            n=self._number,
            id=f"m_{self._new_id()}",
            channel=account.channel,
            account=account.id,
            person=person,
            content=message,
            at=self._clock(),
            mark=mark,
            tag=body.get("tag"),
            quotes=body.get("reply_to", {}).get("mid"),
            comment=comment,
        )
        self._messages.append(kept)
        return kept

    def _author(self, account: Account, comment: str) -> str:
        found = self._people.comments.get((account.channel, account.id, comment))
        if found is None:
            raise Fault(100, "No such comment")
        if found.answered:
            raise Fault(10900, "Activity already replied to")
        if self._clock() - found.at >= WEEK_S:
            raise Fault(10, "The comment is too old", 2018278)
        found.answered = True
        return found.person

    def _open_to(self, account: Account, body: Mapping[str, Any]) -> str:
        person = str(body["recipient"]["id"])
        age = self._people.age(account.channel, account.id, person, self._clock())
        if age is None:
            raise Fault(100, "No matching user found", 2018001)
        closed = 2534022 if account.channel == "instagram" else 2018278
        if body.get("tag") and not account.human_agent:
            raise Fault(10, "This feature needs approval")
        if age >= (WEEK_S if body.get("tag") else DAY_S):
            raise Fault(10, "This message is sent outside of allowed window.", closed)
        return person

    def _tell(self, kept: Delivered, behaviour: Behaviour) -> None:
        """Its echo, then its receipts."""
        place = kept.channel, kept.account
        if behaviour.echo == "before":
            self._courier.tell_now(*place, _echo(kept))
        news: list[tuple[str, dict[str, Any] | None]] = [("sent", _echo(kept))] if behaviour.echo == "after" else []
        news += [(state, _receipt(kept, state)) for state in behaviour.receipts for _ in range(behaviour.copies)]
        for state, item in reversed(news) if behaviour.order == "reversed" else news:
            if item is not None:
                self._courier.tell(*place, item, lambda state=state: self._tick(kept.id, state))  # type: ignore[misc]

    def _tick(self, id_: str, state: str) -> None:
        with self._lock:
            if TICKS.index(state) > TICKS.index(self._ticks.get(id_, TICKS[0])):
                self._ticks[id_] = state

    def _error(self, fault: Fault) -> dict[str, Any]:
        error = {"message": f"(#{fault.code}) {fault.details}", "type": "OAuthException", "code": fault.code}
        subcode = {"error_subcode": fault.subcode} if fault.subcode else {}
        return {**error, **subcode, "fbtrace_id": f"A{self._new_id()[:15]}"}


def _echo(kept: Delivered) -> dict[str, Any]:
    """On Instagram it comes without our mark."""
    said: dict[str, Any] = {"mid": kept.id, "is_echo": True, "app_id": APP}
    if "text" in kept.content:
        said["text"] = kept.content["text"]
    else:
        said["attachments"] = [kept.content["attachment"]]
    if kept.mark is not None and kept.channel == "messenger":
        said["metadata"] = kept.mark
    return {**_ends(kept.account, kept.person, kept.at), "message": said}


def _receipt(kept: Delivered, state: str) -> dict[str, Any] | None:
    """Instagram has no `delivered`."""
    ends, moment = _ends(kept.person, kept.account, kept.at), int(kept.at * 1000) + 1
    if kept.channel == "instagram":
        return {**ends, "read": {"mid": kept.id}} if state == "read" else None
    if state == "read":
        return {**ends, "read": {"watermark": moment}}
    return {**ends, "delivery": {"mids": [kept.id], "watermark": moment}}


def _ends(sender: str, recipient: str, at: float) -> dict[str, Any]:
    return {"sender": {"id": sender}, "recipient": {"id": recipient}, "timestamp": int(at * 1000)}
