"""A case that people joined another to: it is open for what nobody answered, and about what the newest mail says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from shared.application.record import Context
from shared.application.record.merge import Merged, merge
from shared.application.record.unmerge import unmerge
from shared.domain.event import HUB, Event
from shared.ports.table import Table
from tests.engine.record.bench import CountedTable, Hub
from tests.engine.record.people import STAFF
from tests.engine.record.tools.bench import done

Make = Callable[..., Event]
HOUR = timedelta(hours=1)


def does(hub: Any, message: str, case: str, what: str, text: str, at: timedelta) -> Any:
    """What one of our people does to a case in the hub."""
    more = {"kind": "message" if what == "reply" else "state_change", "provider_type": what, "text": text}
    return hub.record(done(message, case, tool=HUB, at=at, **more))


def two(hub: Any, mail: Make, rests: str, **second: Any) -> tuple[str, str]:
    """A case that somebody put to rest after an hour, and one of a mail that came after two."""
    first, other = hub.record(mail("<1@x>")).case, hub.record(mail("<2@x>", at=2 * HOUR, **second)).case
    does(hub, "rest", first, "state", rests, HOUR)
    assert (first != other, hub.case(first)["state"]) == (True, rests)
    return first, other


@pytest.mark.parametrize("rests", ["resolved", "pending_customer", "on_hold"])
def test_what_nobody_answered_opens_the_case_that_it_is_joined_to(case_hub: Any, mail: Make, rests: str) -> None:
    first, other = two(case_hub, mail, rests)
    does(case_hub, "x", other, "merge", first, 3 * HOUR)
    item = case_hub.case(first)
    assert (item["state"], item["state_at"], case_hub.case(other)["state"]) == (
        "open",
        "2026-11-22T13:00:00Z",
        "merged",
    )
    assert (item["reopen_count"], "resolved_at" in item) == (int(rests == "resolved"), False)
    heard, opened = case_hub.log(first)[-2:]
    assert (heard.provider_type, heard.reason) == ("merge", case_hub.case(other)["reference"])
    assert (opened.channel, opened.kind, opened.reason, opened.text) == (HUB, "state_change", rests, "open")
    assert item["sequence"] == opened.sequence


@pytest.mark.parametrize("rests", ["resolved", "pending_customer", "on_hold"])
def test_what_was_answered_leaves_it_as_it_is(case_hub: Any, mail: Make, rests: str) -> None:
    first, other = two(case_hub, mail, rests)
    does(case_hub, "answer", other, "reply", "Buenas", 2.5 * HOUR)
    does(case_hub, "x", other, "merge", first, 3 * HOUR)
    assert (case_hub.case(first)["state"], case_hub.log(first)[-1].provider_type) == (rests, "merge")


def test_what_somebody_put_to_rest_leaves_it_as_it_is(case_hub: Any, mail: Make) -> None:
    first, other = two(case_hub, mail, "resolved")
    does(case_hub, "wait", other, "state", "on_hold", 2.5 * HOUR)
    does(case_hub, "x", other, "merge", first, 3 * HOUR)
    assert case_hub.case(first)["state"] == "resolved"


def test_what_waits_in_a_case_behind_another_opens_the_last_one(case_hub: Any, mail: Make) -> None:
    """The one in the middle was answered itself, before the other was joined to it."""
    first, middle = two(case_hub, mail, "resolved")
    does(case_hub, "answer", middle, "reply", "Buenas", 2.5 * HOUR)
    last = case_hub.record(mail("<3@x>", at=3 * HOUR)).case
    does(case_hub, "x", last, "merge", middle, 4 * HOUR)
    does(case_hub, "y", middle, "merge", first, 5 * HOUR)
    assert case_hub.case(first)["state"] == "open"


@dataclass
class Holding(Hub):
    """Of a tenant whose customers do not wake what waits for others."""

    @property
    def context(self) -> Context:
        known = super().context
        cases = known.config.cases.model_copy(update={"stay_on_hold": True})
        return replace(known, config=known.config.model_copy(update={"cases": cases}))


def test_a_case_on_hold_stays_so_where_customers_do_not_wake_it(table: Table, mail: Make) -> None:
    hub = Holding(CountedTable(table))
    first, other = two(hub, mail, "on_hold")
    does(hub, "x", other, "merge", first, 3 * HOUR)
    assert hub.case(first)["state"] == "on_hold"


@pytest.mark.parametrize(("one", "into"), [(0, 1), (1, 0)])
def test_the_topic_is_that_of_the_newest_mail_of_both(case_hub: Any, mail: Make, one: int, into: int) -> None:
    """The older case has the newest mail: when a case began says nothing of it."""
    cases = [
        case_hub.record(mail("<1@x>", subject="Factura")).case,
        case_hub.record(mail("<2@x>", subject="Garantía", at=HOUR)).case,
    ]
    case_hub.record(mail("<3@x>", subject="Re: Envío", to=["<1@x>"], at=2 * HOUR))
    assert [case_hub.case(case)["subject"] for case in cases] == ["envío", "garantía"]
    does(case_hub, "x", cases[one], "merge", cases[into], 3 * HOUR)
    item = case_hub.case(cases[into])
    assert (item["subject"], item["subject_at"]) == ("envío", "2026-11-22T12:00:00Z")


def test_a_case_without_mail_takes_over_the_topic(case_hub: Any, mail: Make, on: Make) -> None:
    chat = case_hub.record(on("webchat", "w", thread="session")).case
    by_mail = case_hub.record(mail("<1@x>", subject="Factura", at=HOUR)).case
    case_hub.set_case(by_mail, customer=case_hub.case(chat)["customer"])
    does(case_hub, "x", by_mail, "merge", chat, 2 * HOUR)
    assert case_hub.case(chat)["subject"] == "factura"


def test_a_mail_that_comes_late_does_not_change_the_topic(case_hub: Any, mail: Make) -> None:
    case = case_hub.record(mail("<1@x>", subject="Factura")).case
    case_hub.record(mail("<3@x>", subject="Garantía", to=["<1@x>"], at=2 * HOUR))
    assert case_hub.record(mail("<2@x>", subject="Envío", to=["<1@x>"], at=HOUR)).case == case
    assert case_hub.case(case)["subject"] == "garantía"


PARTS = ("participants", "orders", "last_customer_at", "subject", "subject_at")


def of(hub: Any, case: str) -> dict[str, Any]:
    """Whom a case is with, what it is about, and who spoke last."""
    return {name: hub.case(case)[name] for name in PARTS if hub.case(case).get(name)}


def parted(hub: Any, mail: Make) -> tuple[str, str, str, Merged]:
    """Ana's case, to which Eva's was joined, in which Leo takes part; both have written since. And who Leo is."""
    ana = hub.record(mail("<a1@x>", "El pedido A-12345", subject="Factura")).case
    eva = hub.record(mail("<e1@x>", "El pedido B-23456", sender="eva@example.com", subject="Garantía", at=HOUR)).case
    hub.record(mail("<l1@x>", sender="leo@example.com", to=["<e1@x>"], subject="Saludo", at=2 * HOUR))
    done = merge(hub.context, hub.case(ana)["customer"], hub.case(eva)["customer"], STAFF)
    does(hub, "x", eva, "merge", ana, 3 * HOUR)
    assert of(hub, ana) == {**of(hub, eva), "orders": ["B-23456", "A-12345"]}
    hub.record(mail("<a2@x>", "Del pedido A-12345", to=["<a1@x>"], subject="Re: Recibo", at=4 * HOUR))
    later = mail(
        "<e2@x>", "El pedido C-34567", sender="eva@example.com", subject="Re: Cambio", to=["<e1@x>"], at=5 * HOUR
    )
    assert hub.record(later).case == ana
    return ana, eva, hub.case(eva)["participants"][0], done


def test_what_a_case_lent_goes_with_it_when_its_customers_are_parted(case_hub: Any, mail: Make) -> None:
    ana, eva, leo, done = parted(case_hub, mail)
    assert of(case_hub, ana)["subject"] == "cambio"
    unmerge(case_hub.context, done.merge or "", by="api")
    written = {"last_customer_at": "2026-11-22T14:00:00Z", "subject_at": "2026-11-22T14:00:00Z"}
    assert of(case_hub, ana) == {"orders": ["A-12345"], "subject": "recibo", **written}
    written = {"last_customer_at": "2026-11-22T15:00:00Z", "subject_at": "2026-11-22T15:00:00Z"}
    orders = ["B-23456", "C-34567"]
    assert of(case_hub, eva) == {"participants": [leo], "orders": orders, "subject": "cambio", **written}
    assert "lent" not in case_hub.case(eva)


def test_who_took_part_takes_no_part_where_the_other_went_on_either(case_hub: Any, mail: Make) -> None:
    ana, eva, leo, done = parted(case_hub, mail)
    other = case_hub.record(mail("<a3@x>", "Otra cosa", at=6 * HOUR)).case
    does(case_hub, "y", ana, "merge", other, 7 * HOUR)
    assert case_hub.case(other)["participants"] == [leo]
    unmerge(case_hub.context, done.merge or "", by="api")
    assert not case_hub.case(ana)["participants"]
    assert not case_hub.case(other)["participants"]
    assert case_hub.case(eva)["participants"] == [leo]
    assert "B-23456" not in case_hub.case(other)["orders"]
