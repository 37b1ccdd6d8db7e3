"""The one SQLite file's tables, all in one place.

`items` is the hub's table with its two indexes, `changes` its stream with the readers' `checkpoints`;
`messages`, `message_groups` and `deduplications` are the queues; `demo_events` is what the demo tool was told.
"""

from __future__ import annotations

VERSION = 1
"""Grows when a statement changes; a file of another version is refused, never guessed at."""

STATEMENTS = (
    # body: the item as DynamoDB's JSON; size: bytes as DynamoDB counts them.
    """CREATE TABLE IF NOT EXISTS items (
        pk TEXT NOT NULL, sk TEXT NOT NULL, body TEXT NOT NULL, size INTEGER NOT NULL,
        cases_pk TEXT, cases_sk TEXT, due_pk TEXT, due_sk TEXT,
        PRIMARY KEY (pk, sk)
    )""",
    """CREATE INDEX IF NOT EXISTS items_cases ON items (cases_pk, cases_sk, pk, sk)
        WHERE cases_pk IS NOT NULL AND cases_sk IS NOT NULL""",
    """CREATE INDEX IF NOT EXISTS items_due ON items (due_pk, due_sk, pk, sk)
        WHERE due_pk IS NOT NULL AND due_sk IS NOT NULL""",
    # AUTOINCREMENT: a sequence number is never used again, also after the stream was emptied.
    """CREATE TABLE IF NOT EXISTS changes (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, pk TEXT NOT NULL, sk TEXT NOT NULL,
        hash INTEGER NOT NULL, old TEXT, new TEXT
    )""",
    """CREATE TABLE IF NOT EXISTS checkpoints (
        reader TEXT NOT NULL, lane INTEGER NOT NULL, lanes INTEGER NOT NULL, seq INTEGER NOT NULL,
        PRIMARY KEY (reader, lane)
    )""",
    # visible_at 0: waiting; otherwise in flight until then.
    """CREATE TABLE IF NOT EXISTS messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, grp TEXT NOT NULL, message_id TEXT NOT NULL,
        deduplication TEXT NOT NULL, body TEXT NOT NULL, sent_at REAL NOT NULL,
        visible_at REAL NOT NULL DEFAULT 0, receives INTEGER NOT NULL DEFAULT 0,
        first_received_at REAL, receipt TEXT
    )""",
    "CREATE INDEX IF NOT EXISTS messages_group ON messages (queue, grp, id)",
    """CREATE INDEX IF NOT EXISTS messages_in_flight ON messages (queue, grp, visible_at)
        WHERE visible_at > 0""",
    # One row for each group with messages; head: its oldest. blocked_until 0: may be received.
    """CREATE TABLE IF NOT EXISTS message_groups (
        queue TEXT NOT NULL, grp TEXT NOT NULL, head INTEGER NOT NULL, blocked_until REAL NOT NULL,
        PRIMARY KEY (queue, grp)
    ) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS message_groups_ready ON message_groups (queue, blocked_until, head)",
    """CREATE TABLE IF NOT EXISTS deduplications (
        queue TEXT NOT NULL, grp TEXT NOT NULL, deduplication TEXT NOT NULL, at REAL NOT NULL,
        PRIMARY KEY (queue, grp, deduplication)
    ) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS deduplications_at ON deduplications (at)",
    """CREATE TABLE IF NOT EXISTS demo_events (
        n INTEGER PRIMARY KEY AUTOINCREMENT, webhook_id TEXT NOT NULL UNIQUE, received_at TEXT NOT NULL,
        repeats INTEGER NOT NULL DEFAULT 0, headers TEXT NOT NULL, body BLOB NOT NULL
    )""",
)
