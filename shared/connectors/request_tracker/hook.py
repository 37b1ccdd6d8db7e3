"""RT's scrip tells by a signed webhook that something happened in a ticket. Standard library alone.

RT's core has no webhooks. The scrip in `docs/connectors/request_tracker.md` posts JSON and signs it as Standard
Webhooks say. Nothing in it is believed but the ticket's number: what happened is read in RT.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from shared.connectors.standard_webhooks import keys_of, verify
from shared.domain.errors import Malformed
from shared.ports.connectors import Hint, Request

OF_NO_USE: Final = frozenset({"ticket.created", "ticket.custom_field", "ticket.link"})
"""Events of which nothing is read back."""


def hint(request: Request, secret: Mapping[str, Any], connector: str) -> list[Hint]:
    """The ticket, and the one that it was merged into. Of a merge RT names the survivor alone, and the transaction by
    which the other is found."""
    webhook_id = verify(keys_of(secret, connector), request.headers, request.body, request.at)
    try:
        told = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Malformed("the body is not JSON") from None
    if not isinstance(told, dict):
        raise Malformed("the body is not an object")
    if told.get("event") in OF_NO_USE:
        return []
    ticket = told.get("ticket")
    if not isinstance(ticket, dict):
        raise Malformed("ticket is missing, or is no object")
    numbers = [_number(ticket.get("id"), "ticket.id")]
    if ticket.get("effective_id") is not None:
        numbers.append(_number(ticket["effective_id"], "ticket.effective_id"))
    transaction = told.get("transaction")
    about = transaction if isinstance(transaction, dict) else {}
    at = about.get("created") if isinstance(about.get("created"), str) else None
    hints = [Hint(number, webhook_id, at) for number in dict.fromkeys(numbers)]
    if told.get("event") == "ticket.merged":
        hints.append(Hint(numbers[0], webhook_id, at, thing=_number(about.get("id"), "transaction.id")))
    return hints


def _number(value: Any, path: str) -> str:
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) <= 18 and int(text)):
        raise Malformed(f"{path} is no number")
    return str(int(text))
