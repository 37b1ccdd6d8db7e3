"""What happens in the embedded run: the cases that changed last, for the console."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

from local.sqlite.attributes import from_text, unmarshal_item
from local.sqlite.database import Database
from shared.ports.table import Table
from shared.store import keys
from shared.store.views import case_view, customer_view

OPENED: Final = 300
"""The cases opened last; ids are ordered by time, so no index is needed."""
SHOWN: Final = 60


def recent_cases(database: Database, table: Table, after: str = "") -> dict[str, Any]:
    """`{"cases": [{"case", "customer", "updated_at"}]}`: of the cases opened last, those that changed after a moment,
    the last changed first."""
    found = database.read(_opened_last)
    changed = sorted((one for one in found if one["updated_at"] > after), key=lambda one: one["updated_at"])
    return {"cases": [_shown(table, one) for one in reversed(changed[-SHOWN:])]}


def _opened_last(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    rows = connection.execute(
        "SELECT body FROM items WHERE pk > 'CAS#' AND pk < 'CAS$' AND sk = 'CASE' ORDER BY pk DESC LIMIT ?", (OPENED,)
    )
    return [unmarshal_item(from_text(body)) for (body,) in rows]


def _shown(table: Table, one: dict[str, Any]) -> dict[str, Any]:
    profile = table.get(keys.customer(one["customer"])).item
    customer = customer_view(profile).dump() if profile else None
    return {"case": case_view(one).dump(), "customer": customer, "updated_at": one["updated_at"]}
