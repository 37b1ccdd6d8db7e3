"""Cursors: how far a connector has been told of a case (`SYNC#`) or of a contact (`REF#`).

Both work alike. Before anything is created on the other side the cursor says what (`pushing`) and until when
this is one worker's affair (`lease`, epoch seconds; it is also the owner's mark). Whoever finds `pushing` set
knows that an outcome may have been lost. Every change by an owner holds only while the lease is its own, every
change by another only while the cursor is as it was read; otherwise `Conflict` is raised and nothing changes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from shared.domain.errors import Conflict
from shared.ports.connectors import Remote
from shared.ports.table import Absent, Condition, Equals, Item, Key, Put, Table, Update, Value
from shared.store import keys

Level = Literal["pushed", "version"]
"""The attribute that says how far: the last sequence of a case, the version of a contact."""

NEVER: Mapping[Level, int] = {"pushed": -1, "version": 0}
"""How far a cursor is that does not exist yet."""

_FAILING = ("attempts", "error", "deaths")
"""What is written of a thing that cannot be told."""
_OVER = ("pushing", "lease", *_FAILING)
"""What a push leaves behind while it is unfinished."""
_ABOUT_HOME = ("adopted", "lender")
"""What is said of a home, where it holds."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where our thing lives in a tool, with the item that leads back from there to ours.

    `lender`: whose contact it is, where a customer has it since both were merged.
    """

    remote: Remote
    index: Item
    lender: str | None = None

    @property
    def attributes(self) -> dict[str, Value]:
        said: dict[str, Value] = {"remote_id": self.remote.id}
        said |= {"url": self.remote.url} if self.remote.url else {}
        said |= {"adopted": True} if self.remote.adopted else {}
        return said | ({"lender": self.lender} if self.lender else {})


def home(connector: str, kind: str, remote: Remote, behind: Mapping[str, str]) -> Home:
    """`kind`: `contact` or `case`. `behind`: our `customer`, and `case`."""
    pk, sk = keys.remote(connector, kind, remote.id)
    return Home(remote, {"pk": pk, "sk": sk, **behind})


@dataclass(frozen=True, slots=True)
class Cursor:
    """One cursor as it was read, or as our own last write left it.

    `deaths`: how many owners in a row vanished without a word at the thing in `pushing`. `lender`: as in `Home`.
    """

    key: Key
    level: Level
    told: int
    exists: bool = False
    remote: Remote | None = None
    lender: str | None = None
    pushing: int | None = None
    lease: int | None = None
    attempts: int = 0
    deaths: int = 0
    due_sk: str | None = None
    lacks: tuple[str, ...] = ()
    """Files of which the tool was told without, or is about to be (see `lacked`)."""

    @property
    def due_at(self) -> str | None:
        """When the clock looks at it again (ISO text), None when nothing waits."""
        return self.due_sk.partition("#")[0] if self.due_sk else None

    def is_leased(self, now: float) -> bool:
        """Somebody is, or may still be, at work on it."""
        return self.lease is not None and self.lease > now

    def is_backing_off(self, now_text: str, announced: str | None) -> bool:
        """Its last push failed and the time to try again has not come.

        `announced`: the due time by which the clock sent us, which has come whatever our own clock says.
        """
        return self.attempts > 0 and self.is_waiting(now_text) and self.due_at != announced

    def is_waiting(self, now_text: str) -> bool:
        """The clock will look at it later than now."""
        return self.due_at is not None and self.due_at > now_text


def of_case(table: Table, case_id: str, connector: str) -> Cursor:
    """How far this connector is with this case. 1 RCU."""
    return _read(table, keys.cursor(case_id, connector), "pushed")


def of_contact(table: Table, customer_id: str, connector: str) -> Cursor:
    """What this connector knows of this customer. 1 RCU."""
    return _read(table, keys.reference_to_contact(customer_id, connector), "version")


def _read(table: Table, key: Key, level: Level) -> Cursor:
    item = table.get(key).item
    return Cursor(key, level, NEVER[level]) if item is None else cursor_of(item, level)


def cursor_of(item: Item, level: Level) -> Cursor:
    """The cursor in an item."""
    return Cursor(
        key=(item["pk"], item["sk"]),
        level=level,
        told=int(item.get(level, NEVER[level])),
        exists=True,
        remote=_remote(item),
        lender=item.get("lender"),
        pushing=_whole(item, "pushing"),
        lease=_whole(item, "lease"),
        attempts=int(item.get("attempts", 0)),
        deaths=int(item.get("deaths", 0)),
        due_sk=item.get("due_sk"),
        lacks=tuple(item.get("lacks", ())),
    )


def _remote(item: Item) -> Remote | None:
    return Remote(item["remote_id"], item.get("url"), bool(item.get("adopted"))) if item.get("remote_id") else None


def _whole(item: Item, name: str) -> int | None:
    return int(item[name]) if name in item else None


def take(
    table: Table, cursor: Cursor, *, now: float, lease: int, pushing: int | None, about: Mapping[str, Any]
) -> Cursor:
    """Own the cursor until `lease` and say what is about to be told. 1 WRU.

    `about` is written when the cursor is new (the customer of a case). An expired lease that nobody gave back
    was held by someone who died: the death is counted. The due time stays, for the case that we die too.
    """
    if cursor.is_leased(now):
        raise Conflict("another worker holds this cursor")
    deaths = cursor.deaths + 1 if cursor.lease is not None and cursor.pushing == pushing else 0
    changes: dict[str, Value] = {"lease": lease}
    if pushing is not None:
        changes["pushing"] = pushing
    if deaths:
        changes["deaths"] = deaths
    if not cursor.exists:
        changes |= {**about, cursor.level: cursor.told}
    table.transact([Update(cursor.key, set=changes, when=_as_read(cursor))])
    return replace(cursor, exists=True, lease=lease, pushing=pushing, deaths=deaths)


def advance(table: Table, cursor: Cursor, told: int, pushing: int) -> Cursor:
    """One thing is told, the next is about to be: both in one write, 1 WRU. For the owner."""
    changes = {cursor.level: told, "pushing": pushing}
    table.transact([Update(cursor.key, set=changes, remove=_FAILING, when=_owned(cursor))])
    return replace(cursor, told=told, pushing=pushing, attempts=0, deaths=0)


def lost_home(table: Table, cursor: Cursor, told: int, pushing: int) -> Cursor:
    """As `advance`, when the thing has no place of its own there any more. 1 WRU. For the owner."""
    changes = {cursor.level: told, "pushing": pushing}
    gone = (*_FAILING, "remote_id", "url", "adopted")
    table.transact([Update(cursor.key, set=changes, remove=gone, when=_owned(cursor))])
    return replace(cursor, told=told, pushing=pushing, remote=None, attempts=0, deaths=0)


def found_home(table: Table, cursor: Cursor, told: int, pushing: int, home: Home) -> Cursor:
    """As `advance`, when it has become known where the thing lives. 4 WRU. For the owner."""
    changes: dict[str, Value] = {cursor.level: told, "pushing": pushing, **home.attributes}
    table.transact([Update(cursor.key, set=changes, remove=_FAILING, when=_owned(cursor)), Put(home.index)])
    return replace(cursor, told=told, pushing=pushing, remote=home.remote, attempts=0, deaths=0)


def finish(table: Table, cursor: Cursor, told: int, home: Home | None = None) -> None:
    """Told so far, nothing more in hand: give the cursor back and take it off the clock. For the owner.

    1 WRU; 4 when it has become known where the thing lives. When somebody set a due time while we worked, it
    stays: they knew of more than we did.
    """
    changes: dict[str, Value] = {cursor.level: told, **(home.attributes if home else {})}
    index = [Put(home.index)] if home else []
    due: Condition = Absent("due_sk") if cursor.due_sk is None else Equals("due_sk", cursor.due_sk)
    over = (*_OVER, *(name for name in _ABOUT_HOME if home and name not in changes))
    clean = Update(cursor.key, set=changes, remove=(*over, "due_pk", "due_sk"), when=(*_owned(cursor), due))
    try:
        table.transact([clean, *index])
    except Conflict:
        table.transact([Update(cursor.key, set=changes, remove=over, when=_owned(cursor)), *index])


def wait(table: Table, cursor: Cursor, due_at: str, *, attempts: int, error: str | None, untried: bool = False) -> None:
    """Give the cursor back and have the clock look at it at `due_at`. 1 WRU and the index's. For the owner.

    `pushing` stays, for the outcome of what was tried may be unknown; but where nothing was (`untried`).
    """
    changes: dict[str, Value] = {**keys.due(cursor.key, due_at), cursor.level: cursor.told, "attempts": attempts}
    if error:
        changes["error"] = error
    gone = ("lease", "deaths", *(("pushing",) if untried else ()))
    table.transact([Update(cursor.key, set=changes, remove=gone, when=_owned(cursor))])


def lacked(sequence: int, number: int) -> str:
    """How a cursor names a file of which its tool was told without."""
    return f"{sequence}#{number}"


def lack(table: Table, cursor: Cursor, names: Collection[str]) -> Cursor:
    """Say which files the tool lacks from now on. 1 WRU, or none where nothing changes. For the owner."""
    wanted = tuple(sorted(names))
    if wanted == tuple(sorted(cursor.lacks)):
        return cursor
    if wanted:
        table.transact([Update(cursor.key, set={"lacks": list(wanted)}, when=_owned(cursor))])
    else:
        table.transact([Update(cursor.key, remove=("lacks",), when=_owned(cursor))])
    return replace(cursor, lacks=wanted)


def let_go(table: Table, cursor: Cursor) -> None:
    """Give the cursor back as it was. 1 WRU. For the owner."""
    table.transact([Update(cursor.key, remove=("lease", "deaths"), when=_owned(cursor))])


def postpone(table: Table, cursor: Cursor, due_at: str, about: Mapping[str, Any]) -> None:
    """Have the clock look at a cursor that is not ours at `due_at`. 1 WRU and the index's.

    Its owner may get on meanwhile, but not end: then nothing would be left to remind it of.
    """
    changes: dict[str, Value] = dict(keys.due(cursor.key, due_at))
    if not cursor.exists:
        changes |= {**about, cursor.level: cursor.told}
    table.transact([Update(cursor.key, set=changes, when=_as_leased(cursor))])


def take_off_clock(table: Table, cursor: Cursor) -> None:
    """Nothing is left to do: clear the due time. Nothing, or 1 WRU and the index's."""
    if cursor.due_sk is None:
        return
    when = (*_as_read(cursor), Equals("due_sk", cursor.due_sk))
    table.transact([Update(cursor.key, remove=("due_pk", "due_sk", "attempts", "error"), when=when)])


def _owned(cursor: Cursor) -> tuple[Condition, ...]:
    return (Equals("lease", cursor.lease),)


def _as_read(cursor: Cursor) -> tuple[Condition, ...]:
    # An item that lacks its level would be no cursor of ours; `exists` says it has one.
    return (*_as_leased(cursor), Equals(cursor.level, cursor.told)) if cursor.exists else (Absent(),)


def _as_leased(cursor: Cursor) -> tuple[Condition, ...]:
    if not cursor.exists:
        return (Absent(),)
    return (Absent("lease") if cursor.lease is None else Equals("lease", cursor.lease),)
