"""An answer on its way to the customer, and what became of it: the words between dispatch and channels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from shared.domain.event import Attachment, Author

Language: TypeAlias = Literal["es", "pt", "en"]
Permit: TypeAlias = Literal["free", "human"]
"""How it may be said at this moment: in any words, or only as a person's own answer after the usual time."""


AN_AGENT: Final = Author(type="agent")


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
class Heard:
    """What an answer goes on from: the customer's message that it names, else their newest in this conversation.

    `said`: when they wrote, in their own time zone's clock of the brand. `message_ref`: the name by which their own
    programs know it (e-mail's Message-ID), `references` those of what went before, the oldest first.
    """

    said: datetime
    text: str | None = None
    name: str | None = None
    subject: str | None = None
    message_ref: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Stored:
    """A file whose bytes the hub keeps, under this key of `Files`. `size` in bytes."""

    key: str
    size: int
    mime_type: str | None = None
    filename: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What an agent or bot says, in no channel's form. `in_reply_to`: the provider's id of the message it answers.

    `stored`: the files among `attachments` that the hub keeps, by their place there. `author`: who says it, by type
    and, as customers may read it, by name. `said_at`: when the customer last wrote on this account (provider's clock).
    `case`, `reference`: of the case it is said in. With a `template` the rest is not sent: outside the window nothing
    else may be. `quoted`: the words of the message that it names, where the channel is not to be told its id.
    `choose`: what opens a list of `options`. `stop_url`: where a program may say that they want no more of these mails.
    """

    text: str | None = None
    attachments: tuple[Attachment, ...] = ()
    options: tuple[Option, ...] = ()
    template: Template | None = None
    in_reply_to: str | None = None
    html: str | None = None
    stored: Mapping[int, Stored] = field(default_factory=dict)
    author: Author = AN_AGENT
    said_at: datetime | None = None
    heard: Heard | None = None
    case: str | None = None
    reference: str | None = None
    language: Language = "en"
    permit: Permit = "free"
    quoted: str | None = None
    choose: str | None = None
    stop_url: str | None = None

    @property
    def is_automatic(self) -> bool:
        """Whether no person wrote it."""
        return self.author.type != "agent"


@dataclass(frozen=True, slots=True)
class Address:
    """Where it goes: the kind of identity and, verbatim, what the provider wants for sending. `comment` and `post` are
    kinds, too: of what somebody said in public, whose author is answered in private."""

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
    """Not now. `whole_account`: nobody can be sent to by this account until then, `stops`: until a person mends it.
    `file`: what was uploaded is no good, and is to be uploaded again."""

    code: str
    after_s: float | None = None
    whole_account: bool = False
    stops: bool = False
    file: bool = False


@dataclass(frozen=True, slots=True)
class Lost:
    """The outcome is not known: it may have been sent. Never to be sent again blindly."""

    code: str


@dataclass(frozen=True, slots=True)
class Uploaded:
    """The provider has the file that a request names, under this id; empty: it does not take it, but there is another
    way to say where it is. Nobody was told anything yet."""

    id: str


SendOutcome: TypeAlias = Accepted | Refused | Later | Lost
Body: TypeAlias = dict[str, Any]
"""One request to the provider, in its own words."""
