"""What recording works with, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from shared.domain.element import digest
from shared.domain.event import Event, utc_text
from shared.ports.files import Files
from shared.ports.surroundings import Clock, Metrics
from shared.ports.table import Table
from shared.store.items import Source, message_key

if TYPE_CHECKING:
    from shared.configuration import Config


DEFAULT_PORTFOLIO = "default"
"""Of an account that the configuration does not know."""

AHEAD = timedelta(minutes=5)
"""A provider's clock this far before ours is wrong: nothing can be heard of before it happens."""


@dataclass(frozen=True, slots=True)
class Context:
    """Everything outside: `new_id` makes time-ordered ids, `pause` waits the given seconds between two tries.

    `signing_keys`: those in force for the tokens in addresses, the newest first; without any no token is known.
    """

    table: Table
    files: Files
    metrics: Metrics
    config: Config
    clock: Clock
    new_id: Callable[[], str]
    pause: Callable[[float], None]
    signing_keys: Callable[[], Sequence[bytes]] = tuple

    def now(self) -> str:
        """Now, to the second, as text."""
        return utc_text(datetime.fromtimestamp(int(self.clock()), UTC))


@dataclass(frozen=True, slots=True)
class Incoming:
    """One event on its way in, with its original.

    `envelope`: the inbound message as queued (it can be queued again). `raw`, `raw_file`: the original, one of
    them set. `delivery`, `index`: which request brought it, and where in it.
    """

    event: Event
    received_at: str
    envelope: str
    delivery: str
    index: int
    raw: dict[str, Any] | None = None
    raw_file: str | None = None

    @property
    def at(self) -> datetime:
        """When it happened; when it came in, where the provider gives no time or one that cannot be.

        A mail is dated by whoever writes it: by a date to come it would be the customer's last turn for years, and
        nobody could ever resolve its case.
        """
        said, received = self.event.occurred_at, datetime.fromisoformat(self.received_at)
        return said if said and said - received <= AHEAD else received

    @property
    def source(self) -> Source:
        message = digest(message_key(self.event)[0])
        return Source(self.event.channel, self.received_at, message, utc_text(self.at))


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an event ended. `detail`: why, where it was of no use."""

    result: Literal["recorded", "copy", "receipt", "waiting", "ignored"]
    case: str | None = None
    sequence: int | None = None
    detail: str | None = None
    had_waiting: bool = False
    """Something that overtook this message waits for it."""
