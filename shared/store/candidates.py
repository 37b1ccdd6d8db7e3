"""Candidates: pairs of customers who may be one person, for somebody to judge. Two items, one beside each customer.

The same attributes on both: `other`, `rule`, `evidence` (short texts without personal values), `at`, `message` (a
digest) and `status`: `open`, `refused` (never to be merged by a rule) or `merged`; decided ones also `by`,
`decided_at` and, where there was one, `merge`. While a pair is open, the item beside the smaller id is in the
index `cases`, so that all open pairs can be listed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from shared.domain.errors import Conflict
from shared.ports.table import Absent, Condition, Equals, Item, Put, Table, Update
from shared.store import keys
from shared.store.conditional import took_effect

Decided = Literal["refused", "merged"]

OPEN: Final = "open"
REFUSED: Final = "refused"
MERGED: Final = "merged"

_TRIES: Final = 8


def candidate_puts(
    a: str, b: str, rule: str, evidence: Sequence[str], at: str, message: str | None = None
) -> list[Put]:
    """Open a candidate: two puts, for one transaction or alone. Both ask that the pair has none yet, in whatever
    state, so a refused pair stays refused: a `Conflict` says that it is known. Order of `a` and `b` is of no
    importance. 2 WRU and the index's 1; as part of a transaction twice that."""
    if a == b:
        raise ValueError("a customer is no candidate to be merged with themselves")
    said: dict[str, Any] = {"rule": rule, "evidence": list(evidence), "at": at, "status": OPEN}
    said |= {"message": message} if message else {}
    return [
        Put(_item(one, other, said | (_listed(a, b, at) if one < other else {})), when=(Absent(),))
        for one, other in ((a, b), (b, a))
    ]


def status_of(item: Item | None) -> str | None:
    """`open`, `refused`, `merged`; None where the pair is no candidate."""
    return None if item is None else str(item.get("status", OPEN))


def candidate(table: Table, a: str, b: str) -> Item | None:
    """The candidate of this pair, whatever its status. 1 RCU."""
    return table.get(keys.candidate(*_in_order(a, b))).item


def candidates_of(table: Table, customer: str) -> list[Item]:
    """Every candidate of a customer, in whatever status. 1 RCU per 4 KB."""
    found: list[Item] = []
    after = None
    while True:
        page = table.query(keys.customer(customer)[0], keys.CANDIDATES, after=after)
        found += page.items
        if page.next is None:
            return found
        after = page.next


@dataclass(frozen=True, slots=True)
class Open:
    """One open candidate, and where the list goes on after it."""

    item: Item
    partition: int
    place: str


def open_candidates(table: Table, partition: int = 0, after: str | None = None) -> Iterator[Open]:
    """Every open candidate, each pair once, oldest first within a partition; beyond `after` in `partition`.

    `after` is the `place` of one that was listed. 0.5 RCU for each 4 KB of the index, 1 RCU for each candidate.
    """
    for number in range(partition, keys.CANDIDATE_PARTITIONS):
        yield from _open_in(table, number, after)
        after = None


def _open_in(table: Table, number: int, after: str | None) -> Iterator[Open]:
    following = None
    while True:
        page = table.query(keys.open_candidates(number), index="cases", after=following)
        for found in page.items:
            if after is not None and found["cases_sk"] <= after:
                continue
            item = table.get((found["pk"], found["sk"])).item
            if item is not None and status_of(item) == OPEN:  # the index may lag behind by a moment
                yield Open(item, number, found["cases_sk"])
        if page.next is None:
            return
        following = page.next


def decide(table: Table, a: str, b: str, status: Decided, *, by: str, at: str, merge: str | None = None) -> None:
    """Say what became of a pair, also of one that nobody had suggested. The last decision counts; a merge that was
    undone is decided as `refused`. Harmless to repeat. 2 RCU and one transaction of two writes.

    Raises `Conflict` when others decided again and again meanwhile.
    """
    for _ in range(_TRIES):
        if took_effect(table, decision(table, a, b, status, by=by, at=at, merge=merge)):
            return
    raise Conflict("others decided about this pair meanwhile")


def decision(
    table: Table, a: str, b: str, status: Decided, *, by: str, at: str, merge: str | None = None
) -> list[Put | Update]:
    """The two writes that say what became of a pair, as it is now. 2 RCU; they fail when somebody decides meanwhile."""
    said = {"status": status, "by": by, "decided_at": at} | ({"merge": merge} if merge else {})
    return [_decided(one, other, table.get(keys.candidate(one, other)).item, said) for one, other in ((a, b), (b, a))]


def _decided(one: str, other: str, item: Item | None, said: dict[str, Any]) -> Put | Update:
    if item is None:
        first = {"rule": "staff", "evidence": [], "at": said["decided_at"]}
        return Put(_item(one, other, first | said), when=(Absent(),))
    as_read: tuple[Condition, ...] = (
        (Absent("status"),) if "status" not in item else (Equals("status", item["status"]),)
    )
    return Update(keys.candidate(one, other), set=said, remove=("cases_pk", "cases_sk"), when=as_read)


def _item(one: str, other: str, said: dict[str, Any]) -> Item:
    pk, sk = keys.candidate(one, other)
    return {"pk": pk, "sk": sk, "other": other, **said}


def _listed(a: str, b: str, at: str) -> dict[str, str]:
    first, second = _in_order(a, b)
    return {
        "cases_pk": keys.open_candidates(keys.candidate_partition(first, second)),
        "cases_sk": f"{at}#{first}#{second}",
    }


def _in_order(a: str, b: str) -> tuple[str, str]:
    return (a, b) if a < b else (b, a)
