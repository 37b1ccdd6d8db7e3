"""That an answer was delivered or read is shown where the tool can, and never in the way of anything."""

from __future__ import annotations

from typing import Any

import pytest

from shared.application.trigger import Trigger, read_trigger
from shared.domain.errors import Misconfigured, Permanent, Transient
from shared.ports.table import Update
from shared.store import keys

READ = Trigger("demo", "c1", case="k1", answer=2, delivery="read")


@pytest.fixture
def told(world: Any) -> Any:
    """A case whose second entry is an answer that was read."""
    world.sync(world.case(entries=1))
    world.sync(world.say(channel="demo", direction="outbound", author={"type": "agent", "id": "luis"}))
    world.table.table.transact([Update(keys.entry("k1", 2), set={"delivery": "read"})])
    world.shown = []
    world.tool.show_delivery = lambda case, entry: world.shown.append((case.id, entry.sequence, entry.delivery))
    world.table.reads = world.table.writes = 0
    return world


def test_it_is_shown_without_any_write(told: Any) -> None:
    assert told.sync(READ) == "pushed"
    assert (told.shown, told.table.writes) == ([("k1", 2, "read")], 0)
    assert read_trigger(READ.body) == READ


def test_a_tool_that_cannot_is_not_asked_and_nothing_is_read(told: Any) -> None:
    del told.tool.show_delivery
    assert (told.sync(READ), told.table.reads) == ("level", 0)


@pytest.mark.parametrize("fault", [Transient("away"), Permanent("no"), Misconfigured("stop")])
def test_what_cannot_be_shown_is_counted_and_let_be(told: Any, fault: Exception) -> None:
    def fails(*_: Any) -> None:
        raise fault

    told.tool.show_delivery = fails
    assert told.sync(READ) == "waiting"
    assert told.metrics["delivery_not_shown"] == 1
    assert told.item(keys.entry("k1", 2))["delivery"] == "read"
    assert "due_sk" not in told.cursor()


def test_nothing_is_shown_of_what_the_tool_does_not_know(told: Any) -> None:
    assert told.sync(Trigger("demo", "c1", case="k9", answer=1, delivery="read")) == "level"
    assert told.shown == []
