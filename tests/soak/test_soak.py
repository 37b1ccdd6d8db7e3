"""The soak, short; and that its closing line can say no."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.soak.receiver import Receiver
from tests.soak.soak import Plan, Result, soak


@pytest.mark.slow
def test_killed_and_failing_it_loses_doubles_and_disorders_nothing(tmp_path: Path) -> None:
    result = soak(Plan(messages=600, people=30, kills=5, fault_rate=0.002, lost_answers=0.02, seed=7), tmp_path)
    print(result.line)
    assert result.holds, result.line


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver(rate=0.0, seed=1)
    yield made
    made.stop()


def told(sequence: int, message: str) -> bytes:
    data = {"customer": {"id": "c"}, "case": {"id": "k"}, "sequence": sequence, "interaction": {"message_id": message}}
    return json.dumps({"type": "interaction.created", "data": data}).encode()


def test_the_receiver_knows_a_copy_from_a_message_told_twice(receiver: Receiver) -> None:
    for webhook_id, message in (("w1", "m1"), ("w1", "m1"), ("w2", "m2"), ("w3", "m2")):
        receiver.take(webhook_id, told(int(webhook_id[1]), message))
    assert (receiver.copies, receiver.told) == (1, {"m1": 1, "m2": 2})


def test_the_receiver_notes_what_comes_after_its_successor(receiver: Receiver) -> None:
    for sequence in (1, 3, 2, 4):
        receiver.take(f"w{sequence}", told(sequence, f"m{sequence}"))
    assert receiver.disordered == 1


def test_what_breaks_off_halfway_was_not_told_and_its_copy_is(receiver: Receiver) -> None:
    body = told(1, "m1")
    place = urlsplit(receiver.url)
    with socket.create_connection((place.hostname, place.port)) as connection:
        head = f"POST {place.path} HTTP/1.1\r\nhost: x\r\nwebhook-id: w1\r\ncontent-length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body[: len(body) // 2])
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100) == b""
    assert (receiver.copies, receiver.told) == (0, {})
    receiver.take("w1", body)
    assert (receiver.copies, receiver.told) == (0, {"m1": 1})


def test_an_answer_is_lost_once_and_not_again() -> None:
    receiver = Receiver(rate=1.0, seed=1)
    assert [receiver.take("w1", told(1, "m1")) for _ in range(2)] == [False, True]
    receiver.stop()


def test_the_closing_line_says_found_beside_expected() -> None:
    assert Result({"sent": (3, 3), "lost": (0, 0)}).line == "soak: sent 3 (expected 3), lost 0 (expected 0): equal"
    short = Result({"sent": (3, 3), "lost": (1, 0)})
    assert not short.holds
    assert short.line.endswith("lost 1 (expected 0): NOT EQUAL")
