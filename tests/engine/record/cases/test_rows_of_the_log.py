"""Rows of the attachment table that the recorder decides: copies, reactions, receipts, revisions and merged cases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from typing import Any

from shared.domain.event import HUB, Event

Make = Callable[..., Event]
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
AGENT = {"direction": "outbound", "author": {"type": "agent"}}


def receipt(say: Make, state: str, target: str, **more: Any) -> Event:
    said = {"kind": "receipt", "receipt": {"state": state, "target": target}, "author": {"type": "system"}}
    return say(f"{target}:{state}", None, **said, **more)


def test_row_02_three_at_once_are_one_case(contended_hub: Any, say: Make) -> None:
    hub = contended_hub
    events = [say(f"m{number}") for number in range(3)]
    threads = [Thread(target=hub.record, args=(event,)) for event in events]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cases = {hub.record(event).case for event in events}
    [case] = cases
    assert sorted(entry.message_id for entry in hub.log(case)) == ["m0", "m1", "m2"]


def test_row_20_a_reaction_is_recorded_on_the_message_only(hub: Any, say: Make) -> None:
    case = hub.record(say("m1")).case
    hub.record(say("a1", at=HOUR, **AGENT))
    hub.set_case(case, state="resolved", resolved_at="2026-11-22T12:00:00Z")
    hub.record(say("r1", None, kind="reaction", reaction={"emoji": "👍", "target": "a1"}, at=3 * HOUR))
    item = hub.case(case)
    assert (item["state"], item["last_customer_at"]) == ("resolved", "2026-11-22T10:00:00Z")
    assert hub.log(case)[-1].kind == "reaction"


def test_row_22_the_only_answer_was_not_delivered_and_that_is_learnt_after_resolution(hub: Any, say: Make) -> None:
    case = hub.record(say("m1")).case
    hub.record(say("a1", at=HOUR, **AGENT))
    hub.set_case(case, state="resolved", resolved_at="2026-11-22T12:00:00Z")
    hub.record(receipt(say, "failed", "a1", at=3 * HOUR))
    item = hub.case(case)
    assert (item["state"], item["state_at"], "resolved_at" in item) == ("open", "2026-11-22T13:00:00Z", False)


def test_row_23_a_read_after_closure_changes_nothing(hub: Any, say: Make) -> None:
    case = hub.record(say("m1")).case
    hub.record(say("a1", at=HOUR, **AGENT))
    hub.set_case(case, state="closed", closed_at="2026-11-22T12:00:00Z")
    before = hub.case(case)
    assert hub.record(receipt(say, "read", "a1", at=DAY)).result == "receipt"
    assert hub.case(case) == before
    assert hub.log(case)[-1].delivery == "read"


def test_rows_24_and_25_a_deletion_and_an_edit_leave_the_case_as_it_is(hub: Any, say: Make) -> None:
    case = hub.record(say("m1")).case
    hub.set_case(case, state="pending_customer")
    hub.record(say("e1", "Hola, Ana", kind="edit", in_reply_to="m1", at=HOUR))
    hub.record(say("d1", None, kind="deletion", in_reply_to="m1", at=2 * HOUR))
    item = hub.case(case)
    assert (item["state"], item["last_customer_at"]) == ("pending_customer", "2026-11-22T10:00:00Z")
    assert [entry.kind for entry in hub.log(case)] == ["message", "edit", "deletion"], "nothing is rewritten"


def _merged(hub: Any, mail: Make) -> tuple[str, str]:
    first, second = hub.record(mail("<1@x>")).case, hub.record(mail("<2@x>", at=HOUR)).case
    said = {"channel": HUB, "account": HUB, "thread": first, "kind": "state_change", "provider_type": "merge"}
    said |= {"message_id": "x", "author": {"type": "agent", "id": "luis"}, "text": second}
    hub.record(Event.model_validate(said | {"occurred_at": "2026-11-22T12:00:00Z"}))
    assert hub.case(first)["merged_into"] == second
    return first, second


def test_row_28_a_token_and_a_thread_of_a_merged_case_lead_to_the_other(case_hub: Any, mail: Make) -> None:
    first, second = _merged(case_hub, mail)
    token = case_hub.address_of(first)
    assert case_hub.record(mail("<3@x>", token=token, at=3 * HOUR)).case == second
    assert case_hub.record(mail("<4@x>", to=["<1@x>"], at=4 * HOUR)).case == second
    assert case_hub.record(mail("<5@y>", sender="eva@example.com", token=token, at=5 * HOUR)).case == second
    assert case_hub.case(first)["state"] == "merged"


def test_row_28_so_does_a_reference_in_the_text(case_hub: Any, mail: Make) -> None:
    first, second = _merged(case_hub, mail)
    reference = case_hub.case(first)["reference"]
    assert case_hub.record(mail("<3@x>", subject=f"Caso {reference}", at=3 * HOUR)).case == second


def test_row_12_and_13_references_of_others_and_mistyped_ones(case_hub: Any, mail: Make, on: Make) -> None:
    first = case_hub.record(mail("<1@x>"))
    reference = case_hub.case(first.case)["reference"]
    foreign = case_hub.record(on("whatsapp", "m1", f"caso {reference}", phone="+593987654321", at=HOUR))
    assert foreign.case != first.case
    assert case_hub.log(foreign.case)[-1].flags == ["foreign_ref"]
    wrong = reference[:-1] + ("0" if reference[-1] != "0" else "1")
    plain = case_hub.record(on("whatsapp", "m2", f"caso {wrong}", phone="+593987654321", at=2 * HOUR))
    assert (plain.case, case_hub.log(plain.case)[-1].flags) == (foreign.case, [])
