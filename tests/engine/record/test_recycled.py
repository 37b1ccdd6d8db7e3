"""A number that was given to somebody else: identity.md §7, with §8's M3 beside it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.event import Event
from shared.store import keys

Say = Callable[..., Event]
DAY = timedelta(days=1)


def customer_of(hub: Any, outcome: Any) -> str:
    return str(hub.case(outcome.case)["customer"])


def silent(hub: Any, say: Say, days: int) -> Any:
    """Somebody who wrote by the phone alone, then not for so long. Answers with the outcome of what they wrote."""
    hub.seconds -= days * 24 * 3600
    said = hub.record(say("m1", name="Ana Pérez", at=-days * DAY))
    hub.seconds += days * 24 * 3600
    return said


def test_m3_a_known_number_gains_its_first_scoped_id(hub: Any, say: Say) -> None:
    old = silent(hub, say, 179)
    new = hub.record(say("m2", bsuid="EC.1", name="Luis Mora"))
    assert customer_of(hub, new) == customer_of(hub, old)


def test_silence_a_new_name_and_a_new_id_are_a_new_holder(hub: Any, say: Say) -> None:
    old = silent(hub, say, 181)
    new = hub.record(say("m2", bsuid="EC.1", name="Luis Mora"))
    loser, gainer = customer_of(hub, old), customer_of(hub, new)
    assert loser != gainer
    assert hub.table.table.get(keys.identity("phone", None, "+593991234567")).item["customer"] == gainer
    assert all(one["until"] for one in hub.profile(loser)["identities"]), "the number is end-dated"
    assert len(hub.log(old.case)) == 1, "and the history stays"
    assert hub.profile(loser)["display_name"] == "Ana Pérez"
    assert hub.record(say("m3", name="Luis Mora")).case == new.case


@pytest.mark.parametrize("more", [{"name": "Ana"}, {"bsuid": None, "name": "Luis"}])
def test_one_sign_alone_is_not_enough(hub: Any, say: Say, more: dict[str, Any]) -> None:
    old = silent(hub, say, 300)
    assert customer_of(hub, hub.record(say("m2", **{"bsuid": "EC.1", **more}))) == customer_of(hub, old)


def test_who_wrote_since_was_not_silent(hub: Any, say: Say) -> None:
    old = silent(hub, say, 300)
    hub.record(say("m2", name="Ana Pérez", at=-10 * DAY))
    assert customer_of(hub, hub.record(say("m3", bsuid="EC.1", name="Luis"))) == customer_of(hub, old)


def test_looking_how_long_costs_two_reads_more(priced_hub: Any, say: Say) -> None:
    hub = priced_hub
    silent(hub, say, 10)
    hub.table.reset()
    hub.record(say("m2", bsuid="EC.1", name="Ana"))
    usual = hub.table.reads
    hub.table.reset()
    hub.record(say("m3", phone="593987654321", name="Ana"))
    hub.table.reset()
    hub.record(say("m4", phone="593987654321", bsuid="EC.2", name="Luis"))
    assert hub.table.reads == usual + 2
