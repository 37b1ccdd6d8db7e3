"""When two part, no conversation goes on knowing the other's ids: a number that changes hands is seen to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.application.record.merge import Cause, merge
from shared.application.record.unmerge import unmerge
from shared.domain.event import Event
from shared.store import keys, merges

Say = Callable[..., Event]
PHONE = "593991234562"
LOCK = keys.identity("phone", None, f"+{PHONE}")
BEFORE, DAY_BEFORE, AFTER = timedelta(hours=-1), timedelta(hours=-29), timedelta(hours=1)


class Dead(Exception):
    """A worker that was killed."""


def lives(hub: Any, who: str) -> str:
    return str(hub.table.get(keys.identity("whatsapp", "default", who)).item["customer"])


@pytest.fixture
def merged(hub: Any, say: Say) -> tuple[Any, str, str, str]:
    """Two who were merged by mistake, and what came late by the id of one and the number of the other meanwhile. The
    hub, both customers (the number's holder first) and the merge."""
    hub.record(say("m0", bsuid="EC.2", phone=PHONE))
    hub.record(say("m2", bsuid="EC.0", phone=PHONE, at=BEFORE))
    first, second = lives(hub, "EC.2"), lives(hub, "EC.0")
    assert first != second, "it is from before the number was the first's"
    done = merge(hub.context, first, second, Cause("staff", "agent"))
    hub.record(say("m9", bsuid="EC.0", phone=PHONE, at=DAY_BEFORE))
    return hub, first, second, done.merge or ""


def test_a_number_that_changes_hands_after_they_parted_does(merged: tuple[Any, str, str, str], say: Say) -> None:
    hub, first, second, merge_id = merged
    unmerge(hub.context, merge_id, by="agent")
    assert hub.table.get(LOCK).item["customer"] == first
    hub.record(say("m12", bsuid="EC.0", phone=PHONE, at=AFTER))
    assert hub.table.get(LOCK).item["customer"] == second


def test_it_does_where_the_worker_died_as_soon_as_they_were_two(merged: tuple[Any, str, str, str], say: Say) -> None:
    hub, _, second, merge_id = merged

    def dies(_: Any) -> None:
        if merges.record_of(hub.table.table, merge_id)["status"] == merges.UNDONE:
            raise Dead

    hub.table.before_transact = dies
    with pytest.raises(Dead):
        unmerge(hub.context, merge_id, by="agent")
    hub.table.before_transact = None
    hub.record(say("m12", bsuid="EC.0", phone=PHONE, at=AFTER))
    assert hub.table.get(LOCK).item["customer"] == second


def test_it_does_after_a_message_in_the_moment_before(merged: tuple[Any, str, str, str], say: Say) -> None:
    """What it wrote as if they were one is forgotten right after."""
    hub, first, second, merge_id = merged

    def writes(operations: Any) -> None:
        if any("undone_at" in getattr(one, "set", {}) for one in operations):
            hub.table.before_transact = None
            hub.record(say("m10", bsuid="EC.0", phone=PHONE, at=DAY_BEFORE))

    hub.table.before_transact = writes
    unmerge(hub.context, merge_id, by="agent")
    assert hub.table.before_transact is None
    assert hub.table.get(LOCK).item["customer"] == first
    hub.record(say("m12", bsuid="EC.0", phone=PHONE, at=AFTER))
    assert hub.table.get(LOCK).item["customer"] == second


def test_what_each_knew_of_their_own_they_know_still(merged: tuple[Any, str, str, str]) -> None:
    hub, first, second, merge_id = merged
    unmerge(hub.context, merge_id, by="agent")
    homes = [home for one in (first, second) for home in hub.profile(one)["conversations"]]
    found = [hub.table.get((home, "CNV")).item for home in homes]
    assert {one["customer"]: set(one["known"]) for one in found} == {
        first: {"whatsapp:default:EC.2", f"phone:-:+{PHONE}"},
        second: {"whatsapp:default:EC.0"},
    }


def test_while_they_are_one_the_number_of_one_is_no_news_with_the_id_of_the_other(hub: Any, say: Say) -> None:
    """No third customer comes of it, and the id's conversation stays its holder's; parted, the number changes hands."""
    one = hub.record(say("m0", bsuid="EC.2", phone="593991234560")).case
    hub.record(say("m1", bsuid="EC.1", phone=PHONE))
    first, second = lives(hub, "EC.2"), lives(hub, "EC.1")
    done = merge(hub.context, first, second, Cause("staff", "agent"))
    assert hub.record(say("m2", bsuid="EC.2", phone=PHONE, at=AFTER)).case == one
    assert hub.table.get(LOCK).item["customer"] == second
    assert len(hub.profile(done.survivor)["identities"]) == 4
    unmerge(hub.context, done.merge or "", by="agent")
    assert hub.record(say("m3", bsuid="EC.2", phone=PHONE, at=2 * AFTER)).case == one
    assert hub.table.get(LOCK).item["customer"] == first
