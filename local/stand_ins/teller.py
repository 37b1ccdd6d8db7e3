"""What a stand-in tells afterwards: from a queue, by a thread of its own, again until it is taken."""

from __future__ import annotations

import queue
import random
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from http.client import HTTPConnection, HTTPException
from typing import Any, Final, Generic, Protocol, TypeAlias, TypeVar
from urllib.parse import urlsplit

from local.deliveries import signature_headers

One = TypeVar("One")

Post: TypeAlias = Callable[[bytes, Mapping[str, str]], int]
"""Body and headers to the hub's webhook; the status it answers. Raises OSError when it is not there."""

TRIES: Final = 8
PAUSE_S: Final = 0.25
LAST_S: Final = 15.0
"""For what is being told when it is stopped."""


class Teller(ABC, Generic[One]):
    """Tells one thing after the other. Nothing is told before `start`."""

    def __init__(self, name: str) -> None:
        self._waiting: queue.Queue[One | None] = queue.Queue()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """What was not told by now never is."""
        self._stop.set()
        self._waiting.put(None)
        if self._thread.is_alive():
            self._thread.join(LAST_S)

    def wait(self, within_s: float = 10.0) -> None:
        """Returns when everything so far was told. Raises TimeoutError when that takes longer."""
        until = time.monotonic() + within_s
        while self._waiting.unfinished_tasks:
            if time.monotonic() > until:
                raise TimeoutError(f"{self._thread.name}: something is still to be told")
            time.sleep(0.01)

    @abstractmethod
    def _tell(self, one: One) -> None:
        """On the teller's thread."""

    def _put(self, one: One) -> None:
        self._waiting.put(one)

    def _work(self) -> None:
        while not self._stop.is_set():
            one = self._waiting.get()
            if one is not None:
                self._tell(one)
            self._waiting.task_done()

    def _delivered(self, post: Post, body: bytes, secret: Callable[[], str]) -> bool:
        """Signed, and again until it is taken, as Meta does, if not for days. False when it was given up."""
        for attempt in range(TRIES):
            headers = {"Content-Type": "application/json", **signature_headers(body, secret())}
            if _is_taken(post, body, headers):
                return True
            if self._stop.wait(PAUSE_S * 2**attempt):
                return False
        return False


def _is_taken(post: Post, body: bytes, headers: Mapping[str, str]) -> bool:
    try:
        return post(body, headers) == 200
    except OSError:
        return False  # the hub is not there


def posting_to(url: str) -> Post:
    """POSTs to this address, each on a connection of its own."""
    parts = urlsplit(url)

    def post(body: bytes, headers: Mapping[str, str]) -> int:
        connection = HTTPConnection(str(parts.hostname), parts.port, timeout=10)
        try:
            connection.request("POST", parts.path, body, dict(headers))
            answer = connection.getresponse()
            answer.read()
        except HTTPException as error:
            raise ConnectionError("the answer was cut short") from error
        else:
            return answer.status
        finally:
            connection.close()

    return post


class Mixing(Protocol):
    """`copies`: of each. `order`: `in_order`, `reversed` or `shuffled`."""

    @property
    def copies(self) -> int: ...

    @property
    def order(self) -> Any: ...


def mixed(things: Iterable[str], behaviour: Mixing, chance: random.Random) -> list[str]:
    """In the order and as often as the behaviour says."""
    each = [thing for thing in things for _ in range(behaviour.copies)]
    if behaviour.order == "reversed":
        each.reverse()
    elif behaviour.order == "shuffled":
        chance.shuffle(each)
    return each
