"""Words that stop or resume marketing: the rows of privacy.md §5 that words alone decide, and every listed word."""

from __future__ import annotations

import pytest

from shared.domain.opt_out import WORDS, asks_for_erasure, choice_in, plain

ROWS = [
    ("1", "BAJA", "whatsapp", "withdraw"),
    ("2", "  baja!! 🙏", "whatsapp", "withdraw"),
    ("3", "Stop", "whatsapp", "withdraw"),
    ("4", "SAÍR", "whatsapp", "withdraw"),
    ("4b", "sair.", "whatsapp", "withdraw"),
    ("5", "la señal está baja", "whatsapp", None),
    ("6", "quiero dar de baja mi línea", "whatsapp", None),
    ("7", "no pare por favor", "whatsapp", None),
    ("8", "Cancelar", "whatsapp", None),
    ("9", "¿dónde puedo cancelar?", "whatsapp", None),
    ("10", "cancel", "sms", "withdraw"),
    ("10b", "cancel", "whatsapp", None),
    ("11", "Detener promociones", "whatsapp", "withdraw"),
    ("15", "STOP", "whatsapp", "withdraw"),
    ("16", "ELIMINAR MIS DATOS", "whatsapp", None),
    ("18", "ALTA", "whatsapp", "grant"),
]


@pytest.mark.parametrize(("text", "channel", "choice"), [row[1:] for row in ROWS], ids=[f"row {r[0]}" for r in ROWS])
def test_the_sheets_row(text: str, channel: str, choice: str | None) -> None:
    assert choice_in(text, channel) == choice


@pytest.mark.parametrize("text", ["ELIMINAR MIS DATOS", "borren mis datos", "Excluir meus dados."])
def test_row_16_asks_to_be_forgotten(text: str) -> None:
    assert asks_for_erasure(text)
    assert not asks_for_erasure(f"{text} de la factura")


SPANISH = (
    "baja, darme de baja, dar de baja, stop, alto, parar, detener, desuscribir, desuscribirme, eliminar suscripción"
)
SPANISH_PHRASES = (
    "No más mensajes, no quiero más mensajes, no quiero recibir mensajes, no me escriban más, dejen de escribirme"
)
PORTUGUESE = "sair, parar, pare, stop, descadastrar, remover, cancelar inscrição"
PORTUGUESE_PHRASES = "Não quero mais receber mensagens, não quero receber mensagens"
ENGLISH = "stop, stopall, unsubscribe, quit, end, optout, opt out, opt-out, remove, stop messages, do not message me"
LISTED = ", ".join([SPANISH, SPANISH_PHRASES, PORTUGUESE, PORTUGUESE_PHRASES, ENGLISH]).split(", ")


@pytest.mark.parametrize("word", sorted(set(LISTED)))
def test_every_listed_word_withdraws(word: str) -> None:
    assert choice_in(word, "whatsapp") == choice_in(word.upper(), "telegram") == "withdraw"


@pytest.mark.parametrize("word", ["alta", "suscribir", "voltar", "assinar", "start", "unstop"])
def test_every_listed_word_grants_again(word: str) -> None:
    assert choice_in(word, "whatsapp") == "grant"


@pytest.mark.parametrize("word", ["cancelar", "cancel", "no", "fin", "salir", "", None, "gracias", "🙏", "baja " * 30])
def test_what_means_other_things_too_decides_nothing(word: str | None) -> None:
    assert choice_in(word, "whatsapp") is None


def test_a_company_adds_its_own_words() -> None:
    more = WORDS.with_more(["¡Ya no!", "alta"], ["Sí, quiero"])
    assert choice_in("ya no", "whatsapp", more) == "withdraw"
    assert choice_in("si quiero", "whatsapp", more) == "grant"
    assert choice_in("alta", "whatsapp", more) == "withdraw", "in both lists: the more restrictive one"
    assert choice_in("ya no", "whatsapp") is None


def test_the_lists_hold_plain_forms_alone() -> None:
    assert all(plain(word) == word for word in WORDS.withdraw | WORDS.grant)
    assert plain("\u202eＢａｊａ\u200b ❤️") == "baja"
