"""The tools' webhook as the gateway calls it: what it answers, and what it queues."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from functions.helpdesk_webhook import app
from shared import bootstrap
from shared.domain.errors import Misconfigured, Transient
from shared.ports.connectors import Request
from shared.ports.queues import Message
from shared.ports.table import Put
from shared.store import keys
from tests.contract.connectors.way_back import OTHER_SECRET, SECRET, Hub, signed

REPLY = {
    "type": "agent.reply",
    "timestamp": "2026-11-22T10:00:00Z",
    "data": {
        "case_id": "k-77",
        "external_id": "note-5",
        "author": {"id": "u-3", "name": "Luis"},
        "text": "Ya sale",
        "visibility": "public",
    },
}


@dataclass
class Vault:
    secrets: dict[str, Any] = field(default_factory=lambda: {"tool": {"signing_secrets": [OTHER_SECRET, SECRET]}})
    failing: Exception | None = None

    def get(self, name: str) -> Any:
        if self.failing:
            raise self.failing
        return self.secrets[name]


class Refusing:
    """A queue that takes nothing."""

    def __init__(self, failing: Exception | None = None) -> None:
        self.failing = failing

    def send(self, queue: str, batch: list[Message]) -> tuple[int, ...]:
        if self.failing:
            raise self.failing
        return tuple(range(len(batch)))


@dataclass
class Door:
    hub: Hub
    vault: Vault

    def post(self, request: Request, connector: str = "demo", *, encoded: bool = False) -> tuple[int, Any]:
        event = {
            "requestContext": {"requestId": "trace-1", "http": {"method": "POST"}},
            "pathParameters": {"connector": connector},
            "rawQueryString": "",
            "headers": {name.title(): value for name, value in request.headers.items()},
            "isBase64Encoded": encoded,
            "body": b64encode(request.body).decode() if encoded else request.body.decode("utf-8", "surrogateescape"),
        }
        answer = app.handler(event, None)
        self.headers = answer["headers"]
        return answer["statusCode"], json.loads(answer["body"])

    def tell(self, connector: str = "demo", webhook_id: str = "msg_1", **data: Any) -> tuple[int, Any]:
        content = {**REPLY, "data": {**REPLY["data"], **data}}  # type: ignore[dict-item]
        return self.post(signed(webhook_id, content), connector)

    def queued(self) -> list[Any]:
        return [json.loads(each.body) for each in self.hub.queues.receive("tools")]


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    hub, vault = Hub("demo", None, None), Vault()  # type: ignore[arg-type]
    hub.knows("k-77", "k-77")
    hub.table.transact([Put({"pk": "CAS#k-77", "sk": "CASE", "id": "k-77", "sequence": 12})])
    monkeypatch.setenv("CONNECTORS", "demo:generic_webhook:tool, soporte:request_tracker:tool odd:unheard_of:tool")
    with bootstrap.installed(
        table=hub.table, queues=hub.queues, secrets=vault, metrics=hub.metrics, clock=hub.clock, files=hub.files
    ):
        yield Door(hub, vault)


@pytest.mark.parametrize("encoded", [False, True])
def test_what_is_taken_is_durable_and_answered_202(door: Door, encoded: bool) -> None:
    status, answer = door.post(signed("msg_1", REPLY), encoded=encoded)
    assert (status, answer["accepted"], bool(answer["id"])) == (202, True, True)
    [queued] = door.queued()
    assert (queued["connector"], queued["ticket"], queued["id"]) == ("demo", "k-77", "msg_1")
    assert queued["told"]["data"]["text"] == "Ya sale"


def test_the_same_id_is_answered_alike(door: Door) -> None:
    assert door.tell() == door.tell()
    assert len(door.queued()) == 1


def test_what_was_recorded_before_is_answered_200(door: Door) -> None:
    pk, sk = keys.message("demo", "demo", "msg_1")
    door.hub.table.transact([Put({"pk": pk, "sk": sk, "case": "k-77", "sequence": 3})])
    assert door.tell()[0] == 200
    assert door.tell(webhook_id="msg_2", idempotency_key="msg_1")[0] == 200
    assert door.tell(webhook_id="msg_1", idempotency_key="another")[0] == 202
    assert [queued["id"] for queued in door.queued()] == ["another"]


def test_an_unknown_case_is_404(door: Door) -> None:
    status, answer = door.tell(case_id="k-78")
    assert (status, answer["error"]["code"]) == (404, "unknown_case")
    assert door.queued() == []


def test_a_case_of_another_connector_is_404(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECTORS", "other:generic_webhook:tool")
    assert door.tell("other")[0] == 404


def test_a_case_that_is_being_told_just_now_is_known(door: Door) -> None:
    pk, sk = keys.cursor("k-78", "demo")
    door.hub.table.transact(
        [Put({"pk": pk, "sk": sk, "customer": "c-1", "pushed": -1, "lease": int(door.hub.now) + 9})]
    )
    assert door.tell(case_id="k-78")[0] == 202


@pytest.mark.parametrize(("version", "status"), [(12, 202), (11, 409), (13, 409)])
def test_a_version_that_is_no_longer_is_409(door: Door, version: int, status: int) -> None:
    assert door.tell(version=version)[0] == status


@pytest.mark.parametrize(("known", "status"), [((), 404), (("c-1",), 404), (("c-1", "c-2"), 202)])
def test_contacts_are_known_as_well(door: Door, known: tuple[str, ...], status: int) -> None:
    for contact in known:
        pk, sk = keys.remote("demo", "contact", contact)
        door.hub.table.transact([Put({"pk": pk, "sk": sk, "customer": contact})])
    content = {**REPLY, "type": "contact.merge", "data": {"contact_id": "c-1", "into": "c-2", "external_id": "x"}}
    assert door.post(signed("msg_1", content))[0] == status


def test_a_case_that_machines_talk_about_is_429(door: Door) -> None:
    pk = keys.remote("demo", "case", "k-77")[0]
    door.hub.table.transact([Put({"pk": pk, "sk": "BACK", "burst": 100, "burst_at": int(door.hub.now) - 10})])
    assert door.tell()[0] == 429
    assert int(door.headers["retry-after"]) > 0
    assert door.hub.metrics["loop_suspected"] == 1
    door.hub.now += 600
    assert door.post(signed("msg_1", REPLY, door.hub.now))[0] == 202


def test_a_forged_request_is_401_and_stores_nothing(door: Door) -> None:
    request = signed("msg_1", REPLY)
    status, answer = door.post(replace(request, body=request.body + b" "))
    assert (status, answer["error"]["code"], answer["error"]["trace_id"]) == (401, "unauthorized", "trace-1")
    assert door.queued() == []
    assert door.hub.metrics["webhook_rejected"] == 1


def test_a_stale_request_is_401(door: Door) -> None:
    request = signed("msg_1", REPLY)
    door.hub.now += 301
    assert door.post(request)[0] == 401


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"case_id": 7}, "data.case_id is no text"),
        ({"external_id": ""}, "data.external_id is no text"),
        ({"author": {"name": "Luis"}}, "data.author.id is missing"),
        ({"text": " "}, "data.text is no text"),
        ({"visibility": "hidden"}, "data.visibility is none of public, internal"),
        ({"attachments": [{"url": "https://x.example.com/1"}, {"name": "a"}]}, "data.attachments[1].url is missing"),
        ({"version": -1}, "data.version is no whole number"),
    ],
)
def test_a_fault_of_the_schema_is_400_and_named_by_its_path(door: Door, data: dict[str, Any], path: str) -> None:
    status, answer = door.tell(**data)
    assert status == 400
    assert path in answer["error"]["message"]
    assert door.queued() == []


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ({}, "type is missing"),
        ({**REPLY, "type": "agent.sings"}, "type is none of"),
        ({**REPLY, "timestamp": "2026-13-22T10:00:00Z"}, "timestamp is no moment"),
        ({**REPLY, "timestamp": "2026-11-22 10:00:00"}, "timestamp is no moment"),
        ({**REPLY, "data": []}, "data is no object"),
        ({**REPLY, "data": {"external_id": "x", "author": {"id": "u"}}}, "data.case_id is missing"),
        ({**REPLY, "type": "case.update", "data": {"case_id": "k-77", "external_id": "x"}}, "data holds none of state"),
        (
            {**REPLY, "type": "case.update", "data": {"case_id": "k-77", "external_id": "x", "deleted": False}},
            "data holds none of",
        ),
        ({**REPLY, "type": "contact.update", "data": {"external_id": "x"}}, "data.contact_id is missing"),
        ({**REPLY, "type": "case.assign", "data": {"case_id": "k-77", "external_id": "x"}}, "data.assignee is missing"),
    ],
)
def test_every_type_has_its_schema(door: Door, content: dict[str, Any], path: str) -> None:
    status, answer = door.post(signed("msg_1", content))
    assert (status, path in answer["error"]["message"]) == (400, True), answer


@pytest.mark.parametrize("name", ["gone", "odd", "", "demo:generic_webhook"])
def test_a_connector_that_is_not_let_in_is_404(door: Door, name: str) -> None:
    assert door.tell(name)[0] == 404
    assert door.queued() == []


@pytest.mark.parametrize("text", ["x" * 100_000, "ñ" * 40_000])
def test_what_no_queue_takes_is_413(door: Door, text: str) -> None:
    """The one is too large as it comes, the other because it grows on the queue."""
    attachments = [{"url": f"https://tool.example.com/{text[:1900]}"}] * 3
    assert door.tell(text=text, html=text, attachments=attachments)[0] == 413
    assert door.queued() == []
    assert door.tell(text=text[:9_000])[0] == 202


@pytest.mark.parametrize("failing", [Transient("down"), Misconfigured("no such secret")])
def test_without_its_secret_nobody_is_let_in(door: Door, failing: Exception) -> None:
    door.vault.failing = failing
    assert door.tell()[0] == 503


def test_without_a_key_nobody_is_let_in(door: Door) -> None:
    door.vault.secrets = {"tool": {"signing_secrets": []}}
    assert door.tell()[0] == 503


@pytest.mark.parametrize("failing", [None, Transient("down"), Misconfigured("no queue")])
def test_what_is_not_durable_is_asked_for_again(door: Door, failing: Exception | None) -> None:
    with bootstrap.installed(queues=Refusing(failing)):
        assert door.tell()[0] == 503
    assert door.hub.metrics["webhook_unavailable"] == 1


def test_request_tracker_hints_at_the_ticket_and_the_one_it_is_in(door: Door) -> None:
    told = {"event": "ticket.correspond", "ticket": {"id": 12, "effective_id": 7}, "transaction": {"id": 52}}
    assert door.post(signed("rt-txn-52", told), "soporte")[0] == 202
    assert [(queued["connector"], queued["ticket"], "told" in queued) for queued in door.queued()] == [
        ("soporte", "12", False),
        ("soporte", "7", False),
    ]


@pytest.mark.parametrize("event", ["ticket.created", "ticket.custom_field", "ticket.link"])
def test_what_is_of_no_use_is_let_in_and_queued_nowhere(door: Door, event: str) -> None:
    assert door.post(signed("rt-txn-52", {"event": event, "ticket": {"id": 12}}), "soporte")[0] == 202
    assert door.queued() == []


@pytest.mark.parametrize("number", [None, "", "7'", "-1", 0, True, {}, "9" * 30])
def test_a_number_that_is_none_gets_nowhere(door: Door, number: Any) -> None:
    status, answer = door.post(signed("rt-txn-52", {"ticket": {"id": number}}), "soporte")
    assert (status, "ticket.id" in answer["error"]["message"]) == (400, True)


def test_no_answer_shows_what_was_written(door: Door) -> None:
    for data in ({"author": "Ana Ejemplo"}, {"case_id": "Ana Ejemplo"}, {"text": ["Ana Ejemplo"]}, {"html": 7}):
        _, answer = door.tell(**data)
        assert "Ana" not in json.dumps(answer)
