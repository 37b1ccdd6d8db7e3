"""A Request Tracker in memory as a desk, with a scrip that tells at once, again until it is taken."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from tests.contract.connectors.fake_rt import TOKEN, FakeRt
from tests.contract.connectors.receiver import Received
from tests.contract.connectors.rt_people import content_of, is_told
from tests.contract.connectors.rt_things import Transaction
from tests.contract.connectors.way_back import signed
from tests.system.two_ways import Done, Note


class FakeDesk:
    """One thing at a time happens in it."""

    def __init__(self) -> None:
        self.rt = FakeRt()
        self._lock = threading.Lock()
        self._told = 0
        self._to_tell: queue.Queue[Transaction | None] = queue.Queue()

    def token(self) -> str:
        return TOKEN

    def send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        lower = {name.lower(): value for name, value in headers.items()}
        return self._at_once(lambda: self.rt(Received(method, path, lower, body or b"")))

    def _at_once(self, work: Callable[[], Any]) -> Any:
        with self._lock:
            self.rt.now = time.time()
            done = work()
            made = [one for one in self.rt.transactions.values() if one.id > self._told]
            self._told = max((one.id for one in made), default=self._told)
        for one in made:
            self._to_tell.put(one)
        return done

    def tell(self, door: str, secret: str) -> None:
        threading.Thread(target=self._tell_all, args=(door, secret), daemon=True).start()

    def stop(self) -> None:
        self._to_tell.put(None)

    def _tell_all(self, door: str, secret: str) -> None:
        while (one := self._to_tell.get()) is not None:
            while is_told(one) and not self._is_taken(one, door, secret):
                time.sleep(0.2)

    def _is_taken(self, one: Transaction, door: str, secret: str) -> bool:
        with self._lock:
            request = signed(f"rt-txn-{one.id}", content_of(self.rt, one), time.time(), secret)
        parts = urlsplit(door)
        connection = HTTPConnection(parts.netloc, timeout=10)
        try:
            connection.request("POST", parts.path, request.body, dict(request.headers))
            return connection.getresponse().status in (200, 202)
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def do(self, ticket: str, done: Done, agent: str) -> None:
        def work() -> None:
            if done.text:
                kind = "Comment" if done.kind == "note" else "Correspond"
                self.rt.write(ticket, kind, ("text/plain", "", done.text.encode()), by=agent)
            if done.kind not in ("reply", "note"):
                self.rt.set_status(ticket, done.kind, by=agent)

        self._at_once(work)

    def said(self, ticket: str) -> list[Note]:
        with self._lock:
            return [Note(one.type == "Correspond", one.subject, _text(one)) for one in self.rt.notes_of(ticket)]

    def status(self, ticket: str) -> str:
        with self._lock:
            return self.rt.tickets[int(ticket)].status


def _text(one: Transaction) -> str:
    said = one.content or "".join(part.content.decode() for part in one.parts if part.mime_type.startswith("text/"))
    return said.strip()
