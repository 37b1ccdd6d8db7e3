"""Receipts: signed deliveries to the hub's webhook, from a thread of their own."""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from local.deliveries import Person, signature_headers, status_delivery
from local.stand_ins.whatsapp.behaviour import Behaviour

Post: TypeAlias = Callable[[bytes, Mapping[str, str]], int]
"""Body and headers to the hub's webhook; the status it answers. Raises OSError when it is not there."""
Reported: TypeAlias = Callable[[str, str], object]
"""Told of each receipt that the hub took: the message's id, and the state."""

TRIES: Final = 8
PAUSE_S: Final = 0.25


def posting_to(url: str) -> Post:
    """POSTs to this address, each on a connection of its own."""
    parts = urlsplit(url)

    def post(body: bytes, headers: Mapping[str, str]) -> int:
        connection = HTTPConnection(str(parts.hostname), parts.port, timeout=10)
        try:
            connection.request("POST", parts.path, body, dict(headers))
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()

    return post


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that the provider took. `fails`: the error of one that will not arrive. `mark`: what comes back."""

    account: str
    to: Person
    id: str
    at: float
    mark: str | None = None
    fails: Mapping[str, Any] | None = None


class Receipts:
    """Reports what becomes of messages. `app_secret` is asked for at each one. Nothing is reported before `start`."""

    def __init__(self, post: Post, app_secret: Callable[[str], str], chance: random.Random | None = None) -> None:
        self._post = post
        self._app_secret = app_secret
        self._chance = chance or random.Random()  # noqa: S311  an order, no secret
        self._waiting: queue.Queue[tuple[str, bytes, Callable[[], object]] | None] = queue.Queue()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="receipts", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """What was not reported by now never is."""
        self._stop.set()
        self._waiting.put(None)
        if self._thread.is_alive():
            self._thread.join(15)

    def report(self, taken: Taken, behaviour: Behaviour, reported: Reported = lambda _id, _state: None) -> None:
        """Queue the receipts of one message, in the order and as often as the behaviour says."""
        states = ("failed",) if taken.fails else behaviour.receipts
        each = [state for state in states for _ in range(behaviour.copies)]
        if behaviour.order == "reversed":
            each.reverse()
        elif behaviour.order == "shuffled":
            self._chance.shuffle(each)
        for state in each:
            body = status_delivery(taken.account, taken.to, _status(taken, state))
            self._waiting.put((taken.account, body, partial(reported, taken.id, state)))

    def wait(self, within_s: float = 10.0) -> None:
        """Returns when everything so far was reported. Raises TimeoutError when that takes longer."""
        until = time.monotonic() + within_s
        while self._waiting.unfinished_tasks:
            if time.monotonic() > until:
                raise TimeoutError("receipts are still to be reported")
            time.sleep(0.01)

    def _work(self) -> None:
        while not self._stop.is_set():
            item = self._waiting.get()
            if item is not None:
                self._deliver(*item)
            self._waiting.task_done()

    def _deliver(self, account: str, body: bytes, reported: Callable[[], object]) -> None:
        """Again until it is taken, as Meta does, if not for days."""
        for attempt in range(TRIES):
            headers = {"Content-Type": "application/json", **signature_headers(body, self._app_secret(account))}
            if self._is_taken(body, headers):
                reported()
                return
            if self._stop.wait(PAUSE_S * 2**attempt):
                return

    def _is_taken(self, body: bytes, headers: Mapping[str, str]) -> bool:
        try:
            return self._post(body, headers) == 200
        except OSError:
            return False


def _status(taken: Taken, state: str) -> dict[str, Any]:
    status: dict[str, Any] = {"id": taken.id, "status": state, "timestamp": str(int(taken.at))}
    if taken.mark is not None:
        status["biz_opaque_callback_data"] = taken.mark
    if state == "failed" and taken.fails:
        status["errors"] = [taken.fails]
    return status
