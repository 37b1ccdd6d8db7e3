"""The thresholds beside the numbers."""

from __future__ import annotations

import pytest

from shared.domain.figures.definitions import DEFINITIONS
from shared.domain.figures.maturity import WINDOWS
from shared.domain.figures.rules import Limits
from shared.domain.figures.thresholds import LIMITS_OF, thresholds


@pytest.mark.parametrize(
    ("figure", "language", "text"),
    [
        ("abandonment", "en", "short abandon, under 5 s"),
        ("service_level", "es", "plazo 20 s; abandono corto, menos de 5 s"),
        ("recovered_abandons", "en", "window 1 h"),
        ("fcr", "pt", "janela 7 d"),
        ("containment_verified", "en", "window 72 h"),
        ("chat_abandonment", "en", "unanswered for 24 h"),
        ("handle_time", "es", "tope 5 min"),
        ("nps", "en", ""),
    ],
)
def test_in_words(figure: str, language: str, text: str) -> None:
    assert thresholds(figure, Limits(), language) == text


def test_the_companys_own_are_told() -> None:
    assert thresholds("abandonment", Limits(short_abandon_s=90), "en") == "short abandon, under 90 s"


def test_every_figure_that_matures_says_its_window() -> None:
    assert set(LIMITS_OF) <= set(DEFINITIONS)
    assert {name: LIMITS_OF[name] for name in WINDOWS} == {name: (limit,) for name, limit in WINDOWS.items()}
