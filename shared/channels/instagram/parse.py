"""Reads one element of a delivery for an Instagram account, whichever login brought it. Pure.

Source: Instagram Platform webhooks, 2026.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from shared.channels.instagram.comments import comment, mention
from shared.domain.event import Event
from shared.meta.social.parse import Product

PRODUCT: Final = Product("instagram", {"comments": comment, "live_comments": comment, "mentions": mention})


def parse(raw: Mapping[str, Any]) -> Event:
    """One event for one element, as `split` made it. Never raises. See `Product.parse`."""
    return PRODUCT.parse(raw)
