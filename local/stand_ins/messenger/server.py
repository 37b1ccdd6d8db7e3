"""The stand-in on loopback. Both hosts of the Graph API are one, each under a path of its own.

| request | does |
| --- | --- |
| `POST /<facebook or instagram>/v25.0/<node>/messages` | sends, with the account's token |
| `GET /stand-in/delivered?person=…&after=…` | what people got |
| `POST /stand-in/behaviour` | see `Behaviour`; what is named changes |

Those of `/stand-in/` ask for a token of the hub's, as they show or change what people get.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import SplitResult

from local.stand_ins.messenger.provider import Provider
from local.stand_ins.server import Answers, LoopbackServer

LARGEST: Final = 1 << 20
_SENDING: Final = re.compile(r"/(facebook|instagram)/v\d+\.\d+/([0-9A-Za-z_-]+)/messages")


class Server(LoopbackServer):
    """`is_token`: whether a token may look and change behaviour."""

    def __init__(self, provider: Provider, is_token: Callable[[str], bool], port: int = 0) -> None:
        super().__init__("stand-in", _Answers, provider, is_token, port)

    @property
    def hosts(self) -> dict[Any, str]:
        """Where each login's host is."""
        return {name: f"{self.url}/{name}" for name in ("facebook", "instagram")}


class _Answers(Answers):
    provider: Provider

    def largest(self, path: str) -> int:  # noqa: ARG002  whatever is sent
        return LARGEST

    def posted(self, path: str, body: bytes) -> None:
        if sending := _SENDING.fullmatch(path):
            self.say(self.provider.send(sending[1], sending[2], self.token(), body))
        elif path == "/stand-in/behaviour":
            self.change(body, lambda wanted: self.provider.behave(dict(wanted)))
        else:
            self.not_found()

    def asked_for(self, asked: SplitResult) -> None:
        if asked.path == "/stand-in/delivered":
            self.show_delivered(asked.query)
        else:
            self.not_found()
