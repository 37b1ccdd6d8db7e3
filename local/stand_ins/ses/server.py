"""The stand-in on loopback.

| request | does |
| --- | --- |
| `POST /v2/email/outbound-emails` | sends, signed for `ses` |
| `GET /v2/email/account`, `GET /v2/email/identities/<name>` | as SES says |
| `GET /stand-in/delivered?person=…&after=…` | what people got: `{"delivered": [{"n", "id", …, "raw"}]}` |
| `POST /stand-in/behaviour` | see `Behaviour`; what is named changes |
| `POST /stand-in/vanish` `{"address"}` | nobody has this address any more |

The last three ask for a token of the hub's, as they show or change what people get.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final
from urllib.parse import SplitResult, unquote

from local.stand_ins.server import Answers, LoopbackServer
from local.stand_ins.ses.provider import Delivered, Provider, Said

LARGEST: Final = 60 * 1024 * 1024
SENDING: Final = "/v2/email/outbound-emails"
IDENTITIES: Final = "/v2/email/identities/"


class Server(LoopbackServer):
    """`is_token`: whether a token may look and change behaviour."""

    def __init__(self, provider: Provider, is_token: Callable[[str], bool], port: int = 0) -> None:
        super().__init__("ses", _Answers, provider, is_token, port)


class _Answers(Answers):
    provider: Provider

    too_large = "Request Too Long"

    def largest(self, path: str) -> int:  # noqa: ARG002  whatever is sent
        return LARGEST

    def posted(self, path: str, body: bytes) -> None:
        if path == SENDING:
            self._as_ses(self.provider.send(self._named(), body))
        elif path == "/stand-in/behaviour":
            self.change(body, lambda wanted: self.provider.behave(dict(wanted)))
        elif path == "/stand-in/vanish":
            self.change(body, lambda wanted: self.provider.vanish(str(wanted["address"])))
        else:
            self.not_found()

    def asked_for(self, asked: SplitResult) -> None:
        if asked.path == "/v2/email/account":
            self._as_ses(self.provider.account(self._named()))
        elif asked.path.startswith(IDENTITIES):
            self._as_ses(self.provider.identity(self._named(), unquote(asked.path.removeprefix(IDENTITIES))))
        elif asked.path == "/stand-in/delivered":
            self.show_delivered(asked.query, _shown)
        else:
            self.not_found()

    def _as_ses(self, said: Said) -> None:
        kind = f"{said.code}:http://internal.amazon.com/coral/com.amazonaws.ses/"
        self.say(said, **({"x-amzn-errortype": kind} if said.code else {}))

    def _named(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}


def _shown(one: Delivered) -> dict[str, Any]:
    return {**asdict(one), "raw": one.raw.decode("utf-8", "replace"), "text": one.text}
