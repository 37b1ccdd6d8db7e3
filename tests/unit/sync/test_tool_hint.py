from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from shared.application.sweep import announce
from shared.application.tool_hint import ToolHint, read_hint, send
from shared.domain.errors import Malformed, Transient
from shared.ports.queues import Message

HINT = ToolHint("soporte", "rt-txn-52", "12", at="2026-11-22T10:00:00Z")


class Queue:
    def __init__(self, refuses: tuple[int, ...] = ()) -> None:
        self.sent: list[Message] = []
        self.refuses = refuses

    def send(self, queue: str, batch: Sequence[Message]) -> tuple[int, ...]:
        assert queue == "tools"
        assert len(batch) <= 10
        self.sent += batch
        return self.refuses

    def depths(self) -> dict[str, Any]:
        return {}


@pytest.mark.parametrize(
    "hint",
    [
        HINT,
        replace(HINT, swept=True),
        replace(HINT, told={"type": "agent.reply"}),
        replace(HINT, due="2026-11-22T10:00:00Z", attempt=2),
        replace(HINT, thing="52"),
        ToolHint("soporte", "turn"),
    ],
)
def test_what_is_queued_is_read_back(hint: ToolHint) -> None:
    assert read_hint(hint.body) == hint


@pytest.mark.parametrize(
    "body",
    ["", "[]", "null", "{}", '{"connector": "a"}', '{"connector": 1, "id": "x"}', '{"connector": "a", "id": ""}',
     '{"connector": "a", "id": "x", "told": []}', '{"connector": "a", "id": "x", "attempt": "2"}', "[" * 9999],
)  # fmt: skip
def test_what_is_no_hint_is_malformed(body: str) -> None:
    with pytest.raises(Malformed):
        read_hint(body)


def test_a_ticket_is_a_group_and_every_copy_has_one_id() -> None:
    assert HINT.group == replace(HINT, id="rt-txn-53", swept=True).group != replace(HINT, ticket="13").group
    others = [
        replace(HINT, id="rt-txn-53"), replace(HINT, ticket="13"), replace(HINT, connector="other"),
        replace(HINT, swept=True), replace(HINT, due="2026-11-22T10:00:00Z"), replace(HINT, attempt=1),
        replace(HINT, thing="52"),
    ]  # fmt: skip
    assert len({HINT.deduplication, *(other.deduplication for other in others)}) == len(others) + 1
    assert replace(HINT, at="2026-11-22T10:00:09Z").deduplication == HINT.deduplication
    assert "12" not in HINT.message.group


def test_ten_go_at_a_time_and_a_refusal_is_not_passed_over() -> None:
    queue = Queue()
    send(queue, [replace(HINT, id=str(number)) for number in range(23)])
    assert len(queue.sent) == 23
    with pytest.raises(Transient):
        send(Queue(refuses=(0,)), [HINT])


def test_a_sweep_is_announced_once_in_so_many_minutes() -> None:
    queue = Queue()
    for half_minute in range(20):
        announce(queue, {"soporte": 5, "otro": 1}, 1795309200.0 + 30 * half_minute)
    turns = {message.deduplication: json.loads(message.body)["connector"] for message in queue.sent}
    assert Counter(turns.values()) == {"soporte": 2, "otro": 10}
