"""Of whom a survey is asked, and which of the answers to one counts. kpis.md §5, privacy.md §3, routing_sla.md §7."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final, Literal

from shared.domain.consent import ALLOWS, EVERY_CHANNEL, MARKETING, Consent, newest
from shared.domain.sending import Account, Person, Sending, may_send

SURVEY: Final = "survey"
"""Purpose of the consents that speak of surveys; kind of their entries."""

COMMENT: Final = "survey_comment"
"""Flag of what somebody wrote about their answer."""

ANSWERED_WITHIN: Final = timedelta(days=7)
CHANGED_WITHIN: Final = timedelta(hours=24)
"""Since the first answer. Both half-open."""
REST: Final = timedelta(days=7)
"""So long after a survey nobody is asked again, on whatever channel."""
STALE: Final = timedelta(hours=24)
"""So long after its time a survey is no longer asked: nobody remembers what it is about."""
MOST_ANSWERS: Final = 20
"""Of one survey that are kept: whoever changes their mind more often is a machine."""

Why = Literal[
    "spam",
    "duplicate",
    "public_thread",
    "external_participant",
    "nobody_wrote",
    "not_on_this_channel",
    "stale",
    "opted_out",
    "asked_lately",
    "needs_verification",
    "undeliverable",
    "window_closed",
    "another_is_open",
    "journey_asked",
    "no_conversation",
    "restricted",
]
"""Why a survey that was due is not asked."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """What the decision needs. `state`: of the case. `nowhere`: why nothing can be said to the customer in private,
    None where it can. `asked_at`: when this person, or one merged with them, was last asked. `said_at`: the customer's
    last words on the channel's account. `due_at`: when it was due. `journey_open`: it is a journey's survey, and
    another case of it is open still; `journey_asked`: it is, and its journey was asked about before."""

    state: str
    channel: str
    due_at: datetime
    zone: tzinfo
    nowhere: Why | None = None
    is_offered: bool = True
    asked_at: datetime | None = None
    said_at: datetime | None = None
    consents: Sequence[Consent] = ()
    is_doubted: bool = False
    is_dead: bool = False
    is_restricted: bool = False
    journey_open: bool = False
    journey_asked: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """`why` it is not asked; or not before `until`; or, with neither, now."""

    why: Why | None = None
    until: datetime | None = None


def decide(occasion: Occasion, now: datetime) -> Verdict:
    """Whether to ask. The first reason against it counts; a person's night is waited out."""
    why = _of_case(occasion) or _of_person(occasion, now)
    if why:
        return Verdict(why)
    what = Sending(occasion.channel, SURVEY)
    person = Person(occasion.zone, occasion.said_at, occasion.consents, is_verified=not occasion.is_doubted)
    decision = may_send(what, person, Account(), now)
    if decision.verdict == "wait":
        return Verdict(until=decision.until)
    if now - occasion.due_at >= STALE:
        return Verdict("stale")
    return Verdict() if decision.verdict == "free" else Verdict("window_closed")


def _of_case(occasion: Occasion) -> Why | None:
    if occasion.state == "spam":
        return "spam"
    if occasion.state == "merged":
        return "duplicate"
    if occasion.nowhere:
        return occasion.nowhere
    if occasion.journey_open:
        return "another_is_open"
    if occasion.journey_asked:
        return "journey_asked"
    return None if occasion.is_offered else "not_on_this_channel"


def _of_person(occasion: Occasion, now: datetime) -> Why | None:
    if opted_out(occasion.consents, occasion.channel):
        return "opted_out"
    if occasion.is_restricted:
        return "restricted"
    if occasion.is_doubted:
        return "needs_verification"
    if occasion.is_dead:
        return "undeliverable"
    return "asked_lately" if occasion.asked_at and now - occasion.asked_at < REST else None


def opted_out(consents: Iterable[Consent], channel: str) -> bool:
    """Whether the person wants no surveys there: they said so of surveys, or, having said nothing of those, stopped
    marketing. Who writes "stop" does not look up which purpose they mean."""
    said = list(consents)
    of_surveys = _refused(said, SURVEY, channel)
    return bool(_refused(said, MARKETING, channel) if of_surveys is None else of_surveys)


def stopped_surveys(consents: Iterable[Consent], channel: str) -> bool:
    """Whether the person said so of surveys themselves: that stands when they agree to marketing again."""
    return bool(_refused(list(consents), SURVEY, channel))


def _refused(said: list[Consent], purpose: str, channel: str) -> bool | None:
    """None where they said neither yes nor no."""
    about = [one for one in said if one.purpose == purpose and one.channel in (channel, EVERY_CHANNEL)]
    decides = newest(one.model_copy(update={"channel": channel}) for one in about)
    if decides and decides[0].action in ALLOWS | {"deny", "withdraw"}:
        return decides[0].action not in ALLOWS
    return None


def is_in_time(at: datetime, until: datetime, first: datetime | None) -> bool:
    """Whether an answer of the moment `at` counts. `until`: of the survey; `first`: of its first answer that counts."""
    return at < until and (first is None or at - first < CHANGED_WITHIN)
