"""What the Cloud API does with a request to send: refuses it, or takes it and delivers it."""

from __future__ import annotations

import hmac
import json
import threading
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import uuid4

from local.deliveries import Person
from local.stand_ins.whatsapp.behaviour import Behaviour, changed
from local.stand_ins.whatsapp.media import Shelf
from local.stand_ins.whatsapp.pace import Pace
from local.stand_ins.whatsapp.people import People
from local.stand_ins.whatsapp.receipts import Receipts, Taken
from local.stand_ins.whatsapp.rules import MEDIA, TITLES, Fault, Templates, checked

KEPT: Final = 10_000
"""Delivered messages; older ones are forgotten."""
TICKS: Final = ("accepted", "sent", "failed", "delivered", "read", "played")
"""What becomes of a message, the later the higher."""
PER_SECOND: Final = 80
BURST_TO_ONE: Final = 45
ONE_EVERY_S: Final = 6.0
STATUSES: Final = {190: 401, 1: 500, 2: 503, 131000: 500, 131016: 503}
"""Where the status is not 400. Nobody should decide on it."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a person got. `to`: wa_id or business-scoped id. `content`: the part that the type names. `arrives`: it was
    taken, but will not reach them, where that is not so."""

    n: int
    id: str
    account: str
    person: str
    to: str
    kind: str
    content: Mapping[str, Any]
    at: float
    mark: str | None
    quotes: str | None
    arrives: bool = True


@dataclass(frozen=True, slots=True)
class Said:
    """An answer. `after_s`: only then. `is_lost`: the caller never hears it."""

    status: int
    content: dict[str, Any]
    after_s: float = 0.0
    is_lost: bool = False


class Provider:
    """Threads may share it. `token_of`: the token that may send from an account, None for an account it has not.

    `nowhere`: phones and ids not on WhatsApp: what is for them is taken, and the failure comes as a receipt.
    """

    def __init__(
        self,
        token_of: Callable[[str], str | None],
        receipts: Receipts,
        clock: Callable[[], float],
        *,
        templates: Templates | None = None,
        people: People | None = None,
        nowhere: frozenset[str] = frozenset(),
        new_id: Callable[[], str] = lambda: uuid4().hex,
        behaviour: Behaviour | None = None,
    ) -> None:
        self._token_of = token_of
        self._receipts = receipts
        self._clock = clock
        self._templates = templates or {}
        self._nowhere = nowhere
        self._new_id = new_id
        self._behaviour = behaviour or Behaviour()
        self._people = people or People()
        self._paces: dict[tuple[str, ...], Pace] = {}
        self._messages: deque[Delivered] = deque(maxlen=KEPT)
        self._ticks: dict[str, str] = {}
        self._number = 0
        self._taken_so_far = 0
        self._lock = threading.Lock()
        self.shelf = Shelf(clock)
        self._tokens: set[str] = set()

    def may_use(self, account: str, token: str) -> bool:
        """Whether the token is this account's."""
        wanted = self._token_of(account)
        if wanted is None or not hmac.compare_digest(wanted.encode(), token.encode("utf-8", "replace")):
            return False
        self._tokens.add(wanted)
        return True

    def knows(self, token: str) -> bool:
        """Whether some account's token was shown before: links to files are the same for all."""
        return token in self._tokens

    @property
    def behaviour(self) -> Behaviour:
        return self._behaviour

    def behave(self, wanted: dict[str, Any]) -> Behaviour:
        """Change what is named. Raises ValueError naming what cannot be."""
        with self._lock:
            self._behaviour = changed(self._behaviour, wanted)
            return self._behaviour

    def wrote(
        self, account: str, phone: str | None = None, user_id: str | None = None, at: float | None = None
    ) -> None:
        """A person wrote to this number: their window is open. Raises ValueError without either id."""
        with self._lock:
            self._people.wrote(account, phone, user_id, self._clock() if at is None else at)

    def saw(self, delivery: bytes) -> None:
        """As `wrote`, of everybody whose messages are in a delivery to the hub."""
        with self._lock:
            self._people.saw(delivery)

    def delivered(self, person: str | None = None, after: int = 0) -> list[Delivered]:
        """What people got, oldest first; of one person, by any of their ids."""
        with self._lock:
            who = None if person is None else self._people.person(person)
            return [one for one in self._messages if one.arrives and one.n > after and who in (None, one.person)]

    def phone(self, names: Collection[str]) -> list[tuple[Delivered, str]]:
        """What was taken for the person of any of these ids, oldest first, each with its tick: the highest state that
        the hub was told of, `accepted` before any."""
        with self._lock:
            who = {self._people.person(name) for name in names}
            theirs = [one for one in self._messages if one.person in who]
            return [(one, self._ticks.get(one.id, "accepted")) for one in theirs]

    def _tick(self, id_: str, state: str) -> None:
        with self._lock:
            if TICKS.index(state) > TICKS.index(self._ticks.get(id_, TICKS[0])):
                self._ticks[id_] = state

    def send(self, account: str, token: str, request: bytes) -> Said:
        """`POST /{version}/{account}/messages`."""
        with self._lock:
            try:
                return self._taken(account, self._checked(account, token, request))
            except Fault as fault:
                return Said(STATUSES.get(fault.code, 400), {"error": self._error(fault)})

    def _checked(self, account: str, token: str, request: bytes) -> dict[str, Any]:
        """Whoever may not, asks wrongly or too fast gets no further. Raises `Fault`."""
        wanted = self._token_of(account)
        if wanted is None:
            raise Fault(100, f"Object with ID '{account}' does not exist")
        if not hmac.compare_digest(wanted.encode(), token.encode("utf-8", "replace")):
            raise Fault(190, "Error validating access token")
        body = checked(_parsed(request), self._templates)
        if (named := _file_of(body)) and self.shelf.kept(named) is None:
            raise Fault(131053, "Media upload error: there is no such file")
        if self._behaviour.refuses:
            code, *rest = self._behaviour.refuses
            self._behaviour = replace(self._behaviour, refuses=tuple(rest))
            raise Fault(code, "as it was told to")
        now, person = self._clock(), self._people.person(self._reached(body))
        # The person first: what is too fast for them takes nothing from the number.
        if not self._pace(BURST_TO_ONE, ONE_EVERY_S, account, person).takes(now):
            raise Fault(131056, "Too many messages sent from this phone number to the same recipient")
        if not self._pace(PER_SECOND, 1 / PER_SECOND, account).takes(now):
            raise Fault(130429, "Cloud API message throughput has been reached.")
        is_free = body.get("type") != "template"
        if is_free and not self._behaviour.window_fails_later and not self._people.is_open(account, person, now):
            raise _closed()
        return body

    def _reached(self, body: Mapping[str, Any]) -> str:
        return self._people.wa_id(body["to"]) if body.get("to") else str(body["recipient"])

    def _pace(self, burst: int, every_s: float, *names: str) -> Pace:
        return self._paces.setdefault(names, Pace(burst, every_s))

    def _taken(self, account: str, body: dict[str, Any]) -> Said:
        reached, now, behaviour = self._reached(body), self._clock(), self._behaviour
        sent = f"wamid.{self._new_id()}"
        fault = self._later_fault(account, body, reached, now)
        self._keep(account, body, reached, sent, now, arrives=fault is None)
        to = Person(phone=reached) if body.get("to") else Person(user_id=reached)
        fails = self._error(fault) if fault else None
        self._receipts.report(
            Taken(account, to, sent, now, body.get("biz_opaque_callback_data"), _of_status(fails)),
            behaviour,
            self._tick,
        )
        is_lost = behaviour.loses > 0
        if is_lost:
            self._behaviour = replace(behaviour, loses=behaviour.loses - 1)
        self._taken_so_far += 1
        is_lost = is_lost or (behaviour.loses_every > 0 and self._taken_so_far % behaviour.loses_every == 0)
        return Said(200, _accepted(body, reached, sent), behaviour.answers_after_s, is_lost)

    def _later_fault(self, account: str, body: Mapping[str, Any], reached: str, now: float) -> Fault | None:
        """Why what is taken will not arrive."""
        if self._behaviour.fails_later is not None:
            return Fault(self._behaviour.fails_later, "as it was told to")
        if reached in self._nowhere:
            return Fault(131026, "Message undeliverable")
        if body.get("type") == "template" or self._people.is_open(account, self._people.person(reached), now):
            return None
        return _closed()

    def _keep(
        self, account: str, body: Mapping[str, Any], reached: str, sent: str, now: float, *, arrives: bool
    ) -> None:
        self._number += 1
        kind = body.get("type", "text")
        if len(self._messages) == KEPT:
            self._ticks.pop(self._messages[0].id, None)
        self._messages.append(
            Delivered(
                n=self._number,
                id=sent,
                account=account,
                person=self._people.person(reached),
                to=reached,
                kind=kind,
                content=body[kind],
                at=now,
                mark=body.get("biz_opaque_callback_data"),
                quotes=body.get("context", {}).get("message_id"),
                arrives=arrives,
            )
        )

    def _error(self, fault: Fault) -> dict[str, Any]:
        title = TITLES.get(fault.code, "Message failed")
        return {
            "message": f"(#{fault.code}) {title}",
            "type": "OAuthException",
            "code": fault.code,
            "error_data": {"messaging_product": "whatsapp", "details": fault.details},
            "fbtrace_id": f"A{self._new_id()[:15]}",
        }


def _file_of(body: Mapping[str, Any]) -> str | None:
    """The id of the file that a message names."""
    content = body.get(body.get("type", "text"))
    return content.get("id") if isinstance(content, dict) and body["type"] in MEDIA else None


def _closed() -> Fault:
    return Fault(131047, "More than 24 hours have passed since the customer last replied to this number")


def _parsed(request: bytes) -> Any:
    try:
        return json.loads(request)
    except (ValueError, RecursionError):
        raise Fault(100, "The request is not JSON") from None


def _of_status(error: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """An error as receipts write it."""
    if error is None:
        return None
    title = TITLES.get(error["code"], "Message failed")
    details = {"details": error["error_data"]["details"]}
    return {"code": error["code"], "title": title, "message": title, "error_data": details}


def _accepted(body: Mapping[str, Any], reached: str, sent: str) -> dict[str, Any]:
    contact = {"input": body["to"], "wa_id": reached} if body.get("to") else {"input": reached, "user_id": reached}
    message = {"id": sent} | ({"message_status": "accepted"} if body.get("type") == "template" else {})
    return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [message]}
