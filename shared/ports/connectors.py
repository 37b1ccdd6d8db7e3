"""Connectors: how a tool is told, read back, brought in and set up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    from shared.domain.case import Case
    from shared.domain.customer import Customer
    from shared.domain.event import Entry, Event
    from shared.domain.held import Checked, HeldContact, HeldPage, HeldTicket


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
