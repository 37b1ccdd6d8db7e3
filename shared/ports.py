"""The promises that the AWS and the embedded implementations keep.

`Table` is a small algebra over one table, no SDK's: get, query by key and prefix, and `transact`.
Both implementations pass the contract suite in `tests/engine/`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    from shared.domain.answer import Address, Answer, Body, Language, SendOutcome
    from shared.domain.case import Case
    from shared.domain.customer import Customer
    from shared.domain.event import Entry, Event
    from shared.domain.held import Checked, HeldContact, HeldPage, HeldTicket

Value: TypeAlias = Any
"""What an attribute holds: str (not empty in keys), int, Decimal, bool, None, bytes, list or dict of these.
No float."""

Item: TypeAlias = dict[str, Value]
"""Attributes by name; always with `pk` and `sk`."""

Key: TypeAlias = tuple[str, str]
"""(pk, sk)."""

Index: TypeAlias = Literal["cases", "due"]
"""`cases`: hash `cases_pk`, range `cases_sk`. `due`: hash `due_pk`, range `due_sk`. Both hold keys only
(pk, sk and their own two); an item is in an index while it has both of that index's attributes."""

MAX_OPERATIONS = 10
"""No transaction exceeds this many operations."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Capacity units as the engine counts them: reads in RCU, writes in WRU, and calls. A transaction costs twice."""

    reads: float = 0.0
    writes: float = 0.0
    calls: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.reads + other.reads, self.writes + other.writes, self.calls + other.calls)


@dataclass(frozen=True, slots=True)
class Absent:
    """The item does not exist, or, with `attribute`, that attribute does not."""

    attribute: str | None = None


@dataclass(frozen=True, slots=True)
class Present:
    """The item exists, or, with `attribute`, that attribute does."""

    attribute: str | None = None


@dataclass(frozen=True, slots=True)
class Equals:
    """The attribute exists and equals the value."""

    attribute: str
    value: Value


@dataclass(frozen=True, slots=True)
class Less:
    """The attribute exists and is less than the value (numbers or strings)."""

    attribute: str
    value: str | int | Decimal


Condition: TypeAlias = Absent | Present | Equals | Less


@dataclass(frozen=True, slots=True)
class Put:
    """Write the whole item (`pk` and `sk` inside) where all conditions hold."""

    item: Item
    when: tuple[Condition, ...] = ()

    @property
    def key(self) -> Key:
        return self.item["pk"], self.item["sk"]


@dataclass(frozen=True, slots=True)
class Update:
    """Change top-level attributes: `set` them, `remove` them, `add` to numbers (absent counts as 0).

    Creates the item when it is absent and no condition forbids it. Changes at least one attribute, each once,
    never `pk` or `sk`.
    """

    key: Key
    set: Mapping[str, Value] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    add: Mapping[str, int | Decimal] = field(default_factory=dict)
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove the item where all conditions hold; an absent item is no error unless a condition says so."""

    key: Key
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """Change nothing; the transaction holds only if these conditions do."""

    key: Key
    when: tuple[Condition, ...]


Operation: TypeAlias = Put | Update | Delete | Check


def check_operations(operations: Sequence[Operation]) -> None:
    """Raise ValueError for what no engine can do. Every engine asks this before it does anything."""
    if not 1 <= len(operations) <= MAX_OPERATIONS:
        raise ValueError(f"a transaction holds 1 to {MAX_OPERATIONS} operations, not {len(operations)}")
    keys = [operation.key for operation in operations]
    if not all(part for key in keys for part in key):
        raise ValueError("a key's parts are not empty")
    if len(set(keys)) < len(keys):
        raise ValueError("two operations of one transaction on the same item")
    for operation in operations:
        if isinstance(operation, Check) and not operation.when:
            raise ValueError("a Check without conditions checks nothing")
        if isinstance(operation, Update):
            _check_update(operation)


def _check_update(update: Update) -> None:
    changed = [*update.set, *update.remove, *update.add]
    if not changed:
        raise ValueError("an Update without changes: use Check")
    if len(set(changed)) < len(changed):
        raise ValueError("an Update changes an attribute twice")
    if {"pk", "sk"} & set(changed):
        raise ValueError("an Update does not change the key")


def check_query(pk: str, prefix: str, until: str | None, limit: int | None) -> None:
    """Raise ValueError for a query that no engine answers. Every engine asks this before it does anything."""
    if not pk:
        raise ValueError("a query names its pk")
    if prefix and until is not None:
        raise ValueError("a query has a prefix or an upper bound, not both")
    if limit is not None and limit < 1:
        raise ValueError("a page holds at least one item")


MAX_SEGMENTS = 1_000_000


def check_scan(segment: int, segments: int, after: str | None, limit: int | None) -> Key | None:
    """The key behind which a scan goes on. Raises ValueError for a scan that no engine answers. Every engine asks
    this before it does anything."""
    if not 0 <= segment < segments <= MAX_SEGMENTS:
        raise ValueError(f"a scan reads one segment of 1 to {MAX_SEGMENTS}, counted from 0")
    if limit is not None and limit < 1:
        raise ValueError("a page holds at least one item")
    if after is None:
        return None
    key = json.loads(after)
    if not isinstance(key, list) or len(key) != 2 or not all(isinstance(part, str) and part for part in key):
        raise ValueError("`after` is not the `next` of a page of a scan")
    return key[0], key[1]


def scan_mark(key: Key) -> str:
    """The `next` of a scan's page that ends with this item."""
    return json.dumps(key)


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a get: the item (a fresh copy, the caller's to change) or None, and what it cost."""

    item: Item | None
    cost: Cost


@dataclass(frozen=True, slots=True)
class Page:
    """Items in sort-key order; `next` is the sort key to pass as `after` for the rest, None at the end.

    On an index, and of a scan, `next` is an opaque string for `after` of the same question.
    """

    items: list[Item]
    next: str | None
    cost: Cost


class Table(Protocol):
    """One table. Raises `Transient` when the engine is unreachable or throttles."""

    def get(self, key: Key) -> Found:
        """One item by key, strongly consistent. 1 RCU for each 4 KB begun."""

    def query(
        self,
        pk: str,
        prefix: str = "",
        *,
        after: str | None = None,
        limit: int | None = None,
        descending: bool = False,
        until: str | None = None,
        index: Index | None = None,
    ) -> Page:
        """Items of one pk whose sort key starts with `prefix`, beyond `after`, and not beyond `until` (inclusive).

        Without `index`: strongly consistent, whole items. With it: `pk`, `prefix` and `until` speak of the
        index's own hash and range, the items hold keys only, and may lag behind by a moment.
        `prefix` and `until` are not given together. `limit` (1 or more) bounds a page; the engine may end one
        earlier, and a page that ends just at the end may name a `next` that leads to an empty one.
        `descending` walks backwards; `after` then means before, `until` stays the upper bound.
        Sort keys are ordered by their UTF-8 bytes. Raises ValueError for what the above forbids.
        """

    def scan(self, *, segment: int = 0, segments: int = 1, after: str | None = None, limit: int | None = None) -> Page:
        """A page of all there is: whole items, in no order that means anything, eventually consistent.

        0.5 RCU for each 4 KB begun of what the page read, whoever wants how little of it: to go through a table of
        8 GB costs a million RCU. For rare work on everything, never for a question of somebody who waits.

        The table falls into `segments` parts by the hash of pk, of which this is number `segment`, so that several
        can go through it at once; a pk lies whole in one. An item written meanwhile is seen or not; one that was
        there before the first page and stays is seen once. `limit` and `after` as of `query`; with `after` the same
        `segment` and `segments`. Raises ValueError for what the above forbids.
        """

    def transact(self, operations: Sequence[Operation]) -> Cost:
        """All of 1 to MAX_OPERATIONS operations on distinct items, or none.

        Raises `Conflict` with the indexes of the conditions that failed (empty when another transaction was
        in the way). One operation alone is a plain write, at half the price; a `Check` alone is not.
        Raises ValueError for what `check_operations` refuses, TypeError for what is no `Value`, `Permanent`
        for an `add` to what is no number.
        """


class Lookup(Protocol):
    """What a webhook may know of the table: single items. A `Table` is one."""

    def get(self, key: Key) -> Found:
        """As `Table.get`."""


QueueName: TypeAlias = str
"""The queue's name in the design, without suffix: `inbound`, `sync`, …"""

MAX_BATCH = 10
"""Messages in one send."""
MAX_BATCH_BYTES = 256 * 1024
"""Bytes of all bodies in one send."""
MAX_MESSAGE_BYTES = 200 * 1024
"""A larger event is parked in Files and a pointer queued."""
MAX_ID = 128
"""Characters of a group or deduplication id."""


@dataclass(frozen=True, slots=True)
class Message:
    """What goes into a FIFO queue. Group and deduplication id are digests: no personal data in them."""

    body: str
    group: str
    deduplication: str


def check_batch(batch: Sequence[Message]) -> None:
    """Raise ValueError for what no queue takes. Every engine asks this before it sends anything."""
    if len(batch) > MAX_BATCH:
        raise ValueError(f"a send holds at most {MAX_BATCH} messages, not {len(batch)}")
    size = sum(len(message.body.encode()) for message in batch)
    if size > MAX_BATCH_BYTES:
        raise ValueError(f"a send holds at most {MAX_BATCH_BYTES} bytes, not {size}")
    for message in batch:
        if not message.body:
            raise ValueError("a message's body is not empty")
        if not (1 <= len(message.group) <= MAX_ID and 1 <= len(message.deduplication) <= MAX_ID):
            raise ValueError(f"a group or deduplication id has 1 to {MAX_ID} characters")


class Queues(Protocol):
    """FIFO queues: one at a time within a group, in order; a copy within five minutes is dropped."""

    def send(self, queue: QueueName, batch: Sequence[Message]) -> tuple[int, ...]:
        """Send at most MAX_BATCH messages of at most MAX_BATCH_BYTES. Returns the indexes that were refused.

        Durable when it returns; an empty batch sends nothing. Raises `Transient` when the whole batch could not
        be sent, `Misconfigured` for a queue nobody named, ValueError for a batch that no queue takes.
        """

    def depths(self) -> dict[QueueName, QueueDepth]:
        """How full each known queue is (approximate). For people, not for decisions."""


@dataclass(frozen=True, slots=True)
class QueueDepth:
    waiting: int
    in_flight: int


def check_file_key(key: str) -> None:
    """Raise ValueError for a key that is no plain relative path: engines would read it differently."""
    if any(part in {"", ".", ".."} for part in key.split("/")):
        raise ValueError("a file's key is a relative path without empty parts, `.` or `..`")


MAX_NAMES = 1000
"""Keys in one page of a listing."""


def check_listing(limit: int) -> None:
    """Raise ValueError for a page that no engine gives. Every engine asks this before it does anything."""
    if not 1 <= limit <= MAX_NAMES:
        raise ValueError(f"a page of names holds 1 to {MAX_NAMES}")


class Files(Protocol):
    """Objects by key. Keys hold no personal data. Raises `Transient` when unreachable, ValueError for a key that
    `check_file_key` refuses."""

    def put(self, key: str, content: bytes, content_type: str = "application/octet-stream") -> None: ...

    def get(self, key: str) -> bytes | None: ...

    def delete(self, key: str) -> None: ...

    def list(self, prefix: str, after: str = "", limit: int = MAX_NAMES) -> Sequence[str]:
        """Keys that start with `prefix` and come after `after`, in the order of their UTF-8 bytes, at most `limit`.

        A page may hold fewer and not be the last; an empty one is. One request for each 1,000. Raises ValueError for
        a `limit` outside 1 to MAX_NAMES.
        """


class Secrets(Protocol):
    def get(self, name: str) -> dict[str, Any]:
        """The named secret, cached briefly so that a rotation is noticed. Raises `Misconfigured` when absent."""


class Metrics(Protocol):
    """Counters and gauges without personal data in names or dimensions."""

    def count(self, name: str, value: float = 1, **dimensions: str) -> None: ...


class Clock(Protocol):
    def __call__(self) -> float:
        """Seconds since the epoch."""


class Channel(Protocol):
    """A channel's parser: pure, never raises, one event for one element."""

    def parse(self, raw: Mapping[str, Any]) -> Event:
        """`raw` is what `split` made of the element. What cannot be read comes back as `unsupported`,
        flagged `malformed`, with a `reason`."""


class WayOut(Protocol):
    """How a channel carries answers to people."""

    def render(self, answer: Answer, to: Address, mark: str) -> list[Body]:
        """Pure: the requests that say it, in order, each marked as `<mark>:<number from 0>`, so that receipts name
        it. Raises `Permanent` for what the channel cannot say at all, naming what."""

    def send(self, account: str, body: Body) -> SendOutcome:
        """One request, one outcome. Raises nothing: what went wrong is an outcome too."""

    def advice(self, code: str, language: Language) -> str:
        """What an agent is told when this code kept an answer from the customer: what it means, what to do."""


@dataclass(frozen=True, slots=True)
class Remote:
    """Where our thing lives in their tool. `adopted`: it was there before, and was linked: the hub did not make it."""

    id: str
    url: str | None = None
    adopted: bool = field(default=False, compare=False)


class Connector(Protocol):
    """One CRM or helpdesk. Every method may be called again after its outcome was lost: with `retry` it must
    find out by our own id whether the earlier call took effect before it creates anything.

    Raises `Transient` (with the time asked for), `Permanent` (this thing cannot be told, ever) or
    `Misconfigured` (stop this connector). No text it raises holds personal data or a secret.
    """

    name: str

    def put_contact(self, customer: Customer, version: int, known: Remote | None, *, retry: bool) -> Remote:
        """Create, link or update the contact. Returns where it lives."""

    def open_case(self, case: Case, customer: Customer, contact: Remote, *, retry: bool) -> Remote:
        """Create or find the ticket of this case."""

    def append(self, case: Case, ticket: Remote, entry: Entry, customer: Customer, *, retry: bool) -> str:
        """Tell one entry (interaction, revision or change of state). Returns the tool's id for it."""


@runtime_checkable
class ShowsDelivery(Protocol):
    """A connector that can show what became of an agent's answer."""

    name: str

    def show_delivery(self, case: Case, entry: Entry) -> None:
        """Show `entry.delivery`. Told again, it has the effect of once. Raises as a `Connector` does."""


@dataclass(frozen=True, slots=True)
class Request:
    """A webhook's request as it came: header names in lower case, the very bytes, and when (epoch seconds)."""

    headers: Mapping[str, str]
    body: bytes
    at: float
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hint:
    """A ticket may have changed. `id`: by which a copy of the hint is known. `at`: when, by the tool's clock.

    `told`: where the tool cannot be asked, all that it says, in JSON. `thing`: what happened, where the tool may name
    another ticket than the one in which it did.
    """

    ticket: str
    id: str
    at: str | None = None
    told: Mapping[str, Any] | None = None
    thing: str | None = None


Own: TypeAlias = Literal["no", "yes", "unclear"]
"""Whether the hub itself made a thing in the tool. `unclear`: our own user did, and it bears no mark of ours."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened in a ticket. The event of what is our own may lack its content.

    `survivor_from`: of a merge, the cursor from which on the surviving ticket is this one's continuation.
    """

    event: Event
    own: Own = "no"
    survivor_from: str | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """What was beyond a cursor, oldest first. `cursor`: from where to go on. All up to there is settled, so that
    nothing older can still turn up. `ahead`: message ids of what lies beyond it already, and is met again.
    `more`: there was too much for one time."""

    happened: Sequence[Happened]
    cursor: str | None
    more: bool = False
    ahead: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Changed:
    """Tickets that changed since a cursor, each with what makes this change another than the last."""

    tickets: Mapping[str, str]
    cursor: str
    more: bool = False


class Hook(Protocol):
    """The door of a kind of connector, a module function: standard library alone."""

    def __call__(self, request: Request, secret: Mapping[str, Any], connector: str) -> list[Hint]:
        """Verify the raw bytes and say which tickets may have changed.

        Raises `Rejected` (not proven), `Malformed` (proven, and not what this tool sends: the text names the path)
        or `Misconfigured` (the secret holds no key).
        """


class Back(Protocol):
    """The way back from one CRM or helpdesk. Raises as a `Connector` does."""

    name: str

    def told(self, told: Mapping[str, Any]) -> list[Happened]:
        """What a hint says itself; nothing where the tool is asked."""

    def ticket_of(self, thing: str) -> str | None:
        """The ticket in which a hint's `thing` happened; None when the tool has no such thing."""

    def read(self, ticket: str, after: str | None, known: frozenset[str]) -> Read:
        """What happened in a ticket beyond the cursor, but for the message ids in `known`. `after` None: from its
        beginning. Nothing, when the tool has no such ticket."""

    def changed_since(self, cursor: str | None, limit: int) -> Changed:
        """Tickets that changed, so that what no webhook told is found. `cursor` None: from a day ago on."""


class Stock(Protocol):
    """What a CRM or helpdesk held before the hub, page by page in an order that stays. Raises as a `Connector` does."""

    name: str

    def contacts(self, after: str | None, limit: int) -> HeldPage[HeldContact]:
        """At most `limit` contacts beyond `after`. A page may hold fewer and not be the last."""

    def open_tickets(self, after: str | None, limit: int) -> HeldPage[HeldTicket]:
        """At most `limit` tickets that are open, beyond `after`."""

    def history(self, ticket: str, most: int) -> Read:
        """The newest `most` messages in a ticket, and from where its way back goes on."""


class Setup(Protocol):
    """The hub's standing at the other side."""

    def check(self, *, mend: bool) -> list[Checked]:
        """What is needed there, each with how it stands. `mend`: set up what the other side's API lets us, and say so;
        otherwise nothing there changes. Raises nothing of the hub's own errors: they are answers."""
