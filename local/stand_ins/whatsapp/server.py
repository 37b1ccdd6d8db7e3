"""The stand-in on loopback.

| request | does |
| --- | --- |
| `POST /v25.0/<phone number id>/messages` | sends, with the account's token |
| `POST /v25.0/<phone number id>/media` | takes a file, for a message to name |
| `GET /v25.0/<media id>` | says of a file, with a link that lives five minutes |
| `GET /stand-in/file/<link>` | the file, with the token |
| `POST /stand-in/media` (the file, its type and `?filename=`) | a person's phone sends it: what a message says of it |
| `GET /stand-in/media/<media id>` | the file of a message, as the person sees it |
| `GET /stand-in/delivered?person=…&after=…` | what people got |
| `POST /stand-in/wrote` `{"account", "phone"?, "user_id"?, "at"?}` | a person wrote: their window is open |
| `POST /stand-in/behaviour` | see `Behaviour`; what is named changes |

Those of `/stand-in/` but links ask for a token of the hub's, as they show or change what people get.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import SplitResult, parse_qs, urlsplit

from local.stand_ins.server import Answers, LoopbackServer
from local.stand_ins.whatsapp.media import Kept, fault_of, uploaded
from local.stand_ins.whatsapp.provider import Provider

LARGEST: Final = 1 << 20
LARGEST_FILE: Final = 101 << 20
_SENDING: Final = re.compile(r"/v\d+\.\d+/([0-9A-Za-z_-]+)/messages")
_UPLOADING: Final = re.compile(r"/v\d+\.\d+/([0-9A-Za-z_-]+)/media")
_FILE: Final = re.compile(r"/v\d+\.\d+/([0-9A-Za-z_-]+)")
_KEPT: Final = re.compile(r"/stand-in/media/([0-9]+)")
_LINK: Final = re.compile(r"/stand-in/file/([0-9a-f]+)")


class Server(LoopbackServer):
    """`is_token`: whether a token may look and change behaviour."""

    def __init__(self, provider: Provider, is_token: Callable[[str], bool], port: int = 0) -> None:
        super().__init__("stand-in", _Answers, provider, is_token, port)
        provider.shelf.url = self.url


class _Answers(Answers):
    provider: Provider

    def largest(self, path: str) -> int:
        return LARGEST_FILE if _UPLOADING.fullmatch(path) or path == "/stand-in/media" else LARGEST

    def posted(self, path: str, body: bytes) -> None:
        sending, uploading = _SENDING.fullmatch(path), _UPLOADING.fullmatch(path)
        if uploading:
            self._upload(uploading[1], body)
        elif path == "/stand-in/media":
            self._take_file(body)
        elif sending:
            self.say(self.provider.send(sending[1], self.token(), body))
        elif path == "/stand-in/wrote":
            self.change(body, lambda wrote: self.provider.wrote(**wrote))
        elif path == "/stand-in/behaviour":
            self.change(body, lambda wanted: self.provider.behave(dict(wanted)))
        else:
            self.not_found()

    def asked_for(self, asked: SplitResult) -> None:
        if file := _FILE.fullmatch(asked.path):
            self._about_file(file[1], asked.query)
        elif link := _LINK.fullmatch(asked.path):
            self._give_file(self.provider.shelf.behind(link[1]) if self.provider.knows(self.token()) else None)
        elif kept := _KEPT.fullmatch(asked.path):
            self._give_file(self.provider.shelf.kept(kept[1]) if self.is_token(self.token()) else None)
        elif asked.path == "/stand-in/delivered":
            self.show_delivered(asked.query)
        else:
            self.not_found()

    def _upload(self, account: str, body: bytes) -> None:
        file = uploaded(self.headers.get("content-type") or "", body)
        if not self.provider.may_use(account, self.token()):
            self.answer(401, {"error": {"code": 190, "message": "(#190) Error validating access token"}})
        elif file is None:
            self.answer(400, {"error": {"code": 100, "message": "(#100) The parameter file is required"}})
        elif fault := fault_of(file[0], file[1]):
            self.answer(400, {"error": {"code": 100, "message": f"(#100) {fault}"}})
        else:
            self.answer(200, {"id": self.provider.shelf.put(*file)["id"]})

    def _take_file(self, body: bytes) -> None:
        if not self.may():
            return
        named = parse_qs(urlsplit(self.path).query).get("filename")
        kind = self.headers.get("content-type") or "application/octet-stream"
        self.answer(200, self.provider.shelf.put(body, kind, named[-1] if named else None))

    def _about_file(self, id_: str, query: str) -> None:
        account = parse_qs(query).get("phone_number_id", [""])[-1]
        if not self.provider.may_use(account, self.token()):
            self.answer(401, {"error": {"code": 190, "message": "(#190) Error validating access token"}})
            return
        said = self.provider.shelf.about(id_)
        unknown = {"error": {"code": 100, "error_subcode": 33, "message": "(#100) Unsupported get request"}}
        self.answer(400 if said is None else 200, said or unknown)

    def _give_file(self, kept: Kept | None) -> None:
        if kept is None:
            self.not_found()
            return
        self.give(200, kept.content, {"content-type": kept.mime_type})
