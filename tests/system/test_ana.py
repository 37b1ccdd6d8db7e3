"""One customer, two channels, a photo and a tool, in the embedded hub: whatever is killed, the same end."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.system.ana import SOON, Kills, There, check, tell
from tests.system.embedded import ROOT, eventually


class DemoDesk:
    """The tool that the embedded run brings along, and its agent."""

    def __init__(self, there: There) -> None:
        self._hub = there.hub

    def answer(self, case: str, text: str) -> None:
        self._act(case, "reply", text)

    def note(self, case: str, text: str) -> None:
        self._act(case, "note", text)

    def _act(self, case: str, action: str, text: str) -> None:
        body = json.dumps({"case": case, "action": action, "text": text}).encode()
        bearer = f"Bearer {self._hub.about['token']}"
        assert self._hub.ask("POST", "/demo-tool/agent", body, Authorization=bearer)[0] == 202

    def said(self, case: str) -> list[str]:
        return [one["text"] for one in self._told(case) if one["kind"] == "message" and one["visibility"] == "public"]

    def photo(self, case: str) -> list[bytes]:
        links = [
            file["stored"]["url"].removeprefix(self._hub.about["url"])
            for one in self._told(case)
            for file in one.get("attachments", [])
            if file.get("stored", {}).get("state") == "fetched"
        ]
        found = [self._hub.ask("GET", link) for link in links]
        assert all(status == 200 for status, _ in found), found
        return [content for _, content in found]

    def _told(self, case: str) -> list[dict[str, Any]]:
        told = [one["body"]["data"]["interaction"] for one in self._hub.said()]
        return [one for one in told if one["case_id"] == case]

    def behave(self, mode: str) -> None:
        bearer = f"Bearer {self._hub.about['token']}"
        body = json.dumps({"mode": mode}).encode()
        assert self._hub.ask("POST", "/demo-tool/behaviour", body, Authorization=bearer)[0] == 200


@pytest.fixture
def there(tmp_path: Path) -> Iterator[There]:
    (tmp_path / "hub").mkdir(mode=0o700)
    there = There(tmp_path, ROOT / "config" / "demo.yaml")
    there.start()
    yield there
    there.stop()


@pytest.mark.parametrize(
    "kills",
    [
        pytest.param(Kills(), id="nothing is killed"),
        pytest.param(Kills(after_250=True), id="killed after the 250", marks=pytest.mark.slow),
        pytest.param(Kills(while_fetching=True), id="killed while fetching", marks=pytest.mark.slow),
        pytest.param(Kills(while_sending=True), id="killed while sending", marks=pytest.mark.slow),
    ],
)
def test_ana_is_answered_where_she_is(there: There, kills: Kills) -> None:
    desk = DemoDesk(there)
    check(there, desk, tell(there, desk, kills))


ANA = b"From: ana@example.net\r\n"
RUBBISH = (
    b"",
    b"\r\n",
    b"\x00" * 4096,
    bytes(range(256)) * 64,
    b"From: \r\nFrom: a\r\n\r\nx",
    b"From: =?utf-8?b?!!!?= <=?x?=@>\r\nSubject: \xff\xfe\r\nMessage-ID: <\r\n\r\n\xc3\x28",
    ANA + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n--x\r\n--x\r\nContent-Type: text/pl",
    ANA + b"Content-Type: text/plain; charset=klingon\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%",
    ANA + b"X: " + b"y" * 300_000 + b"\r\n\r\nlargo",
    ANA + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 20_000 + b"<script>alert(1)</script>",
)


def test_rubbish_by_smtp_stops_nobody(there: There) -> None:
    for one in RUBBISH:
        there.post(one)
    place = there.hub.about["smtp"]
    with socket.create_connection((place["host"], place["port"]), timeout=10) as bare:
        bare.sendall(b"\x16\x03\x01\x02\x00\xff\r\nDATA\r\nQUIT\r\n")
        while bare.recv(4096):
            pass
    there.mail("Y esto es de verdad", "Hola")
    there.case_of("Y esto es de verdad")
    eventually(lambda: not any(one["waiting"] + one["in_flight"] for one in queues(there)), SOON)
    assert there.hub.letters() == []


def queues(there: There) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = there.hub.get("/v1/queues")["queues"]
    return found


@pytest.mark.slow
def test_a_tool_that_was_away_is_told_in_order(there: There) -> None:
    desk = DemoDesk(there)
    desk.behave("down")
    there.text("uno, por mi pedido 4821-77")
    case = there.case_of("uno, por mi pedido 4821-77")
    there.mail("dos", "Re: Hola")
    there.text("tres")
    eventually(lambda: len(there.log(case)) == 2, SOON)
    assert desk.said(case) == []
    desk.behave("ok")
    eventually(lambda: desk.said(case) == ["uno, por mi pedido 4821-77", "tres"], 400)
    other = there.case_of("dos")
    eventually(lambda: desk.said(other) == ["dos"], 400)
    assert there.hub.letters() == []
