"""Every crash point of every scenario leads to the end of the clean run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.event import Event
from tests.engine.record.bench import OTHER_NUMBER, said
from tests.property.faults import Storm, visit
from tests.property.whole_hub import WholeHub, canonical

ANA, BEA = "593991234567", "593987654321"
LATER = timedelta(minutes=5)


def first_contact(hub: WholeHub) -> None:
    hub.deliver(said("m1", phone=ANA, bsuid="EC.1"))
    hub.settle()


def next_message(hub: WholeHub) -> None:
    hub.deliver(said("m1", phone=ANA, bsuid="EC.1"))
    hub.settle()
    hub.deliver(said("m2", "¿Y mi pedido?", phone=ANA, bsuid="EC.1", at=LATER))
    hub.settle()


def several_in_one_delivery(hub: WholeHub) -> None:
    hub.deliver(said("m1", phone=ANA), said("m2", phone=BEA, name="Bea"), said("m3", phone=ANA, at=LATER))
    hub.settle()


def quote_of_another_case(hub: WholeHub) -> None:
    hub.deliver(said("m1", phone=ANA))
    hub.settle()
    hub.deliver(said("m2", phone=ANA, account=OTHER_NUMBER, at=timedelta(days=20)))
    hub.settle()
    hub.deliver(said("m3", phone=ANA, account=OTHER_NUMBER, in_reply_to="m1", at=timedelta(days=20, hours=1)))
    hub.settle()


def new_holder_of_a_phone(hub: WholeHub) -> None:
    hub.deliver(said("m1", phone=ANA, bsuid="EC.1"))
    hub.settle()
    hub.deliver(said("m2", phone=ANA, bsuid="EC.1", account=OTHER_NUMBER))
    hub.settle()
    hub.deliver(said("m3", phone=ANA, bsuid="EC.2", name="Carlos", at=LATER))
    hub.settle()


def change_of_number(hub: WholeHub) -> None:
    hub.deliver(said("m1", phone=ANA, bsuid="EC.1"))
    hub.settle()
    hub.deliver(number_changed("c1", ANA, BEA))
    hub.settle()
    hub.deliver(said("m2", phone=BEA, bsuid="EC.2", at=2 * LATER))
    hub.settle()


def change_to_a_number_that_is_anothers(hub: WholeHub) -> None:
    hub.deliver(said("m1", phone=ANA, bsuid="EC.1"), said("m2", phone=BEA, bsuid="EC.2", name="Bea"))
    hub.settle()
    hub.deliver(number_changed("c1", ANA, BEA))
    hub.settle()


def overtaking_receipt(hub: WholeHub) -> None:
    hub.deliver(said("m1", phone=ANA))
    hub.settle()
    hub.deliver(receipt("m2", "delivered"))
    hub.settle()
    hub.deliver(answered("m2", at=LATER))
    hub.settle()


def overtaking_revision(hub: WholeHub) -> None:
    hub.deliver(edited("e1", "m1"))
    hub.deliver(reacted("r1", "m1"))
    hub.settle()
    hub.deliver(said("m1", phone=ANA))
    hub.settle()


def revision(hub: WholeHub) -> None:
    hub.deliver(said("m1", phone=ANA))
    hub.settle()
    hub.deliver(edited("e1", "m1"))
    hub.deliver(said("x1", None, phone=ANA, kind="deletion", in_reply_to="m1", at=LATER))
    hub.settle()


def failed_answer(hub: WholeHub) -> None:
    hub.deliver(said("m1", phone=ANA), answered("m2", at=LATER))
    hub.settle()
    hub.deliver(receipt("m2", "failed"))
    hub.settle()


def revision_of_what_never_comes(hub: WholeHub) -> None:
    hub.deliver(edited("e1", "m1"))
    hub.deliver(receipt("m1", "read"))
    hub.settle()
    hub.pass_time(25 * 3600)
    hub.settle()


def consent(hub: WholeHub) -> None:
    hub.deliver(said("m1", phone=ANA, bsuid="EC.1"))
    hub.settle()
    choice = {"id": "stop", "title": "marketing_messages"}
    hub.deliver(said("p1", None, phone=ANA, kind="account_news", choice=choice, provider_type="user_preferences"))
    hub.deliver(said("p2", None, phone=BEA, kind="account_news", choice=choice, provider_type="user_preferences"))
    hub.settle()


def the_day_after(hub: WholeHub) -> None:
    """The daily comparison of the case, which nothing is behind of."""
    hub.deliver(said("m1", phone=ANA))
    hub.settle()
    hub.pass_time(24 * 3600)
    hub.settle()


def number_changed(message: str, old: str, new: str) -> Event:
    def of(phone: str) -> list[dict[str, Any]]:
        return [{"kind": "phone", "value": f"+{phone}", "address": phone, "level": "channel"}]

    more: dict[str, Any] = {"author": {"type": "system"}, "previous_identities": of(old)}
    return said(message, None, phone=new, kind="identity_change", provider_type="system", **more)


def receipt(target: str, state: str) -> Event:
    more: dict[str, Any] = {"receipt": {"state": state, "target": target}, "author": {"type": "system"}}
    return said(f"{target}:{state}", None, phone=ANA, kind="receipt", at=2 * LATER, **more)


def answered(message: str, **more: Any) -> Event:
    return said(message, "Ya sale", phone=ANA, direction="outbound", author={"type": "agent"}, **more)


def edited(message: str, target: str) -> Event:
    return said(message, "corregido", phone=ANA, kind="edit", in_reply_to=target, at=LATER)


def reacted(message: str, target: str) -> Event:
    return said(message, None, phone=ANA, kind="reaction", reaction={"emoji": "👍", "target": target}, at=LATER)


SCENARIOS: list[Callable[[WholeHub], None]] = [
    first_contact,
    next_message,
    several_in_one_delivery,
    quote_of_another_case,
    new_holder_of_a_phone,
    change_of_number,
    change_to_a_number_that_is_anothers,
    overtaking_receipt,
    overtaking_revision,
    revision,
    failed_answer,
    revision_of_what_never_comes,
    consent,
    the_day_after,
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_every_crash_point_leads_to_the_same_end(scenario: Callable[[WholeHub], None]) -> None:
    def tell(storm: Storm) -> list[str]:
        hub = WholeHub(storm.around)
        scenario(hub)
        return canonical(hub)

    visited = visit(tell)
    assert visited >= 20
