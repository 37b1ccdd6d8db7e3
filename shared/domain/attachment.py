"""Which case an inbound item belongs to: the decision alone, no clock, no table.

Follows the pipeline of "Which case does an inbound item belong to?": evidence by strength, then the state
rule. Ages are measured between provider times; windows are half-open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from shared.domain.case import ACTIVE, State

Evidence = Literal["quote", "reference", "conversation", "cross_channel", "none"]


@dataclass(frozen=True, slots=True)
class KnownCase:
    """What the decision needs of a case. `ours`: the sender is a participant of it."""

    id: str
    state: State
    brand: str
    channel: str
    last_customer_at: datetime
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    ours: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """The candidates by strength, as far as they exist."""

    quoted: KnownCase | None = None
    referenced: KnownCase | None = None
    conversation: KnownCase | None = None
    elsewhere: Sequence[KnownCase] = ()
    """The customer's active cases on other conversations of the same brand."""


@dataclass(frozen=True, slots=True)
class Decision:
    """`case`: the one to append to, None for a new one. `state`: its state afterwards.

    `reopens`: a resolved case comes back. `follow_up_of`: the case that a new one continues.
    `quoted_case`: another case that the message quotes. `related`: active cases to suggest to the agent.
    """

    case: str | None
    state: State
    evidence: Evidence
    reopens: bool = False
    follow_up_of: str | None = None
    quoted_case: str | None = None
    related: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


class Windows(Protocol):
    """Durations in seconds by channel; 0 where a channel has none."""

    def reopen_s(self, channel: str) -> int:
        """How long after it was resolved a case of this channel comes back by a message."""

    def join_s(self, channel: str) -> int:
        """How old the last activity may be of the one active case on another conversation."""


def attach(channel: str, at: datetime, found: Found, windows: Windows) -> Decision:
    """The case of a customer's message sent at `at` (provider's clock)."""
    flags = ("foreign_ref",) if found.referenced and not found.referenced.ours else ()
    named = _named(at, found, windows)
    if named:
        return named
    quoted = found.quoted.id if found.quoted and found.quoted.ours else None
    own = found.conversation
    if own and own.state in ACTIVE:
        return Decision(own.id, _after_message(own.state), "conversation", quoted_case=quoted, flags=flags)
    if own and own.state == "spam" and at - own.last_customer_at < timedelta(days=30):
        return Decision(own.id, "spam", "conversation", flags=flags)
    near = [case for case in found.elsewhere if case.state in ACTIVE]
    if len(near) == 1 and _within(at - near[0].last_customer_at, windows.join_s(channel)):
        return Decision(near[0].id, _after_message(near[0].state), "cross_channel", quoted_case=quoted, flags=flags)
    if own and _reopens(own, at, windows):
        return Decision(own.id, "open", "conversation", reopens=True, flags=flags)
    earlier = found.quoted if quoted else own
    return Decision(
        None,
        "new",
        "none",
        follow_up_of=earlier.id if earlier and earlier.state in ("resolved", "closed") else None,
        quoted_case=quoted,
        related=tuple(case.id for case in near),
        flags=flags + (("late",) if earlier and _is_late(earlier, at) else ()),
    )


def _named(at: datetime, found: Found, windows: Windows) -> Decision | None:
    """A quoted or referenced case of the sender's own, if its state lets it take the message.

    A resolved one is not reopened beside an active case of the same conversation: there is never more than one.
    """
    named: tuple[tuple[KnownCase | None, Evidence], ...] = ((found.quoted, "quote"), (found.referenced, "reference"))
    for case, evidence in named:
        if case is None or not case.ours:
            continue
        if case.state in ACTIVE:
            return Decision(case.id, _after_message(case.state), evidence)
        elsewhere_open = found.conversation is not None and found.conversation.state in ACTIVE
        if _reopens(case, at, windows) and not elsewhere_open:
            return Decision(case.id, "open", evidence, reopens=True)
    return None


def _after_message(state: State) -> State:
    """A customer's message wakes a waiting case; `new` stays new until an agent answers."""
    return "new" if state == "new" else "open"


def _reopens(case: KnownCase, at: datetime, windows: Windows) -> bool:
    if case.state != "resolved" or case.resolved_at is None:
        return False
    return at - case.resolved_at < timedelta(seconds=windows.reopen_s(case.channel))


def _is_late(case: KnownCase, at: datetime) -> bool:
    """Sent while the case was still going on, arrived after it had ended."""
    ended = case.closed_at or case.resolved_at
    return ended is not None and at < ended


def _within(age: timedelta, window_s: int) -> bool:
    return age < timedelta(seconds=window_s)


def attach_outbound(found: Found) -> Decision:
    """The case of what our own people said outside the hub: an answer never reopens, and wakes nobody's clock."""
    own = found.conversation
    if own is None or own.state in ("closed", "merged", "spam"):
        follow_up_of = own.id if own and own.state == "closed" else None
        return Decision(None, "open", "none", follow_up_of=follow_up_of)
    return Decision(own.id, "open" if own.state == "new" else own.state, "conversation")
