"""What a subject says beside prefixes and tokens, and when two are of different topics."""

from __future__ import annotations

import pytest

from shared.domain.subject import LONGEST, is_other_topic, topic


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        (None, ""),
        ("", ""),
        ("Re:", ""),
        ("RV: RE[2]: Fwd: Factura  de octubre", "factura de octubre"),
        ("ENC: RES: Fatura", "fatura"),
        ("Re: [#4K7T2] Factura", "factura"),
        ("[ACME] Re: Factura", "factura"),
        ("Re: " + "a" * 500, "a" * LONGEST),
    ],
)
def test_the_topic(subject: str | None, said: str) -> None:
    assert topic(subject) == said


@pytest.mark.parametrize(
    ("one", "other", "differs"),
    [
        ("factura", "garantía", True),
        ("factura", "factura", False),
        ("factura", "odp: factura", False),
        ("[acme] factura", "factura", False),
        ("factura", "", False),
        ("", "", False),
    ],
)
def test_another_topic(one: str, other: str, differs: bool) -> None:
    assert is_other_topic(one, other) is differs
    assert is_other_topic(other, one) is differs
