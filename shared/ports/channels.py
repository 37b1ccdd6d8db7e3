"""Channels: how their elements are read, and how answers go out on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from shared.domain.answer import Address, Answer, Body, Language, Later, Refused, SendOutcome, Uploaded
    from shared.domain.event import Event


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


@runtime_checkable
class Uploads(Protocol):
    """A `WayOut` on which the files of an answer are brought to the provider before the request that names them."""

    def upload(self, account: str, body: Body) -> Uploaded | Later | Refused | None:
        """Bring the file that a rendered request names; None for one that names none. It may be repeated: nobody is
        told of it. Raises nothing, as `send`."""

    def with_file(self, body: Body, id_: str) -> Body:
        """Pure: the request as it is sent, with the id that `Uploaded` gave."""
