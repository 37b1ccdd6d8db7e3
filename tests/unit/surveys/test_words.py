"""What a text means after a survey: a row, a text, what it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.surveys.scales import SCALES
from shared.domain.surveys.texts import LANGUAGES, title_of
from shared.domain.surveys.words import is_soon_after, meaning_of, typed_answer, worded_answer

AT = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("scale", "text", "answer"),
    [
        ("csat", "5", 5),
        ("csat", " 5 ", 5),
        ("csat", "5!", 5),
        ("csat", "*4*", 4),
        ("csat", "5️⃣", 5),
        ("csat", "5 👍", 5),
        ("csat", "0", None),
        ("csat", "6", None),
        ("csat", "55", None),
        ("csat", "4.5", None),
        ("csat", "4,5", None),
        ("csat", "5/5", 5),
        ("csat", "4 / 5", 4),
        ("csat", "4 de 5", 4),
        ("csat", "4/10", None),
        ("csat", "10/10", None),
        ("csat", "-5", None),
        ("csat", "+5", None),
        ("csat", "5%", None),
        ("csat", "5?", None),
        ("csat", "¿5?", None),
        ("csat", "5 cajas", None),
        ("csat", "cinco", 5),
        ("csat", "Três!", 3),
        ("csat", "tres", 3),
        ("csat", "Two", 2),
        ("csat", "un cuatro", 4),
        ("csat", "Le doy un 5", 5),
        ("csat", "5 estrellas", 5),
        ("csat", "1 star", 1),
        ("csat", "tres puntos", 3),
        ("csat", "⭐⭐⭐⭐", 4),
        ("csat", "⭐️ ⭐️", 2),
        ("csat", "⭐" * 6, None),
        ("csat", "5 de la tarde", None),
        ("csat", "un", None),
        ("csat", "cinco cajas", None),
        ("csat", "5, gracias", 5),
        ("csat", "5 y muchas gracias!", 5),
        ("csat", "Gracias. 4", 4),
        ("csat", "Thanks, 3", 3),
        ("csat", "4 obrigada", 4),
        ("csat", "gracias", None),
        ("csat", "5 gracias por nada", None),
        ("csat", "5 gracias cajas", None),
        ("csat", "5 5", None),
        ("csat", "5:30", None),
        ("csat", "5 o 4", None),
        ("csat", "- 5", None),
        ("csat", "５", 5),
        ("csat", "no 5", None),
        ("csat", "٥", 5),
        ("csat", "५", 5),
        ("csat", "⑤", 5),
        ("csat", "²", 2),
        ("csat", " " * 50 + "5" + " " * 50, 5),
        ("csat", "5" + "!" * 50, None),
        ("csat", "", None),
        ("csat", None, None),
        ("csat", "👍", None),
        ("nps", "10", 10),
        ("nps", "0", 0),
        ("nps", "11", None),
        ("nps", "10/10", 10),
        ("nps", "0 de 10", 0),
        ("nps", "un diez", 10),
        ("nps", "⭐⭐", None),
        ("nps", "010", None),
        ("ces", "7", 7),
        ("ces", "8", None),
        ("ces_old", "5", 5),
        ("ces_old", "6", None),
        ("thumbs", "👍", 1),
        ("thumbs", "👍🏽", 1),
        ("thumbs", "👎", 0),
        ("thumbs", "👍👍", None),
        ("thumbs", "1", None),
        ("faces", "😀", 3),
        ("faces", "😐", 2),
        ("faces", "☹️", 1),
        ("faces", "3", None),
    ],
)
def test_a_typed_answer(scale: str, text: str | None, answer: int | None) -> None:
    assert typed_answer(text, SCALES[scale]) == answer


@pytest.mark.parametrize(
    ("scale", "text", "answer"),
    [
        ("csat", "Muy mal", 1),
        ("csat", "  muy BIEN!! ", 5),
        ("csat", "5 · Muy bien", 5),
        ("csat", "4 - Bien", 4),
        ("csat", "Regular", 3),
        ("csat", "Muito bem", 5),
        ("csat", "Muy bien, gracias", 5),
        ("csat", "Very poor", 1),
        ("csat", "2 · Muy bien", None),
        ("csat", "¿bien?", None),
        ("csat", "Muy mal el técnico", None),
        ("csat", "", None),
        ("csat", None, None),
        ("nps", "Muy bien", None),
        ("thumbs", "Bien", None),
        ("ces", "Mal", None),
    ],
)
def test_an_answer_in_its_words(scale: str, text: str | None, answer: int | None) -> None:
    assert worded_answer(text, SCALES[scale]) == answer


def test_each_title_that_is_offered_is_understood_when_it_is_typed() -> None:
    for scale in SCALES.values():
        for language in LANGUAGES:
            for answer in scale.counts:
                title = title_of(scale, answer, language)
                typed = typed_answer(title, scale)
                assert (worded_answer(title, scale) if typed is None else typed) == answer, title


@pytest.mark.parametrize(
    ("text", "quiet", "busy"),
    [
        ("Muy buena atención", "comment", "both"),
        ("El técnico nunca llegó", "comment", "both"),
        ("gracias", "comment", "comment"),
        ("👍", "comment", "comment"),
        ("¿Cuándo llega?", "message", "message"),
        ("y mi pedido?", "message", "message"),
        ("bien，pero？", "message", "message"),
        ("cuando llega mi pedido", "both", "both"),
        ("Todo bien. Cuándo abren mañana", "both", "both"),
        ("pero sigue sin funcionar", "both", "both"),
        ("Necesito la factura", "both", "both"),
        ("Muito bom, mas ainda não chegou", "both", "both"),
        ("quando chega", "both", "both"),
        ("Please call me", "both", "both"),
        ("still broken", "both", "both"),
        ("very friendly", "comment", "both"),
        ("x" * 501, "both", "both"),
    ],
)
def test_what_follows_an_answer(text: str, quiet: str, busy: str) -> None:
    assert (meaning_of(text, busy=False), meaning_of(text, busy=True)) == (quiet, busy)


@pytest.mark.parametrize(
    ("after", "soon"),
    [
        (timedelta(), True),
        (timedelta(minutes=9, seconds=59), True),
        (timedelta(minutes=10), False),
        (timedelta(seconds=-1), False),
    ],
)
def test_soon_is_ten_minutes(after: timedelta, soon: bool) -> None:
    assert is_soon_after(AT, AT + after) is soon
