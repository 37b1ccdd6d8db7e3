"""Echoes and receipts: signed deliveries to the hub's webhooks, at once or from a thread of their own."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from local.deliveries import signature_headers

Post = Callable[[str, bytes, Mapping[str, str]], int]
"""Channel, body and headers to the hub's webhook; the status it answers. Raises OSError when it is not there."""
TRIES: Final = 8
PAUSE_S: Final = 0.25


class Courier:
    """`app_secret`: of a channel's account, asked for at each delivery. Nothing goes before `start`, but what is told
    at once."""

    def __init__(self, post: Post, app_secret: Callable[[str, str], str]) -> None:
        self._post = post
        self._app_secret = app_secret
        self._waiting: queue.Queue[tuple[str, str, bytes, Callable[[], object]] | None] = queue.Queue()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="courier", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """What was not told by now never is."""
        self._stop.set()
        self._waiting.put(None)
        if self._thread.is_alive():
            self._thread.join(15)

    def tell(self, channel: str, account: str, item: Mapping[str, Any], told: Callable[[], object]) -> None:
        """Queue one element; `told` is called when the hub took it."""
        self._waiting.put((channel, account, _delivery(channel, account, item), told))

    def tell_now(self, channel: str, account: str, item: Mapping[str, Any]) -> None:
        """Deliver one element before returning."""
        self._deliver(channel, account, _delivery(channel, account, item))

    def wait(self, within_s: float = 10.0) -> None:
        """Returns when everything so far was told. Raises TimeoutError when that takes longer."""
        until = time.monotonic() + within_s
        while self._waiting.unfinished_tasks:
            if time.monotonic() > until:
                raise TimeoutError("something is still to be told")
            time.sleep(0.01)

    def _work(self) -> None:
        while not self._stop.is_set():
            one = self._waiting.get()
            if one is not None:
                channel, account, body, told = one
                if self._deliver(channel, account, body):
                    told()
            self._waiting.task_done()

    def _deliver(self, channel: str, account: str, body: bytes) -> bool:
        """Again until it is taken, as Meta does, if not for days."""
        for attempt in range(TRIES):
            headers = {"Content-Type": "application/json"}
            headers |= signature_headers(body, self._app_secret(channel, account))
            try:
                if self._post(channel, body, headers) == 200:
                    return True
            except OSError:
                pass  # the hub is not there: it is told again
            if self._stop.wait(PAUSE_S * 2**attempt):
                return False
        return False


def _delivery(channel: str, account: str, item: Mapping[str, Any]) -> bytes:
    entry = {"id": account, "time": item["timestamp"], "messaging": [item]}
    product = "page" if channel == "messenger" else "instagram"
    return json.dumps({"object": product, "entry": [entry]}).encode()
