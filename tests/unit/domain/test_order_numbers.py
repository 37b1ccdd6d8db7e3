"""Order numbers in texts: called one, and long enough to be nobody else's."""

from __future__ import annotations

import pytest

from shared.domain.order_numbers import MOST, order_numbers


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Mi pedido #A-1234 no llega", {"A-1234"}),
        ("Orden No. 88917", {"88917"}),
        ("pedido nº 4455", {"4455"}),
        ("factura 001-002-000123 y compra 90871", {"001-002-000123", "90871"}),
        ("a encomenda br9981", {"BR9981"}),
        ("Re: order: 77812", {"77812"}),
        ("pedido mañana", set()),
        ("order 12", set()),
        ("llámame al 0991234567", set()),
        ("K7QF-3M2X-R", set()),
        ("desorden 12345", set()),
        (None, set()),
    ],
)
def test_numbers(text: str | None, numbers: set[str]) -> None:
    assert order_numbers(text) == numbers


def test_of_a_list_only_the_first_few() -> None:
    assert len(order_numbers(" ".join(f"pedido {number}" for number in range(1000, 1050)))) == MOST
