"""Questions about who is who: candidates, and where each thing that is known of a customer came from. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from shared.application.inquire import profile_of
from shared.application.inquire_errors import BadQuestion
from shared.application.inquire_paging import cursor_of, position_of
from shared.domain.merged_fields import OTHER
from shared.domain.merging import family_of, origin_of
from shared.ports.table import Item, Table
from shared.store import candidates, keys, merges
from shared.store.claims import Claimed, claims_of

MAX_CANDIDATES: Final = 200

_CANDIDATE: Final = ("rule", "evidence", "at", "status", "by", "decided_at", "merge")
_MERGE: Final = (
    "id",
    "survivor",
    "loser",
    "at",
    "by",
    "reason",
    "rule",
    "evidence",
    "status",
    "undone_at",
    "undone_by",
)
_IDENTITY: Final = ("kind", "value", "namespace", "level", "source", "since", "until", "event", "ended_by")
_FIELD: Final = ("value", "source", "level", "at", "event")


def open_candidates(table: Table, *, cursor: str | None = None, limit: int = 50) -> dict[str, Any]:
    """A page of the pairs that wait for a decision. What has become one meanwhile is left out.

    Raises `BadQuestion`. 1 RCU for each, and 2 or more for the two customers.
    """
    position = position_of(cursor, "partition", "place")
    partition, place = _place(position)
    found: list[dict[str, Any]] = []
    last: candidates.Open | None = None
    for one in candidates.open_candidates(table, partition, place):
        if len(found) == limit and last is not None:
            return {"candidates": found, "next": cursor_of(partition=str(last.partition), place=last.place)}
        shown = _shown(table, one.item)
        if len(set(shown["living"])) == 2:
            found.append(shown)
            last = one
    return {"candidates": found, "next": None}


def _place(position: dict[str, str] | None) -> tuple[int, str | None]:
    if position is None:
        return 0, None
    text = position["partition"]
    if not (text.isascii() and text.isdigit() and len(text) < 3):
        raise BadQuestion("cursor: not one that this list gave out")
    return int(text), position["place"]


def candidates_of(table: Table, customer_id: str) -> dict[str, Any]:
    """Every candidate of a customer and of those merged into them, decided ones too. Raises `NotFound`.

    1 RCU per 4 KB for each of them, and 2 or more for each candidate.
    """
    profile = profile_of(table, customer_id)
    found = [_shown(table, item) for item in _candidates(table, profile)]
    return {"candidates": sorted(found, key=lambda one: str(one["at"])), "next": None}


def _candidates(table: Table, profile: Item) -> Iterable[Item]:
    seen: set[frozenset[str]] = set()
    for member in family_of(profile):
        for item in candidates.candidates_of(table, member):
            pair = frozenset((member, item["other"]))
            if pair not in seen:
                seen.add(pair)
                yield item


def _shown(table: Table, item: Item) -> dict[str, Any]:
    """`customers`: the two it was said of; `living`: who they are now, the same once they have become one."""
    pair = [item["pk"].removeprefix("CUS#"), item["other"]]
    said: dict[str, Any] = {part: item[part] for part in _CANDIDATE if part in item}
    living = [profile_of(table, one) for one in pair]
    names = [one.get("display_name") for one in living]
    status = candidates.status_of(item)
    return {"customers": pair, "living": [one["id"] for one in living], "names": names, **said, "status": status}


def explain(table: Table, customer_id: str) -> dict[str, Any]:
    """Where everything that is known of a customer came from: by which event each identity, field and claim, and by
    whom each merge. Values that were not chosen are among the fields, `shown: false`. Raises `NotFound`.

    2 RCU and more for each customer merged into this one: profile, merges, claims and candidates.
    """
    profile = profile_of(table, customer_id)
    members = family_of(profile)
    records = [record for member in members for record in merges.records_of(table, member)]
    tombstones = [item for member in members[1:] if (item := table.get(keys.customer(member)).item)]
    claims = [_claim(one) for member in members for one in claims_of(table, member)]
    return {
        "asked": customer_id,
        "customer": profile["id"],
        "display_name": profile.get("display_name"),
        "created_at": profile["created_at"],
        "family": members[1:],
        "identities": [_identity(one, profile["id"]) for one in profile["identities"]],
        "fields": _fields(profile, tombstones, records),
        "claims": claims,
        "merges": [_merge(one) for one in sorted(records, key=lambda one: str(one["at"]))],
        "candidates": candidates_of(table, profile["id"])["candidates"],
    }


def _identity(held: Item, owner: str) -> dict[str, Any]:
    shown = {part: held[part] for part in _IDENTITY if held.get(part) is not None}
    return {**shown, "customer": origin_of(held, owner)}


def _fields(profile: Item, tombstones: list[Item], records: list[Item]) -> list[dict[str, Any]]:
    """The values shown first; then those that others of the family have, or that were there before a merge."""
    owner = profile["id"]
    found = [_field(name, said, origin_of(said, owner), True) for name, said in profile.get("fields", {}).items()]
    for one in (profile, *tombstones):
        found += [
            _field(name, said, origin_of(said, one["id"]), False)
            for name, several in one.get(OTHER, {}).items()
            for said in several
        ]
    for one in tombstones:
        found += [_field(name, said, origin_of(said, one["id"]), False) for name, said in one.get("fields", {}).items()]
    for record in records:
        before = record.get("before", {}).get("fields", {})
        found += [_field(name, said, origin_of(said, record["survivor"]), False) for name, said in before.items()]
    distinct: dict[tuple[Any, ...], dict[str, Any]] = {}
    for field in found:
        distinct.setdefault((field["name"], field["value"], field["customer"], field.get("at")), field)
    return sorted(distinct.values(), key=lambda field: (field["name"], not field["shown"], str(field.get("at"))))


def _field(name: str, said: Item, customer: str, shown: bool) -> dict[str, Any]:
    parts = {part: said[part] for part in _FIELD if said.get(part) is not None}
    return {"name": name, **parts, "customer": customer, "shown": shown}


def _claim(claimed: Claimed) -> dict[str, Any]:
    """`settled`: a channel has attested the value of somebody since; it finds nobody any more."""
    said = [{"rule": rule, **what} for rule, what in claimed.said.items()]
    shown = {"kind": claimed.kind, "value": claimed.value, "customer": claimed.customer, "said": said}
    return {**shown, "settled": claimed.is_settled}


def _merge(record: Item) -> dict[str, Any]:
    shown: dict[str, Any] = {part: record[part] for part in _MERGE if part in record}
    return {**shown, "complete": "due_pk" not in record}
