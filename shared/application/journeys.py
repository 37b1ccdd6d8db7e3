"""A customer's journeys are derived from their cases and kept as they are, one item each.

What is kept is a function of the cases' logs and of the configuration alone, so deriving again, at any time and any
number of times, leads to the same items. The list of a customer's items is written with every one of them, in one
transaction, so that nothing is ever kept that no list names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from shared.application.journeys_mark import mark
from shared.application.retry import due_text, now_text
from shared.domain.errors import Conflict
from shared.domain.figures.from_log import events_of
from shared.domain.figures.model import CaseHistory
from shared.domain.journeys.derive import journeys_of
from shared.domain.journeys.events import CaseLinks, steps_of
from shared.domain.journeys.model import Journey
from shared.domain.journeys.rules import JourneyRules
from shared.domain.merging import MAX_FAMILY, family_of
from shared.ports.table import Delete, Equals, Item, Operation, Put, Table, Update
from shared.store import keys
from shared.store.journeys import fingerprint, journey_item
from shared.store.paging import every_item

MAX_CASES: Final = 100
"""Of one customer, the newest: what began before them stays as it was derived last."""

MAX_LISTED: Final = 400
"""Journeys of one customer that can still be taken back; older ones are final."""

LEASE_S: Final = 600
"""After so long another look takes over from one that ended without a word."""

SETTLED_AFTER: Final = timedelta(hours=48)
"""After the end of a local day: what changes later is counted as a restatement."""

_NEVER: Final = "9999"
"""Later than any beginning."""

ZoneOf = Callable[[str], str]
"""A brand's name to its IANA time zone."""


@dataclass(frozen=True, slots=True)
class Deriving:
    """What it takes. `now`: our clock, epoch seconds."""

    table: Table
    rules: JourneyRules
    zone_of: ZoneOf
    now: float


def derive(deriving: Deriving, customer: str, due_sk: str) -> int:
    """Derive the journeys of a customer who is due. Returns how many items changed.

    Nothing where somebody else has them. 1 RCU for the list, 1 for each 4 KB of the profile and of the newest 100
    cases; 1 WRU and the index's to begin; for each journey that changed a transaction of 2 to 5 items, and for the
    end 1 WRU. What comes to light meanwhile is met by the mark that it sets.
    """
    table, key = deriving.table, keys.journeys_of(customer)
    held = table.get(key).item
    if held is None or held.get("due_sk") != due_sk:
        return 0
    lease = keys.due(key, due_text(deriving.now + LEASE_S))
    try:
        table.transact([Update(key, set={**lease, "working": True}, when=(Equals("due_sk", due_sk),))])
        wanted, since = _wanted(deriving, customer)
        return _keep(deriving, customer, held.get("listed", {}), wanted, since, lease["due_sk"])
    except Conflict:
        return 0  # news came meanwhile, and with it a mark


def _wanted(deriving: Deriving, customer: str) -> tuple[list[Journey], str]:
    """What is to be kept of the customer, and from which beginning on: earlier journeys stay as they are."""
    living = _living(deriving.table, customer)
    if living is None:
        return [], _NEVER  # erased: what is kept names nobody, and stays
    if living["id"] != customer:
        mark(deriving.table, [living["id"]], deriving.now)  # theirs are the survivor's now
        return [], ""
    ids = sorted(_case_ids(deriving.table, living))
    histories, links = _histories(deriving.table, living["id"], ids[-MAX_CASES:])
    steps = steps_of(histories, links, deriving.rules)
    since = ""
    if len(ids) > MAX_CASES:
        since = min((step.occurred_at for step in steps), default=datetime.max.replace(tzinfo=UTC)).isoformat()
    return journeys_of(steps, deriving.rules), since


def _living(table: Table, customer: str) -> Item | None:
    for _ in range(MAX_FAMILY):
        profile = table.get(keys.customer(customer)).item
        if profile is None or not profile.get("merged_into"):
            return profile
        customer = profile["merged_into"]
    return None


def _case_ids(table: Table, profile: Item) -> set[str]:
    """Of the customer and of everybody merged into them. The index may lag behind; the profile knows what is active."""
    ids = set(profile.get("cases", {}))
    for member in family_of(profile):
        for item in every_item(table, keys.customer(member)[0], index="cases"):
            if item["sk"] == "CASE":
                ids.add(item["pk"].removeprefix("CAS#"))
    return ids


def _histories(table: Table, customer: str, ids: Sequence[str]) -> tuple[list[CaseHistory], Mapping[str, CaseLinks]]:
    histories, links = [], {}
    for case_id in ids:
        case = table.get(keys.case(case_id)).item
        if case is None:
            continue
        log = every_item(table, keys.case(case_id)[0], "ENT#")
        histories.append(CaseHistory(case_id, customer, case["brand"], events_of(case, log)))
        objects = frozenset(f"order:{number}" for number in case.get("orders", ()))
        links[case_id] = CaseLinks(case.get("follow_up_of"), case.get("merged_into"), objects)
    return histories, links


def _keep(
    deriving: Deriving, customer: str, listed: Mapping[str, Any], wanted: Sequence[Journey], since: str, due_sk: str
) -> int:
    """Write what differs from what is kept, each journey with the list; then leave the clock."""
    key = keys.journeys_of(customer)
    now_listed = {name: list(said) for name, said in listed.items()}
    changed = 0
    items = {one.id: (journey_item(_day(deriving, one), customer, one), one.started_at.isoformat()) for one in wanted}
    gone = [name for name, (_, _, began) in listed.items() if name not in items and began >= since]
    for name in [*items, *gone]:
        operations, days = _step(customer, name, listed.get(name), items.get(name))
        if not operations:
            continue
        now_listed.pop(name, None)
        if name in items:
            item, began = items[name]
            now_listed[name] = [days[0], fingerprint(item), began]
        restated = [_restated(deriving, day) for day in dict.fromkeys(days) if _is_settled(deriving, day)]
        told = Update(key, set={"listed": _newest(now_listed)}, when=(Equals("due_sk", due_sk),))
        deriving.table.transact([told, *operations, *restated])
        changed += 1
    end = Update(key, remove=("due_pk", "due_sk", "working"), when=(Equals("due_sk", due_sk),))
    deriving.table.transact([end])
    return changed


def _step(
    customer: str, name: str, kept: Sequence[str] | None, wanted: tuple[Item, str] | None
) -> tuple[list[Operation], list[str]]:
    """What is to be written for one journey, and the days that it changes, the new one first."""
    operations: list[Operation] = []
    days: list[str] = []
    if wanted is not None:
        item = wanted[0]
        if kept is not None and kept[1] == fingerprint(item):
            return [], []
        operations.append(Put(item))
        days.append(item["pk"].removeprefix("JRN#"))
    if kept is not None:
        if kept[0] not in days:
            operations.append(Delete(keys.journey(kept[0], customer, name)))
        days.append(kept[0])
    return operations, days


def _newest(listed: dict[str, list[str]]) -> dict[str, list[str]]:
    kept = sorted(listed, key=lambda name: (listed[name][2], name))[-MAX_LISTED:]
    return {name: listed[name] for name in kept}


def _day(deriving: Deriving, journey: Journey) -> str:
    return journey.over_at.astimezone(ZoneInfo(deriving.zone_of(journey.brand))).date().isoformat()


def _is_settled(deriving: Deriving, day: str) -> bool:
    # A local day ends at most 12 h after UTC's.
    end = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(days=1, hours=12)
    return datetime.fromtimestamp(deriving.now, UTC) >= end + SETTLED_AFTER


def _restated(deriving: Deriving, day: str) -> Update:
    return Update(keys.journeys_restated(day), add={"revision": 1}, set={"restated_at": now_text(deriving.now)})
