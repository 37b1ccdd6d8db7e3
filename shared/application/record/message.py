"""What one try to record works from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.application.record.context import Incoming
from shared.domain.event import Event, Identity
from shared.store import items, keys


@dataclass(frozen=True, slots=True)
class Message:
    """What one try works from. `people`: attested identities with their namespaces, best first."""

    incoming: Incoming
    people: tuple[Identity, ...]
    original: dict[str, Any]
    was_waiting: bool

    @property
    def event(self) -> Event:
        return self.incoming.event

    @property
    def at(self) -> datetime:
        return self.incoming.at

    @property
    def names(self) -> list[str]:
        return [items.identity_name(identity) for identity in self.people]

    @property
    def home(self) -> str:
        """The key of the conversation by the best identity."""
        return self.conversation_key(self.people[0])

    def conversation_key(self, identity: Identity, account: str | None = None) -> str:
        event = self.event
        name = items.identity_name(identity)
        return keys.conversation(event.channel, account or event.account, name, event.thread)[0]
