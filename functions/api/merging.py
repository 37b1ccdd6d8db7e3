"""Who is who, over the API: candidates, merges and their undoing. What is asked is read without trust."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from shared.application.inquire import is_id, profile_of
from shared.application.inquire_errors import BadQuestion, NotPossible
from shared.application.record.judge import accept, refuse
from shared.application.record.merge import Blocked, Cause, Merged, merge
from shared.application.record.unmerge import unmerge

if TYPE_CHECKING:
    from shared.application.record import Context

UNMERGE_S: Final = 12.0
"""Seconds that moving entries back may take here, of the 20 that the function has; the clock does the rest."""

MAX_TEXT: Final = 500

_WHY: Final = {
    "legal_hold": "one of them is under legal hold",
    "erasure": "one of them is being erased",
    "dispute": "one of them is in dispute",
    "national_id": "they have proven different national ids",
    "crm_record": "a CRM keeps them as different contacts: merge them there first, if they are one",
    "signed_user_id": "they have signed in as different users",
    "too_many_merges": "so many customers were merged into one of them that it cannot be one person",
}


def merged(context: Context, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"customers": [a, b], "reason"?, "by"?}`: the two are one."""
    first, second = _pair(context, asked)
    by, reason = _said(asked)
    try:
        return _shown(merge(context, first, second, Cause("staff", by, (), reason)))
    except Blocked as blocked:
        raise _refusal(blocked) from blocked


def accepted(context: Context, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"customers": [a, b], "reason"?, "by"?}`: the candidate is right."""
    first, second = _pair(context, asked)
    by, reason = _said(asked)
    try:
        return _shown(accept(context, first, second, by=by, reason=reason))
    except Blocked as blocked:
        raise _refusal(blocked) from blocked


def refused(context: Context, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"customers": [a, b], "by"?}`: the candidate is wrong, now and later."""
    first, second = _pair(context, asked)
    refuse(context, first, second, by=_said(asked)[0])
    return {"result": "refused", "customers": [first, second]}


def unmerged(context: Context, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"merge": id, "reason"?, "by"?}`: undo it."""
    merge_id = asked.get("merge")
    _only(asked, "merge", "reason", "by")
    if not isinstance(merge_id, str) or not is_id(merge_id):
        raise BadQuestion("merge: the id of a merge, as merge or explain says it")
    by, reason = _said(asked)
    until = context.clock() + UNMERGE_S
    done = unmerge(context, merge_id, by=by, reason=reason, has_time=lambda: context.clock() < until)
    return {
        "result": done.result,
        "survivor": done.survivor,
        "customer": done.loser,
        "review": done.review,
        "moved": done.moved,
        "complete": done.complete,
    }


def _pair(context: Context, asked: dict[str, Any]) -> tuple[str, str]:
    """Two customers that exist. Raises `BadQuestion`, `NotFound`."""
    _only(asked, "customers", "reason", "by")
    pair = asked.get("customers")
    if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(one, str) and is_id(one) for one in pair):
        raise BadQuestion("customers: the ids of two customers")
    if pair[0] == pair[1]:
        raise BadQuestion("customers: twice the same")
    for one in pair:
        profile_of(context.table, one)
    return pair[0], pair[1]


def _said(asked: dict[str, Any]) -> tuple[str, str | None]:
    """Who asks, and why."""
    for part in ("by", "reason"):
        text = asked.get(part)
        if text is not None and not (isinstance(text, str) and 0 < len(text) <= MAX_TEXT):
            raise BadQuestion(f"{part}: a text of 1 to {MAX_TEXT} characters")
    return asked.get("by") or "api", asked.get("reason")


def _only(asked: dict[str, Any], *parts: str) -> None:
    if set(asked) - set(parts):
        raise BadQuestion(f"body: only {', '.join(parts)}")


def _shown(done: Merged) -> dict[str, Any]:
    return {"result": done.result, "customer": done.survivor, "merged": done.loser, "merge": done.merge}


def _refusal(blocked: Blocked) -> NotPossible:
    why = _WHY.get(blocked.conflict, blocked.conflict)
    return NotPossible(f"these two must not be merged ({blocked.conflict}): {why}")
