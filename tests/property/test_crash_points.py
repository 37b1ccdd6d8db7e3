"""Every crash point of every scenario leads to the end of the clean run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.application.record.merge import Cause, merge
from shared.application.record.unmerge import unmerge
from shared.application.replay import Replay
from shared.application.replay_page import Wish
from shared.domain.event import Event
from shared.store.candidates import candidate_puts, decide
from shared.store.conditional import took_effect
from tests.engine.record.bench import OTHER_NUMBER, START, Told, said
from tests.property.canonical import canonical
from tests.property.faults import Storm, visit
from tests.property.whole_hub import TOOL, WholeHub

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


def merged_by_one_event(hub: WholeHub) -> None:
    hub.deliver(said("m1", phone=None, bsuid="EC.1"))
    hub.settle()
    hub.deliver(said("m2", phone=ANA, at=LATER))
    hub.settle()
    hub.deliver(said("m3", phone=ANA, bsuid="EC.1", at=2 * LATER))
    hub.settle()


def merged_by_a_person_and_undone(hub: WholeHub) -> None:
    hub.deliver(said("m1", phone=ANA))
    hub.settle()
    hub.deliver(said("m2", phone=BEA, name="Bea", account=OTHER_NUMBER, at=LATER))
    hub.settle()
    merge_two(hub)
    hub.settle()
    hub.deliver(said("m3", phone=BEA, name="Bea", at=2 * LATER))
    hub.settle()
    [record] = hub.found("CUS#", "MRG#")
    hub.until_done(lambda: unmerge(hub.context, record["id"], by="agent"))
    hub.settle()
    hub.deliver(said("m4", phone=BEA, name="Bea", at=3 * LATER))
    hub.settle()


def parted_and_merged_again_too_soon(hub: WholeHub) -> None:
    hub.deliver(said("m1", phone=ANA))
    hub.settle()
    hub.deliver(said("m2", phone=BEA, name="Bea", account=OTHER_NUMBER, at=LATER))
    hub.settle()
    merge_two(hub)
    hub.deliver(said("m3", phone=BEA, name="Bea", at=2 * LATER))
    hub.deliver(answered("m4", phone=BEA, at=2 * LATER))
    hub.settle()
    hub.deliver(receipt("m4", "failed"))
    hub.settle()
    part(hub, has_time=lambda: False)
    merge_two(hub)
    part(hub, has_time=lambda: True)
    hub.settle()


def candidate_of_a_person(hub: WholeHub) -> None:
    hub.deliver(said("m1", phone=ANA))
    hub.settle()
    hub.deliver(said("m2", phone=BEA, name="Bea", at=LATER))
    hub.settle()
    one, other = sorted(profile["id"] for profile in hub.found("CUS#", "PROFILE"))
    puts = candidate_puts(one, other, "same_name", ["name"], "2026-11-22T10:00:00Z")
    hub.until_done(lambda: took_effect(hub.context.table, puts))
    at = "2026-11-22T11:00:00Z"
    hub.until_done(lambda: decide(hub.context.table, one, other, "refused", by="agent", at=at))


def answered_and_resolved_in_the_tool(hub: WholeHub) -> None:
    hub.deliver(said("m1", phone=ANA))
    hub.settle()
    hub.deliver(in_tool(hub, "t1", "message", text="Ya sale"))
    hub.deliver(in_tool(hub, "t2", "state_change", text="resolved", reason="done", at=2 * LATER))
    hub.settle()
    hub.deliver(said("m2", phone=ANA, at=timedelta(hours=1)))
    hub.settle()


def closed_by_time(hub: WholeHub) -> None:
    hub.deliver(said("m1", phone=ANA))
    hub.settle()
    hub.deliver(in_tool(hub, "t1", "state_change", text="resolved", reason="done"))
    hub.settle()
    hub.pass_time(30 * 24 * 3600)
    hub.settle()
    hub.deliver(said("m2", phone=ANA, at=timedelta(days=31)))
    hub.settle()


def answered_after_it_was_closed(hub: WholeHub) -> None:
    hub.deliver(said("m1", phone=ANA))
    hub.settle()
    closes = in_tool(hub, "t1", "state_change", text="closed")
    answers = in_tool(hub, "t2", "message", text="Una cosa más", at=2 * LATER, provider_type="reply")
    hub.deliver(closes, answers)
    hub.settle()
    hub.deliver(said("m2", "¿Sí?", phone=ANA, at=3 * LATER))
    hub.settle()


def two_cases_merged_in_the_tool(hub: WholeHub) -> None:
    hub.deliver(said("m1", phone=ANA))
    hub.settle()
    hub.deliver(in_tool(hub, "t1", "state_change", text="resolved"))
    hub.settle()
    merge_away = in_tool(hub, "t2", "state_change", timedelta(hours=61), provider_type="merge")
    hub.deliver(said("m2", phone=ANA, at=timedelta(hours=60)))
    hub.settle()
    newest = max(case["id"] for case in hub.found("CAS#", "CASE"))
    hub.deliver(merge_away.model_copy(update={"text": f"ticket-{newest}"}))
    hub.settle()
    hub.deliver(said("m3", phone=ANA, in_reply_to="m1", at=timedelta(hours=62)))
    hub.settle()


def opt_out_by_a_word(hub: WholeHub) -> None:
    hub.deliver(said("m1", phone=ANA))
    hub.settle()
    hub.deliver(said("m2", "BAJA", phone=ANA, at=LATER))
    hub.settle()


def read_again_and_differently(hub: WholeHub) -> None:
    hub.deliver(said("m1", phone=ANA))
    hub.settle()
    hub.deliver(said("m2", phone=ANA, at=LATER))
    hub.settle()
    wish = Wish(since=START - timedelta(days=1), until=START + timedelta(days=2))
    context = hub.context
    again = Replay(context.table, context.files, hub.watched_queues, lambda _: Louder(), hub.clock)
    hub.until_done(lambda: again.page(wish, None, hub.now + 60))
    hub.settle()
    hub.until_done(lambda: again.page(wish, None, hub.now + 60))


class Louder(Told):
    """The parser of tomorrow."""

    def parse(self, raw: Any) -> Event:
        event = super().parse(raw)
        return event.model_copy(update={"text": (event.text or "").upper()})


def merge_two(hub: WholeHub) -> None:
    one, other = sorted(profile["id"] for profile in hub.found("CUS#", "PROFILE"))
    hub.until_done(lambda: merge(hub.context, one, other, Cause("staff", "agent")))


def part(hub: WholeHub, *, has_time: Callable[[], bool]) -> None:
    [merge_id] = [one["merge"] for one in hub.found("CUS#", "PROFILE") if "merge" in one]
    hub.until_done(lambda: unmerge(hub.context, merge_id, by="agent", has_time=has_time))


def in_tool(hub: WholeHub, message: str, kind: str, at: timedelta = LATER, **more: Any) -> Event:
    [case] = hub.found("CAS#", "CASE")
    parts: dict[str, Any] = {"channel": TOOL, "account": TOOL, "thread": f"ticket-{case['id']}", "message_id": message}
    parts |= {"kind": kind, "direction": "outbound", "author": {"type": "agent", "id": "a1", "name": "Eva"}}
    return Event.model_validate(parts | {"occurred_at": START + at, "provider_type": "state"} | more)


def number_changed(message: str, old: str, new: str) -> Event:
    def of(phone: str) -> list[dict[str, Any]]:
        return [{"kind": "phone", "value": f"+{phone}", "address": phone, "level": "channel"}]

    more: dict[str, Any] = {"author": {"type": "system"}, "previous_identities": of(old)}
    return said(message, None, phone=new, kind="identity_change", provider_type="system", **more)


def receipt(target: str, state: str) -> Event:
    more: dict[str, Any] = {"receipt": {"state": state, "target": target}, "author": {"type": "system"}}
    return said(f"{target}:{state}", None, phone=ANA, kind="receipt", at=2 * LATER, **more)


def answered(message: str, phone: str = ANA, **more: Any) -> Event:
    return said(message, "Ya sale", phone=phone, direction="outbound", author={"type": "agent"}, **more)


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
    merged_by_one_event,
    candidate_of_a_person,
    answered_and_resolved_in_the_tool,
    closed_by_time,
    answered_after_it_was_closed,
    two_cases_merged_in_the_tool,
    opt_out_by_a_word,
    read_again_and_differently,
]


LONG: list[Callable[[WholeHub], None]] = [merged_by_a_person_and_undone, parted_and_merged_again_too_soon]
"""Of each step of a parting `tests/engine/record` lets a worker die before it; here a tool listens besides."""


@pytest.mark.parametrize(
    "scenario",
    [*SCENARIOS, *(pytest.param(one, marks=pytest.mark.slow) for one in LONG)],
    ids=lambda scenario: scenario.__name__,
)
def test_every_crash_point_leads_to_the_same_end(scenario: Callable[[WholeHub], None]) -> None:
    def tell(storm: Storm) -> list[str]:
        hub = WholeHub(storm.around)
        scenario(hub)
        return canonical(hub)

    visited = visit(tell)
    assert visited >= 20
