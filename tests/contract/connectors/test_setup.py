"""How the hub stands with the other side: what is not well there is said, with what to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from shared.connectors import generic_webhook, request_tracker
from shared.connectors.generic_webhook.options import Options as WebhookOptions
from shared.connectors.request_tracker.options import Options
from shared.connectors.standard_webhooks import keys_of, verify
from shared.domain.held import Checked
from tests.contract.connectors.fake_rt import TOKEN, FakeRt
from tests.contract.connectors.receiver import Receiver, answer
from tests.contract.connectors.rt_things import Part
from tests.contract.connectors.way_back import SECRET

NOW = 1795309323.0


@dataclass
class Settings:
    options: Any
    name: str = "soporte"
    secret: str = "soporte"


@dataclass
class Vault:
    secret: dict[str, Any] = field(default_factory=lambda: {"token": TOKEN, "signing_secrets": [SECRET]})

    def get(self, _: str) -> dict[str, Any]:
        return self.secret


Look = Callable[[], dict[str, Checked]]


@pytest.fixture
def rt(receiver: Receiver) -> FakeRt:
    rt = FakeRt()
    receiver.tool = rt
    rt.open_ticket(rt.user("ana", EmailAddress="ana@example.com"), "Impresora")
    return rt


@pytest.fixture
def vault() -> Vault:
    return Vault()


@pytest.fixture
def look(receiver: Receiver, rt: FakeRt, vault: Vault) -> Look:
    options = Options(url=f"http://127.0.0.1:{receiver.port}", queue="Soporte", allow_private=True)

    def look() -> dict[str, Checked]:
        setup = request_tracker.connect_setup(Settings(options), vault, lambda: NOW)
        return {one.what: one for one in setup.check(mend=True)}

    return look


def failed(checks: dict[str, Checked]) -> set[str]:
    return {what for what, one in checks.items() if one.ok is False}


def test_an_rt_as_it_should_be(look: Look) -> None:
    checks = look()
    assert failed(checks) == set()
    assert {what for what, one in checks.items() if one.ok is None} == {
        "RT mails no customer what the hub writes",
        "webhook",
    }, "what REST2 does not show is not said to be well"
    assert all(one.todo for one in checks.values() if one.ok is None)


@pytest.mark.parametrize(
    ("lacks", "named"),
    [
        ("HubContactId", "field HubContactId"),
        ("HubCaseId", "field HubCaseId"),
        ("HubMessageId", "field HubMessageId"),
    ],
)
def test_a_field_that_is_missing(lacks: str, named: str, rt: FakeRt, look: Look) -> None:
    rt.lacks.add(lacks)
    checks = look()
    assert failed(checks) == {named}
    assert lacks in checks[named].todo


@pytest.mark.parametrize(
    ("link", "right"),
    [
        ("create", "CreateTicket"),
        ("correspond", "ReplyToTicket"),
        ("comment", "CommentOnTicket"),
        ("lifecycle", "ModifyTicket"),
        ("admin", "AdminUsers"),
    ],
)
def test_a_right_that_is_missing(link: str, right: str, rt: FakeRt, look: Look) -> None:
    rt.rights.discard(link)
    checks = look()
    assert failed(checks) == {f"right {right}"}
    assert right in checks[f"right {right}"].todo


def test_no_channel_field_is_fine(rt: FakeRt, look: Look) -> None:
    rt.lacks.add("Channel")
    assert failed(look()) == set()


def test_a_queue_that_is_not_there(rt: FakeRt, look: Look) -> None:
    rt.queue = "Otra"
    assert "queue" in failed(look())


def test_a_token_that_rt_does_not_take_ends_it(vault: Vault, look: Look) -> None:
    vault.secret = {"token": "1-27-00000000000000000000000000000000"}
    checks = look()
    assert failed(checks) == {"url and token"}
    assert "credentials" in checks["url and token"].detail
    assert "00000000" not in str(checks)


def test_an_rt_that_cannot_be_reached(receiver: Receiver, look: Look) -> None:
    receiver.script = [answer(503)]
    assert failed(look()) == {"url and token"}


def test_an_empty_queue_says_how_to_see_the_rights(rt: FakeRt, look: Look) -> None:
    rt.tickets.clear()
    [unseen] = [one for what, one in look().items() if "ReplyToTicket" in what]
    assert (unseen.ok, bool(unseen.todo)) == (None, True)


def test_without_signing_secrets_no_webhook_is_let_in(vault: Vault, look: Look) -> None:
    vault.secret = {"token": TOKEN}
    assert failed(look()) == {"the secret that signs webhooks"}


@pytest.mark.parametrize(("to", "ok"), [("ana@example.com", False), ("agente1@rt.example.com", None)])
def test_mail_that_followed_what_the_hub_wrote(to: str, ok: bool | None, rt: FakeRt, look: Look) -> None:
    ticket = str(min(rt.tickets))
    rt.agent("agente1").fields["EmailAddress"] = "agente1@rt.example.com"
    rt.write(ticket, "Correspond", ("text/plain", "", b"Hola"), by="hub")
    mail = rt.write(ticket, "EmailRecord", by="RT_System")
    mail.parts = [Part(9000, "text/plain", headers=f"From: x@rt.example.com\nTo: {to}\nSubject: Hola")]
    found = look()["RT mails no customer what the hub writes"]
    assert found.ok is ok
    assert "On Correspond Notify Requestors" in found.todo
    assert to not in str(found)


def test_looking_changes_nothing(receiver: Receiver, rt: FakeRt, look: Look) -> None:
    before = len(rt.transactions), len(rt.users), len(rt.tickets)
    look()
    assert (len(rt.transactions), len(rt.users), len(rt.tickets)) == before
    assert {one.method for one in receiver.received} <= {"GET", "POST"}
    searches = [one.path.split("?")[0] for one in receiver.received if one.method == "POST"]
    assert {path.rsplit("/", 1)[1] for path in searches} <= {"users", "tickets", "transactions"}


# generic webhook


def webhook(receiver: Receiver, vault: Vault) -> dict[str, Checked]:
    options = WebhookOptions(url=f"http://127.0.0.1:{receiver.port}/hook", allow_private=True)
    setup = generic_webhook.connect_setup(Settings(options), vault, lambda: NOW)
    return {one.what: one for one in setup.check(mend=True)}


def test_a_receiver_is_sent_a_signed_test(receiver: Receiver, vault: Vault) -> None:
    assert failed(webhook(receiver, vault)) == set()
    [request] = receiver.received
    assert json.loads(request.body) == {
        "type": "endpoint.test",
        "timestamp": "2026-11-22T01:02:03Z",
        "data": {"connector": "soporte"},
    }
    verify(keys_of(vault.secret, "soporte"), request.headers, request.body, NOW)
    webhook(receiver, vault)
    assert receiver.received[0].headers["webhook-id"] != receiver.received[1].headers["webhook-id"]


@pytest.mark.parametrize("status", [401, 404, 410, 500])
def test_a_receiver_that_does_not_take_it(status: int, receiver: Receiver, vault: Vault) -> None:
    receiver.script = [answer(status)]
    [wrong] = [one for one in webhook(receiver, vault).values() if one.ok is False]
    assert str(status) in wrong.detail
    assert wrong.todo


def test_without_secret_nothing_is_sent(receiver: Receiver) -> None:
    assert failed(webhook(receiver, Vault({}))) == {"secret"}
    assert receiver.received == []


def test_it_cannot_be_asked_what_it_holds() -> None:
    options = WebhookOptions(url="https://receiver.example.com/hook")
    assert generic_webhook.connect_stock(Settings(options), Vault(), lambda: NOW) is None
