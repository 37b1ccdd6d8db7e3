"""How the files are had that agents attach in their tools: RT's by its number and our token, others' by their link."""

from __future__ import annotations

import json
from base64 import encodebytes
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from shared.application.media_spool import Spool
from shared.connectors import generic_webhook, request_tracker
from shared.connectors.request_tracker.files import Content
from shared.domain.errors import Transient
from shared.domain.event import Attachment
from shared.domain.media import Ended
from shared.ports.media import Fetcher, Wanted
from tests.contract.connectors.fake_rt import TOKEN, FakeRt
from tests.contract.connectors.receiver import Receiver, answer

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 4000


@contextmanager
def serving(receiver: Receiver) -> Iterator[Receiver]:
    server = receiver.start()
    yield receiver
    receiver.stop(server)


class Secrets:
    token: Any = TOKEN

    def get(self, name: str) -> dict[str, Any]:
        return {"token": self.token} if name == "desk" else {}


def settings(url: str, **more: Any) -> Any:
    options = SimpleNamespace(url=url, allow_private=True, timeout_s=15.0, **more)
    return SimpleNamespace(name="desk", secret="desk", options=options)


def clock() -> float:
    return 1_800_000_000.0


def fetched(fetcher: Fetcher, most: int = 10_000_000, **said: Any) -> bytes:
    with Spool(most) as spool:
        wanted = Wanted("desk", Attachment.model_validate({"kind": "document"} | said), dict)
        fetcher.fetch(wanted, spool, 5.0)
        return spool.content.read()


@pytest.fixture
def rt() -> FakeRt:
    return FakeRt()


@pytest.fixture
def server(rt: FakeRt) -> Iterator[Receiver]:
    with serving(Receiver(rt)) as receiver:
        yield receiver


@pytest.fixture
def secrets() -> Secrets:
    return Secrets()


@pytest.fixture
def of_rt(server: Receiver, secrets: Secrets) -> Fetcher:
    return request_tracker.connect_files(settings(f"http://127.0.0.1:{server.port}"), secrets, clock)


def attached(rt: FakeRt, content: bytes) -> str:
    user = rt.agent("cliente9", privileged=False)
    ticket = rt.open_ticket(user, "No enciende")
    made = rt.write(str(ticket.id), "Correspond", ("application/pdf", "factura.pdf", content))
    return str(made.parts[0].id)


@pytest.mark.parametrize("size", [0, 1, 2, 3, len(PDF)])
def test_a_file_of_rt_comes_by_its_number_with_our_token(
    rt: FakeRt, of_rt: Fetcher, server: Receiver, size: int
) -> None:
    assert fetched(of_rt, provider_id=attached(rt, PDF[:size]), url="http://elsewhere.example.net/x") == PDF[:size]
    assert {one.headers["authorization"] for one in server.received} == {f"token {TOKEN}"}


def test_what_rt_has_no_longer_is_gone_and_what_is_too_long_is_too_large(rt: FakeRt, of_rt: Fetcher) -> None:
    for number, most, state in (("404", 100, "gone"), (attached(rt, PDF), 1000, "too_large"), ("../user", 9, "failed")):
        with pytest.raises(Ended) as ended:
            fetched(of_rt, most, provider_id=number)
        assert ended.value.state == state


def test_a_token_that_is_no_good_may_be_mended(rt: FakeRt, of_rt: Fetcher, secrets: Secrets) -> None:
    number = attached(rt, PDF)
    for token in ("1-27-another", None):
        secrets.token = token
        with pytest.raises(Transient) as refused:
            fetched(of_rt, provider_id=number)
        assert "another" not in refused.value.reason


def test_rt_leads_nowhere_else_with_our_token(rt: FakeRt, of_rt: Fetcher, server: Receiver) -> None:
    number = attached(rt, PDF)
    server.script.append(answer(302, {"location": "http://localhost:1/attachment/9"}))
    with pytest.raises(Ended) as ended:
        fetched(of_rt, provider_id=number)
    assert ended.value.state == "refused"


@pytest.mark.parametrize("body", [b"<html>login</html>", b'{"Content":"AAEC', b'{"Content":"!!!!"}', b"x" * 200_000])
def test_what_is_no_answer_of_rts_is_asked_for_again(rt: FakeRt, of_rt: Fetcher, server: Receiver, body: bytes) -> None:
    server.script.append(answer(200, {}, body))
    with pytest.raises(Transient):
        fetched(of_rt, provider_id=attached(rt, PDF))


SAID = [
    {"Content": "X", "id": 7, "Headers": 'Content-ID: <"Content":"AAAA">\nX: \\'},
    {"Headers": 'a "Content": "AAAA" b', "Content": "X"},
    {"Subject": "Content", "Filename": '"Content":"', "Content": "X", "Creator": {"id": "Content"}},
]


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("seed", range(5))
def test_the_content_is_found_wherever_it_stands_and_however_it_is_cut(said: dict[str, Any], seed: int) -> None:
    draw = Random(seed)
    file = draw.randbytes(draw.randrange(3000))
    body = json.dumps(said | {"Content": encodebytes(file).decode()}).encode()
    with Spool(10_000) as spool:
        content = Content(spool)
        while body:
            length = draw.randrange(1, 40)
            content.write(body[:length])
            body = body[length:]
        assert content.is_whole
        assert spool.content.read() == file


def test_a_link_of_another_tool_is_followed_without_any_secret_of_ours() -> None:
    with serving(Receiver(lambda _: (200, {}, PDF))) as server:
        url = f"http://127.0.0.1:{server.port}/factura.pdf"
        fetcher = generic_webhook.connect_files(settings("http://127.0.0.1:1/hook"), Secrets(), clock)
        assert fetched(fetcher, url=url) == PDF
        assert "authorization" not in server.received[0].headers


REFUSED = ["http://files.example.com/1", "https://127.0.0.1/1", "https://169.254.169.254/latest", "file:///etc/passwd"]


@pytest.mark.parametrize("url", REFUSED)
def test_a_link_that_is_not_public_and_safe_is_refused(url: str) -> None:
    plain = settings("https://tool.example.com")
    plain.options.allow_private = False
    fetcher = generic_webhook.connect_files(plain, Secrets(), clock)
    with pytest.raises(Ended) as ended:
        fetched(fetcher, url=url)
    assert ended.value.state == "refused"
