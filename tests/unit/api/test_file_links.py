"""The link to a file of an answer: in the case as the API shows it, for a provider that fetches it, and where it
leads."""

from __future__ import annotations

from base64 import b64decode
from typing import Any
from urllib.parse import urlsplit

import pytest

from local.memory.files import MemoryFiles
from local.metrics import CountedMetrics
from shared import bootstrap
from shared.configuration import parse
from shared.domain.errors import Misconfigured
from shared.store import keys
from tests.unit.api.conftest import CONFIG

KEY = "media/k-1/2/0"
PDF = b"%PDF-1.4 \xff a guide"
AGENT = {"type": "agent", "id": "luis", "name": "Luis"}
GUIDE = {"kind": "document", "filename": "guia.pdf", "mime_type": "application/pdf", "provider_id": "77"}
NOW = 1_800_000_000.0


@pytest.fixture
def answered(hub: Any) -> Any:
    """A case with an answer whose file the hub keeps."""
    hub.add_customer("c-1", cases={"k-1": {"brand": "acme", "conversation": "CNV#x"}})
    hub.add_case("k-1", "c-1")
    hub.add_entry("k-1", 1, text="¿Cómo lo instalo?")
    hub.add_entry("k-1", 2, text="Así", author=AGENT, direction="outbound", attachments=[GUIDE])
    stored = {"state": "fetched", "filename": "guia.pdf", "mime_type": "application/pdf", "size": len(PDF)}
    hub.put(keys.file("k-1", 2, 0), number=0, key=KEY, **stored)
    hub.parts.files().put(KEY, PDF)
    return hub


def link_of(hub: Any) -> Any:
    shown = {one["sequence"]: one for one in hub.ask("/v1/cases/k-1").json["interactions"]}
    return shown[2]["attachments"][0]["stored"]


def test_the_file_of_an_answer_is_had_by_the_link_in_its_case_and_without_a_token(answered: Any) -> None:
    stored = link_of(answered)
    assert "key" not in stored
    link = urlsplit(stored["url"])
    assert (link.netloc, link.path) == ("", "/files/k-1/2/0"), "a path of this very API"
    answer = answered.ask(link.path, link.query, token=None)
    assert (answer.status, b64decode(answer.text)) == (200, PDF)
    assert answer.headers["content-disposition"].endswith("filename*=UTF-8''guia.pdf")


@pytest.mark.parametrize("later_s", [0, 3500, 7300])
def test_it_ends_after_an_hour_or_two(answered: Any, later_s: int) -> None:
    link = urlsplit(link_of(answered)["url"])
    answered.parts.now += later_s
    status = answered.ask(link.path, link.query, token=None).status
    assert status == (404 if later_s > 7200 else 200)


def test_it_ends_with_the_key_that_signed_it(answered: Any) -> None:
    link = urlsplit(link_of(answered)["url"])
    answered.parts.signing = (b"new", b"a file key")
    assert answered.ask(link.path, link.query, token=None).status == 200
    answered.parts.signing = (b"new",)
    assert answered.ask(link.path, link.query, token=None).status == 404
    answered.parts.signing = ()
    assert "url" not in link_of(answered), "nothing signs, and the case is shown all the same"


class Held:
    def __init__(self, secret: dict[str, Any] | None) -> None:
        self.secret = secret

    def get(self, name: str) -> dict[str, Any]:
        assert name == "file-links"
        if self.secret is None:
            raise Misconfigured("there is none")
        return self.secret


class Bucket(MemoryFiles):
    """Storage that gives links of its own."""

    def link(self, key: str, seconds: int, content_type: str, disposition: str) -> str | None:
        assert (seconds, content_type, disposition) == (bootstrap.PROVIDER_FETCHES_S, "application/pdf", "attachment")
        return f"https://bucket.example.com/{key}?signed"


ADDRESSES = [
    (Bucket(), "https://hub.example.com", {"key": "k"}, f"https://bucket.example.com/{KEY}?signed"),
    (MemoryFiles(), "https://hub.example.com", {"key": "k"}, "https://hub.example.com/files/k-1/2/0?expires="),
    (MemoryFiles(), "https://hub.example.com/", {"keys": ["n"]}, "https://hub.example.com/files/k-1/2/0?expires="),
    (MemoryFiles(), "https://hub.example.com", {}, None),
    (MemoryFiles(), "https://hub.example.com", None, None),
    (MemoryFiles(), "", {"key": "k"}, None),
]


@pytest.mark.parametrize(("files", "url", "secret", "begins"), ADDRESSES)
def test_where_a_provider_fetches_the_file_of_an_answer(
    files: MemoryFiles, url: str, secret: dict[str, Any] | None, begins: str | None
) -> None:
    config = parse(CONFIG, "hub.yaml", {})
    given = {"files": files, "public_url": url, "secrets": Held(secret), "config": config, "clock": lambda: NOW}
    with bootstrap.installed(**given, metrics=CountedMetrics()):
        found = bootstrap.link_for_provider(KEY, "application/pdf")
    assert found is None if begins is None else str(found).startswith(begins)


@pytest.mark.parametrize(
    ("secret", "held"),
    [({"key": "made"}, (b"made",)), ({"keys": ["n", "o"], "key": "made"}, (b"n", b"o", b"made")), ({}, ()), (None, ())],
)
def test_the_newest_key_signs_and_without_any_it_is_counted(secret: dict[str, Any] | None, held: tuple[bytes]) -> None:
    metrics = CountedMetrics()
    with bootstrap.installed(secrets=Held(secret), metrics=metrics):
        assert bootstrap.file_keys() == held
    assert (metrics.counted() != []) is (held == ())
