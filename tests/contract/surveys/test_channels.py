"""Every survey in every language, as each channel's provider takes it: by the stand-ins' own reading of the pages."""

from __future__ import annotations

from typing import Any

import pytest

from local.stand_ins.messenger.rules import checked as checked_by_meta
from local.stand_ins.whatsapp.rules import checked as checked_by_whatsapp
from shared.application.dispatch_survey import SurveyLinks, asked
from shared.channels.email.compose import compose
from shared.channels.email.render import render as as_mail
from shared.channels.instagram.limits import LIMITS as INSTAGRAM
from shared.channels.messenger.limits import LIMITS as MESSENGER
from shared.channels.whatsapp.render import render as as_whatsapp
from shared.domain.answer import Address, Answer, Language
from shared.domain.event import Author, Survey
from shared.domain.surveys.scales import SCALES
from shared.domain.surveys.texts import question_of
from shared.domain.surveys.token import Asked, make_token, read_payload, read_token
from shared.meta.social.render import render as as_social

CASE = "018f0000-0000-7000-8000-000000000001"
KEY = b"key"
TOKEN = make_token(Asked(CASE, 5), KEY)
URL = "https://hub.example.com"
LINKS = SurveyLinks(lambda: [KEY], URL)
LANGUAGES: tuple[Language, ...] = ("es", "pt", "en")


def answer(scale: str, language: Language, channel: str, links: SurveyLinks | None = LINKS) -> Answer:
    kind = SCALES[scale].kind
    survey = Survey(kind=kind, scale=scale, case=CASE, sequence=5, channel=channel)
    said = Answer(text=question_of(kind, language), author=Author(type="bot"), language=language)
    return asked(said, survey, channel, links)


def whatsapp(scale: str, language: Language, links: SurveyLinks | None = LINKS) -> list[dict[str, Any]]:
    bodies = as_whatsapp(answer(scale, language, "whatsapp", links), Address("phone", "12025550142"), "hilo:c:5")
    for body in bodies:
        checked_by_whatsapp(body, {})
    return bodies


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("scale", "kind", "number"),
    [("csat", "list", 5), ("ces", "list", 7), ("ces_old", "list", 5), ("thumbs", "button", 2), ("faces", "button", 3)],
)
def test_whatsapp_is_tapped(scale: str, kind: str, number: int, language: Language) -> None:
    [body] = whatsapp(scale, language)
    interactive = body["interactive"]
    assert interactive["type"] == kind
    action = interactive["action"]
    if kind == "list":
        rows = action["sections"][0]["rows"]
        assert action["button"] in ("Responder", "Answer")
    else:
        rows = [one["reply"] for one in action["buttons"]]
    assert len(rows) == number
    given = [read_payload(row["id"]) for row in rows]
    assert sorted(one[1] for one in given if one) == sorted(SCALES[scale].counts)
    assert all(one and read_token(one[0], [KEY]) == Asked(CASE, 5) for one in given)


@pytest.mark.parametrize("language", LANGUAGES)
def test_eleven_answers_do_not_fit_a_list_of_ten(language: Language) -> None:
    [body] = whatsapp("nps", language)
    assert body["type"] == "text"
    assert f"{URL}/s/{TOKEN}" in body["text"]["body"]
    assert "0" in body["text"]["body"]
    assert "10" in body["text"]["body"]


@pytest.mark.parametrize("links", [None, SurveyLinks(list, URL)])
def test_without_a_key_a_number_is_typed(links: SurveyLinks | None) -> None:
    [body] = whatsapp("csat", "es", links)
    assert body["text"]["body"].endswith("Responda con un número del 1 al 5.")


def test_without_an_address_of_the_hub_it_is_tapped_still() -> None:
    assert whatsapp("csat", "es", SurveyLinks(lambda: [KEY], None))[0]["type"] == "interactive"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scale", sorted(SCALES))
@pytest.mark.parametrize("limits", [MESSENGER, INSTAGRAM], ids=lambda one: one.channel)
def test_the_social_networks_are_tapped(limits: Any, scale: str, language: Language) -> None:
    [body] = as_social(limits, answer(scale, language, limits.channel), Address(limits.channel, "9001"), "hilo:c:5")
    checked_by_meta(body, limits.channel)
    replies = body["message"]["quick_replies"]
    assert len(replies) == len(SCALES[scale].counts)
    assert all(read_payload(one["payload"]) for one in replies)
    assert body["message"]["text"] == question_of(SCALES[scale].kind, language), "its echo is known by its words"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scale", sorted(SCALES))
def test_a_mail_leads_to_the_page_and_can_be_stopped_by_one_click(scale: str, language: Language) -> None:
    [body] = as_mail(answer(scale, language, "email"), Address("email", "ana@example.com"), "hilo:c:5")
    mail = compose(body, "ayuda@acme.example.com", "ACME", "install").decode()
    assert f"List-Unsubscribe: <{URL}/s/{TOKEN}/stop>" in mail.partition("\r\n\r\n")[0]
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in mail
    assert "Auto-Submitted: auto-generated" in mail, "it answers no mail here"
    assert f"{URL}/s/{TOKEN}" in body["text"]


def test_a_mail_of_a_hub_without_an_address_asks_for_a_number() -> None:
    [body] = as_mail(answer("nps", "es", "email", None), Address("email", "ana@example.com"), "hilo:c:5")
    assert "Responda con un número del 0 al 10." in body["text"]
    assert "stop_url" not in body


def test_an_answer_in_a_case_can_be_stopped_by_nothing() -> None:
    [body] = as_mail(Answer("Buenas tardes"), Address("email", "ana@example.com"), "hilo:c:5")
    assert b"List-Unsubscribe" not in compose(body, "ayuda@acme.example.com", None, "install")
