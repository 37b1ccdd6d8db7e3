"""An answer on its way to the customer, and what became of it: the words between dispatch and channels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from shared.domain.event import Attachment


@dataclass(frozen=True, slots=True)
class Option:
    """Something the customer can tap. `id` comes back with the tap."""

    id: str
    title: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """A message that the provider approved beforehand. `parameters` in the template's order, or by name."""

    name: str
    language: str
    parameters: tuple[str, ...] | Mapping[str, str] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What an agent or bot says, in no channel's form. `in_reply_to`: the provider's id of the message it answers.

    With a `template` the rest is not sent: outside the window nothing else may be.
    """

    text: str | None = None
    attachments: tuple[Attachment, ...] = ()
    options: tuple[Option, ...] = ()
    template: Template | None = None
    in_reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Where it goes: the kind of identity and, verbatim, what the provider wants for sending."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took it under this id; that is no delivery. `learnt`: the address as the provider knows it."""

    id: str
    learnt: Address | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """It will never be sent so. `code` is the provider's; `window`: only because the customer wrote too long ago."""

    code: str
    detail: str | None = None
    window: bool = False


@dataclass(frozen=True, slots=True)
class Later:
    """Not now. `whole_account`: nobody can be sent to by this account until then, `stops`: until a person mends it."""

    code: str
    after_s: float | None = None
    whole_account: bool = False
    stops: bool = False


@dataclass(frozen=True, slots=True)
class Lost:
    """The outcome is not known: it may have been sent. Never to be sent again blindly."""

    code: str


SendOutcome: TypeAlias = Accepted | Refused | Later | Lost
Language: TypeAlias = Literal["es", "pt", "en"]
Body: TypeAlias = dict[str, Any]
"""One request to the provider, in its own words."""
