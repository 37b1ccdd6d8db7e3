"""One writer, many callers, and a sudden death."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from local.sqlite.database import Database
from shared.domain.errors import Conflict, Misconfigured, Transient

ROOT = Path(__file__).parents[3]


def keep(database: Database, webhook_id: str) -> None:
    database.write(
        lambda connection: connection.execute(
            "INSERT INTO demo_events (webhook_id, received_at, headers, body) VALUES (?, '', '', '')", (webhook_id,)
        )
    )


def kept(database: Database) -> list[str]:
    return database.read(
        lambda connection: [row[0] for row in connection.execute("SELECT webhook_id FROM demo_events ORDER BY n")]
    )


def test_a_write_that_fails_undoes_itself_and_no_other_of_its_group(database: Database) -> None:
    """All are handed in while the writer is held up, so that they share one commit."""
    entered, go_on = threading.Event(), threading.Event()

    def hold(_: sqlite3.Connection) -> None:
        entered.set()
        go_on.wait(5)

    def fail(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO demo_events (webhook_id, received_at, headers, body) VALUES ('bad','','','')")
        raise Conflict("no", (0,))

    outcomes: list[str] = []

    def failing() -> None:
        with pytest.raises(Conflict):
            database.write(fail)
        outcomes.append("conflict")

    holder = threading.Thread(target=database.write, args=(hold,))
    holder.start()
    assert entered.wait(5)
    others = [threading.Thread(target=keep, args=(database, str(n))) for n in range(5)]
    others.insert(2, threading.Thread(target=failing))
    for thread in others:
        thread.start()
    go_on.set()
    for thread in [holder, *others]:
        thread.join(5)
    assert sorted(kept(database)) == ["0", "1", "2", "3", "4"]
    assert outcomes == ["conflict"]


def test_what_waits_together_is_committed_together(database: Database, eventually: Callable[..., None]) -> None:
    """Writers that wait see one another's rows before any is committed."""
    entered, go_on = threading.Event(), threading.Event()
    seen_outside: list[int] = []

    def hold(_: sqlite3.Connection) -> None:
        entered.set()
        go_on.wait(5)

    def look(connection: sqlite3.Connection) -> int:
        inside: int = connection.execute("SELECT COUNT(*) FROM demo_events").fetchone()[0]
        seen_outside.append(len(kept(database)))
        return inside

    holder = threading.Thread(target=database.write, args=(hold,))
    holder.start()
    assert entered.wait(5)
    first = threading.Thread(target=keep, args=(database, "first"))
    first.start()
    eventually(lambda: database._jobs.qsize() == 1)
    counted: list[int] = []
    second = threading.Thread(target=lambda: counted.append(database.write(look)))
    second.start()
    eventually(lambda: database._jobs.qsize() == 2)
    go_on.set()
    for thread in (holder, first, second):
        thread.join(5)
    assert (counted, seen_outside) == ([1], [0])


def test_a_write_is_read_at_once_from_any_thread(database: Database) -> None:
    keep(database, "one")
    found: list[list[str]] = []
    reader = threading.Thread(target=lambda: found.append(kept(database)))
    reader.start()
    reader.join(5)
    assert found == [["one"]]


def test_a_read_cannot_write(database: Database) -> None:
    with pytest.raises(Transient):
        database.read(lambda connection: connection.execute("DELETE FROM demo_events"))


def test_a_closed_database_says_so(tmp_path: Path) -> None:
    database = Database(tmp_path / "closed.db")
    keep(database, "one")
    database.close()
    with pytest.raises(Transient):
        keep(database, "two")


def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "hub.db") as connection:
        connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(Misconfigured, match="another version"):
        Database(tmp_path / "hub.db")


def test_nobody_else_can_read_the_file(tmp_path: Path) -> None:
    database = Database(tmp_path / "hub.db")
    keep(database, "one")
    assert {path.name: path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == dict.fromkeys(
        ("hub.db", "hub.db-wal", "hub.db-shm"), 0
    )
    database.close()


WRITER = """
import sys, threading
from pathlib import Path
from local.sqlite.database import Database

database = Database(Path(sys.argv[1]))

def pair(connection, name):
    for half in ("a", "b"):
        connection.execute(
            "INSERT INTO demo_events (webhook_id, received_at, headers, body) VALUES (?, '', '', '')", (name + half,))

def write(thread):
    for n in range(100000):
        name = f"{thread}-{n}-"
        database.write(lambda connection: pair(connection, name))
        sys.stdout.write(name + "\\n")
        sys.stdout.flush()

for thread in range(4):
    threading.Thread(target=write, args=(thread,)).start()
"""


@pytest.mark.parametrize("acknowledged", [1, 40, 150])
def test_what_was_acknowledged_survives_a_sigkill_and_nothing_is_torn(tmp_path: Path, acknowledged: int) -> None:
    path = tmp_path / "hub.db"
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert writer.stdout is not None
    told = [writer.stdout.readline().strip() for _ in range(acknowledged)]
    writer.send_signal(signal.SIGKILL)
    told += [line.strip() for line in writer.stdout if line.endswith("-\n")]
    writer.wait()
    writer.stdout.close()
    database = Database(path)
    there = kept(database)
    sound = database.read(lambda connection: connection.execute("PRAGMA integrity_check").fetchone()[0])
    database.close()
    halves = {name + half for name in told for half in ("a", "b")}
    assert len(told) >= acknowledged
    assert halves <= set(there)
    assert {name[:-1] + "a" for name in there} == {name for name in there if name.endswith("a")}
    assert {name[:-1] + "b" for name in there} == {name for name in there if name.endswith("b")}
    assert sound == "ok"
