"""The case of their own to which one's entries go from a case of another's, once the two are parted.

The case they leave says which it is (`parted`: by customer, `case` and `since`), so that all who move entries, for
whichever undone merge, move them to the same one. `since` is the last of its entries that were known when that case
began: what came later is news there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from shared.application.record.context import Context
from shared.application.record.evidence import with_orders, with_subject
from shared.application.record.standing import change_of, woken_by_turn
from shared.application.record.tool_case import OUT_OF_SIGHT, surviving
from shared.domain.turns import is_turn
from shared.ports.table import Absent, Condition, Equals, Item, Operation, Put, Update
from shared.store import items, keys
from shared.store.views import event_of

REVISIONS: Final = frozenset({"reaction", "edit", "deletion"})
MOST: Final = 100
"""Customers whose cases one case remembers."""


@dataclass(frozen=True, slots=True)
class OwnCase:
    """`item`: the case. `has_news`: whether an entry of the sequence it was asked for came after it began."""

    item: Item
    has_news: bool


def own_case(context: Context, case: Item, entry: Item) -> OwnCase | None:
    """Where this entry goes; None: no case of its customer's own goes on yet. 1 RCU each: the case, what the entry
    speaks of, and the case that either was joined to.

    What speaks of a message goes where that went. All else goes to the case that goes on: not to one that ended
    while the matter it was taken from did not.
    """
    went = _spoken_of(context, case, entry).get("moved_to")
    if went:
        return OwnCase(_read(context, went["case"]), has_news=False)
    parted = case.get("parted", {}).get(entry["holder"])
    if parted is None:
        return None
    own = _read(context, parted["case"])
    following = surviving(context, own)
    if following["customer"] == entry["holder"]:
        own = following
    ended = own["state"] in OUT_OF_SIGHT and surviving(context, case)["state"] not in OUT_OF_SIGHT
    return None if ended else OwnCase(own, has_news=int(entry["sequence"]) > int(parted["since"]))


def new_target(context: Context, case: Item, entry: Item) -> dict[str, Any]:
    """The new sequence of what a revision speaks of, where that has moved. 1 RCU for a revision."""
    went = _spoken_of(context, case, entry).get("moved_to")
    return {"target": went["sequence"]} if went else {}


def remembering(step: Update, case: Item, holder: str, own: str) -> Update:
    """This step of the case, which also says where the holder's entries go. It holds only if nobody has said so
    since."""
    known = case.get("parted")
    as_read: Condition = Equals("parted", known) if known is not None else Absent("parted")
    others = {name: said for name, said in (known or {}).items() if name != holder}
    kept = dict(list(others.items())[-(MOST - 1) :])
    said = {"case": own, "since": int(step.set.get("sequence", case["sequence"]))}
    return replace(step, set={**step.set, "parted": {**kept, holder: said}}, when=(*step.when, as_read))


def taken_over(context: Context, case: Item, own: OwnCase, entry: Item) -> tuple[int, list[Operation]]:
    """The sequence that the entry gets there, and what it changes there. 1 RCU for each merge of the case it leaves.

    A customer's message that came after their own case began wakes it, as long as it is work where it was: whoever
    parked or resolved that one had seen it.
    """
    target, now = own.item, context.now()
    sequence = int(target["sequence"]) + 1
    changes: dict[str, Any] = {"updated_at": now}
    event, at = event_of(entry), datetime.fromisoformat(when_said(entry))
    if not is_turn(event):
        return sequence, [items.case_step(target, sequence, changes)]
    changes["last_customer_at"] = items.latest(target.get("last_customer_at"), when_said(entry))
    changes |= with_orders(target, event) | with_subject(target, event, at)
    if not own.has_news or surviving(context, case)["state"] not in ("new", "open"):
        return sequence, [items.case_step(target, sequence, changes)]
    settled = woken_by_turn(context, target, at)
    if settled is None:
        return sequence, [items.case_step(target, sequence, changes)]
    opened = items.state_change(target["id"], sequence, event, target["state"], settled.state, at, now)
    change = change_of(context, target, settled, at, **changes)
    step = items.case_step(target, sequence + 1, change.set, remove=change.remove)
    return sequence + 1, [Put(opened, when=(Absent(),)), step]


def when_said(entry: Item) -> str:
    """By its provider's clock, where that said it."""
    return str(entry.get("occurred_at") or entry["received_at"])


def _read(context: Context, case_id: str) -> Item:
    return context.table.get(keys.case(case_id)).item or {}


def _spoken_of(context: Context, case: Item, entry: Item) -> Item:
    if "target" not in entry:
        return {}
    return context.table.get(keys.entry(case["id"], int(entry["target"]))).item or {}
