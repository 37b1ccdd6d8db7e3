"""What staff say of identities, over the API."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from shared.configuration import parse
from shared.store import keys
from tests.unit.api.conftest import AT, CONFIG, OPERATOR, PHONE

KEPT = CONFIG + "identity: {national_ids: [EC-cedula], secret: people}\n"
CEDULA = {"type": "EC-cedula", "value": "1700000001"}
IN_CLEAR = "/v1/customers/national-id/show"
WHO_MAY_SEE = "token-of-who-may-see-ids"


@pytest.fixture
def desk(hub: Any) -> Any:
    hub.add_customer("c-1", created_at=AT)
    people = {"national_id_key": "k" * 32, "encryption_keys": [b64encode(b"e" * 32).decode()]}
    secrets = {"api": {"tokens": hub.parts.tokens}, "people": people}
    hub.parts._config = parse(KEPT, "hub.yaml", {})
    hub.parts.secrets = lambda: SimpleNamespace(get=secrets.__getitem__)
    return hub


def post(hub: Any, path: str, wish: Any, **more: Any) -> Any:
    return hub.ask(path, method="POST", body=json.dumps(wish), **more)


def test_a_national_id_is_noted_masked_and_found_by_it(desk: Any) -> None:
    noted = post(desk, "/v1/customers/national-id", {"customer": "c-1", "by": "Eva", **CEDULA})
    assert noted.json == {
        "customer": "c-1",
        "type": "EC-cedula",
        "mask": "17••••••01",
        "unconfirmed": False,
        "same": None,
    }
    assert post(desk, "/v1/customers/find", CEDULA).json == {"customer": "c-1"}
    assert post(desk, "/v1/customers/find", {**CEDULA, "value": "0900000001"}).json == {"customer": None}
    for dump in ("", "/timeline", "/explain", "/candidates"):
        told = desk.ask(f"/v1/customers/c-1{dump}")
        assert told.status == 200
        assert CEDULA["value"] not in told.text
        assert "sealed" not in told.text


def test_who_may_see_a_national_id_in_clear_sees_it(desk: Any) -> None:
    post(desk, "/v1/customers/national-id", {"customer": "c-1", **CEDULA})
    shown = post(desk, IN_CLEAR, {"customer": "c-1", "type": "EC-cedula", "by": "Eva"}, token=WHO_MAY_SEE)
    assert shown.json == {"customer": "c-1", **CEDULA}
    assert shown.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("token", ["token-of-a-reader", OPERATOR])
def test_neither_readers_nor_operators_see_one_in_clear(desk: Any, token: str) -> None:
    post(desk, "/v1/customers/national-id", {"customer": "c-1", **CEDULA})
    refused = post(desk, IN_CLEAR, {"customer": "c-1", "type": "EC-cedula", "by": "Eva"}, token=token)
    assert (refused.status, "lacks the scope identify" in refused.text) == (403, True)
    assert CEDULA["value"] not in refused.text


@pytest.mark.parametrize(
    ("wish", "status", "word"),
    [
        ({"customer": "c-1", "type": "EC-cedula", "by": "Eva"}, 409, "no id of this type"),
        ({"customer": "c-9", "type": "EC-cedula", "by": "Eva"}, 404, "no such customer"),
        ({"customer": "c-1", "type": "EC-cedula"}, 400, "by: a text"),
        ({"customer": "c-1", "by": "Eva"}, 400, "type: a text"),
        ({"customer": "c-1", "type": "EC-cedula", "by": "Eva", "value": "1"}, 400, "only customer, type, by"),
    ],
)
def test_a_national_id_that_cannot_be_shown(desk: Any, wish: Any, status: int, word: str) -> None:
    answer = post(desk, IN_CLEAR, wish, token=WHO_MAY_SEE)
    assert (answer.status, word in answer.text) == (status, True), answer.text


def test_a_value_that_was_moved_is_a_fault_of_ours_without_it(desk: Any, caplog: pytest.LogCaptureFixture) -> None:
    post(desk, "/v1/customers/national-id", {"customer": "c-1", **CEDULA})
    stored = desk.parts.table().get(keys.customer("c-1")).item["national_ids"]
    desk.add_customer("c-2", None, national_ids=stored)
    answer = post(desk, IN_CLEAR, {"customer": "c-2", "type": "EC-cedula", "by": "Eva"}, token=WHO_MAY_SEE)
    assert answer.status == 500
    assert "belongs to somebody else" in caplog.text
    assert CEDULA["value"] not in answer.text + caplog.text


def test_the_command_line_notes_finds_and_shows_it(desk: Any, hilo: Callable[..., Any]) -> None:
    noted = hilo("customer", "identify", f"phone:{PHONE}", "EC-cedula", "--by", "Eva", given="170000000-1\n")
    assert (noted["customer"], noted["mask"], noted["same"]) == ("c-1", "17••••••01", None)
    assert hilo("customer", "find", "EC-cedula", given="1700000001") == {"customer": "c-1"}
    shown = hilo("customer", "national-id", "c-1", "EC-cedula", "--by", "Eva", token=WHO_MAY_SEE)
    assert shown == {"customer": "c-1", **CEDULA}


def test_the_command_line_says_that_a_line_is_shared_and_that_it_is_not(desk: Any, hilo: Callable[..., Any]) -> None:
    assert hilo("customer", "shared", "phone:0991234567") == {"customer": "c-1", "shared": True}
    assert hilo("customer", "shared", f"phone:{PHONE}", "--not") == {"customer": "c-1", "shared": False}


def test_a_line_is_called_shared(desk: Any) -> None:
    said = {"kind": "phone", "value": PHONE, "shared": True}
    assert post(desk, "/v1/identities/shared", said).json == {"customer": "c-1", "shared": True}


@pytest.mark.parametrize(
    ("path", "wish", "status", "word"),
    [
        ("/v1/customers/national-id", {"customer": "c-9", **CEDULA}, 404, "no such customer"),
        ("/v1/customers/national-id", {"customer": 1, **CEDULA}, 400, "customer"),
        ("/v1/customers/national-id", {"customer": "c-1", "type": "EC-cedula"}, 400, "value"),
        ("/v1/customers/national-id", {"customer": "c-1", **CEDULA, "value": "1700000002"}, 400, "check digit"),
        ("/v1/customers/national-id", {"customer": "c-1", **CEDULA, "note": "x"}, 400, "only customer"),
        ("/v1/customers/national-id", {"customer": "c-1", **CEDULA, "type": "BR-CPF"}, 409, "not kept"),
        ("/v1/customers/find", {"type": "EC-cedula"}, 400, "value"),
        ("/v1/identities/shared", {"kind": "fax", "value": "1", "shared": True}, 400, "kind"),
        ("/v1/identities/shared", {"kind": "phone", "value": PHONE, "shared": "yes"}, 400, "true or false"),
        ("/v1/identities/shared", {"kind": "phone", "value": "x", "shared": True}, 400, "no digits"),
        ("/v1/identities/shared", {"kind": "phone", "value": "+593987654321", "shared": True}, 404, "nobody holds"),
    ],
)
def test_a_question_that_cannot_be_answered(desk: Any, path: str, wish: Any, status: int, word: str) -> None:
    answer = post(desk, path, wish)
    assert answer.status == status
    assert word in answer.text
    assert "1700000002" not in answer.text


def test_a_reader_finds_and_says_nothing(desk: Any) -> None:
    wish = {"customer": "c-1", **CEDULA}
    assert post(desk, "/v1/customers/national-id", wish, token="token-of-a-reader").status == 403
    assert post(desk, "/v1/customers/find", CEDULA, token="token-of-a-reader").status == 200
