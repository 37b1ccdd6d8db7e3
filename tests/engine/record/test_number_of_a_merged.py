"""One of two who were merged takes over the other's number: their conversation by the former one is no more, their
case is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.application.record.merge import Cause, merge
from shared.application.record.unmerge import unmerge
from shared.domain.event import Event
from tests.engine.record.bench import OTHER_NUMBER

Say = Callable[..., Event]
EVA, BEA = "593991234561", "593991234562"
ANSWER: dict[str, Any] = {"direction": "outbound", "author": {"type": "agent"}}
CHANGE: dict[str, Any] = {"kind": "identity_change", "provider_type": "system", "author": {"type": "system"}}
LATER = timedelta(minutes=5)


@pytest.fixture
def merged(hub: Any, say: Say) -> tuple[Any, str, str]:
    """Eva was answered by her phone; then Bea wrote there, they were merged, and Eva changed to Bea's number. The hub,
    Eva's case, the merge."""
    elsewhere = hub.record(say("e1", bsuid="EC.1", phone=EVA, account=OTHER_NUMBER))
    eva = hub.record(say("e2", phone=EVA, **ANSWER)).case
    hub.seconds += 1
    bea = hub.record(say("b1", bsuid="EC.2", phone=BEA)).case
    assert len({elsewhere.case, eva, bea}) == 3
    customers = [hub.case(one)["customer"] for one in (eva, bea)]
    done = merge(hub.context, *customers, Cause("staff", "agent"))
    former = [{"kind": "phone", "value": f"+{EVA}", "address": EVA, "level": "channel"}]
    hub.record(say("c1", None, phone=BEA, previous_identities=former, **CHANGE))
    return hub, eva, done.merge or ""


def test_they_go_on_in_their_own_case(merged: tuple[Any, str, str], say: Say) -> None:
    hub, eva, _ = merged
    assert hub.record(say("e3", phone=None, bsuid="EC.1", at=LATER)).case == eva


def test_they_go_on_in_it_after_they_parted(merged: tuple[Any, str, str], say: Say) -> None:
    hub, eva, merge_id = merged
    unmerge(hub.context, merge_id, by="agent")
    assert hub.record(say("e3", phone=None, bsuid="EC.1", at=LATER)).case == eva
