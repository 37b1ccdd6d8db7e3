"""What an answer of the Send API means for a send: the table of messenger_instagram.md §15, one row, one answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from shared.channels.instagram.limits import LIMITS as INSTAGRAM
from shared.channels.instagram.way_out import place_of
from shared.channels.messenger.limits import LIMITS
from shared.domain.answer import Accepted, Address, Later, Lost, Refused, SendOutcome
from shared.domain.errors import HubError, Misconfigured, Transient
from shared.http.client import Answer, Unsent
from shared.meta.graph import Tokens
from shared.meta.social.advice import ADVICE
from shared.meta.social.errors import ROWS, row_of
from shared.meta.social.send import Place, SocialOut

PAGE = "400000000000001"
BODY = {"recipient": {"id": "500"}, "messaging_type": "RESPONSE", "message": {"text": "Hola", "metadata": "m:0"}}
LATE = {**BODY, "messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
OK = {"recipient_id": "500", "message_id": "m_C"}


class Wire:
    """An HTTP client that answers what it is given."""

    def __init__(self, answer: Answer | HubError) -> None:
        self.answer = answer
        self.asked: list[tuple[str, Any, Mapping[str, str]]] = []

    def exchange(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        assert method == "POST"
        self.asked.append((url, json.loads(body or b""), headers))
        if isinstance(self.answer, HubError):
            raise self.answer
        return self.answer

    def asked_s(self, answer: Answer) -> float | None:
        return float(answer.headers["retry-after"]) if "retry-after" in answer.headers else None


class Secrets:
    def __init__(self, **held: Any) -> None:
        self.held = held

    def get(self, name: str) -> dict[str, Any]:
        assert name == "messenger"
        return self.held


def heard(status: int, content: Any, **headers: str) -> Answer:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Answer(status, headers, body, True, "messenger")


def failure(code: int, subcode: int | None = None) -> dict[str, Any]:
    more = {"error_subcode": subcode} if subcode else {}
    return {"error": {"message": "Something", "type": "OAuthException", "code": code, "fbtrace_id": "A1", **more}}


def way(wire: Wire, held: Mapping[str, Any], link: Any = lambda _key, _type: None) -> SocialOut:
    tokens = Tokens(Secrets(**held), lambda _: "messenger")
    return SocialOut(LIMITS, wire, tokens, lambda account: Place("facebook", account), link)


def sent(answer: Answer | HubError, body: Mapping[str, Any] = BODY) -> SendOutcome:
    return way(Wire(answer), {"access_token": "EAAexample"}).send(PAGE, dict(body))


def test_the_request_is_as_the_page_says() -> None:
    wire = Wire(heard(200, OK))
    assert way(wire, {"access_token": "EAAexample"}).send(PAGE, dict(BODY)) == Accepted("m_C")
    [(url, body, headers)] = wire.asked
    assert url == f"https://graph.facebook.com/v25.0/{PAGE}/messages"
    assert body == BODY
    assert headers["authorization"] == "Bearer EAAexample"


def test_each_page_may_have_a_token_of_its_own() -> None:
    wire = Wire(heard(200, OK))
    way(wire, {"access_token": "EAAother", "access_tokens": {PAGE: "EAAown"}}).send(PAGE, dict(BODY))
    assert wire.asked[0][2]["authorization"] == "Bearer EAAown"


@pytest.mark.parametrize(
    ("login", "page", "place"),
    [
        ("facebook", "4", Place("facebook", "4")),
        ("facebook", None, Place("facebook", "me")),
        ("instagram", None, Place("instagram", "1784")),
        ("instagram", "4", Place("instagram", "1784")),
        (None, "4", Place("facebook", "4")),
        (None, None, Place("instagram", "1784")),
    ],
)
def test_the_login_decides_host_and_node(login: Any, page: str | None, place: Place) -> None:
    assert place_of("1784", login, page) == place
    wire = Wire(heard(200, OK))
    tokens = Tokens(Secrets(access_token="x"), lambda _: "messenger")
    SocialOut(INSTAGRAM, wire, tokens, lambda _: place, lambda *_: None).send("1784", dict(BODY))
    assert wire.asked[0][0] == f"https://graph.{place.login}.com/v25.0/{place.node}/messages"


def test_a_private_answer_says_whom_it_reached() -> None:
    body = {"recipient": {"comment_id": "c1"}, "message": {"text": "Hola"}}
    assert sent(heard(200, OK), body) == Accepted("m_C", Address("messenger", "500"))


@pytest.mark.parametrize("content", [{}, [], b"<html>", {"recipient_id": "500"}, {"message_id": 7}])
def test_taken_without_an_id_nobody_knows(content: Any) -> None:
    assert sent(heard(200, content)) == Lost("no_id")


def test_a_file_of_the_hubs_gets_its_address_when_it_is_sent() -> None:
    stored = {"key": "media/c/1/0", "mime_type": "image/png"}
    message = {"attachment": {"type": "image", "payload": {}}, "metadata": "m:0"}
    body = {**BODY, "message": message, "stored": stored}
    wire = Wire(heard(200, OK))
    linked = way(wire, {"access_token": "x"}, lambda key, kind: f"https://files.example.com/{key}?{kind}")
    assert isinstance(linked.send(PAGE, dict(body)), Accepted)
    asked = wire.asked[0][1]
    assert asked["message"]["attachment"]["payload"] == {"url": "https://files.example.com/media/c/1/0?image/png"}
    assert "stored" not in asked
    assert sent(heard(200, OK), body) == Refused("no_link")


LATER = {"whole_account": True}
STOP = {"whole_account": True, "stops": True}
TABLE: list[tuple[int, int | None, str, dict[str, Any]]] = [
    (1, None, "lost", {}),
    (1, 1357046, "lost", {}),
    (2, None, "lost", {}),
    (2, 1357046, "lost", {}),
    *((code, None, "later", LATER) for code in (4, 17, 32, 613, 80006)),
    (10, 2018278, "window", {}),
    (10, 2534022, "window", {}),
    (10, 2018065, "window", {}),
    (10, 1893063, "later", STOP),
    (10, 999, "later", STOP),
    (100, 2018001, "refused", {}),
    (100, 2534014, "refused", {}),
    (100, None, "refused", {}),
    (100, 999, "refused", {}),
    (190, None, "later", STOP),
    (190, 463, "later", STOP),
    (200, 1545041, "refused", {}),
    (551, 1545041, "refused", {}),
    (551, None, "refused", {}),
    (200, None, "later", STOP),
    (230, None, "refused", {}),
    (3, None, "later", STOP),
    (368, None, "later", STOP),
    (9010, None, "refused", {}),
    (10900, None, "refused", {}),
    (123456, None, "refused", {}),
]


@pytest.mark.parametrize(("code", "subcode", "kind", "more"), TABLE)
def test_a_row_of_the_table(code: int, subcode: int | None, kind: str, more: dict[str, Any]) -> None:
    name = f"{code}/{subcode}" if subcode else str(code)
    expected: SendOutcome = {
        "lost": Lost(name),
        "later": Later(name, **more),
        "window": Refused(name, "Something (fbtrace_id A1)", window=True),
        "refused": Refused(name, "Something (fbtrace_id A1)"),
    }[kind]  # type: ignore[assignment]
    assert sent(heard(400, failure(code, subcode))) == expected
    if row_of(name).means != "unknown":
        assert sent(heard(500, failure(code, subcode))) == expected, "the status decides nothing"


def test_an_unknown_failure_of_the_servers_may_have_sent_it() -> None:
    assert sent(heard(500, failure(123456))) == Lost("123456")
    assert [sent(heard(status, b"")) for status in (500, 502, 503)] == [
        Lost("http_500"),
        Lost("http_502"),
        Lost("http_503"),
    ]
    assert sent(heard(429, b"", **{"retry-after": "7"})) == Later("http_429", 7.0, whole_account=True)
    assert sent(heard(401, b"")) == Later("http_401", whole_account=True, stops=True)


def test_what_was_not_heard() -> None:
    assert sent(Transient("timeout")) == Lost("no_answer")
    assert sent(Unsent("refused")) == Later("unreached")
    assert sent(Misconfigured("address")) == Later("misconfigured", whole_account=True, stops=True)
    assert way(Wire(heard(200, OK)), {}).send(PAGE, dict(BODY)) == Later("no_token", whole_account=True, stops=True)


@pytest.mark.parametrize("code", [3, 10, 200])
def test_a_late_answer_that_is_not_approved_is_refused_and_stops_nobody(code: int) -> None:
    outcome = sent(heard(400, failure(code)), LATE)
    assert outcome == Refused("human_agent", "Something (fbtrace_id A1)")
    assert sent(heard(400, failure(10, 1893063)), LATE) == Later("10/1893063", whole_account=True, stops=True)
    assert sent(heard(400, failure(190)), LATE) == Later("190", whole_account=True, stops=True)


@pytest.mark.parametrize("language", ["es", "pt", "en"])
def test_every_code_has_its_advice(language: Any) -> None:
    out = way(Wire(heard(200, OK)), {})
    for code in [*ROWS, "123456", "10/999"]:
        text = out.advice(code, language)
        assert len(text) > 20
        assert "{" not in text
    assert {row.means for row in ROWS.values()} <= set(ADVICE)
