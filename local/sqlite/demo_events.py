"""What the demo tool was told, in the order of arrival; one row per `webhook-id`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from local.sqlite.database import Database


class DemoEvents:
    """Durable when `keep` returns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, webhook_id: str, received_at: str, headers: Mapping[str, str], body: bytes) -> None:
        """A `webhook-id` that is there already counts as a repeat of it."""

        def work(connection: sqlite3.Connection) -> None:
            repeated = connection.execute(
                "UPDATE demo_events SET repeats = repeats + 1 WHERE webhook_id = ?", (webhook_id,)
            )
            if repeated.rowcount == 0:
                connection.execute(
                    "INSERT INTO demo_events (webhook_id, received_at, headers, body) VALUES (?, ?, ?, ?)",
                    (webhook_id, received_at, json.dumps(headers), body),
                )

        self._database.write(work)

    def newest(self, limit: int) -> list[Any]:
        """The bodies of the last events, the newest first."""
        rows = self._database.read(
            lambda connection: connection.execute(
                "SELECT body FROM demo_events ORDER BY n DESC LIMIT ?", (limit,)
            ).fetchall()
        )
        return [_readable(body) for (body,) in rows]

    def listed(self, after: int, limit: int) -> list[dict[str, Any]]:
        """Events whose number is beyond `after`."""
        rows = self._database.read(
            lambda connection: connection.execute(
                "SELECT n, webhook_id, received_at, repeats, body FROM demo_events WHERE n > ? ORDER BY n LIMIT ?",
                (after, limit),
            ).fetchall()
        )
        return [
            {"n": n, "webhook_id": webhook_id, "received_at": at, "repeats": repeats, "body": _readable(body)}
            for n, webhook_id, at, repeats, body in rows
        ]


def _readable(body: bytes) -> Any:
    """The JSON in it, or the text as it came."""
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")
