"""Journeys as stored: each under the local day on which it is over, and for each customer a list of theirs.

An item holds a pseudonym's journey in stages, channels and times; no text and nothing by which a person is reached.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from shared.domain.journeys.model import ChannelStep, Effort, Journey, Visit
from shared.ports.table import Item, Table
from shared.store import keys

_TIMES: Final = ("last_at", "over_at", "resolved_at", "transferred_at")
_PLAIN: Final = ("brand", "type", "continues", "returns", "in_first_contact", "self_served", "unanswered")
LOOKED_AT: Final = 10
"""Journeys of a customer in which a case is looked for."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


def journey_item(day: str, customer: str, journey: Journey) -> Item:
    """`JRN#<day>/J#<customer>#<id>`: the journey as JSON text, absent what is empty. Its beginning is in epoch
    milliseconds, every other time in milliseconds after it. About half a kilobyte."""
    start = journey.started_at
    told: dict[str, Any] = {name: getattr(journey, name) for name in _PLAIN if getattr(journey, name)}
    told |= {name: _after(start, getattr(journey, name)) for name in _TIMES if getattr(journey, name)}
    told["started_at"] = _after(_EPOCH, start)
    told["visits"] = [[one.stage, _after(start, one.began_at), _after(start, one.ended_at)] for one in journey.visits]
    told["channels"] = [[one.channel, _after(start, one.began_at), int(one.forced)] for one in journey.channels]
    told["effort"] = {name: value for name, value in asdict(journey.effort).items() if value}
    told["cases"] = list(journey.cases)
    pk, sk = keys.journey(day, customer, journey.id)
    return {"pk": pk, "sk": sk, "journey": json.dumps(told, separators=(",", ":"), sort_keys=True)}


def journey_in(item: Item) -> Journey:
    """What `journey_item` kept, times to the millisecond."""
    told = json.loads(item["journey"])
    customer, _, journey_id = item["sk"].removeprefix(keys.JOURNEYS).rpartition("#")
    start = _at(_EPOCH, told["started_at"])
    plain = {name: told[name] for name in _PLAIN if name in told}
    times: dict[str, Any] = {name: _at(start, told[name]) for name in _TIMES if name in told}
    return Journey(
        id=journey_id,
        profile=customer,
        started_at=start,
        **plain,
        **times,
        visits=tuple(Visit(stage, _at(start, began), _at(start, ended)) for stage, began, ended in told["visits"]),
        channels=tuple(ChannelStep(name, _at(start, began), bool(led)) for name, began, led in told["channels"]),
        effort=Effort(**told["effort"]),
        cases=tuple(told["cases"]),
    )


def journey_with(table: Table, customer: str, case: str) -> str | None:
    """The id of the customer's newest journey that this case is part of, as far as it is kept by now. 1 RCU, and 1 for
    each of the newest ten until it is found."""
    listed = (table.get(keys.journeys_of(customer)).item or {}).get("listed", {})
    newest = sorted(listed, key=lambda name: (listed[name][2], name), reverse=True)[:LOOKED_AT]
    for name in newest:
        item = table.get(keys.journey(listed[name][0], customer, name)).item
        if item is not None and case in json.loads(item["journey"])["cases"]:
            return str(name)
    return None


def fingerprint(item: Item) -> str:
    """Tells whether a journey is kept as it is derived now."""
    return sha256(f"{item['pk']}|{item['journey']}".encode()).hexdigest()[:16]


def _after(start: datetime, moment: datetime) -> int:
    return (moment - start) // _MILLISECOND


def _at(start: datetime, milliseconds: int) -> datetime:
    return start + timedelta(milliseconds=milliseconds)
