"""A merge is undone, by its record, also after both were written to since.

One transaction of three items makes the loser live again with what came in on their identities, takes it out of the
survivor's profile and marks the record. What lies in cases of the other one is then moved (see `separate`), if not at
once, by the clock: the record stays due until it is done. The pair is never merged again by a rule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal

from shared.application.inquire_errors import NotFound, NotPossible
from shared.application.record.context import Context
from shared.application.record.merge import TRIES
from shared.application.record.parted_conversations import forget_ahead
from shared.application.record.separate import separate
from shared.application.record.survey_open import ASKED_AT
from shared.application.record.who import MAX_TOMBSTONES
from shared.domain.errors import Transient
from shared.domain.event import Identity, utc_text
from shared.domain.merging import agent_entered, family_of, given_back, origin_of, share_of, without
from shared.ports.table import MAX_OPERATIONS, Item
from shared.store import candidates, keys, merges
from shared.store.conditional import took_effect
from shared.store.items import identity_key

AGAIN_S: Final = 60
"""When the clock looks at what is left to move."""


@dataclass(frozen=True, slots=True)
class Unmerged:
    """`loser` is live again beside `survivor`, the customer they were read as.

    `review`: names of fields that people entered since the merge; they stay with the survivor, for somebody to judge.
    `moved`: entries that went back. `complete`: False where the clock goes on.
    """

    result: Literal["undone", "already"]
    survivor: str
    loser: str
    review: list[str] = field(default_factory=list)
    moved: int = 0
    complete: bool = True


def unmerge(
    context: Context, merge_id: str, *, by: str, reason: str | None = None, has_time: Callable[[], bool] = lambda: True
) -> Unmerged:
    """Undo this merge. Idempotent. `has_time`: asked before each entry that is moved; what is left the clock does.

    Reads: record, loser, and each tombstone up to the living profile (1 RCU per 4 KB each), twice each conversation of
    both. Writes: 2 for the pair, 3 in one transaction (1 more for each later merge of the survivor), 1 for each
    conversation that knew an id of the other's, then about 5 for each entry that is moved.
    Raises `NotFound` (no such merge), `NotPossible`, or `Transient` when others keep changing the customers.
    """
    for attempt in range(TRIES):
        record = merges.record_of(context.table, merge_id)
        if record is None:
            raise NotFound("there is no such merge")
        if record["status"] == merges.UNDONE:
            return Unmerged("already", record["survivor"], record["loser"], complete="due_pk" not in record)
        review = _undo(context, record, by, reason, is_first=attempt == 0)
        if review is not None:
            context.metrics.count("customers_unmerged")
            return _separated(context, record, review, has_time)
        context.pause(min(0.002 * 2**attempt, 0.1))
    raise Transient(f"others changed these customers {TRIES} times")


def _refuse_pair(context: Context, record: Item, by: str) -> None:
    """Before anything else: no rule may merge them again as soon as they are two."""
    pair = record["survivor"], record["loser"]
    candidates.decide(context.table, *pair, "refused", by=by, at=context.now(), merge=record["id"])


def _separated(context: Context, record: Item, review: list[str], has_time: Callable[[], bool]) -> Unmerged:
    done = separate(context, record["id"], has_time)
    return Unmerged("undone", record["survivor"], record["loser"], review, done.moved, done.complete)


def _undo(context: Context, record: Item, by: str, reason: str | None, *, is_first: bool) -> list[str] | None:
    """The names of fields to review; None when somebody was quicker. `is_first`: the pair is not refused yet."""
    found = _read(context, record)
    if found is None:
        return None
    loser, path = found
    living, between = path[-1], path[:-1]
    share = share_of(loser, living)
    if len(between) + 3 > MAX_OPERATIONS:
        raise NotPossible("the survivor was merged too often since: undo the later merges first")
    if is_first:
        _refuse_pair(context, record, by)
        forget_ahead(context, living, share)
    now = context.now()
    undone = _undone(context, record, living, share, by, reason)
    stay = _stay(context, path, share)
    parted = [without(one, loser, record, stay, _connectors(context)) for one in path]
    given = _given_back(context, loser, living, now) | _asked_as_one(record, living)
    writes = merges.unmerge_writes(record, living, parted[-1], loser, given, undone)
    writes += [merges.passed(one, *changes) for one, changes in zip(between, parted, strict=False)]
    if not took_effect(context.table, writes):
        return None
    return agent_entered(living, record["at"], {"staff", *_connectors(context)})


def _read(context: Context, record: Item) -> tuple[Item, list[Item]] | None:
    """The loser, and the profiles from the survivor of then to the one who lives. None when somebody undid it since."""
    loser = context.table.get(keys.customer(record["loser"])).item
    path: list[Item] = []
    following: str | None = record["survivor"]
    while following and len(path) < MAX_TOMBSTONES:
        profile = context.table.get(keys.customer(following)).item
        if profile is None:
            raise NotPossible("a customer of this merge is no more: it cannot be undone")
        path.append(profile)
        following = profile.get("merged_into")
    if loser is None or loser.get("merge") != record["id"]:
        if (merges.record_of(context.table, record["id"]) or record)["status"] != record["status"]:
            return None
        raise NotPossible("the customer who was merged is no longer as this merge left them: it cannot be undone")
    return loser, path


def _undone(
    context: Context, record: Item, living: Item, share: list[str], by: str, reason: str | None
) -> dict[str, Any]:
    """What is written on the record: who parted, and when the clock looks whether all is moved."""
    stayed = [one for one in family_of(living) if one not in share]
    due_at = utc_text(datetime.fromtimestamp(int(context.clock()) + AGAIN_S, UTC))
    said: dict[str, Any] = {"undone_at": context.now(), "undone_by": by, "share": share, "stayed": stayed}
    said |= {"undone_reason": reason} if reason else {}
    return said | keys.due((record["pk"], record["sk"]), due_at)


def _given_back(context: Context, loser: Item, living: Item, now: str) -> dict[str, Any]:
    """With identities that the survivor's list had no room for, as far as they are still theirs."""
    listed = {(one["kind"], one.get("namespace"), one["value"]) for one in living["identities"]}
    missing = [one for one in loser["identities"] if (one["kind"], one.get("namespace"), one["value"]) not in listed]
    share = set(share_of(loser, living))
    lost = []
    for one in missing:
        if origin_of(one, loser["id"]) not in share:
            continue
        taken = not one.get("until") and _holder(context, one) not in (None, *share)
        lost.append(one | {"until": now} if taken else one)
    return given_back(loser, living, lost)


def _asked_as_one(record: Item, living: Item) -> dict[str, Any]:
    """Asked while they were one, both were: neither is asked again within its rest."""
    asked_at = living.get(ASKED_AT, "")
    return {ASKED_AT: asked_at} if asked_at >= record["at"] else {}


def _holder(context: Context, held: dict[str, Any]) -> str | None:
    parts = ("kind", "value", "namespace", "level")
    identity = Identity.model_validate({part: held[part] for part in parts if part in held})
    lock = context.table.get(identity_key(identity)).item
    return lock["customer"] if lock else None


def _stay(context: Context, path: list[Item], share: list[str]) -> list[Item]:
    """The tombstones of those who stay, where a value leaves with the others. 1 RCU per 4 KB each."""
    said = [(one["id"], value) for one in path for value in one.get("fields", {}).values()]
    said += [(one["id"], one["needs_verification"]) for one in path if one.get("needs_verification")]
    if not any(origin_of(value, whose) in share for whose, value in said):
        return []
    stayed = [one for one in path[-1].get("family", ()) if one not in share]
    return [one for one in (context.table.get(keys.customer(one)).item for one in stayed) if one]


def _connectors(context: Context) -> frozenset[str]:
    return frozenset(one.name for one in context.config.connectors)
