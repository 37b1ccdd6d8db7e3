"""What the usual ways cost: a plain message, one that quotes its own case, an agent's answer, a note."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from shared.domain.event import Event

Make = Callable[..., Event]
MINUTE = timedelta(minutes=1)


def cost(hub: Any, event: Event) -> tuple[int, list[int]]:
    hub.table.reset()
    hub.record(event)
    return hub.table.reads, [len(writes) for writes in hub.table.transactions]


def test_the_usual_ways(tool_hub: Any, say: Make, do: Make, put: Make) -> None:
    case = tool_hub.record(say("m1")).case
    ticket = tool_hub.opened_in(case)
    tool_hub.record(do("r1", ticket, at=MINUTE))
    assert cost(tool_hub, say("m2", at=2 * MINUTE)) == (2, [3])
    assert cost(tool_hub, do("r2", ticket, at=3 * MINUTE)) == (4, [3]), "for whom: what was told, what was said"
    assert cost(tool_hub, do("r3", ticket, at=3 * MINUTE, seen=2)) == (3, [3]), "where the tool says what it was told"
    assert cost(tool_hub, do("n1", ticket, visibility="internal", at=4 * MINUTE)) == (2, [3])
    assert cost(tool_hub, say("m3", at=5 * MINUTE, in_reply_to="m2")) == (3, [3]), "a quote is one read more"
    assert cost(tool_hub, say("m4", at=5 * MINUTE, in_reply_to="unknown")) == (3, [3])
    assert cost(tool_hub, put("s1", ticket, "state", "resolved", at=6 * MINUTE)) == (2, [3])
    assert cost(tool_hub, put("s2", ticket, "state", "closed", at=7 * MINUTE)) == (3, [4]), "and the customer's list"


def test_a_message_to_a_merged_case_is_usual_again_after_the_first(
    tool_hub: Any, say: Make, do: Make, put: Make
) -> None:
    first = tool_hub.record(say("m1")).case
    ticket = tool_hub.opened_in(first)
    tool_hub.record(put("r", ticket, "state", "resolved", at=MINUTE))
    second = tool_hub.record(say("m2", at=timedelta(hours=60))).case
    tool_hub.record(put("o", ticket, "state", "open", at=timedelta(hours=61)))
    tool_hub.record(put("x", tool_hub.opened_in(second), "merge", ticket, at=timedelta(hours=61)))
    assert tool_hub.record(say("m3", at=timedelta(hours=62))).case == first
    reads, writes = cost(tool_hub, say("m4", at=timedelta(hours=63)))
    assert (reads, writes) == (2, [3])
