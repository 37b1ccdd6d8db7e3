"""A number that was given up and comes back: to its person, and from somebody else who had it meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from local.memory.table import MemoryTable
from shared.application.record.who import living_profile
from shared.domain.event import Event
from shared.store import keys
from tests.engine.record.bench import CountedTable, Hub, said

OLD, NEW = "593991234567", "593987654321"


def changed(message: str, old: str, new: str, at: timedelta) -> Event:
    former = [{"kind": "phone", "value": f"+{old}", "address": old, "level": "channel"}]
    more: dict[str, Any] = {"author": {"type": "system"}, "previous_identities": former, "provider_type": "system"}
    return said(message, None, phone=new, kind="identity_change", at=at, **more)


@pytest.mark.parametrize("is_anothers", [False, True])
def test_it_is_locked_again_although_their_conversation_knew_it_once(is_anothers: bool) -> None:
    hub = Hub(CountedTable(MemoryTable(lambda: 0.0)))
    first = hub.record(said("m1", phone=OLD, bsuid="EC.1"))
    person = hub.case(first.case)["customer"]
    hub.record(changed("c1", OLD, NEW, timedelta(hours=1)))
    if is_anothers:
        hub.record(said("m2", phone=OLD, bsuid="EC.2", name="Bea", at=timedelta(hours=2)))
    hub.record(said("m3", phone=OLD, bsuid="EC.1", at=timedelta(hours=3)))
    lock = hub.table.get(keys.identity("phone", None, f"+{OLD}")).item
    assert lock, "nobody holds the number that they write from"
    assert living_profile(hub.table, lock["customer"])["id"] == person
