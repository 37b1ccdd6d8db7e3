"""The page's figures, without a browser: what it asks for the API has, and it has words for all of it."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from functions.api import console_files
from shared.application.inquire_kpis import wish_of
from shared.domain.figures.definitions import DEFINITIONS

FOLDER = Path(console_files.__file__).parent / "console"
TODAY = date(2026, 11, 22)


def shown() -> list[str]:
    found = re.search(r"SHOWN = \[(.*?)\]", (FOLDER / "figures.js").read_text("utf-8"), re.DOTALL)
    assert found is not None
    return re.findall(r'"(\w+)"', found[1])


@pytest.mark.parametrize("by", ["day", "day,channel"])
@pytest.mark.parametrize("language", ["es", "en"])
def test_what_the_page_asks_for_is_what_the_api_answers(by: str, language: str) -> None:
    wish = wish_of({"by": by, "figure": ",".join(shown()), "lang": language}, TODAY, ["acme"])
    assert (wish.last, list(wish.figures)) == (TODAY, shown())
    assert set(shown()) <= set(DEFINITIONS)


@pytest.mark.parametrize("language", ["ENGLISH", "SPANISH"])
def test_every_figure_has_a_name_in_the_language_of_the_page(language: str) -> None:
    found = re.search(rf"const {language} = \{{(.*?)\n\}};", (FOLDER / "words.js").read_text("utf-8"), re.DOTALL)
    assert found is not None
    words = dict(re.findall(r'(\w+): "([^"]+)"', found[1]))
    asked = set(re.findall(r'say\("(\w+)"\)', (FOLDER / "figures.js").read_text("utf-8")))
    assert asked <= set(words)
    named = [words[f"figure_{name}"] for name in shown()]
    assert len(set(named)) == len(named)
