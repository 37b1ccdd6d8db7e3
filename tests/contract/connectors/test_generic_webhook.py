"""The generic webhook keeps what every connector promises, and its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

import pytest

from shared.connectors.generic_webhook import connect as connect_to
from shared.connectors.generic_webhook import connect_back
from shared.connectors.generic_webhook.client import GenericWebhook
from shared.connectors.generic_webhook.hook import hint
from shared.connectors.generic_webhook.options import Options
from shared.connectors.http import Http
from shared.connectors.standard_webhooks import keys_of, sign
from shared.domain.errors import Misconfigured, Transient
from shared.http.transport import Dialer
from shared.ports.connectors import Connector, Remote
from tests.contract.connectors.conformance import ANA, CASE, TIMEOUT_S, Connect, ConnectorConformance, entry, shows
from tests.contract.connectors.conformance_back import WayBack
from tests.contract.connectors.generic_people import GenericPeople
from tests.contract.connectors.receiver import Received, Receiver, answer, lost, raw
from tests.contract.connectors.scripted import ScriptedTool
from tests.contract.connectors.way_back import NOW as HUB_NOW
from tests.contract.connectors.way_back import Hub

OLD = "whsec_b2xkLXRlc3Qtc2VjcmV0LTAwMDAwMDAwMDAwMDE="
NEW = "whsec_bmV3LXRlc3Qtc2VjcmV0LTAwMDAwMDAwMDAwMDE="
NOW = 1795309323.7


@dataclass
class Named:
    name: str
    secret: str
    options: Options


class Vault:
    def __init__(self, **secrets: dict[str, Any]) -> None:
        self.secrets = secrets

    def get(self, name: str) -> dict[str, Any]:
        return self.secrets[name]


def _named(body: dict[str, Any]) -> str:
    data = body["data"]
    if "case" not in data:
        return f"contact {data['customer']['id']}"
    case = data["case"]
    return f"entry {data['sequence']} of {case['reference']}" if data["sequence"] else f"case {case['id']}"


class Listener(ScriptedTool):
    """Can only be told: a request took effect unless the receiver was made to answer something else than 2xx."""

    def __init__(self, receiver: Receiver) -> None:
        super().__init__(receiver)
        receiver.tool = self._take
        self._taken: dict[str, str] = {}

    def _take(self, request: Received) -> tuple[int, dict[str, str], bytes]:
        self._taken.setdefault(request.headers["webhook-id"], _named(json.loads(request.body)))
        return 204, {}, b""

    def effects(self) -> list[str]:
        return list(self._taken.values())


@pytest.fixture
def vault() -> Vault:
    return Vault(demo={"signing_secrets": [NEW]})


@pytest.fixture
def connect(receiver: Receiver, vault: Vault) -> Connect:
    url = f"http://127.0.0.1:{receiver.port}/hooks/secret-path?token=secret-token"
    options = Options(url=url, allow_private=True, timeout_s=TIMEOUT_S)
    return lambda: connect_to(Named("demo", "demo", options), vault, lambda: NOW)


@pytest.fixture
def connector(connect: Connect) -> Connector:
    return connect()


@pytest.fixture
def other_side(receiver: Receiver) -> Listener:
    return Listener(receiver)


@pytest.fixture
def hub(vault: Vault) -> Hub:
    options = Options(url="https://tool.example.com/hilo")
    return Hub("demo", connect_back(Named("demo", "demo", options), vault, lambda: HUB_NOW), hint)


@pytest.fixture
def tool(hub: Hub) -> GenericPeople:
    return GenericPeople(hub.clock)


@pytest.fixture
def tickets(hub: Hub) -> Iterator[str]:
    """Of this tool a case's own id is that of its ticket."""

    def known() -> Iterator[str]:
        for number in count(1):
            hub.knows(f"k-{number}", f"k-{number}")
            yield f"k-{number}"

    return known()


class TestGenericWebhookBack(WayBack):
    """The way back of a system that tells by itself."""


class TestGenericWebhook(ConnectorConformance):
    PRIVATE = ("secret-path", "secret-token", NEW, NEW.removeprefix("whsec_"), "new-test-secret")

    @shows("a contact is brought up to date")
    def test_a_new_version_of_a_contact_is_told(self, connector: Connector, receiver: Receiver) -> None:
        known = connector.put_contact(ANA, 1, None, retry=False)
        connector.put_contact(ANA, 2, known, retry=False)
        told = [json.loads(request.body) for request in receiver.received]
        assert [(one["type"], one["data"]["version"]) for one in told] == [
            ("contact.created", 1),
            ("contact.updated", 2),
        ]

    @shows("an edit, a deletion, a reaction is told as one")
    @pytest.mark.parametrize("kind", ["edit", "deletion", "reaction"])
    def test_a_revision_is_told_as_one(self, connector: Connector, receiver: Receiver, kind: Any) -> None:
        connector.append(CASE, Remote("k-1"), entry(2, kind, in_reply_to="wamid.1"), ANA, retry=False)
        told = json.loads(receiver.received[0].body)
        assert told["type"] == "interaction.updated"
        assert (told["data"]["interaction"]["kind"], told["data"]["interaction"]["in_reply_to"]) == (kind, "wamid.1")


def test_request_carries_the_headers_of_standard_webhooks(connector: Connector, receiver: Receiver) -> None:
    webhook_id = connector.append(CASE, Remote("k-1"), entry(1), ANA, retry=False)
    (request,) = receiver.received
    assert request.path == "/hooks/secret-path?token=secret-token"
    assert request.headers["webhook-id"] == webhook_id
    assert request.headers["webhook-timestamp"] == "1795309323"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"] == "hub-webhooks/1"


def test_the_very_bytes_that_arrive_are_signed(connector: Connector, receiver: Receiver, vault: Vault) -> None:
    webhook_id = connector.append(CASE, Remote("k-1"), entry(1, text="¿Año? 🙂\u2028"), ANA, retry=False)
    (request,) = receiver.received
    keys = keys_of(vault.get("demo"), "demo")
    assert request.headers["webhook-signature"] == sign(keys, webhook_id, 1795309323, request.body)


def test_a_rotated_secret_is_noticed_and_both_sign(connector: Connector, receiver: Receiver, vault: Vault) -> None:
    connector.put_contact(ANA, 1, None, retry=False)
    vault.secrets["demo"] = {"signing_secrets": [NEW, OLD]}
    connector.put_contact(ANA, 1, None, retry=True)
    first, second = (request.headers["webhook-signature"].split(" ") for request in receiver.received)
    assert len(first) == 1
    assert len(second) == 2
    assert second[0] == first[0]


def test_a_retry_has_the_same_id_and_bytes(connector: Connector, receiver: Receiver) -> None:
    for tell in (
        partial(connector.put_contact, ANA, 1, None),
        partial(connector.open_case, CASE, ANA, Remote("c-1")),
        partial(connector.append, CASE, Remote("k-1"), entry(1), ANA),
    ):
        receiver.received.clear()
        receiver.script.append(lost)
        with pytest.raises(Transient):
            tell(retry=False)
        tell(retry=True)
        first, second = receiver.received
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        assert first.body == second.body


def test_ids_of_the_hub_serve_as_remote_ids(connector: Connector) -> None:
    assert connector.put_contact(ANA, 1, None, retry=False) == Remote("c-1")
    assert connector.open_case(CASE, ANA, Remote("c-1"), retry=False) == Remote("k-1")


@pytest.mark.parametrize("status", [400, 404, 409, 413, 422])
def test_a_refusal_is_waited_for_and_never_skipped(connector: Connector, receiver: Receiver, status: int) -> None:
    receiver.script.append(answer(status))
    with pytest.raises(Transient):
        connector.put_contact(ANA, 1, None, retry=False)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_the_confirmation(connector: Connector, receiver: Receiver, status: int) -> None:
    receiver.script.append(answer(status))
    assert connector.put_contact(ANA, 1, None, retry=False) == Remote("c-1")


def test_gone_stops_the_connector(connector: Connector, receiver: Receiver) -> None:
    receiver.script.append(answer(410))
    with pytest.raises(
        Misconfigured, match=r"^connector demo: 127\.0\.0\.1 answered 410: the receiver says it is gone"
    ):
        connector.put_contact(ANA, 1, None, retry=False)


def test_a_2xx_whose_body_breaks_off_is_still_the_confirmation(connector: Connector, receiver: Receiver) -> None:
    receiver.script.append(receiver.dripping(b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n"))
    assert connector.put_contact(ANA, 1, None, retry=False) == Remote("c-1")


def test_the_connection_is_kept(connector: Connector, receiver: Receiver) -> None:
    for sequence in (1, 2, 3):
        connector.append(CASE, Remote("k-1"), entry(sequence), ANA, retry=False)
    assert receiver.connections == 1


def test_a_cookie_is_not_remembered(connector: Connector, receiver: Receiver) -> None:
    receiver.script.append(answer(200, {"Set-Cookie": "who=c-1; Path=/"}))
    connector.put_contact(ANA, 1, None, retry=False)
    connector.put_contact(ANA, 2, Remote("c-1"), retry=False)
    assert "cookie" not in receiver.received[1].headers


@pytest.mark.parametrize(
    "secret",
    [{}, {"signing_secrets": []}, {"signing_secrets": ["whsec_c2hvcnQ="]}],
)
def test_a_bad_secret_stops_the_connector_before_anything_is_sent(
    connector: Connector, receiver: Receiver, vault: Vault, secret: dict[str, Any]
) -> None:
    vault.secrets["demo"] = secret
    with pytest.raises(Misconfigured, match=r"^connector demo: "):
        connector.put_contact(ANA, 1, None, retry=False)
    assert receiver.received == []


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 xyz OK\r\n\r\n",
        b"HTTP/1.1 99 Low\r\n\r\n",
        b"HTTP/1.1 1000 High\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1, 2\r\n\r\nok",
        b"HTTP/1.1 200 " + b"x" * 100_000,
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 500 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 503 No\r\nretry-after: \xff\xfe\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nlocation: \xff\xfe//[\r\ncontent-length: 0\r\n\r\n",
    ],
)
def test_nonsense_instead_of_an_answer_may_pass(connector: Connector, receiver: Receiver, said: bytes) -> None:
    receiver.script.append(raw(said))
    with pytest.raises(Transient):
        connector.put_contact(ANA, 1, None, retry=False)


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\nnot gzip",
        b"HTTP/1.1 200 OK\r\nset-cookie: \xff=\x00;;;\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\n",
    ],
)
def test_a_2xx_with_nonsense_after_it_is_the_confirmation(
    connector: Connector, receiver: Receiver, said: bytes
) -> None:
    receiver.script.append(raw(said))
    assert connector.put_contact(ANA, 1, None, retry=False) == Remote("c-1")


def test_without_leave_a_name_of_a_private_address_is_never_reached(receiver: Receiver, vault: Vault) -> None:
    dialer = Dialer(resolve=lambda _host, _port: ["127.0.0.1"])
    url = f"https://receiver.example.com:{receiver.port}/hook"
    refused = GenericWebhook("demo", url, "demo", vault, lambda: NOW, Http("demo", clock=lambda: NOW, dialer=dialer))
    with pytest.raises(Misconfigured, match="a loopback address"):
        refused.put_contact(ANA, 1, None, retry=False)
    assert receiver.connections == 0
