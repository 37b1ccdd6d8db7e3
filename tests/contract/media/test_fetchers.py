"""How each channel's files are had: WhatsApp's from its stand-in, a mail's from the mail, Meta's from a server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from local.stand_ins.whatsapp.provider import Provider
from local.stand_ins.whatsapp.server import Server
from shared.application.media_spool import Spool
from shared.channels.email.media import MailFiles
from shared.channels.instagram.media import HOSTS as INSTAGRAM
from shared.channels.messenger.media import connect_media as messenger
from shared.channels.whatsapp.way_out import connect_media as whatsapp
from shared.configuration import parse
from shared.domain.errors import Transient
from shared.domain.event import Attachment
from shared.domain.media import Ended
from shared.http.transport import Dialer
from shared.ports.media import Fetcher, Wanted

ACCOUNT = "200000000000001"
CONFIG = f"""
brands:
- {{name: acme, languages: [es], default_country: EC, time_zone: America/Guayaquil}}
accounts:
- {{channel: whatsapp, id: "{ACCOUNT}", brand: acme, secret: whatsapp}}
- {{channel: whatsapp, id: "200000000000002", brand: acme, secret: empty}}
media: {{hosts: [files.example.com]}}
"""
PHOTO = bytes(range(256)) * 1000


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Secrets:
    token = "token-of-ours"

    def get(self, name: str) -> dict[str, Any]:
        return {"access_token": self.token} if name == "whatsapp" else {}


@pytest.fixture
def provider() -> Provider:
    clock = Clock()
    provider = Provider(lambda account: "token-of-ours" if account == ACCOUNT else None, None, clock)  # type: ignore[arg-type]
    provider.clock = clock  # type: ignore[attr-defined]
    return provider


@pytest.fixture
def secrets() -> Secrets:
    return Secrets()


@pytest.fixture
def files_of_whatsapp(provider: Provider, secrets: Secrets) -> Iterator[Fetcher]:
    server = Server(provider, lambda _: False)
    server.start()
    yield whatsapp(parse(CONFIG, "test", {}), secrets, Clock(), root=server.url, allow_private=True)
    server.stop()


def fetched(fetcher: Fetcher, original: dict[str, Any] | None = None, account: str = ACCOUNT, **said: Any) -> bytes:
    with Spool(1_000_000) as spool:
        wanted = Wanted(account, Attachment.model_validate({"kind": "image"} | said), lambda: original or {})
        fetcher.fetch(wanted, spool, 5.0)
        return spool.content.read()


def test_a_file_of_whatsapp_comes_by_its_id(provider: Provider, files_of_whatsapp: Fetcher) -> None:
    assert fetched(files_of_whatsapp, provider_id=provider.shelf.put(PHOTO, "image/png")["id"]) == PHOTO


def test_an_id_that_nobody_knows_or_that_is_too_old_is_gone(provider: Provider, files_of_whatsapp: Fetcher) -> None:
    old = provider.shelf.put(PHOTO, "image/png")["id"]
    provider.clock.now += 8 * 86_400  # type: ignore[attr-defined]
    for id_ in (old, "404"):
        with pytest.raises(Ended) as ended:
            fetched(files_of_whatsapp, provider_id=id_)
        assert ended.value.state == "gone"


def test_an_account_without_token_has_no_files(files_of_whatsapp: Fetcher) -> None:
    with pytest.raises(Ended, match="has no access_token"):
        fetched(files_of_whatsapp, account="200000000000002", provider_id="1")


def test_a_token_that_is_no_good_may_be_mended(
    provider: Provider, files_of_whatsapp: Fetcher, secrets: Secrets
) -> None:
    id_ = provider.shelf.put(PHOTO, "image/png")["id"]
    secrets.token = "another"
    with pytest.raises(Transient) as refused:
        fetched(files_of_whatsapp, provider_id=id_)
    assert "another" not in refused.value.reason


def test_a_link_that_leads_to_another_host_is_refused_and_the_token_stays(
    provider: Provider, files_of_whatsapp: Fetcher
) -> None:
    id_ = provider.shelf.put(PHOTO, "image/png")["id"]
    provider.shelf.url = "http://localhost:1"
    with pytest.raises(Ended) as ended:
        fetched(files_of_whatsapp, provider_id=id_)
    assert ended.value.state == "refused"


MAIL = b"""From: ana@example.com
To: ayuda@example.com
Subject: Foto
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

Adjunto
--b
Content-Type: image/png; name=a.png
Content-Transfer-Encoding: base64

AAECAw==
--b--
"""


def test_a_file_of_a_mail_is_the_part_that_was_named() -> None:
    assert fetched(MailFiles(), {"mail": MAIL}, provider_id="2") == bytes(range(4))
    for original, path in (({"mail": MAIL}, "7"), ({}, "2"), ({"mail": MAIL}, "../2")):
        with pytest.raises(Ended) as ended:
            fetched(MailFiles(), original, provider_id=path)
        assert ended.value.state == "gone"


class _Meta(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/photo" else 403)
        self.send_header("content-length", str(len(PHOTO)))
        self.end_headers()
        self.wfile.write(PHOTO)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def test_a_link_of_meta_is_followed_on_its_hosts_alone_and_one_that_ran_out_is_gone() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Meta)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    port = server.server_address[1]
    dialer = Dialer(resolve=lambda _host, _port: ["127.0.0.1"], allow_private=True, keeps=False)
    files = messenger(parse(CONFIG, "test", {}), Secrets(), Clock(), dialer=dialer)
    assert fetched(files, url=f"http://scontent.fbcdn.net:{port}/photo") == PHOTO
    assert fetched(files, url=f"http://files.example.com:{port}/photo") == PHOTO
    for url, state in (
        ("http://scontent.fbcdn.net:{}/old", "gone"),
        ("http://elsewhere.example.net:{}/photo", "refused"),
    ):
        with pytest.raises(Ended) as ended:
            fetched(files, url=url.format(port))
        assert ended.value.state == state
    server.shutdown()
    server.server_close()
    assert "cdninstagram.com" in INSTAGRAM
