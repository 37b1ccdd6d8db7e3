"""Receipts only upwards; edits, deletions and reactions as revisions; what overtakes its target waits for it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest

from shared.application.intake import Intake
from shared.domain.errors import Malformed, Misconfigured, Permanent, Transient
from shared.domain.event import Event
from shared.store import keys
from tests.engine.record.bench import Told

Say = Callable[..., Event]


def intake_of(hub: Any) -> Intake:
    return Intake(hub.context, {"whatsapp": Told()}.__getitem__)


def take(hub: Any, event: Event) -> Any:
    return intake_of(hub).take(hub.incoming(event).envelope)


def receipt(target: str, state: str, say: Say, **more: Any) -> Event:
    told = {"state": state, "target": target, **more}
    return say(f"{target}:{state}", None, kind="receipt", receipt=told, author={"type": "system"}, name=None)


def answered(hub: Any, say: Say) -> str:
    """A case whose second entry is an answer of ours, `out`."""
    outcome = hub.record(say("m1"))
    hub.record(say("out", "Buenas", direction="outbound", author={"type": "agent"}, name=None))
    assert outcome.case
    return str(outcome.case)


def reaction(message: str, target: str, say: Say, emoji: str | None = "👍") -> Event:
    return say(message, None, kind="reaction", reaction={"emoji": emoji, "target": target})


@pytest.mark.parametrize("order", list(itertools.permutations(["sent", "delivered", "read"])), ids="-".join)
def test_receipts_in_any_order_end_alike(hub: Any, say: Say, order: tuple[str, ...]) -> None:
    case = answered(hub, say)
    for state in order:
        assert hub.record(receipt("out", state, say)).result == "receipt"
    entry = hub.table.table.get(keys.entry(case, 3)).item
    assert entry["delivery"] == "read"
    assert {"sent_at", "delivered_at", "read_at"} <= entry.keys()
    assert len(hub.log(case)) == 3, "a receipt is no entry"


def test_a_repeated_receipt_writes_nothing(hub: Any, say: Say) -> None:
    answered(hub, say)
    hub.record(receipt("out", "read", say))
    hub.table.reset()
    hub.record(receipt("out", "read", say))
    assert hub.table.transactions == []


def test_a_failure_is_an_entry_too_and_a_late_sent_does_not_clear_it(hub: Any, say: Say) -> None:
    case = answered(hub, say)
    error = {"code": "131026", "title": "Undeliverable", "retryable": False}
    for _ in range(2):
        hub.record(receipt("out", "failed", say, error=error))
    hub.record(receipt("out", "sent", say))
    log = hub.log(case)
    assert [entry.kind for entry in log] == ["message", "state_change", "message", "receipt"]
    assert log[2].delivery == "failed"


def test_a_failure_after_delivery_is_recorded_and_the_delivery_kept(hub: Any, say: Say) -> None:
    case = answered(hub, say)
    hub.record(receipt("out", "delivered", say))
    hub.record(receipt("out", "failed", say, error={"code": "1", "retryable": True}))
    assert hub.log(case)[2].delivery == "delivered"
    assert hub.log(case)[-1].kind == "receipt"


def test_row_22_the_only_answer_failed_on_a_resolved_case(hub: Any, say: Say) -> None:
    case = answered(hub, say)
    hub.set_case(case, state="resolved", resolved_at="2026-11-22T11:00:00Z")
    hub.record(receipt("out", "failed", say, error={"code": "131026", "retryable": False}))
    assert hub.case(case)["state"] == "open"
    assert [entry.kind for entry in hub.log(case)][-2:] == ["state_change", "receipt"]


def test_row_22_not_when_another_answer_arrived(hub: Any, say: Say) -> None:
    case = answered(hub, say)
    hub.record(say("out2", "Hola", direction="outbound", author={"type": "agent"}, name=None))
    hub.set_case(case, state="resolved", resolved_at="2026-11-22T11:00:00Z")
    hub.record(receipt("out", "failed", say, error={"code": "131026", "retryable": False}))
    assert hub.case(case)["state"] == "resolved"


def test_row_23_a_receipt_after_the_end_changes_no_state(hub: Any, say: Say) -> None:
    case = answered(hub, say)
    hub.set_case(case, state="closed")
    assert hub.record(receipt("out", "read", say)).result == "receipt"
    assert hub.case(case)["state"] == "closed"


@pytest.mark.parametrize("state", ["unknown", "deleted"])
def test_a_receipt_without_rank_is_counted(hub: Any, say: Say, state: str) -> None:
    answered(hub, say)
    assert hub.record(receipt("out", state, say)).result == "ignored"


@pytest.mark.parametrize("kind", ["edit", "deletion"])
def test_rows_24_and_25_a_revision_is_an_entry_and_leaves_the_case(hub: Any, say: Say, kind: str) -> None:
    first = hub.record(say("m1"))
    hub.set_case(first.case, state="resolved", resolved_at="2026-11-22T10:00:00Z")
    outcome = hub.record(say("e1", "corregido", kind=kind, in_reply_to="m1"))
    again = hub.record(say("e1", "corregido", kind=kind, in_reply_to="m1"))
    assert (outcome.sequence, again.result) == (2, "copy")
    assert hub.case(first.case)["state"] == "resolved"
    assert hub.table.table.get(keys.entry(first.case, 2)).item["target"] == 1


def test_row_20_a_reaction_is_recorded_on_the_message_only(hub: Any, say: Say) -> None:
    case = answered(hub, say)
    assert hub.record(reaction("r1", "out", say)).case == case
    assert hub.table.table.get(keys.entry(case, 4)).item["target"] == 3


def test_what_overtakes_its_target_waits_and_follows_it(hub: Any, say: Say) -> None:
    assert take(hub, reaction("r1", "m1", say)).result == "waiting"
    assert take(hub, say("e1", "corregido", kind="edit", in_reply_to="m1")).result == "waiting"
    first = take(hub, say("m1"))
    assert first.result == "recorded"
    assert sorted(entry.kind for entry in hub.log(first.case)) == ["edit", "message", "reaction"]
    assert hub.log(first.case)[0].kind == "message"
    assert hub.table.table.query(f"PEND#{keys.message('whatsapp', '200000000000001', 'm1')[0]}").items == []


def test_a_copy_that_waits_is_kept_once(hub: Any, say: Say) -> None:
    for _ in range(3):
        assert take(hub, reaction("r1", "m1", say)).result == "waiting"
    first = take(hub, say("m1"))
    assert [entry.kind for entry in hub.log(first.case)] == ["message", "reaction"]


def test_what_waits_is_let_in_after_a_sudden_death_too(hub: Any, say: Say) -> None:
    take(hub, reaction("r1", "m1", say))
    hub.record(say("m1"))  # recorded, and dead before anything else
    again = take(hub, say("m1"))
    assert again.result == "copy"
    assert [entry.kind for entry in hub.log(again.case)] == ["message", "reaction"]


def test_an_early_receipt_waits_for_what_was_sent(hub: Any, say: Say) -> None:
    take(hub, say("m1"))
    assert take(hub, receipt("out", "delivered", say)).result == "waiting"
    sent = take(hub, say("out", "Buenas", direction="outbound", author={"type": "agent"}, name=None))
    assert hub.log(sent.case)[-1].delivery == "delivered"


def waiting_item(hub: Any, target: str) -> Any:
    pk = f"PEND#{keys.message('whatsapp', '200000000000001', target)[0]}"
    return hub.table.table.query(pk).items[0]


def test_a_receipt_that_waited_in_vain_is_counted_and_gone(hub: Any, say: Say) -> None:
    take(hub, receipt("elsewhere", "read", say))
    item = waiting_item(hub, "elsewhere")
    assert item["due_sk"].startswith("2026-11-23T10:00:00Z#")
    intake_of(hub).look_again(item)
    assert hub.counters["ignored"] == 1
    assert hub.table.table.get((item["pk"], item["sk"])).item is None
    assert hub.table.table.get(keys.message("whatsapp", "200000000000001", "elsewhere")).item is None


def test_a_revision_that_waited_in_vain_is_a_dead_letter(hub: Any, say: Say) -> None:
    take(hub, reaction("r1", "never", say))
    with pytest.raises(Malformed, match="never came"):
        intake_of(hub).look_again(waiting_item(hub, "never"))


def test_what_waited_is_recorded_when_its_target_came_after_all(hub: Any, say: Say) -> None:
    take(hub, reaction("r1", "m1", say))
    item = waiting_item(hub, "m1")
    first = hub.record(say("m1"))
    intake_of(hub).look_again(item)
    assert [entry.kind for entry in hub.log(first.case)] == ["message", "reaction"]


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"channel": "whatsapp"}', "null"])
def test_what_is_no_inbound_message_is_malformed(hub: Any, body: str) -> None:
    with pytest.raises(Malformed):
        intake_of(hub).take(body)


def test_an_unreadable_element_says_why(hub: Any, say: Say) -> None:
    envelope = json.loads(hub.incoming(say("m1")).envelope) | {"unreadable": "nested too deep"}
    with pytest.raises(Malformed, match="nested too deep"):
        intake_of(hub).take(json.dumps(envelope))


def test_a_large_original_comes_from_files(hub: Any, say: Say) -> None:
    envelope = json.loads(hub.incoming(say("m1")).envelope)
    hub.files.put("inbound/x.json", json.dumps(envelope.pop("raw")).encode())
    envelope["raw_file"] = "inbound/x.json"
    assert intake_of(hub).take(json.dumps(envelope)).result == "recorded"
    hub.files.clear()
    with pytest.raises(Permanent, match="no longer in Files"):
        intake_of(hub).take(json.dumps(envelope | {"index": 1}))


def test_an_unknown_channel_is_permanent(hub: Any, say: Say) -> None:
    envelope = json.loads(hub.incoming(say("m1")).envelope) | {"channel": "fax"}
    with pytest.raises(Permanent, match="fax"):
        intake_of(hub).take(json.dumps(envelope))


def test_a_receipt_for_the_customers_own_words_is_of_no_use(hub: Any, say: Say) -> None:
    hub.record(say("m1"))
    assert hub.record(receipt("m1", "read", say)).result == "ignored"
    assert hub.log(hub.record(say("m1")).case)[0].delivery is None


def test_a_person_revises_by_any_of_their_identities(hub: Any, say: Say) -> None:
    first = hub.record(say("m1", bsuid="EC.1"))
    assert hub.record(say("e1", "uno", phone=None, bsuid="EC.1", kind="edit", in_reply_to="m1")).case == first.case
    assert hub.record(say("e2", "dos", kind="edit", in_reply_to="m1")).case == first.case


@pytest.mark.parametrize("change", [{"received_at": "yesterday"}, {"raw_file": "inbound/broken", "raw": None}])
def test_an_envelope_of_ours_that_is_broken_is_malformed(hub: Any, say: Say, change: dict[str, Any]) -> None:
    hub.files.put("inbound/broken", b"{")
    envelope = json.loads(hub.incoming(say("m1")).envelope) | change
    if envelope["raw"] is None:
        del envelope["raw"]
    with pytest.raises(Malformed):
        intake_of(hub).take(json.dumps(envelope))


def test_what_is_ours_to_mend_leaves_the_message_on_its_queue(hub: Any, say: Say) -> None:
    class Locked(dict[str, bytes]):
        def get(self, key: str, default: object = None) -> Any:
            raise Misconfigured("AccessDenied")

    envelope = json.loads(hub.incoming(say("m1")).envelope)
    del envelope["raw"]
    hub.files = Locked()
    with pytest.raises(Transient, match="AccessDenied"):
        intake_of(hub).take(json.dumps(envelope | {"raw_file": "inbound/x.json"}))
