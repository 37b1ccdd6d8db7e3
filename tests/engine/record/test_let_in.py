"""Letting in what waited: in order, each by itself, and to the same end as what came in time."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from shared.application.intake import Intake
from shared.domain.event import Event
from shared.ports.table import Delete, Update
from shared.store import keys
from tests.engine.record.bench import NUMBER, Told

Say = Callable[..., Event]


def intake_of(hub: Any) -> Intake:
    return Intake(hub.context, {"whatsapp": Told()}.__getitem__)


def take(hub: Any, event: Event) -> Any:
    return intake_of(hub).take(hub.incoming(event).envelope)


def waiting_for(hub: Any, target: str) -> list[Any]:
    items: list[Any] = hub.table.table.query(f"PEND#{keys.message('whatsapp', NUMBER, target)[0]}").items
    return items


def edit(message: str, target: str, say: Say, **more: Any) -> Event:
    return say(message, "corregido", kind="edit", in_reply_to=target, **more)


def failed(target: str, say: Say) -> Event:
    told = {"state": "failed", "target": target, "error": {"code": "131026", "retryable": False}}
    return say(f"{target}:failed", None, kind="receipt", receipt=told, author={"type": "system"}, name=None)


def read(target: str, say: Say) -> Event:
    told = {"state": "read", "target": target}
    return say(f"{target}:read", None, kind="receipt", receipt=told, author={"type": "system"}, name=None)


def test_what_waited_is_let_in_in_the_order_in_which_it_was_said(hub: Any, say: Say) -> None:
    edits = [edit(f"e{number}", "m1", say, at=timedelta(minutes=number)) for number in range(1, 8)]
    for each in reversed(edits):
        take(hub, each)
    first = take(hub, say("m1"))
    assert [entry.message_id for entry in hub.log(first.case)] == ["m1", *(each.message_id for each in edits)]


def test_one_that_cannot_be_let_in_harms_neither_its_target_nor_the_others(hub: Any, say: Say) -> None:
    for number in range(5):
        take(hub, edit(f"e{number}", "m1", say))
    poison = waiting_for(hub, "m1")[2]
    envelope = {name: part for name, part in json.loads(poison["envelope"]).items() if name != "raw"}
    body = json.dumps(envelope | {"raw_file": "gone"})
    hub.table.table.transact([Update((poison["pk"], poison["sk"]), set={"envelope": body})])
    first = take(hub, say("m1"))
    assert first.result == "recorded"
    assert len(hub.log(first.case)) == 5
    assert [item["sk"] for item in waiting_for(hub, "m1")] == [poison["sk"]], "the clock will park it"


def test_what_waited_for_what_waited_is_let_in_with_it(hub: Any, say: Say) -> None:
    take(hub, edit("e1", "m1", say))
    take(hub, say("r1", None, kind="reaction", reaction={"emoji": "👍", "target": "e1"}))
    item = waiting_for(hub, "m1")[0]
    first = hub.record(say("m1"))
    intake_of(hub).look_again(item)
    assert [entry.message_id for entry in hub.log(first.case)] == ["m1", "e1", "r1"]


def test_the_original_of_a_receipt_that_waited_in_vain_is_kept(hub: Any, say: Say) -> None:
    take(hub, read("elsewhere", say))
    intake_of(hub).look_again(waiting_for(hub, "elsewhere")[0])
    assert hub.counters["ignored"] == 1
    (kept,) = hub.files.values()
    assert json.loads(kept)["raw"]["said"]["message_id"] == "elsewhere:read"


def test_what_begins_to_wait_while_another_is_forgotten_is_still_announced_to_its_target(hub: Any, say: Say) -> None:
    take(hub, read("out", say))
    item = waiting_for(hub, "out")[0]

    def meanwhile(operations: Any) -> None:
        if isinstance(operations[-1], Delete) and operations[-1].key[0].startswith("MSG#"):
            hub.table.before_transact = None
            take(hub, edit("e1", "out", say))

    hub.table.before_transact = meanwhile
    intake_of(hub).look_again(item)
    assert hub.table.before_transact is None
    said = take(hub, say("out"))
    assert [entry.message_id for entry in hub.log(said.case)] == ["out", "e1"]


def test_a_failure_that_somebody_waits_for_is_recorded(hub: Any, say: Say) -> None:
    take(hub, say("out", direction="outbound", author={"type": "agent"}))
    take(hub, say("r1", None, kind="reaction", reaction={"emoji": "👍", "target": "out:failed"}))
    outcome = take(hub, failed("out", say))
    assert [entry.message_id for entry in hub.log(outcome.case)] == ["out", "out:failed", "r1"]


def test_a_case_that_a_failure_opens_again_is_no_longer_resolved(hub: Any, say: Say) -> None:
    sent = take(hub, say("out", direction="outbound", author={"type": "agent"}))
    hub.set_case(sent.case, state="resolved", resolved_at="2026-11-22T11:00:00Z")
    take(hub, failed("out", say))
    case = hub.case(sent.case)
    assert (case["state"], "resolved_at" in case) == ("open", False)
