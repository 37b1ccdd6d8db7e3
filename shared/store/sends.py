"""Sends: what became of each answer on its way to the customer (`CAS#…/OUT#…`).

A send is claimed before it is tried, so that whoever finds it claimed, and its worker gone, knows that an outcome
may have been lost: it is never tried blindly again. A long answer goes out in parts, one after the other; each part
is claimed for itself. Only the dispatch writes sends, and the recorder the one that a receipt settles.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from shared.ports.table import Absent, Condition, Equals, Item, Key, Operation, Put, Table, Update
from shared.store import keys

State = Literal["queued", "claimed", "sent", "unknown", "failed"]

OPEN = frozenset({"queued", "claimed"})
"""States in which a send holds up those after it in its conversation."""

NEWEST = 50
"""Sends of one case that are looked through for those still open: nobody has more answers waiting."""


@dataclass(frozen=True, slots=True)
class Send:
    """One send as it was read, or as our own last write left it.

    `part`: the part to be sent next, from 0. `lease`: until when a claim is its worker's (epoch seconds).
    `ids`: the provider's ids of the parts that were sent. `attempts`: refusals in a row that may pass. `without`: files
    of the entry that do not go, by their place; None before that is decided. `upload`: the provider's id of the file
    that the next part names. `parts`: of how many the claimed one is; `heard`: the provider's id of the claimed part,
    told by its echo or receipt before its worker could say.
    """

    case: str
    sequence: int
    conversation: str
    state: State = "queued"
    part: int = 0
    lease: int = 0
    ids: tuple[str, ...] = ()
    attempts: int = 0
    error: str | None = None
    due_sk: str | None = None
    without: tuple[int, ...] | None = None
    upload: str | None = None
    parts: int = 1
    heard: str | None = None

    @property
    def key(self) -> Key:
        return keys.send(self.case, self.sequence)

    @property
    def mark(self) -> str:
        """Our own id of the send: with the number of a part it is what a provider carries back in its receipts."""
        return f"hilo:{self.case}:{self.sequence}"

    @property
    def due_at(self) -> str | None:
        return self.due_sk.partition("#")[0] if self.due_sk else None


def read_mark(mark: str) -> tuple[str, int, int] | None:
    """Case, sequence and part of a part's mark; None for what is no mark of ours. Where a provider carries no colons
    (the tags of a mail) they are `_`, which no id has."""
    parts = mark.replace("_", ":").split(":")
    if len(parts) != 4 or parts[0] != "hilo" or not all(_is_number(one) for one in parts[2:]):
        return None
    return parts[1], int(parts[2]), int(parts[3])


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 10


def read(table: Table, case_id: str, sequence: int) -> Send | None:
    """1 RCU."""
    item = table.get(keys.send(case_id, sequence)).item
    return send_of(item) if item else None


def open_before(table: Table, case_id: str, sequence: int, conversation: str) -> list[Send]:
    """The open sends of a conversation in this case up to and with this one, oldest first. 1 RCU per 4 KB, small."""
    page = table.query(keys.send(case_id, sequence)[0], keys.SENDS, descending=True, limit=NEWEST)
    sends = (send_of(item) for item in page.items)
    here = (one for one in sends if one.conversation == conversation and one.sequence <= sequence)
    return sorted((one for one in here if one.state in OPEN), key=lambda one: one.sequence)


def open_after(table: Table, send: Send) -> list[Send]:
    """The open sends of its conversation in this case after this one, oldest first. 1 RCU per 4 KB, small."""
    page = table.query(send.key[0], keys.SENDS, descending=True, limit=NEWEST)
    found = (send_of(item) for item in page.items)
    later = (one for one in found if one.conversation == send.conversation and one.sequence > send.sequence)
    return sorted((one for one in later if one.state in OPEN), key=lambda one: one.sequence)


def in_doubt(table: Table, case_id: str, conversation: str) -> list[Send]:
    """The sends of a conversation in this case of which nobody has heard yet whether they arrived, newest first. 1 RCU
    per 4 KB, small."""
    page = table.query(keys.case(case_id)[0], keys.SENDS, descending=True, limit=NEWEST)
    sends = (send_of(item) for item in page.items)
    return [one for one in sends if one.conversation == conversation and one.state in ("claimed", "unknown")]


def send_of(item: Item) -> Send:
    """The send in an item."""
    return Send(
        case=item["pk"].removeprefix("CAS#"),
        sequence=int(item["sk"].removeprefix(keys.SENDS)),
        conversation=item["conversation"],
        state=item["state"],
        part=int(item["part"]),
        lease=int(item.get("lease", 0)),
        ids=tuple(item.get("ids", ())),
        attempts=int(item.get("attempts", 0)),
        error=item.get("error"),
        due_sk=item.get("due_sk"),
        without=tuple(int(one) for one in item["without"]) if "without" in item else None,
        upload=item.get("upload"),
        parts=int(item.get("parts", 1)),
        heard=item.get("heard"),
    )


def queue(send: Send, at: str) -> Put:
    """A send that nobody has made yet. `at`: now, as text."""
    pk, sk = send.key
    item = {"pk": pk, "sk": sk, "conversation": send.conversation, "state": "queued", "part": 0, "queued_at": at}
    return Put(item, when=(Absent(),))


def claim(table: Table, send: Send, lease: int, parts: int = 1) -> Send:
    """Make it ours until `lease`. Raises `Conflict` when it is not as it was read. 1 WRU."""
    changes = {"state": "claimed", "lease": lease, "parts": parts}
    table.transact([_step(send, changes, gone=("due_pk", "due_sk"))])
    return replace(send, state="claimed", lease=lease, parts=parts, due_sk=None)


def settle_part(send: Send, provider_id: str, parts: int) -> tuple[Update, Send]:
    """A part was accepted: the next is queued, or the whole is sent."""
    after = replace(
        send, state="queued" if send.part + 1 < parts else "sent", part=send.part + 1, ids=(*send.ids, provider_id)
    )
    changes = {"state": after.state, "part": after.part, "ids": list(after.ids)}
    step = _step(send, changes, gone=("lease", "attempts", "error", "due_pk", "due_sk", "upload", "heard"))
    return step, replace(after, lease=0, attempts=0, error=None, due_sk=None, upload=None, heard=None)


def go_without(table: Table, send: Send, files: tuple[int, ...]) -> Send:
    """These files of the entry do not go, whatever becomes of them: it must be the same for every part. 1 WRU."""
    table.transact([_step(send, {"without": list(files)}, gone=())])
    return replace(send, without=files)


def keep_upload(table: Table, send: Send, id_: str) -> Send:
    """The provider has the file of the next part: whoever goes on after us need not bring it again. 1 WRU."""
    table.transact([_step(send, {"upload": id_}, gone=())])
    return replace(send, upload=id_)


def wait(table: Table, send: Send, due_at: str, error: str, *, file: bool = False) -> None:
    """To be tried again from `due_at` on. `file`: what was uploaded is no good. 1 WRU and the index's."""
    changes = {"state": "queued", "attempts": send.attempts + 1, "error": error, **keys.due(send.key, due_at)}
    table.transact([_step(send, changes, gone=("lease", *(("upload",) if file else ())))])


def put_off(table: Table, send: Send, due_at: str) -> None:
    """Nothing was tried: something before it must go first, or the channel is stopped. 1 WRU and the index's."""
    table.transact([_step(send, {"state": "queued", **keys.due(send.key, due_at)}, gone=("lease",))])


def doubt(table: Table, send: Send, due_at: str, error: str) -> None:
    """Its outcome was lost. The clock looks once more at `due_at`: a receipt may have told by then. Raises `Conflict`
    where one has told since it was looked up."""
    changes = {"state": "unknown", "error": error, **keys.due(send.key, due_at)}
    step = _step(send, changes, gone=("lease",))
    table.transact([replace(step, when=(*step.when, Absent("heard")))])


def end(send: Send, state: State, error: str | None) -> Update:
    """Failed for good, or unknown for good."""
    changes: dict[str, Any] = {"state": state} | ({"error": error} if error else {})
    return _step(send, changes, gone=("lease", "due_pk", "due_sk"))


def proof(send: Send, part: int, provider_id: str, now: float) -> Update | None:
    """What to write where the provider tells that this part was sent: of a send under way only that it was, as its
    worker may have more to say; None where nobody doubts it."""
    if send.state == "claimed" and send.lease > now:
        return _step(send, {"heard": provider_id}, gone=()) if part == send.part else None
    return settled_by_receipt(send, provider_id) if send.state in ("claimed", "unknown") else None


def settled_by_receipt(send: Send, provider_id: str) -> Update:
    """A receipt carried our mark: it was sent after all."""
    ids = [*send.ids, *(() if provider_id in send.ids else (provider_id,))]
    return _step(send, {"state": "sent", "ids": ids}, gone=("lease", "error", "due_pk", "due_sk"))


def index(channel: str, account: str, provider_id: str, send: Send, *, was_waiting: bool) -> Operation:
    """The provider's id in the message index: receipts and quotes of the answer find their entry by it."""
    pk, sk = keys.message(channel, account, provider_id)
    item = {"pk": pk, "sk": sk, "case": send.case, "sequence": send.sequence}
    condition: Condition = Equals("waiting", True) if was_waiting else Absent()
    return Put(item | ({"overtaken": True} if was_waiting else {}), when=(condition,))


def _step(send: Send, changes: dict[str, Any], gone: tuple[str, ...]) -> Update:
    """A change that holds only while the send is as it was read: its state, its part and its owner."""
    when: tuple[Condition, ...] = (Equals("state", send.state), Equals("part", send.part))
    when += (Equals("lease", send.lease),) if send.lease else (Absent("lease"),)
    return Update(send.key, set=changes, remove=tuple(name for name in gone if name not in changes), when=when)
