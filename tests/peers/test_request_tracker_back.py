"""What agents do in a real Request Tracker, read back: by its own scrip's webhooks, and by a sweep."""

from __future__ import annotations

import json
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from shared.connectors.request_tracker import connect as connect_to
from shared.connectors.request_tracker import connect_back
from shared.connectors.request_tracker.hook import hint
from shared.connectors.request_tracker.options import Options
from shared.domain.event import Event
from shared.ports.connectors import Request
from tests.contract.connectors.conformance import Stories
from tests.contract.connectors.stories import Telling
from tests.contract.connectors.way_back import SECRET, Hub
from tests.peers.real_rt import RealRt

pytestmark = pytest.mark.peers


@dataclass
class Named:
    name: str
    secret: str
    options: Options


@dataclass
class Vault:
    token: str

    def get(self, name: str) -> dict[str, Any]:
        return {"token": self.token}


class Listener:
    """Takes what RT's scrip posts, as it came."""

    def __init__(self, rt: RealRt) -> None:
        self._rt = rt
        self.requests: list[Request] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                listener.requests.append(Request(headers, body, time.time()))
                self.send_response(202)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Standard error stays quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/connectors/soporte/events"

    def taken(self) -> list[Request]:
        """What has come, all that happened being told."""
        self._rt.tells_all()
        requests, self.requests = self.requests, []
        return requests


@pytest.fixture(scope="module")
def listener(rt: RealRt) -> Iterator[Listener]:
    """RT's webhooks go here from now on."""
    listener = Listener(rt)
    rt.redirect(listener.url, SECRET)
    yield listener
    listener.server.shutdown()
    listener.server.server_close()


@pytest.fixture
def hub(rt: RealRt) -> Hub:
    options = Options(url=rt.url, queue="Soporte", allow_private=True)
    hub = Hub("soporte", None, hint, now=time.time())  # type: ignore[arg-type]
    hub.back = connect_back(Named("soporte", "soporte", options), Vault(rt.token()), time.time)
    return hub


@pytest.fixture
def told(rt: RealRt, hub: Hub, stories: Stories) -> Callable[[], Telling]:
    """Tells the hub's RT a new case with its first entry."""
    options = Options(url=rt.url, queue="Soporte", allow_private=True)

    def tell() -> Telling:
        connector = connect_to(Named("soporte", "soporte", options), Vault(rt.token()), time.time)
        telling = Telling(connector, next(stories))
        telling.prepare("entry")
        telling.entry(1)
        ticket = telling.remotes["case"].id
        hub.knows(ticket, telling.story.case.id)
        return telling

    return tell


def heard(hub: Hub, listener: Listener) -> list[Event]:
    hub.now = time.time()
    hub.hear(*listener.taken())
    return hub.events()


def done(event: Event) -> tuple[str, str | None, str, str | None]:
    return event.kind, event.author.id, event.provider_type, event.text


def test_what_agents_do_comes_back_in_order_and_what_the_hub_did_does_not(
    rt: RealRt, hub: Hub, listener: Listener, told: Callable[[], Telling]
) -> None:
    ticket = told().remotes["case"].id
    assert heard(hub, listener) == []
    assert hub.metrics["echo_dropped"] > 0
    reply = {
        "Content": "<p>Ya <b>sale</b>: ¿mañana?</p>",
        "ContentType": "text/html",
        "Attachments": [{"FileName": "guia.pdf", "FileType": "application/pdf", "FileContent": "JVBERi0xLjQK"}],
    }
    before = datetime.now(UTC).replace(microsecond=0)
    rt.ask("POST", f"/ticket/{ticket}/correspond", reply, user="agente1")
    rt.ask("POST", f"/ticket/{ticket}/comment", {"Content": "difícil", "ContentType": "text/plain"}, user="agente2")
    rt.ask("PUT", f"/ticket/{ticket}", {"Owner": "agente2", "Priority": 100}, user="agente1")
    said = {"Content": "Listo", "ContentType": "text/plain", "Status": "resolved"}
    rt.ask("POST", f"/ticket/{ticket}/correspond", said, user="agente1")
    events = heard(hub, listener)
    assert [done(event) for event in events] == [
        ("message", "agente1", "Correspond", "Ya sale: ¿mañana?"),
        ("message", "agente2", "Comment", "difícil"),
        ("state_change", "agente1", "owner", "agente2"),
        ("state_change", "agente1", "priority", "high"),
        ("message", "agente1", "Correspond", "Listo"),
        ("state_change", "agente1", "state", "resolved"),
    ]
    answer, note = events[:2]
    assert (answer.visibility, note.visibility) == ("public", "internal")
    assert (answer.author.type, answer.author.name) == ("agent", "Ana Agente")
    assert (answer.html or "").strip() == "<p>Ya <b>sale</b>: ¿mañana?</p>"
    [file] = answer.attachments
    assert (file.kind, file.filename, file.mime_type) == ("document", "guia.pdf", "application/pdf")
    assert rt.ask("GET", f"/attachment/{file.provider_id}")["Content"].strip() == b64encode(b"%PDF-1.4\n").decode()
    times = [event.occurred_at for event in events if event.occurred_at]
    assert times == sorted(times)
    assert before <= times[0] <= datetime.now(UTC)
    assert {event.thread for event in events} == {ticket}


def test_the_same_words_of_two_agents_are_two(
    rt: RealRt, hub: Hub, listener: Listener, told: Callable[[], Telling]
) -> None:
    ticket = told().remotes["case"].id
    for user in ("agente1", "agente2"):
        rt.ask("POST", f"/ticket/{ticket}/correspond", {"Content": "Ya", "ContentType": "text/plain"}, user=user)
    events = [event for event in heard(hub, listener) if event.kind == "message"]
    assert [(event.author.id, event.text) for event in events] == [("agente1", "Ya"), ("agente2", "Ya")]


def test_merges_and_deletions_come_back_and_a_survivor_of_others_is_ours_from_then_on(
    rt: RealRt, hub: Hub, listener: Listener, told: Callable[[], Telling]
) -> None:
    one, other, third = (told().remotes["case"].id for _ in range(3))
    made = {"Queue": "Soporte", "Subject": "sin el hub", "Requestor": "nadie@example.com"}
    theirs = str(rt.ask("POST", "/ticket", made, user="agente1")["id"])
    rt.ask("POST", f"/ticket/{theirs}/correspond", {"Content": "antes", "ContentType": "text/plain"}, user="agente1")
    assert heard(hub, listener) == []
    rt.ask("PUT", f"/ticket/{one}", {"MergeInto": int(other)}, user="agente1")
    rt.ask("DELETE", f"/ticket/{third}", user="agente1")
    events = heard(hub, listener)
    assert sorted((event.thread, event.provider_type, event.text) for event in events) == sorted(
        [(one, "merge", other), (third, "deletion", None)]
    )
    rt.ask("PUT", f"/ticket/{other}", {"MergeInto": int(theirs)}, user="agente1")
    assert heard(hub, listener) == []
    rt.ask("POST", f"/ticket/{theirs}/correspond", {"Content": "después", "ContentType": "text/plain"}, user="agente1")
    assert [(event.thread, event.text) for event in heard(hub, listener)] == [(theirs, "después")]


def test_a_sweep_finds_what_no_webhook_told_also_in_merged_and_deleted_tickets(
    rt: RealRt, hub: Hub, listener: Listener, told: Callable[[], Telling]
) -> None:
    one, other, third = (told().remotes["case"].id for _ in range(3))
    hub.now = time.time()
    hub.sweep("0")
    hub.events()
    rt.ask("POST", f"/ticket/{one}/correspond", {"Content": "Ya", "ContentType": "text/plain"}, user="agente1")
    rt.ask("PUT", f"/ticket/{one}", {"MergeInto": int(other)}, user="agente1")
    rt.ask("DELETE", f"/ticket/{third}", user="agente1")
    listener.taken()  # lost
    hub.now = time.time() + 130
    hub.sweep("1")
    found = [(event.thread, event.provider_type, event.text) for event in hub.events()]
    assert sorted(found, key=str) == sorted(
        [(one, "Correspond", "Ya"), (one, "merge", other), (third, "deletion", None)], key=str
    )
    assert hub.metrics["found_by_sweep"] == 3
    hub.sweep("2")
    assert hub.events() == []


def test_the_scrips_webhooks_are_signed_as_the_hub_asks(
    rt: RealRt, hub: Hub, listener: Listener, told: Callable[[], Telling]
) -> None:
    ticket = told().remotes["case"].id
    requests = listener.taken()
    assert requests
    tickets = {one.ticket for request in requests for one in hint(request, {"signing_secrets": [SECRET]}, "soporte")}
    assert tickets <= {ticket}
    assert all(json.loads(request.body)["ticket"]["id"] == int(ticket) for request in requests)
