"""The page of a survey, asked as the gateway asks: looking records nothing, sending does; it names nobody."""

from __future__ import annotations

import json
import re
import zlib
from base64 import b64encode
from datetime import timedelta
from hashlib import sha256
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest

from functions.api.routes import Api
from shared.domain.surveys.rules import opted_out
from shared.domain.surveys.token import Asked, make_token
from shared.store.consents import consents_of
from tests.engine.surveys.bench import HOUR, KEY, MINUTE, MORNING, AskingHub, asked_case, asking
from tests.engine.surveys.test_answers import TAPPED, counted
from tests.engine.surveys.test_hard_answers import joined

FORM = "application/x-www-form-urlencoded"


def ask(
    hub: AskingHub, method: str, path: str, body: str = "", at: timedelta | None = None, kind: str | None = FORM
) -> Any:
    if at is not None:
        hub.at(at)
    ids = (f"id-{number}" for number in range(1000, 10_000))
    event = {
        "requestContext": {"http": {"method": method}, "stage": "$default", "requestId": "r"},
        "rawPath": path,
        "headers": {"content-type": kind} if kind else {},
        "body": body,
    }
    return Api(SimpleNamespace(context=lambda: hub.context), lambda: next(ids)).answer(event)


def token_of(hub: AskingHub, case: str, key: bytes = KEY) -> str:
    return make_token(Asked(case, hub.asked(case).sequence), key)


def test_the_page_asks_and_records_nothing(hub: AskingHub) -> None:
    case = asked_case(hub)
    before = hub.case(case)
    for method in ("GET", "HEAD"):
        answer = ask(hub, method, f"/s/{token_of(hub, case)}", at=TAPPED)
        assert answer["statusCode"] == 200
    assert hub.case(case) == before
    html = answer["body"]
    assert '<html lang="es">' in html
    assert "¿Qué tan satisfecho quedó con la atención que le dimos?" in html
    assert html.count('type="radio"') == 5
    for word in ("<script", "Ana", "593", "0991234567", case, "checked"):
        assert word not in html, "nothing of anybody, and nothing that runs"


def test_its_headers(hub: AskingHub) -> None:
    case = asked_case(hub)
    headers = ask(hub, "GET", f"/s/{token_of(hub, case)}", at=TAPPED)["headers"]
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert "form-action 'self'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-robots-tag"].startswith("noindex")
    assert "set-cookie" not in headers


def test_the_style_is_the_one_that_the_policy_names(hub: AskingHub) -> None:
    case = asked_case(hub)
    answer = ask(hub, "GET", f"/s/{token_of(hub, case)}", at=TAPPED)
    style = re.search(r"<style>(.*?)</style>", answer["body"])
    assert style
    digest = b64encode(sha256(style.group(1).encode()).digest()).decode()
    assert f"'sha256-{digest}'" in answer["headers"]["content-security-policy"]


def test_an_answer_with_its_comment(hub: AskingHub) -> None:
    case = asked_case(hub)
    path = f"/s/{token_of(hub, case)}"
    body = "answer=2&comment=Lleg%C3%B3+tarde%2C+llamen+al+0987654321%00&once=n1"
    answer = ask(hub, "POST", path, body, at=TAPPED)
    assert (answer["statusCode"], "Gracias" in answer["body"]) == (200, True)
    entry = hub.surveys(case)[-1]
    assert (entry.channel, entry.author.type, entry.flags) == ("hub", "customer", ["survey_comment"])
    assert entry.text == "Llegó tarde, llamen al 0987654321"
    assert entry.survey
    assert (entry.survey.value, entry.survey.channel) == (2, "whatsapp")
    assert hub.case(case)["state"] == "resolved"
    assert "0987654321" not in answer["body"]
    ask(hub, "POST", path, body, at=TAPPED + MINUTE)
    assert len(hub.surveys(case)) == 2, "the same page sent again is one answer"


def test_it_can_be_changed_for_a_day(hub: AskingHub) -> None:
    case = asked_case(hub)
    path = f"/s/{token_of(hub, case)}"
    ask(hub, "POST", path, "answer=2&once=n1", at=TAPPED)
    assert "Puede cambiarla" in ask(hub, "GET", path, at=TAPPED + HOUR)["body"]
    ask(hub, "POST", path, "answer=5&once=n2", at=TAPPED + HOUR)
    assert counted(hub, case) == 5
    shown = ask(hub, "GET", path, at=TAPPED + 25 * HOUR)["body"]
    assert ("Ya no se puede cambiar" in shown, "<form" in shown) == (True, False)
    ask(hub, "POST", path, "answer=1&once=n3", at=TAPPED + 25 * HOUR)
    assert counted(hub, case) == 5
    assert len(hub.surveys(case)) == 3


def test_after_its_end_it_says_so_and_keeps_what_comes(hub: AskingHub) -> None:
    case = asked_case(hub)
    path = f"/s/{token_of(hub, case)}"
    late = MORNING + timedelta(days=8)
    assert "ya no cuenta" in ask(hub, "GET", path, at=late)["body"]
    assert "ya no cuenta" in ask(hub, "POST", path, "answer=5&once=n1", at=late)["body"]
    assert hub.surveys(case)[-1].flags == ["survey_late"]


@pytest.mark.parametrize(
    "body", ["", "answer=", "answer=9", "answer=-1", "answer=5x", "comment=hola", "answer=%F0%9F", "answer=٥", "=" * 30]
)
def test_what_is_no_answer_shows_the_page_again(hub: AskingHub, body: str) -> None:
    case = asked_case(hub)
    answer = ask(hub, "POST", f"/s/{token_of(hub, case)}", body, at=TAPPED)
    assert (answer["statusCode"], "Elija una respuesta" in answer["body"]) == (400, True)
    assert len(hub.surveys(case)) == 1


@pytest.mark.parametrize("body", ["&".join("a=1" for _ in range(20)), "answer=5&comment=" + "x" * 70_000])
def test_what_no_page_of_ours_sends_is_refused(hub: AskingHub, body: str) -> None:
    case = asked_case(hub)
    assert ask(hub, "POST", f"/s/{token_of(hub, case)}", body, at=TAPPED)["statusCode"] == 400


def test_a_long_comment_is_cut(hub: AskingHub) -> None:
    case = asked_case(hub)
    ask(hub, "POST", f"/s/{token_of(hub, case)}", "answer=5&once=n1&comment=" + "x" * 5000, at=TAPPED)
    assert hub.surveys(case)[-1].text == "x" * 1000


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/s/{}", "/s/{}/stop"])
def test_another_token_leads_nowhere_and_says_no_more(hub: AskingHub, method: str, path: str) -> None:
    case = asked_case(hub)
    right = token_of(hub, case)
    wrong = [
        right[:-1],
        right.upper(),
        token_of(hub, case, b"another key"),
        "x" * 58,
        "%00",
        right[:10] + "a" + right[11:],
    ]
    wrong.append(make_token(Asked(case, 99), KEY))
    for token in wrong:
        answer = ask(hub, method, path.format(token), "answer=5", at=TAPPED)
        assert answer["statusCode"] == 404, token
        assert "no es de ninguna encuesta" in answer["body"]
    assert len(hub.surveys(case)) == 1


def test_who_wants_no_more_is_not_asked_again(hub: AskingHub) -> None:
    case = asked_case(hub)
    path = f"/s/{token_of(hub, case)}/stop"
    customer = hub.case(case)["customer"]
    assert "¿No quiere recibir más" in ask(hub, "GET", path, at=TAPPED)["body"]
    assert consents(hub, customer) == []
    for number in range(2):
        answer = ask(hub, "POST", path, "List-Unsubscribe=One-Click", at=TAPPED + number * MINUTE)
        assert (answer["statusCode"], "no le enviaremos más" in answer["body"]) == (200, True)
    assert consents(hub, customer) == [("survey", "whatsapp", "withdraw", "page")]


def consents(hub: AskingHub, customer: str) -> list[tuple[str, str, str, str]]:
    return [(one.purpose, one.channel, one.action, one.source) for one in consents_of(hub.table, customer)]


@pytest.mark.parametrize(("language", "words"), [("pt", "Qual é a sua satisfação"), ("en", "How satisfied are you")])
def test_it_speaks_the_language_in_which_it_was_asked(hub: AskingHub, language: str, words: str) -> None:
    case = hub.says("w1", "Hola", MORNING).case
    assert case
    hub.hold(hub.case(case)["customer"], language=language)
    hub.sets(case, "resolved", MORNING + MINUTE)
    hub.look(case, MORNING + HOUR)
    html = ask(hub, "GET", f"/s/{token_of(hub, case)}", at=TAPPED)["body"]
    assert (f'<html lang="{language}">' in html, words in html) == (True, True)


def test_an_answer_here_opens_no_window_there(hub: AskingHub) -> None:
    case = asked_case(hub)
    ask(hub, "POST", f"/s/{token_of(hub, case)}", "answer=5&once=n1", at=TAPPED)
    item = hub.table.table.get((hub.case(case)["conversations"][0], "CNV")).item
    assert item
    assert "said_at" not in item
    assert "answered_at" in item["surveys"][0]


def test_all_eleven_of_a_recommendation(hub: AskingHub) -> None:
    hub.config = asking("kind: nps, channels: [whatsapp]")
    case = asked_case(hub)
    html = ask(hub, "GET", f"/s/{token_of(hub, case)}", at=TAPPED)["body"]
    assert re.findall(r'value="(\d+)"', html) == [str(value) for value in range(11)]


# what goes wrong on the way


def test_another_choice_on_a_page_that_the_browser_went_back_to_counts(hub: AskingHub) -> None:
    case = asked_case(hub)
    path = f"/s/{token_of(hub, case)}"
    ask(hub, "POST", path, "answer=2&once=n1", at=TAPPED)
    ask(hub, "POST", path, "answer=5&once=n1", at=TAPPED + MINUTE)
    assert counted(hub, case) == 5
    ask(hub, "POST", path, "answer=5&once=n1&comment=Ya+lleg%C3%B3", at=TAPPED + 2 * MINUTE)
    assert hub.surveys(case)[-1].text == "Ya llegó"


def test_who_said_no_surveys_gets_none_when_they_take_up_marketing_again(hub: AskingHub) -> None:
    case = asked_case(hub)
    hub.says("w2", "STOP", TAPPED)
    ask(hub, "POST", f"/s/{token_of(hub, case)}/stop", at=TAPPED + MINUTE)
    hub.says("w3", "ALTA", TAPPED + HOUR)
    said = consents_of(hub.table, hub.case(case)["customer"])
    assert (opted_out(said, "whatsapp"), opted_out(said, "email")) == (True, False)


def test_two_who_send_at_once_are_two_answers_and_the_last_one_counts(hub: AskingHub) -> None:
    case = asked_case(hub)
    path = f"/s/{token_of(hub, case)}"
    raced: list[object] = []

    def meanwhile(_: object) -> None:
        if not raced:
            raced.append(None)
            assert ask(hub, "POST", path, "answer=2&once=n1")["statusCode"] == 200

    hub.at(TAPPED)
    hub.table.before_transact = meanwhile
    assert ask(hub, "POST", path, "answer=4&once=n2")["statusCode"] == 200
    assert [one.survey.value for one in hub.surveys(case)[1:] if one.survey] == [2, 4]
    assert counted(hub, case) == 4


def test_in_a_case_that_was_joined_to_another_it_can_be_changed_for_a_day_and_no_longer(hub: AskingHub) -> None:
    case = asked_case(hub)
    path = f"/s/{token_of(hub, case)}"
    ask(hub, "POST", path, "answer=2&once=n1", at=TAPPED)
    other = hub.says("w2", "Otra consulta", TAPPED + HOUR, account="200000000000002").case
    assert other
    joined(hub, case, other, TAPPED + 2 * HOUR)
    assert "Puede cambiarla" in ask(hub, "GET", path, at=TAPPED + 23 * HOUR)["body"]
    assert "Ya no se puede cambiar" in ask(hub, "GET", path, at=TAPPED + 25 * HOUR)["body"]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (None, "answer=5"),
        ("application/json", '{"answer": 5}'),
        ("multipart/form-data; boundary=x", '--x\r\ncontent-disposition: form-data; name="answer"\r\n\r\n5\r\n--x--'),
        ("text/plain", "answer=5\r\ncomment=hola\r\n"),
        ("application/xml", "<answer>5</answer>"),
    ],
)
def test_only_what_a_form_sends_is_an_answer(hub: AskingHub, kind: str | None, body: str) -> None:
    """A form without a content type is a form still; nothing else is one by chance."""
    case = asked_case(hub)
    hub.at(TAPPED)
    answer = ask(hub, "POST", f"/s/{token_of(hub, case)}", body, kind=kind)
    assert answer["statusCode"] == (200 if kind is None else 400)
    assert len(hub.surveys(case)) == (2 if kind is None else 1)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_do_nothing(hub: AskingHub, method: str) -> None:
    case = asked_case(hub)
    before = hub.case(case)
    assert ask(hub, method, f"/s/{token_of(hub, case)}", "answer=5", at=TAPPED)["statusCode"] == 405
    assert hub.case(case) == before


def test_a_question_in_the_address_is_no_answer(hub: AskingHub) -> None:
    """Who opens links for others adds their own parameters, and a form sent by GET would be opened by scanners."""
    case = asked_case(hub)
    token = token_of(hub, case)
    event = {
        "requestContext": {"http": {"method": "GET"}, "stage": "$default", "requestId": "r"},
        "rawPath": f"/s/{token}",
        "rawQueryString": "answer=5&once=n1&utm_source=%3Cscript%3E",
        "headers": {"sec-purpose": "prefetch"},
    }
    hub.at(TAPPED)
    answer = Api(SimpleNamespace(context=lambda: hub.context), lambda: "id-1").answer(event)
    assert (answer["statusCode"], len(hub.surveys(case))) == (200, 1)
    assert "script" not in answer["body"]


def test_what_is_typed_there_is_shown_to_nobody_as_markup(hub: AskingHub) -> None:
    case = asked_case(hub)
    text = "<script>alert(1)</script>\u202e\u200b&amp;\r\nSegunda línea\x07"
    body = urlencode({"answer": "1", "comment": text, "once": '"><script>'})
    answer = ask(hub, "POST", f"/s/{token_of(hub, case)}", body, at=TAPPED)
    assert answer["statusCode"] == 200
    assert "script" not in answer["body"]
    assert (hub.surveys(case)[-1].text or "").endswith("&amp;\nSegunda línea"), "kept as it was typed, as a text"


def test_no_log_and_no_measure_says_what_was_typed_or_by_whom(hub: AskingHub, caplog: pytest.LogCaptureFixture) -> None:
    case = asked_case(hub)
    token = token_of(hub, case)
    told: list[str] = []
    count = hub.counters.count
    hub.counters.count = lambda *said, **more: (told.append(f"{said}{more}"), count(*said, **more))  # type: ignore[method-assign, assignment]
    words = "canario 0991234567 ana@example.com"
    with caplog.at_level("DEBUG"):
        ask(hub, "POST", f"/s/{token}", urlencode({"answer": "2", "comment": words, "once": "n1"}), at=TAPPED)
        ask(hub, "POST", f"/s/{token}", "&".join("a=canario" for _ in range(20)))
        ask(hub, "POST", f"/s/{token}/stop")
        hub.tap(hub.asked(case), 5, "t1", TAPPED + MINUTE)
        hub.says("w2", "canario también", TAPPED + 2 * MINUTE)
    hub.table.before_transact = lambda _: (_ for _ in ()).throw(RuntimeError("canario"))
    with caplog.at_level("DEBUG"):
        assert ask(hub, "POST", f"/s/{token}", "answer=3&comment=canario&once=n2")["statusCode"] == 500
    hub.table.before_transact = None
    # What boto3 says of its own requests at DEBUG is never switched on.
    own = [one for one in caplog.records if one.name.split(".")[0] in ("functions", "shared")]
    assert own, "the defect is told, without its words"
    said = "".join([*(one.getMessage() for one in own), *told])
    for secret in ("canario", "0991234567", "ana@", token, "593991234567", "Ana"):
        assert secret not in said
    keys_of = [f"{item['pk']}{item['sk']}" for item in hub.entries(case)]
    assert not [key for key in keys_of if token in key or "canario" in key]
    assert not [key for key in hub.files if token in key]


def test_the_pages_original_is_kept_without_its_token(hub: AskingHub) -> None:
    case = asked_case(hub)
    token = token_of(hub, case)
    ask(hub, "POST", f"/s/{token}", "answer=2&comment=hola&once=n1", at=TAPPED)
    kept = json.loads(zlib.decompress(hub.entries(case)[-1]["raw"]))
    assert kept["text"] == "hola"
    assert token not in json.dumps(kept)
