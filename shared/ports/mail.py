"""`Mailer`: the service that takes mails to be sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class MailSaid:
    """What the service answered. `code`: of an error, empty without one. `id`: under which it took the mail.

    `message`: the service's own words, which may name people: for the agent alone, never for a log.
    """

    status: int
    code: str = ""
    message: str = ""
    id: str | None = None


class Mailer(Protocol):
    def send(self, mail: bytes, *, sender: str, to: str, tags: Mapping[str, str]) -> MailSaid:
        """Hand over one mail for one person, once. `tags` come back in what the service tells of it.

        Raises `Unsent` (nothing left this machine: it may go again), `Transient` (no answer: it may have been taken),
        or `Misconfigured` (without credentials).
        """

    def account(self) -> Mapping[str, Any]:
        """What the service says of our account. Raises `Transient`, `Misconfigured` or `Permanent`."""

    def identity(self, name: str) -> Mapping[str, Any] | None:
        """What the service says of an address or a domain to send from; None for one that it does not know."""
