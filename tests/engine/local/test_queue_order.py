"""Whatever receivers do, nothing is lost and every group keeps its order."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from local.definitions import QueueDefinition
from local.sqlite.database import Database
from local.sqlite.queues import Received, SqliteQueues
from shared.ports.queues import Message

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.sampled_from("abc")),
        st.tuples(st.just("receive"), st.integers(1, 10)),
        st.tuples(st.just("delete"), st.integers(0, 9)),
        st.tuples(st.just("return"), st.integers(0, 9)),
        st.tuples(st.just("wait"), st.integers(1, 40)),
        st.tuples(st.just("restart"), st.none()),
    ),
    max_size=40,
)


@contextmanager
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        yield Path(name)


class Receiver:
    """Plays steps, and knows what must hold of what it sees."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = 1_800_000_000.0
        self.sent: dict[str, list[int]] = defaultdict(list)
        self.done: dict[str, list[int]] = defaultdict(list)
        self.held: list[tuple[float, Received]] = []
        self.number = 0
        self.open()

    def open(self) -> None:
        self.database = Database(self.path)
        definition = QueueDefinition("inbound", "inbound.fifo", visibility_s=30)
        self.queues = SqliteQueues(self.database, {"inbound": definition}, lambda: self.now)

    def send(self, group: str) -> None:
        self.number += 1
        self.sent[group].append(self.number)
        assert self.queues.send("inbound", [Message(str(self.number), group, str(self.number))]) == ()

    def receive(self, most: int) -> list[Received]:
        batch = self.queues.receive("inbound", most)
        in_flight = {message.group for until, message in self.held if until > self.now}
        by_group: dict[str, list[int]] = defaultdict(list)
        for message in batch:
            assert message.group not in in_flight, "a group in flight is passed over"
            by_group[message.group].append(int(message.body))
        for group, numbers in by_group.items():
            waiting = [number for number in self.sent[group] if number not in self.done[group]]
            assert numbers == waiting[: len(numbers)], "oldest first, without gaps"
        self.held = [(until, message) for until, message in self.held if until > self.now]
        self.held += [(self.now + 30, message) for message in batch]
        return batch

    def delete(self, place: int) -> None:
        if place < len(self.held):
            _, message = self.held.pop(place)
            self.queues.delete("inbound", [message.receipt])
            if int(message.body) not in self.waiting():  # else it had come back meanwhile, under another receipt
                self.done[message.group].append(int(message.body))

    def give_back(self, place: int) -> None:
        if place < len(self.held):
            _, message = self.held.pop(place)
            self.queues.change_visibility("inbound", [message.receipt], 0)

    def waiting(self) -> set[int]:
        rows = self.database.read(lambda connection: connection.execute("SELECT body FROM messages").fetchall())
        return {int(row[0]) for row in rows}

    def restart(self) -> None:
        self.database.close()
        self.held = []
        self.open()

    def finish(self) -> None:
        """In the end every message is received: nothing was lost."""
        self.now += 31
        while batch := self.receive(10):
            self.queues.delete("inbound", [message.receipt for message in batch])
            self.held = []
            for message in batch:
                self.done[message.group].append(int(message.body))
        for group, numbers in self.sent.items():
            assert sorted(self.done[group]) == numbers
        self.database.close()


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_nothing_is_lost_and_every_group_keeps_its_order(steps: list[tuple[str, object]]) -> None:
    with folder() as path:
        receiver = Receiver(path / "hub.db")
        actions = {
            "send": receiver.send,
            "receive": receiver.receive,
            "delete": receiver.delete,
            "return": receiver.give_back,
            "restart": lambda _: receiver.restart(),
        }
        for action, argument in steps:
            if action == "wait":
                receiver.now += argument  # type: ignore[operator]
            else:
                actions[action](argument)
        receiver.finish()


def test_a_message_goes_through_a_deep_backlog_quickly(database: Database) -> None:
    """Blocked groups are passed over by an index: their number does not matter."""
    definition = QueueDefinition("inbound", "inbound.fifo", visibility_s=600)
    queues = SqliteQueues(database, {"inbound": definition}, time.time)
    for start in range(0, 2000, 10):
        queues.send("inbound", [Message("x", f"g{n}", str(n)) for n in range(start, start + 10)])
    for _ in range(199):
        assert len(queues.receive("inbound")) == 10
    began = time.perf_counter()
    for _ in range(10):
        (message,) = queues.receive("inbound", most=1)
        queues.delete("inbound", [message.receipt])
    assert time.perf_counter() - began < 1
