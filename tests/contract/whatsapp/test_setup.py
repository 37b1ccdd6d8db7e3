"""How the hub stands with a number of the Cloud API, against what the Graph API answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from shared.channels.whatsapp.way_out import connect_setup
from shared.domain.held import Checked
from tests.contract.connectors.receiver import Received, Receiver

ACCOUNT, BUSINESS, APP, TOKEN = "200000000000001", "300000000000001", "400000000000001", "EAAtoken-of-a-test"
WHOLE = {"app_secrets": ["s"], "verify_token": "v", "access_token": TOKEN}


@dataclass
class Graph:
    """The part of the Graph API that tells of an account."""

    scopes: list[str] = field(default_factory=lambda: ["whatsapp_business_messaging", "whatsapp_business_management"])
    targets: list[str] = field(default_factory=lambda: [BUSINESS])
    subscribed: set[str] = field(default_factory=lambda: {APP})
    callback: str | None = "https://hub.example.com/webhooks/whatsapp"
    expires_at: int = 0
    may_subscribe: bool = True
    asked: list[str] = field(default_factory=list)

    def __call__(self, request: Received) -> tuple[int, Mapping[str, str], bytes]:
        path = urlsplit(request.path).path.partition("/v25.0/")[2]
        self.asked.append(f"{request.method} {path}")
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return self._said({"error": {"code": 190, "type": "OAuthException", "message": "Invalid"}}, 401)
        said = self._answer(request.method, path, parse_qs(urlsplit(request.path).query))
        return self._said(said, 400 if "error" in said else 200)

    @staticmethod
    def _said(content: dict[str, Any], status: int) -> tuple[int, Mapping[str, str], bytes]:
        return status, {"content-type": "application/json"}, json.dumps(content).encode()

    def _answer(self, method: str, path: str, query: dict[str, list[str]]) -> dict[str, Any]:
        if path == ACCOUNT:
            urls = {"webhook_configuration": {"application": self.callback}} if self.callback else {}
            return {"verified_name": "Acme", "quality_rating": "GREEN", "id": ACCOUNT, **urls}
        if path == "debug_token":
            assert query["input_token"] == [TOKEN]
            granular = [{"scope": scope, "target_ids": self.targets} for scope in self.scopes]
            about = {"app_id": APP, "scopes": self.scopes, "granular_scopes": granular, "expires_at": self.expires_at}
            return {"data": about}
        if path == f"{BUSINESS}/phone_numbers":
            return {"data": [{"id": ACCOUNT}]}
        if path == f"{BUSINESS}/subscribed_apps" and method == "POST":
            if not self.may_subscribe:
                return {"error": {"code": 200, "type": "OAuthException"}}
            self.subscribed.add(APP)
            return {"success": True}
        if path == f"{BUSINESS}/subscribed_apps":
            return {"data": [{"whatsapp_business_api_data": {"id": one}} for one in self.subscribed]}
        return {"error": {"code": 100, "type": "GraphMethodException"}}


@dataclass
class Vault:
    secret: dict[str, Any]

    def get(self, _: str) -> dict[str, Any]:
        return self.secret


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    server = receiver.start()
    yield receiver
    receiver.stop(server)


@pytest.fixture
def graph(receiver: Receiver) -> Graph:
    graph = Graph()
    receiver.tool = graph
    return graph


def look(
    receiver: Receiver,
    secret: dict[str, Any] = WHOLE,
    *,
    mend: bool = True,
    account: str = ACCOUNT,
    played: bool = False,
) -> dict[str, Checked]:
    root = f"http://127.0.0.1:{receiver.port}"
    setup = connect_setup(account, "whatsapp", Vault(secret), lambda: 0.0, root=root, allow_private=True, played=played)
    return {one.what: one for one in setup.check(mend=mend)}


def failed(checks: dict[str, Checked]) -> set[str]:
    return {what for what, one in checks.items() if one.ok is False}


SUBSCRIPTION = "the business account sends to the app"


def test_an_account_as_it_should_be(receiver: Receiver, graph: Graph) -> None:
    checks = look(receiver)
    assert all(one.ok for one in checks.values()), checks
    assert TOKEN not in str(checks)
    assert all(one.startswith("GET") for one in graph.asked)


def test_an_account_that_is_not_subscribed_is_subscribed_and_that_is_said(receiver: Receiver, graph: Graph) -> None:
    graph.subscribed.clear()
    assert failed(look(receiver, mend=False)) == {SUBSCRIPTION}
    assert graph.subscribed == set(), "who only looks changes nothing"
    done = look(receiver)
    assert (done[SUBSCRIPTION].ok, done[SUBSCRIPTION].detail) == (True, "subscribed it just now")
    assert graph.subscribed == {APP}


def test_a_token_that_may_not_subscribe(receiver: Receiver, graph: Graph) -> None:
    graph.subscribed.clear()
    graph.may_subscribe = False
    found = look(receiver)[SUBSCRIPTION]
    assert found.ok is False
    assert "200" in found.detail


@pytest.mark.parametrize("missing", ["whatsapp_business_messaging", "whatsapp_business_management"])
def test_a_permission_that_is_missing(missing: str, receiver: Receiver, graph: Graph) -> None:
    graph.scopes.remove(missing)
    assert failed(look(receiver)) == {f"permission {missing}"}


def test_a_token_that_ends(receiver: Receiver, graph: Graph) -> None:
    graph.expires_at = 1_800_000_000
    assert failed(look(receiver)) == {"token stays"}


def test_a_token_that_meta_does_not_take(receiver: Receiver, graph: Graph) -> None:
    checks = look(receiver, WHOLE | {"access_token": "another"})
    assert failed(checks) == {"phone number"}
    assert "190" in checks["phone number"].detail


def test_a_number_that_is_another(receiver: Receiver, graph: Graph) -> None:
    assert failed(look(receiver, account="200000000000009")) == {"phone number"}


def test_a_token_for_no_business_account_in_particular_cannot_be_judged(receiver: Receiver, graph: Graph) -> None:
    graph.targets.clear()
    found = look(receiver)[SUBSCRIPTION]
    assert (found.ok, bool(found.todo)) == (None, True)


@pytest.mark.parametrize(("callback", "ok"), [("https://other.example.com/hook", False), (None, None)])
def test_where_deliveries_go(callback: str | None, ok: bool | None, receiver: Receiver, graph: Graph) -> None:
    graph.callback = callback
    found = look(receiver)["callback URL"]
    assert (found.ok, bool(found.todo)) == (ok, True)


@pytest.mark.parametrize(("played", "ok"), [(False, False), (True, None)])
def test_without_a_token_nothing_is_asked(played: bool, ok: bool | None, receiver: Receiver, graph: Graph) -> None:
    secret = {name: value for name, value in WHOLE.items() if name != "access_token"}
    assert look(receiver, secret, played=played)["token to send"].ok is ok
    assert graph.asked == []


@pytest.mark.parametrize("missing", ["app_secrets", "verify_token"])
def test_what_lets_deliveries_in(missing: str, receiver: Receiver, graph: Graph) -> None:
    secret = {name: value for name, value in WHOLE.items() if name != missing}
    assert failed(look(receiver, secret)) == {f"secret: {missing}"}
