"""Two customers become one: by a rule, where the identity sheet's table lets a rule do it, or by a person's word.

One transaction of three items, whatever the customers hold: the loser's profile becomes a tombstone, the survivor's
lists both, a record says why; where they were a candidate, that is decided in it too. Nothing is re-pointed and reads
follow the tombstone, so messages in flight land on the survivor. Who loses a race reads anew: two who merge the same
pair at once agree on the survivor, and the second finds it done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from shared.application.record.context import Context, Incoming
from shared.application.record.holding import holding_of
from shared.application.record.who import living_profile
from shared.domain.blocking import blocking_conflict
from shared.domain.errors import Permanent, Transient
from shared.domain.merging import MAX_FAMILY, before_of, family_of, survivor_of, united
from shared.ports.table import Item, Table
from shared.store import candidates, keys, merges
from shared.store.conditional import took_effect

TRIES: Final = 24
"""Somebody else was quicker each time."""

A_RULE: Final = "rule"
"""Who merged, where no person did."""

LIMITS: Final = "too_many_"
"""How conflicts begin that only say that two people are likelier than one: a person may judge otherwise."""


class Blocked(Permanent):
    """These two must not become one. `conflict`: which of the blocking conflicts forbids it."""

    def __init__(self, conflict: str) -> None:
        super().__init__(f"these two must not be merged: {conflict}")
        self.conflict = conflict


@dataclass(frozen=True, slots=True)
class Cause:
    """Why, and who says so. `by`: `rule`, or who asked. `evidence`: short texts without personal values."""

    rule: str
    by: str
    evidence: Sequence[str] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Merged:
    """`survivor` lives, `loser` is their tombstone. `result`: whether this call did it, or it was so already."""

    result: Literal["merged", "already"]
    survivor: str
    loser: str | None
    merge: str | None


def merge_now(
    context: Context, first: str, second: str, rule: str, evidence: Sequence[str], incoming: Incoming | None = None
) -> bool:
    """Merge by a rule. Whether they are one afterwards; False: something forbids it, and a candidate says so, or
    somebody has refused this pair before.

    `incoming`: the event that shows it; without it, its evidence has no message. A race lost is run again.
    Cost of `merge`, and of a query for each customer in both families. Raises `Transient`, `Permanent`.
    """
    one, other = living_profile(context.table, first), living_profile(context.table, second)
    if one["id"] == other["id"]:
        return True
    if is_refused(context.table, one, other):
        return False
    try:
        merge(context, first, second, Cause(rule, A_RULE, evidence))
    except Blocked as blocked:
        message = incoming.source.message if incoming else None
        why = [*evidence, f"blocked: {blocked.conflict}"]
        puts = candidates.candidate_puts(one["id"], other["id"], rule, why, context.now(), message)
        took_effect(context.table, puts)
        return False
    return True


def merge(context: Context, first: str, second: str, cause: Cause) -> Merged:
    """Merge these two, or find that they are one already. Idempotent; the same survivor whoever comes first.

    3 items in one transaction, and the 2 of their candidate where they are one; reads: both profiles (1 RCU each 4 KB,
    and for each tombstone on the way), what connectors know of each of both families. Raises `Blocked`, `Permanent`
    (no such customer) or `Transient` (others keep changing them).
    """
    for attempt in range(TRIES):
        one, other = living_profile(context.table, first), living_profile(context.table, second)
        if one["id"] == other["id"]:
            return _already(context.table, first, second, one)
        refuse_conflicts(context, one, other, cause)
        survivor, loser = map(dict, survivor_of(one, other))
        record = _record(context, survivor, loser, cause)
        changes = united(survivor, loser, record["at"], _names(context))
        pair = survivor["id"], loser["id"]
        said: dict[str, Any] = {"by": cause.by, "at": record["at"], "merge": record["id"]}
        known = candidates.candidate(context.table, *pair)
        decision = candidates.decision(context.table, *pair, "merged", **said) if known else []
        if took_effect(context.table, [*merges.merge_writes(survivor, loser, changes, record), *decision]):
            context.metrics.count("customers_merged", rule=cause.rule)
            return Merged("merged", survivor["id"], loser["id"], record["id"])
        context.pause(min(0.002 * 2**attempt, 0.1))
    raise Transient(f"others changed these customers {TRIES} times")


def refuse_conflicts(context: Context, one: Item, other: Item, cause: Cause) -> None:
    """Raise `Blocked` for what forbids this merge, and count it, so that an alarm says so."""
    conflict = blocking_conflict(holding_of(context.table, one), holding_of(context.table, other))
    if conflict is None and len(family_of(one)) + len(family_of(other)) > MAX_FAMILY:
        conflict = "too_many_merges"
    by_person = cause.by != A_RULE
    if conflict is None or (by_person and conflict.startswith(LIMITS) and conflict != "too_many_merges"):
        return
    context.metrics.count("merge_blocked", conflict=conflict, rule=cause.rule)
    raise Blocked(conflict)


def is_refused(table: Table, one: Item, other: Item) -> bool:
    """Whether a person has said of any two of both families that they are not one. 1 RCU each member of the first."""
    theirs = set(family_of(other))
    return any(
        said["other"] in theirs and candidates.status_of(said) == candidates.REFUSED
        for member in family_of(one)
        for said in candidates.candidates_of(table, member)
    )


def _already(table: Table, first: str, second: str, living: Item) -> Merged:
    """The merge that made them one: of the last of them on the way that is a tombstone."""
    for customer in (first, second):
        profile = table.get(keys.customer(customer)).item
        if profile and profile.get("merge"):
            return Merged("already", living["id"], customer, profile["merge"])
    return Merged("already", living["id"], None, None)


def _record(context: Context, survivor: Item, loser: Item, cause: Cause) -> Item:
    record: Item = {"id": merges.merge_id_of(survivor, loser), "survivor": survivor["id"], "loser": loser["id"]}
    record |= {"at": context.now(), "by": cause.by, "rule": cause.rule, "evidence": list(cause.evidence)}
    record |= {"reason": cause.reason} if cause.reason else {}
    return {**record, "before": before_of(survivor, loser)}


def _names(context: Context) -> frozenset[str]:
    return frozenset(one.name for one in context.config.connectors)
