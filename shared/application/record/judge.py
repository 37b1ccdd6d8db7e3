"""A person decides about a candidate: the two are one, or they are not."""

from __future__ import annotations

from shared.application.inquire_errors import NotFound, NotPossible
from shared.application.record.context import Context
from shared.application.record.merge import Cause, Merged, merge
from shared.application.record.who import living_profile
from shared.ports.table import Item
from shared.store import candidates


def accept(context: Context, first: str, second: str, *, by: str, reason: str | None = None) -> Merged:
    """They are one: merge them for the reasons of the candidate, also where a rule or a person refused them before.

    Cost of `merge`, 3 RCU and 2 writes. Raises `NotFound` (no such candidate), `Blocked`, `Transient`.
    """
    item = _candidate(context, first, second)
    done = merge(context, first, second, Cause(item["rule"], by, item["evidence"], reason))
    candidates.decide(context.table, first, second, "merged", by=by, at=context.now(), merge=done.merge)
    return done


def refuse(context: Context, first: str, second: str, *, by: str) -> None:
    """They are two: no rule suggests or merges them again. 2 RCU or more, and 2 writes. Raises `NotPossible` where
    they are one already."""
    living = [living_profile(context.table, one)["id"] for one in (first, second)]
    if living[0] == living[1]:
        raise NotPossible("these two have been merged: undo the merge, which refuses them too")
    candidates.decide(context.table, first, second, "refused", by=by, at=context.now())


def _candidate(context: Context, first: str, second: str) -> Item:
    item = candidates.candidate(context.table, first, second)
    if item is None:
        raise NotFound("these two are no candidate; to merge them all the same, ask for a merge")
    return item
