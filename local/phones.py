"""What customers see on their phones and in their mailboxes, of what the stand-ins took: for the page, beside what was
said.

`GET /local/phones?person=593991234567,EC.1,ana@example.net`: `{"messages": [{"n", "at", "kind", "text", "state",
"quotes"}]}`, oldest first, of the one person whom any of these ids names. A mail's text has its subject above it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from local.stand_ins.messenger import Delivered as Message
from local.stand_ins.messenger import Provider as Social
from local.stand_ins.ses import Delivered as Mail
from local.stand_ins.ses import Provider as Mailboxes
from local.stand_ins.whatsapp import Delivered, Provider
from shared.domain.moment import utc_text

PATH: Final = "/local/phones"
SHOWN: Final = 60


def on_phone(
    provider: Provider,
    request: Mapping[str, Any],
    mailboxes: Mailboxes | None = None,
    social: Social | None = None,
) -> dict[str, Any]:
    """The newest messages of one person."""
    asked = (request.get("queryStringParameters") or {}).get("person", "")
    names = [name.removeprefix("+") for name in asked.split(",") if name]
    seen = [(one.at, _shown(one, state)) for one, state in provider.phone(names)]
    if mailboxes:
        seen += [(one.at, _mail(one)) for name in names if "@" in name for one in mailboxes.delivered(name)]
    if social:
        seen += [(one.at, _message(one, state)) for one, state in social.phone(names)]
    return {"messages": [shown for _, shown in sorted(seen, key=lambda pair: pair[0])[-SHOWN:]]}


def _mail(one: Mail) -> dict[str, Any]:
    at = utc_text(datetime.fromtimestamp(one.at, UTC))
    answers = str(one.mail["in-reply-to"] or "").strip("<>") or None
    text = f"{one.subject}\n\n{one.text.strip()}"
    return {"n": one.n, "at": at, "kind": "mail", "text": text, "state": "delivered", "quotes": answers}


def _message(one: Message, state: str) -> dict[str, Any]:
    at = utc_text(datetime.fromtimestamp(one.at, UTC))
    file = one.content.get("attachment", {})
    kind = file.get("type", "text")
    text = one.content.get("text") or file.get("payload", {}).get("url")
    return {"n": one.n, "at": at, "kind": kind, "text": text, "state": state, "quotes": one.quotes}


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
