"""Names: the examples of identity.md §5, and what they decide about two customers."""

from __future__ import annotations

import pytest

from shared.domain.identity.names import compare_key, is_another_name, is_same_name, name_similarity, names_agree


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("María José", "maria jose"),
        ("MARIA  JOSE", "maria jose"),
        ("Muñoz 🌸", "munoz"),
        ("Ｊuan", "juan"),
        ("\u202eAna", "ana"),
        ("Mamá ❤️", "mama"),
        ("👩🏽‍🦱 Luz", "luz"),
        ("🌸", ""),
    ],
)
def test_compare_key(name: str, key: str) -> None:
    assert compare_key(name) == key


def test_accents_and_case_make_no_other_name_but_another_letter_does() -> None:
    assert is_same_name("María José", "MARIA  JOSE")
    assert not is_same_name("Peña", "Pena")
    assert name_similarity("Peña", "Pena") == 1.0, "similar, not equal"
    assert not is_same_name("🌸", "❤️")


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("Pérez Gómez, María", "Maria Perez", True),
        ("María de la Cruz", "Cruz María", True),
        ("M. Pérez", "María Pérez", True),
        ("João dos Santos", "Joao Santos", True),
        ("María Pérez", "María Gómez", False),
        ("Ana", "Ana Pérez", False),
        ("Ana", "Ana", False),
        ("Ventas", "María Pérez", False),
        (None, "María Pérez", False),
        ("🌸", "María Pérez", False),
    ],
)
def test_names_agree(one: str | None, other: str | None, agree: bool) -> None:
    assert names_agree(one, other) is agree
    assert names_agree(other, one) is agree


@pytest.mark.parametrize(
    ("one", "other", "another"),
    [
        ("Ana Pérez", "Luis Mora", True),
        ("Ana Pérez", "Ana", False),
        ("Ana", "ANA P.", False),
        ("Ana", None, False),
        ("Ana", "🌸", False),
    ],
)
def test_a_name_without_a_common_word_is_another(one: str | None, other: str | None, another: bool) -> None:
    assert is_another_name(one, other) is another
    assert is_another_name(other, one) is another


def test_a_word_is_matched_once() -> None:
    assert name_similarity("Ana Ana", "Ana Luz") == 1.0
    assert name_similarity("A. A. Ríos", "Ana Ríos") == 1.0
    assert name_similarity("Juan Juárez", "J. Mora") == 0.5
