"""Whatever a mail's text is, reading it loses no sign and takes no longer than its length."""

from __future__ import annotations

import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.pace import slowness
from shared.channels.email.reply import Reply, disclaimer_of, visible

LINES = st.one_of(
    st.sampled_from(
        [
            "El lun, 16 nov 2026 a las 10:15, Soporte <soporte@example.com> escribió:",
            "El lun, 16 nov 2026 a las 10:15, Soporte <",
            "soporte@example.com> escribió:",
            "escribió:",
            "De: Soporte <soporte@example.com>",
            "Enviado: lunes",
            "Para: Ana",
            "Asunto: Pedido",
            "-----Mensaje original-----",
            "---------- Forwarded message ---------",
            "________________________________",
            "-- ",
            "--",
            "-- Responda sobre",
            "esta línea --",
            "Enviado desde mi iPhone",
            "AVISO LEGAL: este mensaje es confidencial. " * 5,
            "Sí, gracias.",
            "> ¿Su nombre?",
            "> > Hola",
            ">",
            "",
            "\u200b",
            "\ufeffHola",
            "Mis respuestas están abajo en rojo.",
        ]
    ),
    st.text(max_size=40),
)
TEXTS = st.builds(
    lambda lines, end: end.join(lines), st.lists(LINES, max_size=25), st.sampled_from(["\n", "\r\n", "\r"])
)


def signs(*texts: str | None) -> Counter[str]:
    return Counter(sign for text in texts if text for sign in text if not sign.isspace())


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.sampled_from([None, "Re: x", "RV: x"]), st.integers(0, 5))
def test_no_sign_is_lost_or_made(text: str, subject: str | None, seen: int) -> None:
    reply = visible(text, subject=subject, domain_seen=seen)

    assert signs(reply.visible, reply.quoted, reply.signature) == signs(text)


@settings(max_examples=80, deadline=None)
@given(TEXTS)
def test_something_is_left_of_every_text_that_has_something(text: str) -> None:
    assert bool(visible(text).visible.strip()) == bool(text.strip())


@settings(max_examples=80, deadline=None)
@given(TEXTS)
def test_what_stands_above_any_mark_stays(text: str) -> None:
    """Words of a person before everything else are always in what is read."""
    reply = visible(f"Quiero devolver el pedido 4471.\n{text}")

    assert reply.visible.startswith("Quiero devolver el pedido 4471.")


MEGABYTE = 1_000_000
HOSTILE = {
    "one line": "a" * MEGABYTE,
    "marks": ">" * MEGABYTE,
    "spaces": " " * MEGABYTE,
    "line ends": "\n" * MEGABYTE,
    "half attributions": "El 2026 \n" * (MEGABYTE // 9),
    "whole attributions that are none": "El 2026 me escribió:\n" * (MEGABYTE // 21),
    "heads that are none": "De: Quito\nPara: Lima\n" * (MEGABYTE // 21),
    "heads and blanks": "De: Quito\n\n\n\n" * (MEGABYTE // 13),
    "rules": "________\n" * (MEGABYTE // 9),
    "rules and blanks": "________\n" + "\n" * MEGABYTE,
    "dashes": "-" * MEGABYTE,
    "signature marks": "--\n" * (MEGABYTE // 3),
    "tails": "Enviado desde mi iPhone\n" * (MEGABYTE // 24),
    "tails and blanks": "Enviado desde mi iPhone\n\n\n" * (MEGABYTE // 26),
    "quote and own line in turns": "El 2026 a@b escribió:\n" + "> a\nb\n" * (MEGABYTE // 6),
    "quoted attributions": "> El 2026 a@b escribió:\n" * (MEGABYTE // 24),
    "disclaimers": "AVISO LEGAL este mensaje es\n" * (MEGABYTE // 28),
    "half disclaimers": ("Este mensaje " * 70 + "\n") * (MEGABYTE // 910),
    "words of answers": "respondo " * (MEGABYTE // 9),
    "lines of words of answers": ("respondo " * 100 + "\n") * (MEGABYTE // 901) + "De: a@b\nEnviado: x\nPara: y\n",
    "separators that do not close": ("-" * 40 + " Mensaje original\n") * (MEGABYTE // 57),
    "separators of spaces": ("- " * 400 + "\n") * (MEGABYTE // 801),
    "own marks that do not close": "-- Responda sobre\n" * (MEGABYTE // 18),
    "invisible": "\u200b" * MEGABYTE,
    "combining": ("e" + "\u0301" * 900 + "\n") * (MEGABYTE // 902),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_megabyte_is_read_at_once(text: str) -> None:
    began = time.process_time()
    reply = visible(text, domain_seen=3)
    disclaimer_of(text)
    took = time.process_time() - began

    assert isinstance(reply, Reply)
    assert took < 1.5 * slowness()
