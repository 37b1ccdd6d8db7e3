"""Long texts in pieces: where they are cut, and that nothing is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.long_text import pieces, utf16

WHOLE = [
    ("a family", "👨‍👩‍👧‍👦", 8),
    ("a skin tone", "👍🏽", 3),
    ("a flag", "🇪🇨", 3),
    ("an accent of its own", "e\u0301", 1),
    ("a sign with a variation", "❤\ufe0f", 1),
]

CUTS = [
    ("it fits", "Hola", 10, ["Hola"]),
    ("nothing", "   ", 10, []),
    ("paragraphs", "uno dos\n\ntres cuatro", 14, ["uno dos", "tres cuatro"]),
    ("a paragraph too early gives way to a line", "a\n\nbcd efg\nhij", 12, ["a\n\nbcd efg", "hij"]),
    ("sentences", "Una. Dos tres cuatro.", 20, ["Una. Dos tres", "cuatro."]),
    ("sentences, late enough", "Una dos tres. Cuatro.", 18, ["Una dos tres.", "Cuatro."]),
    ("words", "uno dos tres", 7, ["uno dos", "tres"]),
    ("a word that ends at the limit", "uno dos", 3, ["uno", "dos"]),
    ("a word longer than a piece", "abcdefgh", 3, ["abc", "def", "gh"]),
    ("an emoji is two", "😀😀😀", 4, ["😀😀", "😀"]),
    ("white space around is none", "  uno  ", 3, ["uno"]),
    ("many spaces are one cut", "uno     dos", 4, ["uno", "dos"]),
]


@pytest.mark.parametrize(("text", "limit", "expected"), [row[1:] for row in CUTS], ids=[row[0] for row in CUTS])
def test_where_it_is_cut(text: str, limit: int, expected: list[str]) -> None:
    assert pieces(text, limit) == expected


@pytest.mark.parametrize(("character", "spare"), [row[1:] for row in WHOLE], ids=[row[0] for row in WHOLE])
def test_what_a_person_sees_as_one_character_stays_whole(character: str, spare: int) -> None:
    limit = utf16(character) + spare
    for piece in pieces(character * 9, limit):
        assert piece.replace(character, "") == ""


def test_a_limit_that_holds_no_character_is_refused() -> None:
    with pytest.raises(ValueError, match="no character"):
        pieces("😀", 1)


@given(st.text(alphabet=st.sampled_from("ab .\n😀🇪🇨é\u0301\u200d"), max_size=200), st.integers(2, 40))
def test_no_piece_is_too_long_or_empty_and_nothing_but_space_is_lost(text: str, limit: int) -> None:
    found = pieces(text, limit)
    assert all(piece and utf16(piece) <= limit for piece in found)
    assert "".join("".join(found).split()) == "".join(text.split())
