"""What is wrong with the hub, as far as its own table and queues know. Reads only; asks nobody outside.

Per connector: its breaker, what it waits to be told of and until when, tickets that wait to be read, and when it was
last swept. Per account of a channel: how its configuration stands. Queues and dead letters once.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from shared.application import inquire_operations
from shared.application.retry import now_text
from shared.store import back, keys

if TYPE_CHECKING:
    from shared.configuration import Config
    from shared.ports.queues import Queues
    from shared.ports.surroundings import Clock
    from shared.ports.table import Item, Table

MOST_DUE: Final = 200
"""Of each partition of the clock: more is told as so many or more."""
LATE_S: Final = 120
"""What the clock should have looked at longer ago than this is late: it looks every minute."""
SWEEP_LATE_S: Final = 900
"""Sweeps are made every five minutes."""
COUNTS_S: Final = 3.0
SIGNED: Final = frozenset({"whatsapp", "messenger", "instagram"})
"""Channels whose deliveries a secret proves."""


def doctor(table: Table, queues: Queues, config: Config, asked: Container[str], clock: Clock) -> dict[str, Any]:
    """`asked`: connectors that are swept. 1 RCU per 4 KB of index for each of 8 partitions, 2 RCU for each connector,
    and the dead letters' as `inquire_operations.count`."""
    now = clock()
    due = list(_due(table))
    known = [(one.name, one.kind) for one in config.connectors]
    states = inquire_operations.breakers(table, known)["connectors"]
    connectors = [_connector(table, state, due, now, is_swept=state["name"] in asked) for state in states]
    depths = inquire_operations.depths(queues)["queues"]
    letters = inquire_operations.count(table, None, clock, now + COUNTS_S)
    late = sum(_is_late(one, now) for one in due)
    wrong = [fault for one in connectors for fault in one["wrong"]]
    wrong += [f"{letters['count']} dead letters: see hilo dlq list"] if letters["count"] else []
    wrong += [f"the clock is behind: {late} things should have been looked at"] if late else []
    accounts = [_account(one) for one in config.accounts]
    wrong += [fault for one in accounts for fault in one["wrong"]]
    return {
        "connectors": connectors,
        "channels": accounts,
        "queues": depths,
        "dead_letters": letters["count"],
        "late": late,
        "wrong": wrong,
    }


def _account(account: Any) -> dict[str, Any]:
    name = f"{account.channel}:{account.id}"
    wrong = [] if account.secret else [f"{name}: the configuration names no secret"]
    return {"name": name, "brand": account.brand, "wrong": wrong if account.channel in SIGNED else []}


def _connector(table: Table, state: dict[str, Any], due: list[Item], now: float, *, is_swept: bool) -> dict[str, Any]:
    name = state["name"]
    waiting = sorted(one["due_sk"].partition("#")[0] for one in due if one["sk"] in (f"SYNC#{name}", f"REF#{name}"))
    reading = sum(one["sk"] == back.BACK and back.ticket_of((one["pk"], one["sk"]))[0] == name for one in due)
    swept_at = back.swept_at(table, name) if is_swept else None
    wrong = []
    if state["state"] != "closed":
        wrong.append(f"{name} is {state['state']}: {state['reason'] or 'it fails'}")
    if is_swept and swept_at is not None and now - datetime.fromisoformat(swept_at).timestamp() > SWEEP_LATE_S:
        wrong.append(f"{name} was last swept at {swept_at}: no sweep comes through")
    if waiting:
        wrong.append(f"{name} is behind with {len(waiting)} cases or contacts")
    return {
        "name": name,
        "kind": state["kind"],
        "state": state["state"],
        "since": state["since"],
        "reason": state["reason"],
        "behind": len(waiting),
        "to_read": reading,
        "next_try": waiting[0] if waiting else None,
        "swept_at": swept_at,
        "wrong": wrong,
    }


def _due(table: Table) -> Iterator[Item]:
    for number in range(keys.DUE_PARTITIONS):
        yield from table.query(f"DUE#{number}", index="due", limit=MOST_DUE).items


def _is_late(item: Item, now: float) -> bool:
    return bool(item["due_sk"].partition("#")[0] < now_text(now - LATE_S))
