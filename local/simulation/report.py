"""What came of a story, as one JSON document: the contract's own shapes, with numbers beside the ids."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local.simulation.ledger import Ledger
from local.simulation.sending import Sent
from local.simulation.world import World
from shared.application.inquire_cases import read_case
from shared.application.inquire_revisions import interactions
from shared.domain.consent import newest
from shared.ports.table import Item
from shared.store import candidates, dead_letters, sends
from shared.store.consents import consents_of
from shared.store.views import case_view, customer_view, entry_view

_OF_CASE = ("owner", "priority", "reopen_count", "resolved_at", "closed_at", "participants", "merged_into", "imported")
"""Of a case besides the contract's view, where it is there."""
_OF_CANDIDATE = ("rule", "evidence", "at", "by", "decided_at")
_OF_ENTRY = ("quoted_case", "related", "target", "holder")
"""Of an entry besides the event."""


def report(world: World, ledger: Ledger, refused: list[dict[str, Any]]) -> dict[str, Any]:
    """Everything that is there now. `refused`: what the hub's doors said no to."""
    return {
        "customers": [_customer(world, number, one) for number, one in enumerate(ledger.customers, 1)],
        "cases": [_case(world, ledger, number, one) for number, one in enumerate(ledger.cases, 1)],
        "candidates": list(_candidates(world, ledger)),
        "connectors": {name: tool.told for name, tool in world.connectors.items()},
        "sent": [_sent(world, one) for one in world.far_end.sent],
        "dead_letters": list(_letters(world)),
        "refused": refused,
        "metrics": world.metrics.counted(),
    }


def _customer(world: World, number: int, customer: str) -> dict[str, Any]:
    item = world.table.get((f"CUS#{customer}", "PROFILE")).item
    shown = customer_view(item or {"id": customer})
    consents = newest(consents_of(world.table, customer))
    told = {"number": number, **shown.dump(), "created_at": (item or {}).get("created_at")}
    return {**told, "consents": [one.model_dump(mode="json", exclude_none=True) for one in consents]}


def living(world: World, customer: str) -> str:
    """Who this customer is now: reads follow merges."""
    item = world.table.get((f"CUS#{customer}", "PROFILE")).item
    while item and item.get("merged_into"):
        customer = item["merged_into"]
        item = world.table.get((f"CUS#{customer}", "PROFILE")).item
    return customer


def _case(world: World, ledger: Ledger, number: int, case: str) -> dict[str, Any]:
    record = read_case(world.table, case)
    shown = case_view(record.case).dump()
    more = {name: record.case[name] for name in _OF_CASE if record.case.get(name) is not None}
    holder = living(world, shown["customer"])
    numbers = {"number": number, "customer_number": ledger.customers.index(holder) + 1}
    origin = {"origin": shown["customer"]} if holder != shown["customer"] else {}
    return {
        **numbers,
        **shown,
        "customer": holder,
        **origin,
        **more,
        "remote": record.remote,
        "entries": list(_entries(world, case)),
        "interactions": list(interactions(record.log)),
    }


def _entries(world: World, case: str) -> Iterator[dict[str, Any]]:
    for item in _under(world, f"CAS#{case}", "ENT#"):
        yield {**entry_view(item).dump(), **{name: item[name] for name in _OF_ENTRY if name in item}}


def _sent(world: World, one: Sent) -> dict[str, Any]:
    """A message that went out, and what the hub knows of it by now."""
    send = sends.read(world.table, *one.place)
    return {**one.dump(), **({"state": send.state} if send else {})}


def _under(world: World, pk: str, prefix: str) -> Iterator[Item]:
    after = None
    while True:
        page = world.table.query(pk, prefix, after=after)
        yield from page.items
        if page.next is None:
            return
        after = page.next


def _candidates(world: World, ledger: Ledger) -> Iterator[dict[str, Any]]:
    """Every pair once, whatever was decided about it, by number."""
    for number, customer in enumerate(ledger.customers):
        for item in candidates.candidates_of(world.table, customer):
            other = item["other"]
            if other in ledger.customers and ledger.customers.index(other) > number:
                about = {key: item[key] for key in _OF_CANDIDATE if key in item}
                yield {"customers": [customer, other], "status": candidates.status_of(item), **about}


def _letters(world: World) -> Iterator[dict[str, Any]]:
    for origin, day in dead_letters.days(world.table):
        for item in dead_letters.of_day(world.table, origin, day):
            yield {name: item[name] for name in ("id", "origin", "queue", "error", "reason", "first_at", "attempts")}
