"""Reads one element of a delivery for a Page. Pure. Source: Messenger Platform webhooks, 2026."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from shared.channels.messenger import feed
from shared.domain.event import Event
from shared.meta.social.parse import Product

PRODUCT: Final = Product("messenger", {"feed": feed.feed, "mention": feed.mention, "ratings": feed.rating})


def parse(raw: Mapping[str, Any]) -> Event:
    """One event for one element, as `split` made it. Never raises. See `Product.parse`."""
    return PRODUCT.parse(raw)
