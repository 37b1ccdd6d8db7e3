"""Which case an inbound item belongs to: the decision alone, no clock, no table.

Follows the pipeline of "Which case does an inbound item belong to?": evidence by strength, then the state
rule. Ages are measured between provider times; windows are half-open. Without a classifier two messages of one
conversation are always of the same topic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol

from shared.domain.case import ACTIVE, State
from shared.domain.subject import is_other_topic

Evidence = Literal["quote", "token", "reference", "conversation", "cross_channel", "none"]

COMMENT: Final = "comment"
"""The channel by which windows name what is public."""

BY_NAME: Final = frozenset({"email", "voice", "in_person"})
"""Channels on which an item belongs to an earlier case only if it names it: threads, calls and visits begin anew."""

NEW_TOPIC: Final = timedelta(days=14)
"""After so long without a word an old mail that is answered under another subject begins a new topic."""

SPAM_FOR: Final = timedelta(days=30)
"""So long after it was said to be spam a case takes what names it, or comes on its conversation."""

COURTESY: Final = "courtesy"
LATE: Final = "late"
FOREIGN: Final = "foreign_ref"
SWITCH: Final = "channel_switch"
EXTERNAL: Final = "external_participant"


@dataclass(frozen=True, slots=True)
class KnownCase:
    """What the decision needs of a case. `ours`: it is the sender's own; `participant`: they joined it before.

    `orders`: the order numbers named in it. `subject`: the topic of its newest mail. `active_at`: when anything last
    happened in it, if later than the customer's last words. `public`: it was opened by a public comment. `since`: when
    its state was decided, None where that is not known.
    """

    id: str
    state: State
    brand: str
    channels: tuple[str, ...]
    last_customer_at: datetime
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    ours: bool = True
    participant: bool = False
    public: bool = False
    orders: frozenset[str] = frozenset()
    since: datetime | None = None
    subject: str = ""
    active_at: datetime | None = None

    @property
    def is_known_to_sender(self) -> bool:
        """Whether they may join it by naming it."""
        return self.ours or self.participant


@dataclass(frozen=True, slots=True)
class Found:
    """The candidates by strength, as far as they exist; of merged cases those that survive."""

    quoted: KnownCase | None = None
    token: KnownCase | None = None
    """Of the signed address it was sent to."""
    referenced: KnownCase | None = None
    """That the text names: of several the first that the sender may join, else the first."""
    names_others: bool = False
    """It names besides a case that is none of the sender's."""
    conversation: KnownCase | None = None
    elsewhere: Sequence[KnownCase] = ()
    """The customer's other cases of the same brand."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What the decision needs of an item. `courtesy`: thanks and nothing more. `orders`: order numbers it names.
    `subject`: a mail's topic.

    `threaded`: its channel says by itself which conversation it belongs to (a call's later news).
    """

    channel: str
    at: datetime
    public: bool = False
    courtesy: bool = False
    orders: frozenset[str] = frozenset()
    threaded: bool = False
    subject: str = ""

    @property
    def window(self) -> str:
        """The channel by which windows name it."""
        return COMMENT if self.public else self.channel

    @property
    def needs_a_name(self) -> bool:
        """Whether its conversation alone is no evidence."""
        return self.channel in BY_NAME and not self.threaded


@dataclass(frozen=True, slots=True)
class Decision:
    """`case`: the one to append to, None for a new one. `state`: its state afterwards.

    `reopens`: a resolved case comes back. `follow_up_of`: the case that a new one continues.
    `quoted_case`: another case that the message quotes. `related`: active cases to suggest to the agent.
    `external`: the sender joins another's case, whose history is not for them. `turn`: the customer waits for an
    answer.
    """

    case: str | None
    state: State
    evidence: Evidence
    reopens: bool = False
    follow_up_of: str | None = None
    quoted_case: str | None = None
    related: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    external: bool = False
    turn: bool = True


class Windows(Protocol):
    """Durations in seconds by channel; 0 where a channel has none."""

    def reopen_s(self, channel: str) -> int:
        """How long after it was resolved a case comes back by an item of this channel."""

    def join_s(self, channel: str) -> int:
        """How old the last activity may be of the one active case on another conversation."""


def attach(
    turn: Turn, found: Found, windows: Windows, *, stay_on_hold: bool = False, new_topic: timedelta = NEW_TOPIC
) -> Decision:
    """The case of a customer's message. `stay_on_hold`: it does not take a case off hold. `new_topic`: how old the last
    activity must be for another subject to begin another case; zero: none ever does."""
    decision = _Attachment(turn, found, windows, stay_on_hold, new_topic).decide()
    if found.names_others or (found.referenced and not found.referenced.is_known_to_sender):
        decision = replace(decision, flags=(*decision.flags, FOREIGN))
    return decision


def attach_outbound(at: datetime, found: Found) -> Decision:
    """The case of what our own people said outside the hub: an answer never reopens, and wakes nobody's clock."""
    if found.quoted and found.quoted.ours and found.quoted.state in ACTIVE:
        return _answered(found.quoted, "quote")
    own = found.conversation
    if own is None:
        return Decision(None, "open", "none", turn=False)
    if own.state == "closed" and not (own.closed_at and at < own.closed_at):
        return Decision(None, "open", "none", follow_up_of=own.id, turn=False)
    return _answered(own, "conversation")


def attach_automatic(found: Found) -> Decision | None:
    """The case of what no person said (an absence notice, a bounce, a survey's answer): one that it names, left as
    it is. None where it names none: it opens nothing and joins nothing."""
    referenced = found.referenced if found.referenced and found.referenced.is_known_to_sender else None
    named: tuple[tuple[KnownCase | None, Evidence], ...] = (
        (found.quoted, "quote"),
        (found.token, "token"),
        (referenced, "reference"),
    )
    for case, evidence in named:
        if case:
            return Decision(case.id, case.state, evidence, turn=False)
    return None


def _answered(case: KnownCase, evidence: Evidence) -> Decision:
    return Decision(case.id, "open" if case.state == "new" else case.state, evidence, turn=False)


@dataclass(frozen=True, slots=True)
class _Attachment:
    turn: Turn
    found: Found
    windows: Windows
    stay_on_hold: bool
    new_topic: timedelta

    def decide(self) -> Decision:
        """By the strongest evidence that leads to a case which takes the item; else a new case."""
        return self._named() or self._here() or self._elsewhere() or self._reopened() or self._new()

    def _named(self) -> Decision | None:
        """A case the item names, by quote, token or reference, if its state lets it take the item.

        A resolved one is not reopened beside an active case of the same conversation: there is never more than one.
        """
        for case, evidence in self._names():
            if self._is_spam(case) and case.ours:
                return Decision(case.id, "spam", evidence, turn=False)
            if evidence != "reference" and self._is_another_topic(case):
                continue
            if case.state in ACTIVE:
                return self._joins(case, evidence)
            if self._reopens(case) and not self._is_busy_here(case):
                return self._comes_back(case, evidence)
        return None

    def _is_another_topic(self, case: KnownCase) -> bool:
        """Whether an old mail was only a way to our address: another subject, and long nothing happened."""
        if not self.new_topic or not is_other_topic(self.turn.subject, case.subject):
            return False
        return self.turn.at - max(case.last_customer_at, case.active_at or case.last_customer_at) > self.new_topic

    def _names(self) -> list[tuple[KnownCase, Evidence]]:
        """Those that the sender may join: their own; by a token or a mail's thread also another's."""
        found, by_thread = self.found, self.turn.channel == "email"
        named: list[tuple[KnownCase | None, Evidence, bool]] = [
            (found.quoted, "quote", by_thread),
            (found.token, "token", True),
            (found.referenced, "reference", False),
        ]
        return [(case, evidence) for case, evidence, anybody in named if case and (anybody or case.is_known_to_sender)]

    def _is_busy_here(self, case: KnownCase) -> bool:
        own = self.found.conversation
        if own is None or own.id == case.id or self.turn.needs_a_name:
            return False
        return own.state in ACTIVE

    def _here(self) -> Decision | None:
        """The conversation's own case, active or spam."""
        own = self.found.conversation
        if own is None or self.turn.needs_a_name:
            return None
        if own.state in ACTIVE:
            return replace(self._joins(own, "conversation"), quoted_case=self._quoted())
        if self._is_spam(own):
            return Decision(own.id, "spam", "conversation", turn=False)
        return None

    def _elsewhere(self) -> Decision | None:
        """The one active case on another conversation, as far as the channel joins by time; a mail by an order."""
        near = [case for case in self._active() if not case.public]
        if self.turn.public:
            return None
        if self.turn.channel == "email":
            near = [case for case in near if case.orders & self.turn.orders]
            is_near = len(near) == 1
        else:
            window = timedelta(seconds=self.windows.join_s(self.turn.channel))
            is_near = len(near) == 1 and self.turn.at - near[0].last_customer_at < window
        return replace(self._joins(near[0], "cross_channel"), quoted_case=self._quoted()) if is_near else None

    def _active(self) -> list[KnownCase]:
        own = self.found.conversation
        cases = [own, *self.found.elsewhere] if own and self.turn.needs_a_name else self.found.elsewhere
        return [case for case in cases if case.state in ACTIVE]

    def _reopened(self) -> Decision | None:
        """The conversation's own case, resolved not long ago."""
        own = self.found.conversation
        if own is None or self.turn.needs_a_name or not self._reopens(own):
            return None
        return self._comes_back(own, "conversation")

    def _new(self) -> Decision:
        earlier = self._earlier()
        ended = earlier is not None and (earlier.state in ("resolved", "closed") or self._is_another_topic(earlier))
        return Decision(
            None,
            "new",
            "none",
            follow_up_of=earlier.id if earlier and ended else None,
            quoted_case=self._quoted(),
            related=tuple(dict.fromkeys(case.id for case in (*self._active(), *self._others()))),
            flags=(LATE,) if earlier and _is_late(earlier, self.turn.at) else (),
        )

    def _earlier(self) -> KnownCase | None:
        """The sender's own case that a new one continues: the one it names, else its conversation's."""
        named = next((case for case, _ in self._names() if case.ours), None)
        return named or (None if self.turn.needs_a_name else self.found.conversation)

    def _others(self) -> list[KnownCase]:
        """Cases of others that it names and that cannot take it: for the agent to see."""
        return [case for case, _ in self._names() if not case.ours]

    def _quoted(self) -> str | None:
        quoted = self.found.quoted
        return quoted.id if quoted and quoted.ours else None

    def _joins(self, case: KnownCase, evidence: Evidence) -> Decision:
        """A customer's message wakes a waiting case; `new` stays new until an agent answers."""
        stays = case.state == "new" or (case.state == "on_hold" and self.stay_on_hold)
        state: State = case.state if stays else "open"
        return Decision(case.id, state, evidence, flags=self._marks(case), external=not case.ours)

    def _comes_back(self, case: KnownCase, evidence: Evidence) -> Decision:
        if self.turn.courtesy:
            flags = (*self._marks(case), COURTESY)
            return Decision(case.id, case.state, evidence, flags=flags, external=not case.ours, turn=False)
        return Decision(case.id, "open", evidence, reopens=True, flags=self._marks(case), external=not case.ours)

    def _marks(self, case: KnownCase) -> tuple[str, ...]:
        switch = () if self.turn.channel in case.channels else (SWITCH,)
        return switch if case.ours else (*switch, EXTERNAL)

    def _is_spam(self, case: KnownCase) -> bool:
        return case.state == "spam" and self.turn.at - (case.since or case.last_customer_at) < SPAM_FOR

    def _reopens(self, case: KnownCase) -> bool:
        if case.state != "resolved" or case.resolved_at is None:
            return False
        return self.turn.at - case.resolved_at < timedelta(seconds=self.windows.reopen_s(self.turn.window))


def _is_late(case: KnownCase, at: datetime) -> bool:
    """Sent while the case was still going on, arrived after it had ended."""
    ended = case.closed_at or case.resolved_at
    return ended is not None and at < ended
