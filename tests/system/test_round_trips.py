"""Every answer reaches the person it was written for, once: while the hub is killed, WhatsApp loses a tenth of its
confirmations, and receipts come twice and in any order."""

from __future__ import annotations

import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.system.embedded import comes
from tests.system.phones import LEASE_S
from tests.system.round_trips import Town

AT_WORK = 8
"""Workers that may have had an answer in their hands when the hub was killed: nobody knows whether it went out."""


@pytest.mark.parametrize(
    ("people", "each", "patience_s"),
    [
        pytest.param(10, 3, 90.0, id="thirty"),
        pytest.param(100, 10, 900.0, id="a thousand", marks=pytest.mark.slow),
    ],
)
def test_every_answer_reaches_its_person_once(tmp_path: Path, people: int, each: int, patience_s: float) -> None:
    town = Town(tmp_path, people, each)
    wanted = people * each
    town.start()
    begun = time.monotonic()
    try:
        writing = threading.Thread(target=town.write, daemon=True)
        writing.start()
        assert comes(lambda: len(town.got()) >= wanted // 2, lambda: len(town.got()), 60)
        town.hub.kill()
        town.hub.start()
        writing.join(patience_s)
        comes(lambda: len(town.got()) >= wanted, lambda: len(town.got()), LEASE_S + 12)
        lost = _settled(town, wanted)
        _check(town, wanted, lost)
    finally:
        town.stop()
    print(f"{wanted} round trips in {time.monotonic() - begun:.1f} s; {lost} in the hands of a worker that was killed")


def _settled(town: Town, wanted: int) -> int:
    """Waits until all that arrived is known as read. How many never left the hub."""

    def read() -> int:
        return sum(one.get("delivery") == "read" for one in town.answers())

    arrived = len(town.got())
    assert comes(lambda: read() >= arrived, read, 60), (read(), arrived)
    return wanted - arrived


def _check(town: Town, wanted: int, lost: int) -> None:
    got = Counter(one.content["body"] for one in town.got())
    texts = {f"Respuesta a {name}" for name in town.messages}
    assert lost <= AT_WORK, f"{lost} of {wanted} never arrived"
    assert [text for text, times in got.items() if times > 1] == [], "nobody gets anything twice"
    assert got.keys() <= texts

    for one in town.got():
        name = one.content["body"].removeprefix("Respuesta a ")
        person = name.split(".")[2]
        assert one.person.endswith(f"{int(person):04}"), "to nobody else"
        assert one.quotes == town.tool.answers[name], "as a reply to what it names, and to nothing else"

    recorded = Counter(one["text"] for one in town.answers())
    assert recorded == Counter(texts), "each answer stands in the log once"
    assert town.tool.heard == Counter(town.messages), "the tool hears each message once"
    assert town.tool.told_of_answers == [], "and none of its own answers"
    assert town.tool.refused == []
    assert town.hub.letters() == []
