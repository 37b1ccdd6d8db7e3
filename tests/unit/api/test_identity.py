"""What staff say of identities, over the API."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from shared.configuration import parse
from tests.unit.api.conftest import CONFIG, PHONE

KEPT = CONFIG + "identity: {national_ids: [EC-cedula], secret: people}\n"
CEDULA = {"type": "EC-cedula", "value": "1700000001"}


@pytest.fixture
def desk(hub: Any) -> Any:
    hub.add_customer("c-1")
    secrets = {"api": {"tokens": hub.parts.tokens}, "people": {"national_id_key": "k" * 32}}
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
    assert CEDULA["value"] not in desk.ask("/v1/customers/c-1").text


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
