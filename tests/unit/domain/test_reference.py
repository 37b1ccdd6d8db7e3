from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.reference import ALPHABET, check_character, reference_of, references_in

REFERENCE = reference_of("019a0000-0000-7000-8000-000000000001")


def test_it_is_read_from_a_sentence_in_any_case() -> None:
    assert references_in(f"Hola, mi caso es {REFERENCE.lower()}, gracias") == [REFERENCE]


def test_each_is_named_once_in_order() -> None:
    other = reference_of("another")
    assert references_in(f"{other} {REFERENCE} {other}") == [other, REFERENCE]


@pytest.mark.parametrize("place", [0, 1, 2, 3, 5, 6, 7, 8, 10])
def test_a_wrong_character_makes_it_plain_text(place: int) -> None:
    for letter in set(ALPHABET) - {REFERENCE[place]}:
        assert references_in(REFERENCE[:place] + letter + REFERENCE[place + 1 :]) == []


@pytest.mark.parametrize("text", ["", "K7QF3M2XR", f"x{REFERENCE}", f"{REFERENCE}9", "1234-5678"])
def test_other_texts_hold_none(text: str) -> None:
    assert references_in(text) == []


@given(st.text(ALPHABET, min_size=8, max_size=8))
def test_every_made_reference_is_found(body: str) -> None:
    made = f"{body[:4]}-{body[4:]}-{check_character(body)}"
    assert references_in(made) == [made]


def test_a_collision_takes_another() -> None:
    assert len({reference_of("same", attempt) for attempt in range(16)}) == 16
