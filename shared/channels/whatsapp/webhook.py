"""What WhatsApp's webhook needs, in one module: proof of origin, and a delivery's elements. Standard library alone."""

from __future__ import annotations

from shared.channels.whatsapp.elements import split
from shared.meta.origin import handshake, verify

__all__ = ["handshake", "split", "verify"]
