"""What an answer of the Cloud API means for a send: one row, one answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from shared.channels.whatsapp import errors
from shared.channels.whatsapp.advice import ADVICE
from shared.channels.whatsapp.send import WhatsAppOut
from shared.domain.answer import Accepted, Address, Later, Lost, Refused, SendOutcome
from shared.domain.errors import HubError, Misconfigured, Transient
from shared.http.client import Answer, Unsent

ACCOUNT = "200000000000001"
BODY = {"messaging_product": "whatsapp", "to": "+12025550142", "type": "text", "text": {"body": "Hola 🌸"}}
OK = {
    "messaging_product": "whatsapp",
    "contacts": [{"input": "+12025550142", "wa_id": "12025550142"}],
    "messages": [{"id": "wamid.OUT"}],
}


@dataclass
class Wire:
    """An HTTP client that answers what it is given, in order. `asked`: the requests."""

    answers: list[Answer | HubError]
    asked: list[dict[str, Any]] = field(default_factory=list)

    def exchange(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        self.asked.append({"method": method, "url": url, "headers": headers, "body": json.loads(body or b"")})
        answer = self.answers.pop(0)
        if isinstance(answer, HubError):
            raise answer
        return answer

    def asked_s(self, answer: Answer) -> float | None:
        return float(answer.headers["retry-after"]) if "retry-after" in answer.headers else None


class Known:
    def __init__(self, **fields: Any) -> None:
        self._fields = fields

    def get(self, name: str) -> dict[str, Any]:
        assert name == "whatsapp"
        return self._fields


def heard(status: int, content: Any, **headers: str) -> Answer:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body, True, "whatsapp")


def failure(code: Any, **more: Any) -> dict[str, Any]:
    return {"error": {"message": f"(#{code}) Something", "type": "OAuthException", "code": code, **more}}


def sent(*answers: Answer | HubError, body: Mapping[str, Any] = BODY) -> tuple[SendOutcome, Wire]:
    wire = Wire(list(answers))
    way = WhatsAppOut(wire, Known(access_token="EAAexample"), {ACCOUNT: "whatsapp"}.get)
    outcome = way.send(ACCOUNT, dict(body))
    assert wire.answers == []
    return outcome, wire


def test_the_request_is_as_the_page_says() -> None:
    outcome, wire = sent(heard(200, OK))
    assert outcome == Accepted("wamid.OUT")
    [asked] = wire.asked
    assert asked["method"] == "POST"
    assert asked["url"] == f"https://graph.facebook.com/v25.0/{ACCOUNT}/messages"
    assert asked["headers"] == {"authorization": "Bearer EAAexample", "content-type": "application/json"}
    assert asked["body"] == BODY


def told(**contact: str) -> dict[str, Any]:
    return {"contacts": [contact], "messages": [{"id": "wamid.OUT", "message_status": "accepted"}]}


ACCEPTED: list[tuple[str, Any, Mapping[str, Any], SendOutcome]] = [
    ("the same phone", told(input="+12025550142", wa_id="12025550142"), BODY, Accepted("wamid.OUT")),
    (
        "a phone that WhatsApp knows otherwise",
        told(input="+5215550000001", wa_id="525550000001"),
        {**BODY, "to": "+5215550000001"},
        Accepted("wamid.OUT", Address("phone", "525550000001")),
    ),
    (
        "a business-scoped id",
        told(input="EC.1", user_id="EC.1"),
        {"recipient": "EC.1", "type": "text"},
        Accepted("wamid.OUT"),
    ),
    ("no contacts", {"messages": [{"id": "wamid.OUT"}]}, BODY, Accepted("wamid.OUT")),
    ("an empty phone", told(wa_id=""), BODY, Accepted("wamid.OUT")),
    ("no id", {"messages": [{}]}, BODY, Lost("no_id")),
    ("no messages", {"messages": []}, BODY, Lost("no_id")),
    ("not an object", [], BODY, Lost("no_id")),
    ("not JSON", b"<html>", BODY, Lost("no_id")),
    ("an id that is no text", {"messages": [{"id": 7}]}, BODY, Lost("no_id")),
]


@pytest.mark.parametrize(("content", "body", "outcome"), [row[1:] for row in ACCEPTED], ids=[r[0] for r in ACCEPTED])
def test_what_was_taken(content: Any, body: Mapping[str, Any], outcome: SendOutcome) -> None:
    assert sent(heard(200, content), body=body)[0] == outcome


BY_EFFECT = {
    "throttled": [4, 80007, 130429, 133016],
    "recipient_throttled": [131056],
    "passes": [1, 2, 131000, 131016, 131057, 133004],
    "once": [131053],
    "stops": [
        *(0, 3, 10, 190, 200, 250, 299, 131005, 131031, 131042, 131044, 131045, 133010, 368, 33),
        *(131048, 131064),
    ],
    "window": [131047],
    "refused": [
        *(131026, 131021, 131030, 130472, 131049, 131050, 131062, 131063, 137000, 130497),
        *(100, 131008, 131009, 131051, 132000, 132001, 132005, 132007, 132008, 132012, 132068, 135000),
        *(132015, 132016, 132069, 131052, 131060, 2593107, 2593108, 2593109),
        *(138000, 131201, 131020, 131041, 131059, 139000, 139103, 147001, 199, 300, 999999),
    ],
}
"""The rows of the sheet."""


def outcomes(code: int) -> dict[str, SendOutcome]:
    name, detail = str(code), f"(#{code}) Something"
    return {
        "throttled": Later(name, whole_account=True),
        "recipient_throttled": Later(name, 6.0),
        "passes": Later(name),
        "once": Later(name, 300.0, file=True),
        "stops": Later(name, whole_account=True, stops=True),
        "window": Refused(name, detail, window=True),
        "refused": Refused(name, detail),
    }


def rows() -> list[tuple[int, str]]:
    return [(code, effect) for effect, codes in BY_EFFECT.items() for code in codes]


@pytest.mark.parametrize(("code", "effect"), rows())
def test_each_code_has_its_outcome_whatever_the_status(code: int, effect: str) -> None:
    for status in (400, 403, 500) if errors.is_known(str(code)) else (400, 403):
        assert sent(heard(status, failure(code)))[0] == outcomes(code)[effect]


def test_every_row_of_the_table_is_tried_above() -> None:
    tried = {str(code) for code, _ in rows()}
    assert {code for code in errors.ROWS if code.isdigit()} <= tried


@pytest.mark.parametrize("code", [*errors.ROWS, "200", "138001", "999999", "", "-5", "no number"])
def test_every_code_has_advice_in_three_languages(code: str) -> None:
    said = [errors.advice(code, language) for language in ("es", "pt", "en")]
    assert len({*said}) == 3
    assert all(len(text) > 40 and "{" not in text for text in said)


def test_no_advice_is_for_nothing() -> None:
    assert {row.means for row in errors.ROWS.values()} | {errors.UNKNOWN.means} == set(ADVICE)


ODD: list[tuple[str, Answer | HubError, SendOutcome]] = [
    ("nothing left this machine", Unsent("could not be reached"), Later("unreached")),
    ("no answer in time", Transient("did not answer"), Lost("no_answer")),
    ("an address that is refused", Misconfigured("private"), Later("misconfigured", whole_account=True, stops=True)),
    ("500 without a word", heard(500, b""), Lost("http_500")),
    ("502 of something between", heard(502, b"<html>"), Lost("http_502")),
    ("500 with an unknown code", heard(500, failure(999_999)), Lost("999999")),
    ("a code that is no number", heard(503, failure("x")), Lost("http_503")),
    ("a code that is true", heard(503, failure(True)), Lost("http_503")),
    ("an error that is a text", heard(400, {"error": "no"}), Refused("http_400")),
    ("429 without a word", heard(429, b"", retry_after="30"), Later("http_429", 30.0, whole_account=True)),
    ("401 without a word", heard(401, b""), Later("http_401", whole_account=True, stops=True)),
    ("404 without a word", heard(404, b""), Refused("http_404")),
    ("a redirect", heard(302, b""), Later("redirected", whole_account=True, stops=True)),
    (
        "a time that is asked for",
        heard(400, failure(130429), retry_after="7"),
        Later("130429", 7.0, whole_account=True),
    ),
    (
        "details and Meta's trace",
        heard(400, failure(131026, error_data={"details": "Not on WhatsApp"}, fbtrace_id="Az8")),
        Refused("131026", "Not on WhatsApp (fbtrace_id Az8)"),
    ),
]


@pytest.mark.parametrize(("answer", "outcome"), [row[1:] for row in ODD], ids=[row[0] for row in ODD])
def test_odd_answers(answer: Answer | HubError, outcome: SendOutcome) -> None:
    assert sent(answer)[0] == outcome


def test_argentinas_test_numbers_know_a_phone_without_its_nine() -> None:
    body = {**BODY, "to": "+5491155550001"}
    outcome, wire = sent(heard(400, failure(131030)), heard(200, told(wa_id="5491155550001")), body=body)
    assert [asked["body"]["to"] for asked in wire.asked] == ["+5491155550001", "+541155550001"]
    assert outcome == Accepted("wamid.OUT", Address("phone", "5491155550001"))
    outcome, _ = sent(heard(400, failure(131030)), heard(200, {"messages": [{"id": "wamid.OUT"}]}), body=body)
    assert outcome == Accepted("wamid.OUT", Address("phone", "541155550001"))
    outcome, _ = sent(heard(400, failure(131030)), heard(400, failure(131026)), body=body)
    assert outcome == Refused("131030", "(#131030) Something")
    assert len(sent(heard(400, failure(131030)))[1].asked) == 1, "no other country's phone is tried otherwise"


@pytest.mark.parametrize(
    ("secrets", "account"), [(Known(), ACCOUNT), (Known(access_token=""), ACCOUNT), (Known(access_token="x"), "other")]
)
def test_without_a_token_nothing_is_asked_and_the_account_stops(secrets: Known, account: str) -> None:
    wire = Wire([])
    way = WhatsAppOut(wire, secrets, {ACCOUNT: "whatsapp"}.get)
    assert way.send(account, dict(BODY)) == Later("no_token", whole_account=True, stops=True)
    assert wire.asked == []


def test_secrets_that_cannot_be_reached_pass() -> None:
    class Away:
        def get(self, name: str) -> dict[str, Any]:
            raise Transient(f"{name}: try later")

    assert WhatsAppOut(Wire([]), Away(), lambda _: "whatsapp").send(ACCOUNT, dict(BODY)) == Later("unreached")
