"""Thanks and nothing more, in three languages; and everything that looks like it and is not."""

from __future__ import annotations

from typing import Any

import pytest

from shared.domain.courtesy import is_courtesy, says_only_thanks
from shared.domain.event import Event

COURTESIES = (
    "gracias 🙏", "Muchas gracias!", "¡Mil gracias por su ayuda!", "ok gracias", "Listo, gracias", "no, gracias",
    "Muito obrigada 😊", "valeu", "não, obrigado", "Thanks!", "thank you so much", "Ok", "👍", "👍🏽", "❤️",
    "Gracias, muy amable. Buen día", "perfecto", "Excelente, muchísimas gracias",
)  # fmt: skip
OTHERS = (
    "gracias, pero sigue sin funcionar", "gracias?", "ok y cuando llega", "no", "ya no", "si", "Gracias por nada",
    "thanks, no help", "ok 123", "gracias, mi número es 0991234567", "no funciona", "😡", "", "   ", "?", "hola",
    "gracias. Otra cosa: la factura", "obrigado mas não funciona", "gracias " * 30, "https://example.com gracias",
)  # fmt: skip


@pytest.mark.parametrize("text", COURTESIES)
def test_courtesy(text: str) -> None:
    assert is_courtesy(text)


@pytest.mark.parametrize("text", OTHERS)
def test_no_courtesy(text: str) -> None:
    assert not is_courtesy(text)


@pytest.mark.parametrize(
    ("more", "only"),
    [
        ({}, True),
        ({"attachments": [{"kind": "image"}]}, False),
        ({"location": {"latitude": 0, "longitude": 0}}, False),
        ({"kind": "comment"}, False),
        ({"text": None}, False),
        ({"choice": {"id": "thanks"}}, False),
    ],
)
def test_only_a_message_of_text_alone_can_be_one(more: dict[str, Any], only: bool) -> None:
    parts = {"channel": "whatsapp", "account": "1", "kind": "message", "message_id": "m", "text": "gracias"}
    event = Event.model_validate(parts | {"author": {"type": "customer"}, "provider_type": "text"} | more)
    assert says_only_thanks(event) is only
