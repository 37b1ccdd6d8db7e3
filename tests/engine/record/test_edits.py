"""Edits that Messenger and Instagram count: tools are told of an older one that it no longer holds."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from shared.application.inquire_revisions import Logged, interactions
from shared.domain.edits import OUTDATED
from shared.domain.event import Event
from shared.store import keys
from tests.engine.record.test_revisions import take

Say = Callable[..., Event]


def edit(say: Say, number: int, message: str = "m1") -> Event:
    said = {"kind": "edit", "in_reply_to": message, "edit_number": number}
    return say(f"{message}:edit:{number}", f"edit {number}", **said)


def shown(hub: Any, case: str | None) -> list[Any]:
    """Of each message: what holds."""
    log = hub.log(case)
    items = [hub.table.table.get(keys.entry(str(case), one.sequence)).item for one in log]
    return [one["text"] for one in interactions([Logged(e, i.get("target")) for e, i in zip(log, items, strict=True)])]


@pytest.mark.parametrize("order", list(itertools.permutations((1, 2, 3))))
def test_in_any_order_the_highest_holds_and_older_ones_say_that_they_do_not(
    hub: Any, say: Say, order: tuple[int, ...]
) -> None:
    first = hub.record(say("m1"))
    for number in order:
        assert hub.record(edit(say, number)).result == "recorded"
    assert hub.record(edit(say, order[0])).result == "copy"
    assert shown(hub, first.case) == ["edit 3"]
    outdated = {one.edit_number for one in hub.log(first.case) if OUTDATED in one.flags}
    assert outdated == {n for place, n in enumerate(order) if any(before > n for before in order[:place])}


@pytest.mark.parametrize("order", [(2, 1), (1, 2)])
def test_those_that_overtook_their_message_too(hub: Any, say: Say, order: tuple[int, ...]) -> None:
    for number in order:
        assert take(hub, edit(say, number)).result == "waiting"
    first = take(hub, say("m1"))
    assert sorted(one.kind for one in hub.log(first.case)) == ["edit", "edit", "message"]
    assert shown(hub, first.case) == ["edit 2"]


def test_the_number_of_one_message_is_not_that_of_another(hub: Any, say: Say) -> None:
    first = hub.record(say("m1"))
    hub.record(say("m2"))
    hub.record(edit(say, 3))
    hub.record(edit(say, 1, "m2"))
    assert shown(hub, first.case) == ["edit 3", "edit 1"]
    assert not any(OUTDATED in one.flags for one in hub.log(first.case))


def test_what_was_counted_is_kept_in_one_write_and_no_read_more(hub: Any, say: Say) -> None:
    hub.record(say("m1"))
    hub.record(say("e0", "sin número", kind="edit", in_reply_to="m1"))
    hub.table.reset()
    hub.record(edit(say, 2))
    [counted] = hub.table.transactions
    hub.table.reset()
    hub.record(edit(say, 1))
    [older] = hub.table.transactions
    assert (len(counted), len(older)) == (4, 3)


def test_of_two_at_the_same_moment_the_lower_one_is_outdated(hub: Any, say: Say) -> None:
    first = hub.record(say("m1"))

    def meanwhile(_: object) -> None:
        hub.table.before_transact = None
        assert hub.record(edit(say, 2)).result == "recorded"

    hub.table.before_transact = meanwhile
    assert hub.record(edit(say, 1)).result == "recorded"
    assert shown(hub, first.case) == ["edit 2"]
    assert [one.edit_number for one in hub.log(first.case) if OUTDATED in one.flags] == [1]
