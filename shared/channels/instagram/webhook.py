"""What Instagram's webhook needs, in one module: proof of origin, and a delivery's elements. Standard library alone."""

from __future__ import annotations

from typing import Final

from shared.domain.element import Element
from shared.meta.origin import handshake, verify
from shared.meta.social import elements

__all__ = ["OBJECT", "handshake", "split", "verify"]

OBJECT: Final = "instagram"
"""What `object` says of a delivery of this product."""


def split(body: bytes) -> list[Element]:
    """The elements of a delivery; of another product's none. Raises Malformed when it is not JSON or no object."""
    return elements.split(body, "instagram", OBJECT)
