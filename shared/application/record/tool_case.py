"""The case behind a ticket, past merges; and what a case's beginning and end change about its customer."""

from __future__ import annotations

from shared.application.record.context import Context
from shared.application.record.who import living_profile
from shared.domain.errors import Malformed, Permanent
from shared.domain.event import HUB, Event
from shared.ports.table import Item, Operation
from shared.store import items, keys

NOWHERE = "-"
"""In place of a conversation's key: the case has none any more."""

OUT_OF_SIGHT = frozenset({"closed", "merged", "spam"})
"""States in which the customer's profile does not list a case: nothing joins it by time."""


def ticket_case(context: Context, event: Event) -> Item:
    """The case behind the ticket an event is of. 2 RCU; in the hub, where the thread is the case itself, 1.

    Raises `Malformed` where there is none.
    """
    if not event.thread:
        raise Malformed("an event of a tool that names no ticket")
    return case_behind(context, event, event.thread)


def case_behind(context: Context, event: Event, ticket: str) -> Item:
    """The case behind another ticket of the same tool. Raises `Malformed` where there is none."""
    case_id: str | None = ticket
    if event.channel != HUB:
        home = context.table.get(keys.remote(event.channel, "case", ticket)).item
        case_id = home.get("case") if home else None
    case = context.table.get(keys.case(case_id)).item if case_id else None
    if case is None:
        raise Malformed("an event of a ticket that no case of ours is behind")
    return case


def surviving(context: Context, case: Item) -> Item:
    """The case, or the one it was merged into. 1 RCU for each merge."""
    passed: set[str] = set()
    while case["state"] == "merged":
        if case["id"] in passed:
            raise Permanent(f"case {case['id']} was merged in a circle")
        passed.add(case["id"])
        following = context.table.get(keys.case(case["merged_into"])).item
        if following is None:
            raise Permanent(f"case {case['id']} was merged into one that does not exist")
        case = following
    return case


def place_of(case: Item, profile: Item) -> dict[str, str]:
    """How the profile lists the case: with its own customer, where they were merged into whose profile it is."""
    place = {"brand": case["brand"], "conversation": next(iter(case["conversations"]), NOWHERE)}
    return place if case["customer"] == profile["id"] else {**place, "holder": case["customer"]}


def of_profile(context: Context, case: Item, state: str | None) -> list[Operation]:
    """The customer's list of cases, where the case's new state brings it in or takes it out. 1 RCU then, 1 write."""
    if state is None or (state in OUT_OF_SIGHT) == (case["state"] in OUT_OF_SIGHT):
        return []
    profile = living_profile(context.table, case["customer"])
    cases = dict(profile["cases"])
    if state in OUT_OF_SIGHT:
        if cases.pop(case["id"], None) is None:
            return []
    else:
        cases[case["id"]] = place_of(case, profile)
    return [items.profile_step(profile, {"cases": cases}, tells=False)]
