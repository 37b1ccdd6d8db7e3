"""Records of merges, beside the survivor, and the writes that merge and undo. Nothing here decides.

`CUS#survivor/MRG#id`: `id`, `survivor`, `loser`, `at`, `by`, `reason?`, `rule`, `evidence`, `status` (`merged`,
`undone`), `before` (what the survivor's profile had), and of an undone one `undone_at`, `undone_by`, and while entries
are still to go back `due_pk`, `due_sk`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from shared.domain.element import digest
from shared.ports.table import Absent, Equals, Item, Key, Operation, Put, Table, Update
from shared.store import keys
from shared.store.paging import every_item

MERGED: Final = "merged"
UNDONE: Final = "undone"

Status = Literal["merged", "undone"]

_MARK: Final = "~"
"""Between the survivor's id and the merge's own part: the id of a merge says where its record lies."""


def merge_id_of(survivor: Item, loser: Item) -> str:
    """The id of the merge of these two profiles as they are: who tries the same twice names it the same."""
    versions = str(survivor["version"]), str(loser["version"])
    return f"{survivor['id']}{_MARK}{digest('merge', survivor['id'], loser['id'], *versions)[:12]}"


def key_of(merge_id: str) -> Key | None:
    """Where the record of a merge lies; None for what is no id of a merge."""
    survivor, mark, own = merge_id.partition(_MARK)
    return keys.merge(survivor, merge_id) if mark and survivor and own else None


def record_of(table: Table, merge_id: str) -> Item | None:
    """The record of this merge. 1 RCU for each 4 KB begun; nothing for what is no id of a merge."""
    key = key_of(merge_id)
    return table.get(key).item if key else None


def records_of(table: Table, customer: str) -> list[Item]:
    """Every merge into this customer, undone ones too. 1 RCU per 4 KB."""
    return list(every_item(table, keys.customer(customer)[0], keys.MERGES))


def merge_writes(survivor: Item, loser: Item, changes: Mapping[str, Any], record: Mapping[str, Any]) -> list[Operation]:
    """The three items of a merge: survivor, tombstone, record. Both profiles must be as they were read."""
    return [
        _step(survivor, changes),
        _step(loser, {"merged_into": survivor["id"], "merge": record["id"]}, tells=False),
        Put({**_at(keys.merge(survivor["id"], record["id"])), **record, "status": MERGED}, when=(Absent(),)),
    ]


def unmerge_writes(
    record: Item,
    living: Item,
    survivor_changes: tuple[Mapping[str, Any], Sequence[str]],
    loser: Item,
    loser_changes: Mapping[str, Any],
    undone: Mapping[str, Any],
) -> list[Operation]:
    """The three items again. `undone`: what is written on the record."""
    changes, gone = survivor_changes
    return [
        _step(living, changes, remove=gone),
        _step(loser, loser_changes, remove=("merged_into", "merge")),
        Update((record["pk"], record["sk"]), set={**undone, "status": UNDONE}, when=(Equals("status", MERGED),)),
    ]


def passed(between: Item, changes: Mapping[str, Any], gone: Sequence[str]) -> Update:
    """A tombstone on the way to the living profile, without those who leave."""
    return _step(between, changes, remove=gone, tells=False)


def _step(profile: Item, changes: Mapping[str, Any], *, remove: Sequence[str] = (), tells: bool = True) -> Update:
    versions = {"version": profile["version"] + 1}
    if tells:
        versions["contact_version"] = profile["contact_version"] + 1
    when = (Equals("version", profile["version"]),)
    return Update((profile["pk"], profile["sk"]), set={**versions, **changes}, remove=tuple(remove), when=when)


def _at(key: Key) -> Item:
    return {"pk": key[0], "sk": key[1]}
