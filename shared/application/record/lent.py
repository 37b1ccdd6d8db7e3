"""What a case that goes on knows of one that was joined to it: whom it is with, what it is about, who spoke last.

Should the two be parted, it gives that back: the one that ended says what it lent (`lent`: `participants` and `orders`
that the other had not; and what the other had said of its customer's last turn and newest mail). Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from shared.application.record.evidence import MAX_ORDERS, with_subject
from shared.application.record.joined import MAX_PARTICIPANTS
from shared.application.record.standing import CaseChange
from shared.application.record.survey_open import STATES, with_state
from shared.domain.attachment import EXTERNAL
from shared.domain.event import Event, utc_text
from shared.domain.order_numbers import order_numbers
from shared.domain.turns import is_turn
from shared.ports.table import Item
from shared.store import items

LENT: Final = "lent"

_LISTS: Final = {"participants": MAX_PARTICIPANTS, "orders": MAX_ORDERS}
_SAID: Final = ("last_customer_at", "subject", "subject_at")

Case = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """An entry of the case that goes on, when it was said, and whether it stays there."""

    event: Event
    at: datetime
    stays: bool


def joined(into: Case, case: Case) -> dict[str, Any]:
    """What changes in `into` when `case` goes on there."""
    changes: dict[str, Any] = {"channels": _union(into["channels"], case["channels"])}
    changes["conversations"] = items.with_conversations(into["conversations"], case["conversations"])
    for name, most in _LISTS.items():
        if case.get(name):
            changes[name] = _union(case[name], into.get(name, ()))[-most:]
    if case.get("last_customer_at"):
        changes["last_customer_at"] = items.latest(into.get("last_customer_at"), case["last_customer_at"])
    if _has_newer_mail(case, into):
        changes |= {name: case[name] for name in ("subject", "subject_at")}
    for name, state in case.get(STATES, {}).items():  # its answers go to `into` now: a day is a day there, too
        changes[STATES] = with_state({**into, **changes}, name, state)
    return changes


def lent(into: Case, case: Case) -> dict[str, Any]:
    """What `case`, as it ends, remembers of this."""
    lists = {name: [one for one in case.get(name, ()) if one not in into.get(name, ())] for name in _LISTS}
    had = {name: into[name] for name in _SAID if name in into}
    return {**{name: several for name, several in lists.items() if several}, **had}


def taken_back(into: Case, lent: Case, log: Iterable[Said]) -> CaseChange:
    """What changes in `into`, of this log, when the case that lent it this is parted from it."""
    known: Item = {name: lent[name] for name in _SAID if name in lent}
    orders: dict[bool, set[str]] = {True: set(), False: set(lent.get("orders", ()))}
    for said in log:
        if not is_turn(said.event):
            continue
        orders[said.stays] |= order_numbers(said.event.subject, said.event.text)
        if said.stays:
            known["last_customer_at"] = items.latest(known.get("last_customer_at"), utc_text(said.at))
            known |= with_subject(known, said.event, said.at) if EXTERNAL not in said.event.flags else {}
    lists = {**lent, "orders": sorted(orders[False] - orders[True])}
    gone = tuple(name for name in ("subject", "subject_at") if name in into and name not in known)
    return CaseChange({**known, **without(into, lists)}, gone)


def without(case: Case, lent: Case) -> dict[str, Any]:
    """The lists of a case without what was lent to it; those that change."""
    return {
        name: [one for one in case.get(name, ()) if one not in lent[name]]
        for name in _LISTS
        if not set(lent.get(name, ())).isdisjoint(case.get(name, ()))
    }


def passed_on(lent: Case, into: Case) -> dict[str, Any]:
    """What of this the case that it was lent to lent on, when it was joined to yet another."""
    onward = into.get(LENT, {})
    return {name: [one for one in lent.get(name, ()) if one in onward.get(name, ())] for name in _LISTS}


def _has_newer_mail(case: Case, into: Case) -> bool:
    if "subject_at" not in case:
        return False
    return "subject_at" not in into or _moment(case) > _moment(into)


def _moment(case: Case) -> datetime:
    return datetime.fromisoformat(case["subject_at"])


def _union(first: Sequence[str], second: Sequence[str]) -> list[str]:
    return list(dict.fromkeys([*first, *second]))
