"""Journeys as stored: each under the local day on which it is over, and for each customer a list of theirs.

An item holds a pseudonym's journey in stages, channels and times; no text and nothing by which a person is reached.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from shared.domain.journeys.model import ChannelStep, Effort, Journey, Visit
from shared.domain.moment import utc_text
from shared.ports import Item
from shared.store import keys

_TIMES: Final = ("started_at", "last_at", "over_at", "resolved_at", "transferred_at")
_PLAIN: Final = (
    "id", "profile", "brand", "type", "continues", "returns", "in_first_contact", "self_served", "unanswered",
)  # fmt: skip


def journey_item(day: str, customer: str, journey: Journey) -> Item:
    """`JRN#<day>/J#<customer>#<id>`: the journey as JSON text, absent what is empty."""
    told: dict[str, Any] = {name: getattr(journey, name) for name in _PLAIN if getattr(journey, name)}
    told |= {name: _text(getattr(journey, name)) for name in _TIMES if getattr(journey, name)}
    told["visits"] = [[one.stage, _text(one.began_at), _text(one.ended_at)] for one in journey.visits]
    told["channels"] = [[one.channel, _text(one.began_at), int(one.forced)] for one in journey.channels]
    told["effort"] = {name: value for name, value in asdict(journey.effort).items() if value}
    told["cases"] = list(journey.cases)
    pk, sk = keys.journey(day, customer, journey.id)
    return {"pk": pk, "sk": sk, "journey": json.dumps(told, separators=(",", ":"), sort_keys=True)}


def journey_in(item: Item) -> Journey:
    """What `journey_item` kept."""
    told = json.loads(item["journey"])
    times: dict[str, Any] = {name: _moment(told[name]) for name in _TIMES if name in told}
    plain = {name: told[name] for name in _PLAIN if name in told}
    return Journey(
        **plain,
        **times,
        visits=tuple(Visit(stage, _moment(began), _moment(ended)) for stage, began, ended in told["visits"]),
        channels=tuple(ChannelStep(name, _moment(began), bool(led)) for name, began, led in told["channels"]),
        effort=Effort(**told["effort"]),
        cases=tuple(told["cases"]),
    )


def fingerprint(item: Item) -> str:
    """Tells whether a journey is kept as it is derived now."""
    return sha256(f"{item['pk']}|{item['journey']}".encode()).hexdigest()[:16]


def _text(moment: datetime) -> str:
    return moment.isoformat() if moment.microsecond % 1000 else utc_text(moment)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
