from __future__ import annotations

from typing import Any

import pytest

from shared.application.access import scopes_of
from shared.domain.errors import Misconfigured, Rejected

SECRET = {"tokens": [{"token": "one", "scopes": ["read"]}, {"token": "two", "scopes": ["read", "operate"]}]}

READ = ["/v1/customers", "/v1/customers/c-1", "/v1/customers/c-1/timeline", "/v1/cases/k-1", "/v1/connectors"]
OPERATE = ["/v1/queues", "/v1/dead-letters", "/v1/dead-letters/x"]


@pytest.mark.parametrize("path", READ + OPERATE)
@pytest.mark.parametrize("token", [None, "", "token-of-nobody", "token-of-a-reade"])
def test_nothing_is_told_without_a_known_token(hub: Any, path: str, token: str | None) -> None:
    answer = hub.ask(path, token=token)
    assert answer.status == 401
    assert answer.json["error"]["code"] == "unauthorized"
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", OPERATE)
def test_a_reader_is_told_which_scope_is_missing(hub: Any, path: str) -> None:
    answer = hub.ask(path, token="token-of-a-reader")
    assert answer.status == 403
    assert answer.json["error"]["message"] == "this token lacks the scope operate"


def test_a_reader_cannot_redrive(hub: Any) -> None:
    hub.add_letter('{"index": 1}')
    answer = hub.ask("/v1/dead-letters/redrive", token="token-of-a-reader", method="POST", body='{"all": true}')
    assert answer.status == 403
    assert len(hub.ask("/v1/dead-letters").json["dead_letters"]) == 1


@pytest.mark.parametrize(
    ("header", "scopes"),
    [("Bearer one", {"read"}), ("bearer  two ", {"read", "operate"}), ("BEARER two", {"read", "operate"})],
)
def test_each_token_has_its_own_scopes(header: str, scopes: set[str]) -> None:
    assert scopes_of(header, SECRET) == scopes


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "one", "Basic one", "Bearer three", "Bearer \ud800"])
def test_what_is_no_known_token_is_rejected(header: str | None) -> None:
    with pytest.raises(Rejected):
        scopes_of(header, SECRET)


def test_an_empty_token_in_the_secret_lets_nobody_in() -> None:
    with pytest.raises(Rejected):
        scopes_of("Bearer ", {"tokens": [{"token": "", "scopes": ["read"]}]})


@pytest.mark.parametrize("secret", [{}, {"tokens": None}, {"tokens": [{"token": "x"}]}, {"tokens": ["x"]}])
def test_a_secret_of_another_form_is_a_fault_of_the_settings(secret: dict[str, Any]) -> None:
    with pytest.raises(Misconfigured):
        scopes_of("Bearer x", secret)
