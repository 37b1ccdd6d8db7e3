"""Ten thousand dead letters go back within half a minute, in a hub that works on them meanwhile."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local.sqlite.database import Database
from local.sqlite.stream import Stream
from local.sqlite.table import SqliteTable
from shared.channels.whatsapp.webhook import split
from shared.store import dead_letters
from shared.store.dead_letters import DeadLetter
from tests.system.embedded import ROOT, RunningHub, delivery, eventually, message

LETTERS, PEOPLE = 10_000, 2_000
WITHIN_S = 30
REASON = "a reason that was cured"


def park(table: SqliteTable, number: int) -> None:
    [element] = split(json.dumps(delivery(message(number % PEOPLE, number))).encode())
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1_760_000_000 + number // 10))
    envelope = {"channel": "whatsapp", "delivery": f"d{number}", "received_at": at, "index": 0, "raw": element.raw}
    body = json.dumps(envelope)
    dead_letters.put(
        table, DeadLetter("intake", "inbound", element.group, body, "Malformed", REASON, "t-1", at, last_at=at)
    )


@pytest.mark.slow
def test_ten_thousand_dead_letters_go_back_within_half_a_minute(tmp_path: Path) -> None:
    hub = RunningHub(tmp_path / "data")
    hub.folder.mkdir()
    database = Database(hub.folder / "hub.db")
    table = SqliteTable(database, Stream(database), time.time)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda number: park(table, number), range(LETTERS)))
    database.close()
    hub.start()
    try:
        assert hub.get("/v1/dead-letters/count")["count"] == LETTERS
        began = time.monotonic()
        redrive = [sys.executable, "-c", "from cli.main import main; main()", "dlq", "redrive", "--reason", REASON]
        done = subprocess.run(
            [*redrive, "--data", str(hub.folder), "--json"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        took = time.monotonic() - began
        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads(done.stdout) == {"redriven": LETTERS, "refused": []}
        assert hub.letters() == []
        assert took < WITHIN_S
        eventually(lambda: len(hub.timeline("+593990000000")["cases"][0]["interactions"]) == 5, within_s=120, every_s=1)
    finally:
        hub.stop()
