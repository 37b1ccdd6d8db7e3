"""What the recorder makes of mails: every sender is somebody, and a mail is recorded once."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.sqlite.database import Database
from local.sqlite.stream import Stream
from local.sqlite.table import SqliteTable
from shared.application.record import Context, Incoming, Outcome, Recorder
from shared.channels.email.mime import MAX_SIZE
from shared.channels.email.parse import parse
from shared.configuration import parse as configuration
from shared.domain.ids import uuid7
from shared.store import keys

ROOT = Path(__file__).parents[3]
FIXTURES = ROOT / "tests" / "fixtures" / "email"
NOW = 1_795_341_600.0
CONFIG = """
brands:
- {name: acme, languages: [es], default_country: EC, time_zone: America/Guayaquil}
accounts:
- {channel: email, id: soporte@example.com, brand: acme}
connectors: []
"""


class Shelf(dict[str, bytes]):
    def put(self, key: str, content: bytes, content_type: str = "") -> None:
        self[key] = content

    def delete(self, key: str) -> None:
        self.pop(key, None)


class Silent:
    def count(self, name: str, value: float = 1, **dimensions: str) -> None:
        assert all(dimensions.values())


class Hub:
    def __init__(self, table: SqliteTable) -> None:
        numbers = itertools.count()
        self._deliveries = itertools.count()
        self.table = table
        self.context = Context(
            table,
            Shelf(),
            Silent(),
            configuration(CONFIG, "test", {}),
            lambda: NOW,
            lambda: uuid7(NOW + next(numbers) / 1000, next(numbers).to_bytes(10, "big")),
            lambda _: None,
        )

    def take(self, mail: bytes, receipt: dict[str, Any] | None = None) -> Outcome:
        event = parse({"mail": mail, "receipt": receipt})
        small = {"mail_file": "mail/x", "receipt": receipt}
        incoming = Incoming(event, "2026-11-22T10:00:00Z", "{}", f"d{next(self._deliveries)}", 0, raw=small)
        return Recorder(self.context).record(incoming)

    def customer(self, outcome: Outcome) -> str:
        assert outcome.case
        case = self.table.get(keys.case(outcome.case)).item
        assert case
        return str(case["customer"])


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    database = Database(tmp_path / "hub.db")
    yield Hub(SqliteTable(database, Stream(database), lambda: NOW))
    database.close()


def fixture(name: str) -> bytes:
    return (FIXTURES / f"{name}.eml").read_bytes()


UNKNOWN = ["sender__none", "sender__null", "sender__spaces", "sender__encoded_word_in_address", "headers__no_headers"]


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_mail_of_an_unknown_sender_opens_a_case_of_its_own(hub: Hub, name: str) -> None:
    assert hub.take(fixture("sender__plain")).result == "recorded"
    first = hub.take(fixture(name))
    assert first.result == "recorded"
    assert first.case
    assert hub.take(fixture(name)).result == "copy"


def test_senders_without_any_address_are_not_the_same_person(hub: Hub) -> None:
    outcomes = [hub.take(fixture(name)) for name in ("sender__none", "sender__question_marks", "headers__no_headers")]
    assert len({hub.customer(outcome) for outcome in outcomes}) == 3


def test_who_hides_another_in_an_encoded_word_is_not_them(hub: Hub) -> None:
    victim = b"From: ceo@good.example\r\nTo: soporte@example.com\r\nMessage-ID: <1@good.example>\r\n\r\nHola"
    [real, spoof] = [hub.take(victim), hub.take(fixture("sender__encoded_word_in_address"))]
    assert hub.customer(real) != hub.customer(spoof)


def test_an_address_that_nobody_vouched_for_is_another_than_the_proved_one(hub: Hub) -> None:
    receipt = {"recipients": ["soporte@example.com"], "verdicts": {"dkim": "PASS", "dmarc": "PASS"}}
    proved = hub.take(fixture("verdict__proved"), receipt)
    assert hub.customer(hub.take(fixture("sender__capitals") + b"otra cosa")) != hub.customer(proved)


def test_one_mail_by_two_rules_is_one_entry(hub: Hub) -> None:
    mail = fixture("sender__plain")
    [one, other] = [hub.take(mail), hub.take(b"Received: by another rule\r\n" + mail)]
    assert (one.result, other.result) == ("recorded", "copy")


def test_the_same_message_id_in_two_mails_is_two_entries(hub: Hub) -> None:
    mail = fixture("sender__plain")
    assert [hub.take(one).result for one in (mail, mail + b"otra cosa")] == ["recorded", "recorded"]


def test_a_mail_too_large_to_be_read_is_an_entry_that_says_so(hub: Hub) -> None:
    outcome = hub.take(fixture("sender__plain") + b"x" * MAX_SIZE)
    assert outcome.result == "recorded"
    assert outcome.case


def test_a_virus_opens_no_case(hub: Hub) -> None:
    outcome = hub.take(fixture("verdict__virus"), {"verdicts": {"virus": "FAIL"}})
    assert (outcome.result, outcome.case) == ("ignored", None)


def test_the_command_reads_the_whole_corpus() -> None:
    mails = sorted(str(path) for path in FIXTURES.glob("*.eml"))
    program = "from cli.main import main; main()"
    command = [sys.executable, "-c", program, "normalize", "email", "--batch", *mails]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, env={**os.environ}, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.decode("utf-8").splitlines()
    assert len(lines) == len(mails)
    assert [line for line in lines if '"events": [' not in line] == []
