"""Connectors over the API: what they held is brought in, how the hub stands with them is looked at. What is asked is
read without trust."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from shared.application.bring_in import BringIn, Page
from shared.application.bring_in_tickets import tickets
from shared.application.inquire_errors import BadQuestion, NotFound, NotPossible
from shared.domain.errors import Malformed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shared.application.record import Context
    from shared.ports.connectors import Setup, Stock

_CURSOR: Final = re.compile(r"[\x21-\x7e]{1,200}")


def brought_in(
    context: Context, stock_of: Callable[[str], Stock | None], connector: str, asked: dict[str, Any]
) -> dict[str, Any]:
    """`{"what"?: "contacts"|"tickets", "dry_run"?, "cursor"?}`: one page of an import.

    Without `cursor` it goes on where the last one stopped, of a dry run from the beginning. `next` is the cursor of the
    page that follows, null at the end; `then`: what is to be imported after that.
    """
    _only(asked, "what", "dry_run", "cursor")
    what, dry, cursor = asked.get("what", "contacts"), asked.get("dry_run", False), asked.get("cursor")
    if what not in ("contacts", "tickets"):
        raise BadQuestion("what: contacts or tickets")
    if not isinstance(dry, bool):
        raise BadQuestion("dry_run: neither true nor false")
    if cursor is not None and not (isinstance(cursor, str) and _CURSOR.fullmatch(cursor)):
        raise BadQuestion("cursor: not one that an import gave out")
    settings = context.config.connector(connector)
    if settings is None:
        raise NotFound("the configuration has no such connector")
    stock = stock_of(connector)
    if stock is None:
        raise NotPossible(f"{connector} ({settings.kind}) cannot be asked what it holds: it is only ever told")
    if what == "tickets" and not settings.adopt_tickets:
        raise NotPossible(f"{connector}: the configuration does not say adopt_tickets: true")
    import_ = BringIn(context, stock, settings, dry)
    try:
        page = import_.contacts(cursor) if what == "contacts" else tickets(import_, cursor)
    except Malformed as malformed:
        raise BadQuestion(f"cursor: {malformed.reason}") from malformed
    then = "tickets" if what == "contacts" and settings.adopt_tickets else None
    return {"connector": connector, "what": what, "dry_run": dry, "then": then, **_shown(page)}


def _shown(page: Page) -> dict[str, Any]:
    return {
        "counts": dict(page.counts),
        "before": dict(page.before),
        "notes": page.notes,
        "next": page.next,
        "left": page.left,
    }


def connected(setups: Mapping[str, Setup], name: str, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"look"?: true}`: how the hub stands with a connector, or with `channel:account`. Sets up what the other side's
    API allows; with `look` it changes nothing there."""
    _only(asked, "look")
    look = asked.get("look", False)
    if not isinstance(look, bool):
        raise BadQuestion("look: neither true nor false")
    setup = setups.get(name)
    if setup is None:
        known = ", ".join(sorted(setups)) or "none"
        raise NotFound(f"neither a connector nor an account of this name; known: {known}")
    checks = setup.check(mend=not look)
    return {"name": name, "ok": all(one.ok is not False for one in checks), "checks": [asdict(one) for one in checks]}


def _only(asked: dict[str, Any], *parts: str) -> None:
    if set(asked) - set(parts):
        raise BadQuestion(f"body: only {', '.join(parts)}")
