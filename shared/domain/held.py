"""What a tool had before the hub, and what was found out about the hub's standing with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from shared.domain.case import State

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class HeldContact:
    """A contact of a tool. `phones`, `emails`: as people typed them there. `ours`: it bears a customer's id of the
    hub's already. `is_colleague`: works there, so is nobody's customer."""

    id: str
    name: str | None = None
    phones: Sequence[str] = ()
    emails: Sequence[str] = ()
    url: str | None = None
    ours: bool = False
    is_colleague: bool = False


@dataclass(frozen=True, slots=True)
class HeldTicket:
    """An open ticket of a tool. `contact`: whose, by the tool's id of the contact. `ours`: the hub made it."""

    id: str
    contact: str | None
    subject: str
    state: State
    opened_at: datetime
    url: str | None = None
    ours: bool = False


@dataclass(frozen=True, slots=True)
class HeldPage(Generic[Thing]):
    """Some of what a tool holds, in an order that stays. `next`: from where to go on, None at the end. `left`: how
    many there are from this page's beginning on, where the tool says so."""

    things: Sequence[Thing]
    next: str | None
    left: int | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing that was looked at. `ok`: None where it could not be found out. `todo`: what to do, where it is not
    well; how to look for oneself, where it could not be found out."""

    what: str
    ok: bool | None
    detail: str = ""
    todo: str = ""
