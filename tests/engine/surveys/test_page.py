"""The page of a survey, asked as the gateway asks: looking records nothing, sending does; it names nobody."""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import timedelta
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

import pytest

from functions.api.routes import Api
from shared.domain.surveys.token import Asked, make_token
from shared.store.consents import consents_of
from tests.engine.surveys.bench import HOUR, KEY, MINUTE, MORNING, AskingHub, asked_case, asking
from tests.engine.surveys.test_answers import TAPPED, counted

FORM = "application/x-www-form-urlencoded"


def ask(hub: AskingHub, method: str, path: str, body: str = "", at: timedelta | None = None) -> Any:
    if at is not None:
        hub.at(at)
    ids = (f"id-{number}" for number in range(1000, 10_000))
    event = {
        "requestContext": {"http": {"method": method}, "stage": "$default", "requestId": "r"},
        "rawPath": path,
        "headers": {"content-type": FORM},
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
    for _ in range(2):
        answer = ask(hub, "POST", path, "List-Unsubscribe=One-Click", at=TAPPED)
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
