"""Who an answer is for: the decision alone.

An answer goes to the conversation of the newest thing a customer had said that the tool had been given when the
agent wrote, unless it names another message. Who answers in a ticket that has just been opened, and was given nothing
yet, answers what opened the case: its title says who wrote, and where. Never to a public thread: where the channel
allows one private answer to what was said there, it goes to its author so, else nowhere. Never to somebody who only
joined the case from outside. What goes nowhere is told to the agent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

Nowhere = Literal["nobody_wrote", "public_thread", "external_participant", "unknown_message"]
"""Why an answer can go nowhere."""


BEFORE: Final = 0
"""The sequence of what was said in a case that this one continues."""


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that a customer said in the case: where, and whether an answer to it may go there.

    `conversation`: the key of the conversation. `message`: the provider's id. `has_private_way`: it was said in public,
    and its author may be answered in private.
    """

    sequence: int
    conversation: str
    message: str
    public: bool = False
    external: bool = False
    has_private_way: bool = False


@dataclass(frozen=True, slots=True)
class Addressee:
    """`conversation`: where the answer goes, None for nowhere, and then `nowhere` says why.

    `in_reply_to`: the provider's id of the message that the answer names, where it names one of that conversation.
    `comment`: the provider's id of what was said in public and is answered in private.
    """

    conversation: str | None
    in_reply_to: str | None = None
    nowhere: Nowhere | None = None
    comment: str | None = None


def addressee(named: str | None, seen: int, newest_first: Iterable[Said]) -> Addressee:
    """Where an answer goes.

    `named`: the provider's id of the message that the agent answered, where the tool says so. `seen`: the last
    sequence that the tool had been given when the agent wrote. `newest_first`: what customers said in the case.
    """
    if named is not None:
        target = next((one for one in newest_first if one.message == named), None)
        return _to(target, named) if target else Addressee(None, nowhere="unknown_message")
    oldest: Said | None = None
    for one in newest_first:
        if one.external:
            continue
        if one.sequence == BEFORE:
            return _to(oldest or one, None)
        if one.sequence <= seen:
            return _to(one, None)
        oldest = one
    return _to(oldest, None) if oldest else Addressee(None, nowhere="nobody_wrote")


def _to(said: Said, named: str | None) -> Addressee:
    if said.public and not said.has_private_way:
        return Addressee(None, nowhere="public_thread")
    if said.external:
        return Addressee(None, nowhere="external_participant")
    if said.public:
        return Addressee(said.conversation, in_reply_to=named, comment=said.message)
    return Addressee(said.conversation, in_reply_to=named)
