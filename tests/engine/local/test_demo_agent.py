"""Who works in the demo tool: what they do is told to the hub as any tool would tell it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from local.demo_agent import DemoAgent
from shared.connectors.generic_webhook.hook import faults_of
from shared.connectors.standard_webhooks import keys_of, verify

SECRET = {"signing_secrets": ["whsec_" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="]}
NOW = 1_795_340_000.0


class Door:
    """The hub's door: connectors that know a case, and what came."""

    def __init__(self) -> None:
        self.came: list[tuple[str, dict[str, str], bytes]] = []
        self.knows: set[str] = {"demo"}
        door = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                door.came.append((self.path, headers, body))
                self.send_response(202 if self.path.split("/")[2] in door.knows else 404)
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def door() -> Iterator[Door]:
    made = Door()
    yield made
    made.server.shutdown()
    made.server.server_close()


def agent(door: Door, *names: str) -> DemoAgent:
    url = f"http://127.0.0.1:{door.server.server_port}"
    connectors = [(name, lambda: SECRET) for name in names]
    return DemoAgent(url, connectors, lambda _: None, is_token="t".__eq__, clock=lambda: NOW, new_id=lambda: "n1")


def ask(agent: DemoAgent, wish: Any, bearer: str = "t") -> int:
    headers = {"authorization": f"Bearer {bearer}"}
    return int(agent.act({"headers": headers, "body": json.dumps(wish)})["statusCode"])


LUIS = {"id": "luis", "name": "Luis"}
DEEDS = [
    ({"action": "reply", "text": " Sale ", "in_reply_to": "w1"}, "agent.reply", {"text": "Sale", "in_reply_to": "w1"}),
    ({"action": "note", "text": "Llamar"}, "note.create", {"text": "Llamar"}),
    ({"action": "pend"}, "case.update", {"state": "pending"}),
    ({"action": "resolve", "agent": "Luis"}, "case.update", {"state": "solved", "author": LUIS}),
]


@pytest.mark.parametrize(("wish", "kind", "data"), DEEDS)
def test_what_is_done_is_signed_and_told_in_the_doors_words(
    door: Door, wish: dict[str, str], kind: str, data: dict[str, Any]
) -> None:
    assert ask(agent(door, "demo"), {"case": "c-1", **wish}) == 202
    [(path, headers, body)] = door.came
    assert path == "/connectors/demo/events"
    assert verify(keys_of(SECRET, "demo"), headers, body, NOW) == "demo-n1"
    told = json.loads(body)
    assert (told["type"], faults_of(told)) == (kind, [])
    assert told["data"].items() >= {"case_id": "c-1", **data}.items()


def test_the_connector_that_was_told_of_the_case_takes_it(door: Door) -> None:
    assert ask(agent(door, "other", "demo"), {"case": "c-1", "action": "pend"}) == 202
    assert [path for path, _, _ in door.came] == ["/connectors/other/events", "/connectors/demo/events"]
    door.knows = set()
    assert ask(agent(door, "other", "demo"), {"case": "c-1", "action": "pend"}) == 404


@pytest.mark.parametrize(
    "wish",
    [[], {}, {"case": "c"}, {"case": "c", "action": "dance"}, {"case": "c", "action": "reply", "text": " "},
     {"case": "c", "action": "note", "text": 5}, {"case": "c", "action": "pend", "state": "spam"}],
)  # fmt: skip
def test_what_nobody_can_do_there_is_refused(door: Door, wish: Any) -> None:
    assert ask(agent(door, "demo"), wish) == 400
    assert door.came == []


def test_nobody_else_works_there(door: Door) -> None:
    assert ask(agent(door, "demo"), {"case": "c", "action": "pend"}, bearer="x") == 401
    assert ask(agent(door), {"case": "c", "action": "pend"}) == 409
    door.server.server_close()
    assert door.came == []
