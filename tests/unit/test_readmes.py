"""The README in both languages: the same structure, the same commands, and each leads to the other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENGLISH, SPANISH = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.es.md"))


def commands(text: str) -> list[str]:
    """Every line of the code blocks without its remark."""
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return [line.partition("#")[0].rstrip() for block in blocks for line in block.splitlines()]


def test_the_commands_are_the_same() -> None:
    assert commands(ENGLISH)
    assert commands(SPANISH) == commands(ENGLISH)


def test_headings_tables_and_links_are_the_same() -> None:
    def shape(text: str) -> list[str]:
        return [line.split(" ")[0] for line in text.splitlines() if line.startswith(("#", "|"))]

    def links(text: str) -> list[str]:
        return [link for link in re.findall(r"\]\(([^)]+)\)", text) if not link.startswith("README")]

    assert shape(SPANISH) == shape(ENGLISH)
    assert links(SPANISH) == links(ENGLISH)


def test_each_leads_to_the_other() -> None:
    assert "(README.es.md)" in ENGLISH
    assert "(README.md)" in SPANISH


@pytest.mark.parametrize("text", [ENGLISH, SPANISH], ids=["en", "es"])
def test_every_link_leads_somewhere(text: str) -> None:
    for link in re.findall(r"\]\(([^)]+)\)", text):
        assert (ROOT / link).exists(), link
