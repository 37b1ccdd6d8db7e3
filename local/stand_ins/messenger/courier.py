"""Echoes and receipts: signed deliveries to the hub's webhooks, at once or from a thread of their own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from local.stand_ins.teller import Teller

Post: TypeAlias = Callable[[str, bytes, Mapping[str, str]], int]
"""Channel, body and headers to the hub's webhook; the status it answers. Raises OSError when it is not there."""


class _Waiting(NamedTuple):
    channel: str
    account: str
    body: bytes
    told: Callable[[], object]


class Courier(Teller[_Waiting]):
    """`app_secret`: of a channel's account, asked for at each delivery. Nothing goes before `start`, but what is told
    at once."""

    def __init__(self, post: Post, app_secret: Callable[[str, str], str]) -> None:
        super().__init__("courier")
        self._post = post
        self._app_secret = app_secret

    def tell(self, channel: str, account: str, item: Mapping[str, Any], told: Callable[[], object]) -> None:
        """Queue one element; `told` is called when the hub took it."""
        self._put(_Waiting(channel, account, _delivery(channel, account, item), told))

    def tell_now(self, channel: str, account: str, item: Mapping[str, Any]) -> None:
        """Deliver one element before returning."""
        self._takes(channel, account, _delivery(channel, account, item))

    def _tell(self, one: _Waiting) -> None:
        if self._takes(one.channel, one.account, one.body):
            one.told()

    def _takes(self, channel: str, account: str, body: bytes) -> bool:
        return self._delivered(partial(self._post, channel), body, lambda: self._app_secret(channel, account))


def _delivery(channel: str, account: str, item: Mapping[str, Any]) -> bytes:
    entry = {"id": account, "time": item["timestamp"], "messaging": [item]}
    product = "page" if channel == "messenger" else "instagram"
    return json.dumps({"object": product, "entry": [entry]}).encode()
