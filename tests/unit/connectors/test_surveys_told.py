"""What tools are told of surveys: internal notes in a ticket, interactions for a webhook."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.connectors.generic_webhook.mapping import entry_told
from shared.connectors.request_tracker.mapping import STATUSES, note_of, status_after
from shared.connectors.request_tracker.wording import WORDS, text_of
from shared.domain.event import Choice, Entry, Survey
from tests.contract.connectors.conformance import ANA, CASE, entry


def survey(kind: Any = "csat", scale: str = "csat", **more: Any) -> Survey:
    return Survey(kind=kind, scale=scale, case="c", sequence=5, channel="whatsapp", **more)


def told(text: str | None, survey: Survey, **more: Any) -> Entry:
    return entry(1, "survey", text=text, survey=survey, **more)


ROWS = [
    ("asked", told("¿Qué tal?", survey()), "Se le preguntó al cliente (CSAT):\n¿Qué tal?"),
    ("tapped", told("4 · Bien", survey(answer=4, value=4)), "Encuesta CSAT: 4 de 5.\n4 · Bien"),
    ("mapped", told("👎", survey(scale="thumbs", answer=0, value=1, scale_mapped=True)), "Encuesta CSAT: 1 de 5.\n👎"),
    ("on the page", told(None, survey("nps", "nps", answer=0, value=0)), "Encuesta NPS: 0 de 10."),
    ("old effort", told("2", survey("ces_old", "ces_old", answer=2, value=4)), "Encuesta CES 1–5: 4 de 5.\n2"),
    (
        "late",
        told("5", survey(answer=5, value=5), flags=["survey_late"]),
        "Encuesta CSAT: 5 de 5. Llegó tarde y no cuenta.\n5",
    ),
    (
        "with its comment",
        told("Llegó rota", survey(answer=1, value=1), flags=["survey_comment"]),
        "Encuesta CSAT: 1 de 5.\nLlegó rota",
    ),
    (
        "the comment alone",
        told("Nunca llamó", survey(), flags=["survey_comment"]),
        "Comentario a la encuesta CSAT:\nNunca llamó",
    ),
]


@pytest.mark.parametrize(("said", "text"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_in_a_ticket(said: Entry, text: str) -> None:
    assert text_of(said, WORDS["es"]) == text
    for words in WORDS.values():
        assert text_of(said, words).strip()


@pytest.mark.parametrize("said", [row[1] for row in ROWS], ids=[row[0] for row in ROWS])
@pytest.mark.parametrize("status", ["resolved", "open"])
def test_it_is_an_internal_note_that_opens_no_ticket(said: Entry, status: str) -> None:
    note = note_of(CASE, said, WORDS["es"], STATUSES)
    assert note.action == "comment"
    assert status_after(note, said, CASE, status, STATUSES) is None


def test_a_message_that_may_be_the_comment_is_what_the_customer_said() -> None:
    said = entry(1, "message", text="Sigue sin funcionar", survey=survey(), flags=["survey_comment"])
    note = note_of(CASE, said, WORDS["es"], STATUSES)
    assert note.action == "correspond"
    assert note.content == "Comentario a la encuesta CSAT:\nSigue sin funcionar\n"


def test_a_webhook_is_told_the_answer_as_it_counts() -> None:
    said = told(
        "👎", survey(scale="thumbs", answer=0, value=1, scale_mapped=True), choice=Choice(id="survey:0", title="👎")
    )
    body = json.loads(entry_told("demo", CASE, said, ANA).body)
    assert body["type"] == "interaction.created"
    assert body["data"]["interaction"]["survey"] == {
        "kind": "csat", "scale": "thumbs", "case": "c", "sequence": 5, "channel": "whatsapp",
        "answer": 0, "value": 1, "scale_mapped": True,
    }  # fmt: skip
