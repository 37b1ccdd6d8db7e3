"""After a merge of customers was undone: a case of the one that people had joined to a case of the other stands alone
again, in the state in which the two were. Whoever answers in its ticket answers its own customer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from shared.application.record.context import Context
from shared.application.record.lent import LENT, Said, passed_on, taken_back, without
from shared.application.record.own_case import remembering, when_said
from shared.application.record.standing import CaseChange, change_of
from shared.application.record.tool_case import OUT_OF_SIGHT, place_of, surviving
from shared.application.record.who import living_profile
from shared.domain.case_states import Settled
from shared.domain.event import HUB, Event
from shared.ports.table import Absent, Item, Operation, Put
from shared.store import items, keys
from shared.store.paging import every_item
from shared.store.views import event_of

HUBS_OWN = Event.model_validate(
    {
        "channel": HUB,
        "account": HUB,
        "kind": "state_change",
        "message_id": "parted",
        "author": {"type": "system"},
        "provider_type": "hilo",
    }
)


def part(context: Context, case: Item, into: Item, is_across: Callable[[str], bool]) -> None:
    """`case` goes on by itself and no longer in `into`, and takes along its customer's entries and what it lent.

    `is_across`: whether a customer's entries in `into` are to leave it. 3 RCU, 1 for each conversation of both, the log
    of `into` (1 RCU per 4 KB), 4 writes. Raises `Conflict` when somebody else was quicker.
    """
    sequence, now = int(case["sequence"]) + 1, context.now()
    at, state = datetime.fromisoformat(now), surviving(context, into)["state"]
    change = change_of(context, case, Settled(state, at, "moved"), at, updated_at=now)
    entry = items.state_change(case["id"], sequence, HUBS_OWN, "merged", state, at, now)
    left = [one for one in into["conversations"] if one not in case["conversations"] or not _leads(context, one, case)]
    lent = case.get(LENT)
    back = taken_back(into, lent, _log(context, into, is_across)) if lent else CaseChange()
    stays = items.case_step(into, into["sequence"], {**back.set, "conversations": left}, remove=back.remove)
    writes: list[Operation] = [
        Put(entry, when=(Absent(),)),
        items.case_step(case, sequence, change.set, remove=(*change.remove, "merged_into", LENT)),
        remembering(stays, into, case["customer"], case["id"]),
        *_onward(context, lent or {}, into),
        *_listed(context, case, state),
    ]
    context.table.transact(writes)


def _onward(context: Context, lent: Item, into: Item) -> Iterator[Operation]:
    """The same of the cases to which `into` was joined itself. 1 RCU and 1 write for each."""
    while into["state"] == "merged":
        lent = passed_on(lent, into)
        into = context.table.get(keys.case(into["merged_into"])).item or {}
        changes = without(into, lent)
        if changes:
            yield items.case_step(into, into["sequence"], changes)


def _log(context: Context, into: Item, is_across: Callable[[str], bool]) -> Iterator[Said]:
    for item in every_item(context.table, into["pk"], "ENT#"):
        if "moved_to" not in item:
            stays = "holder" not in item or not is_across(item["holder"])
            yield Said(event_of(item), datetime.fromisoformat(when_said(item)), stays)


def _leads(context: Context, conversation: str, case: Item) -> bool:
    """Whether it is a conversation with the case's customer; others of the two cases find their way by `into`."""
    found = context.table.get((conversation, "CNV")).item or {}
    return bool(found.get("customer") == case["customer"])


def _listed(context: Context, case: Item, state: str) -> list[Operation]:
    if state in OUT_OF_SIGHT:
        return []
    profile = living_profile(context.table, case["customer"])
    listed: dict[str, Any] = {**profile["cases"], case["id"]: place_of(case, profile)}
    return [items.profile_step(profile, {"cases": listed}, tells=False)]


def joined_to(context: Context, case: Item) -> Item | None:
    """The case that this one was joined to, None where it stands alone. 1 RCU where it does not."""
    return context.table.get(keys.case(case["merged_into"])).item if case.get("state") == "merged" else None
