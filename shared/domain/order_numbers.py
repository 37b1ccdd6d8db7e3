"""Order numbers that a text names: the one thing by which a mail without a thread finds its case."""

from __future__ import annotations

import re
from typing import Final

_NAMED: Final = re.compile(
    r"\b(?:pedidos?|orden(?:es)?|compra|factura|encomenda|order|invoice|purchase)\b"
    r"(?:\s*(?:no|nr|nro|num|numero|número|number|n)\b\s*[.°º]?|\s*n\s*[°º])?"
    r"\s*[:#.]?\s*#?\s*([A-Z0-9](?:[A-Z0-9]|[-/](?=[A-Z0-9])){3,24})(?![A-Z0-9])",
    re.IGNORECASE,
)
_LEAST_DIGITS: Final = 3
MOST: Final = 5
"""Of one text: a list of orders names none in particular."""


def order_numbers(*texts: str | None) -> frozenset[str]:
    """Every number that a text calls an order, in capitals: `pedido #A-1234`, `orden 88917`. At most five."""
    found: dict[str, None] = {}
    for text in texts:
        for match in _NAMED.finditer(text or ""):
            number = match[1].upper()
            if sum(sign.isdigit() for sign in number) >= _LEAST_DIGITS:
                found[number] = None
    return frozenset(list(found)[:MOST])
