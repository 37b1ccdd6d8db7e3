"""Who says that they are somebody else: the whole message, never a part of one."""

from __future__ import annotations

import pytest

from shared.domain.opt_out import plain
from shared.domain.wrong_number import PHRASES, is_wrong_number, may_be_wrong


@pytest.mark.parametrize(
    ("text", "name", "wrong"),
    [
        ("número equivocado", "Ana", True),
        ("Número equivocado!!", None, True),
        ("Se equivocó de número.", "Ana", True),
        ("no soy", "Ana", True),
        ("No soy Ana", "Ana Pérez", True),
        ("no soy Ana Perez 🙄", "Ana Pérez", True),
        ("foi engano", None, True),
        ("Não sou eu", None, True),
        ("Wrong number", "Ana", True),
        ("I'm not Ana", "Ana", True),
        ("no soy Luis", "Ana Pérez", False),
        ("no soy cliente todavía", "Ana Pérez", False),
        ("no soy Ana, soy su hermana y quiero pagar", "Ana Pérez", False),
        ("creo que es un número equivocado de pedido", "Ana", False),
        ("el número de guía es incorrecto", "Ana", False),
        ("no", "Ana", False),
        ("", "Ana", False),
        (None, "Ana", False),
        ("no soy Ana", None, False),
        ("número equivocado " * 10, "Ana", False),
    ],
)
def test_it_says_so(text: str | None, name: str | None, wrong: bool) -> None:
    assert is_wrong_number(text, name) is wrong
    assert may_be_wrong(text) or not wrong


def test_the_list_holds_plain_forms_alone() -> None:
    assert all(plain(phrase) == phrase for phrase in PHRASES)
