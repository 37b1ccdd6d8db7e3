"""Somebody says that they are not who we take them for: identity.md §7, "número equivocado" and "no soy"."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.event import Event
from shared.store import keys
from tests.engine.record.bench import OTHER_NUMBER

Say = Callable[..., Event]
LATER = timedelta(days=30)
PHONE = keys.identity("phone", None, "+593991234567")
PHONE_HELD = {"kind": "phone", "value": "+593991234567", "level": "channel"}
INSTAGRAM = {"kind": "instagram", "value": "178414", "namespace": "ig", "level": "channel"}


def customer_of(hub: Any, outcome: Any) -> str:
    return str(hub.case(outcome.case)["customer"])


@pytest.mark.parametrize("text", ["Número equivocado", "no soy Ana", "wrong number"])
@pytest.mark.parametrize("bsuid", [None, "EC.1"])
def test_they_begin_anew_and_the_other_keeps_history(hub: Any, say: Say, text: str, bsuid: str | None) -> None:
    old = hub.record(say("m1", bsuid=bsuid))
    hub.record(say("m2", bsuid=bsuid, account=OTHER_NUMBER))
    hub.seconds += LATER.total_seconds()
    new = hub.record(say("m3", text, bsuid=bsuid, at=LATER, name="Leo"))
    loser, gainer = customer_of(hub, old), customer_of(hub, new)
    assert loser != gainer
    assert all(one["until"] and one["frozen"] for one in hub.profile(loser)["identities"])
    assert hub.table.table.get(PHONE).item["customer"] == gainer
    assert [entry.text for entry in hub.log(old.case)] == ["Hola"] * len(hub.log(old.case))
    assert [entry.text for entry in hub.log(new.case)] == [text]
    assert hub.record(say("m4", bsuid=bsuid, at=LATER, name="Leo")).case == new.case
    elsewhere = hub.record(say("m5", bsuid=bsuid, at=LATER, account=OTHER_NUMBER, name="Leo"))
    assert customer_of(hub, elsewhere) == gainer
    assert hub.counters["number_disowned"] == 1


def test_a_copy_takes_nothing_from_the_new_holder(hub: Any, say: Say) -> None:
    hub.record(say("m1"))
    hub.seconds += LATER.total_seconds()
    event = say("m2", "número equivocado", at=LATER)
    new = hub.record(event)
    assert (hub.record(event).result, hub.table.table.get(PHONE).item["customer"]) == ("copy", customer_of(hub, new))


def test_who_wrote_just_now_only_dialled_wrong(hub: Any, say: Say) -> None:
    first = hub.record(say("m1", "¿Pedro?"))
    assert hub.record(say("m2", "ah, número equivocado")).case == first.case
    assert hub.record(say("m3", "número equivocado", at=timedelta(hours=1))).case == first.case
    assert "number_disowned" not in hub.counters


@pytest.mark.parametrize(
    "more", [{"text": "no soy cliente"}, {"text": "no soy Luis"}, {"direction": "outbound"}, {"forwarded": True}]
)
def test_other_messages_take_nothing(hub: Any, say: Say, more: dict[str, Any]) -> None:
    first = hub.record(say("m1"))
    said = {"text": "número equivocado", "at": LATER, **more}
    if "direction" in more:
        said["author"] = {"type": "agent"}
    assert customer_of(hub, hub.record(say("m2", **said))) == customer_of(hub, first)


@pytest.mark.parametrize("more", [{"public": True}, {"identities": [INSTAGRAM]}])
def test_only_a_number_has_a_next_holder_and_only_in_private(hub: Any, say: Say, more: dict[str, Any]) -> None:
    said = {"identities": [INSTAGRAM, PHONE_HELD], **more}
    first = hub.record(say("m1", **said))
    assert customer_of(hub, hub.record(say("m2", "no soy yo", at=LATER, **said))) == customer_of(hub, first)
    assert "number_disowned" not in hub.counters


def test_a_sudden_death_between_is_mended_by_the_next_delivery(hub: Any, say: Say) -> None:
    old = hub.record(say("m1"))
    event = say("m2", "número equivocado", at=LATER)
    writes = []

    def die(operations: Any) -> None:
        writes.append(operations)
        if len(writes) > 1:
            raise MemoryError

    hub.table.before_transact = die
    with pytest.raises(MemoryError):
        hub.record(event)
    hub.table.before_transact = None
    new = hub.record(event)
    assert (new.result, customer_of(hub, new) != customer_of(hub, old)) == ("recorded", True)
    assert len(hub.log(old.case)) == 1
