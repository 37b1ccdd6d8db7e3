"""What customers see on their phones, of what the stand-in for WhatsApp took: for the page, beside what was said.

`GET /local/phones?person=593991234567,EC.1`: `{"messages": [{"n", "at", "kind", "text", "state", "quotes"}]}`, oldest
first, of the one person whom any of these ids names.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from local.stand_ins.whatsapp import Delivered, Provider
from shared.domain.moment import utc_text

PATH: Final = "/local/phones"
SHOWN: Final = 60


def on_phone(provider: Provider, request: Mapping[str, Any]) -> dict[str, Any]:
    """The newest messages of one person."""
    asked = (request.get("queryStringParameters") or {}).get("person", "")
    names = [name.removeprefix("+") for name in asked.split(",") if name]
    return {"messages": [_shown(one, state) for one, state in provider.phone(names)[-SHOWN:]]}


def _shown(one: Delivered, state: str) -> dict[str, Any]:
    at = utc_text(datetime.fromtimestamp(one.at, UTC))
    return {"n": one.n, "at": at, "kind": one.kind, "text": _text(one), "state": state, "quotes": one.quotes}


def _text(one: Delivered) -> str | None:
    """As a person would read it; of a template, its name."""
    content = one.content
    body = content.get("body")
    if isinstance(body, Mapping):
        body = body.get("text")
    return body or content.get("caption") or content.get("filename") or content.get("name")
