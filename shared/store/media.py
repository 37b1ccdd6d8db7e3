"""Files of entries: `CAS#id/FILE#<sequence>#<n>`, what became of each. Only `fetch_media` writes them.

A file is claimed before it is fetched: the claim ends by itself (`lease`, epoch seconds), and the clock meets it then,
so that a worker's death costs a second fetch to the same key and nothing more. A settled one is never changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from shared.domain.event import StoredFile
from shared.ports.table import Absent, Condition, Equals, Item, Key, Table, Update
from shared.store import keys

_SHOWN = ("state", "filename", "mime_type", "size", "sha256", "dangerous", "reason", "key")
_OPEN = ("lease", "due_pk", "due_sk")


@dataclass(frozen=True, slots=True)
class File:
    """One file as it was read, or as our own last write left it. `attempts`: how often it was begun."""

    case: str
    sequence: int
    number: int
    state: str = "queued"
    lease: int | None = None
    attempts: int = 0
    due_sk: str | None = None
    exists: bool = False
    said: dict[str, Any] = field(default_factory=dict)

    @property
    def address(self) -> Key:
        return keys.file(self.case, self.sequence, self.number)

    @property
    def is_settled(self) -> bool:
        return self.state != "queued"

    @property
    def due_at(self) -> str | None:
        return self.due_sk.partition("#")[0] if self.due_sk else None

    @property
    def size(self) -> int:
        return int(self.said.get("size", 0)) if self.state == "fetched" else 0

    def view(self) -> StoredFile:
        """What tools and people are shown of a settled one."""
        return StoredFile.model_validate(self.said)


def place_of(entry: Item) -> tuple[str, int]:
    """Case and sequence under which an entry's files lie: its own, or where it stood before it was moved."""
    at = entry.get("files_at")
    if at:
        return str(at["case"]), int(at["sequence"])
    return entry["pk"].partition("#")[2], int(entry["sequence"])


def of_entry(table: Table, case_id: str, sequence: int) -> dict[int, File]:
    """The files of an entry that were begun, by number: strongly consistent. 1 RCU for each 4 KB, seldom more."""
    pk, prefix = keys.case(case_id)[0], keys.files_of(sequence)
    found: dict[int, File] = {}
    after = None
    while True:
        page = table.query(pk, prefix, after=after)
        found |= {one.number: one for one in map(file_of, page.items)}
        if page.next is None:
            return found
        after = page.next


def file_of(item: Item) -> File:
    """The file in an item."""
    _, sequence, number = item["sk"].split("#")
    return File(
        case=item["pk"].partition("#")[2],
        sequence=int(sequence),
        number=int(number),
        state=item["state"],
        lease=int(item["lease"]) if "lease" in item else None,
        attempts=int(item.get("attempts", 0)),
        due_sk=item.get("due_sk"),
        exists=True,
        said={name: item[name] for name in _SHOWN if name in item},
    )


def claim(table: Table, file: File, lease: int, lease_text: str) -> File:
    """Ours until `lease`; `lease_text` is the same moment as text. 1 WRU and the index's. Raises `Conflict`."""
    due = keys.due(file.address, lease_text)
    changes = {"state": "queued", "lease": lease, "attempts": file.attempts + 1, **due}
    table.transact([Update(file.address, set=changes, when=_as_read(file))])
    return replace(file, lease=lease, attempts=file.attempts + 1, exists=True, due_sk=due["due_sk"])


def settle(table: Table, file: File, said: dict[str, Any]) -> File:
    """What became of it, for good: `said` holds its `state`. 1 WRU and the index's. For the owner."""
    known = {name: value for name, value in said.items() if value is not None}
    table.transact([Update(file.address, set=known, remove=_OPEN, when=(Equals("lease", file.lease),))])
    shown = {name: known[name] for name in _SHOWN if name in known}
    return replace(file, state=said["state"], lease=None, due_sk=None, said=shown)


def wait(table: Table, file: File, due_at: str, reason: str) -> None:
    """To be tried again at `due_at`. 1 WRU and the index's. For the owner."""
    changes = {**keys.due(file.address, due_at), "reason": reason}
    table.transact([Update(file.address, set=changes, remove=("lease",), when=(Equals("lease", file.lease),))])


def _as_read(file: File) -> tuple[Condition, ...]:
    if not file.exists:
        return (Absent(),)
    return (
        Equals("state", "queued"),
        Equals("attempts", file.attempts),
        Absent("lease") if file.lease is None else Equals("lease", file.lease),
    )
