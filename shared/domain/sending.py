"""Whether something may go out now: the checks at the moment of sending, in their order, and how long to wait. Pure.

Source: routing_sla.md §7. All checks that were made are recorded; the first that fails decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Final, Literal

from shared.domain.answer import Later
from shared.domain.consent import ALLOWS, EVERY_CHANNEL, Consent, newest

Purpose = Literal["service", "transactional", "outage", "security", "survey", "marketing"]
"""`service`: an answer in a case. `outage`: news of the person's own service. `security`: codes and warnings."""

Check = Literal["stopped", "consent", "barred", "identity", "frequency", "quiet_hours", "window", "duplicate", "rate"]
Verdict = Literal["free", "human", "private_reply", "template", "wait", "draft", "no"]
"""`free`: in its own words. `human`: so, too, but marked as a person's own answer. `private_reply`: as the one private
answer that a public comment may have. `template`: only as the approved one. `wait`: not before `until`. `draft`: kept,
and the agent is told. `no`: not to this person on this channel."""

WINDOW: Final[Mapping[str, timedelta]] = dict.fromkeys(("whatsapp", "messenger", "instagram"), timedelta(hours=24))
"""So long after the customer's last words on that very account they may be written to in any words. Half-open."""
HUMAN_WINDOW: Final[Mapping[str, timedelta]] = dict.fromkeys(("messenger", "instagram"), timedelta(days=7))
"""So long a person may still answer, never a machine, where the provider allowed the account to."""
COMMENT_WINDOW: Final = dict.fromkeys(("messenger", "instagram"), timedelta(days=7))
"""So long after a public comment its author may be answered in private, once."""
MARGIN: Final[Mapping[str, timedelta]] = dict.fromkeys(("messenger", "instagram"), timedelta(seconds=30))
"""So much sooner the hub takes a window for closed: a request under way takes its time, and clocks differ."""
TEMPLATES: Final = frozenset({"whatsapp"})
"""Channels on which an approved template may go where nothing else may."""
OPENS_WINDOW: Final = frozenset({"message", "postback", "call", "survey", "unsupported"})
"""Kinds of the customer's events that open it: no reaction, edit, deletion, receipt or echo does."""
NEEDS_GRANT: Final = frozenset({"marketing"})
"""Purposes for which silence is no consent; the others have a basis until the person says no."""
CAPS: Final[Mapping[str, tuple[tuple[int, timedelta], ...]]] = {
    "marketing": ((1, timedelta(hours=24)), (4, timedelta(days=30))),
}
AT_ANY_HOUR: Final = frozenset({"service", "outage", "security"})
"""What is not proactive, or cannot wait. `service` answers somebody who wrote."""
QUIET_FROM: Final = time(21)
QUIET_UNTIL: Final = time(8)

Bar = Literal["suppressed", "blocked", "erased", "minor"]


@dataclass(frozen=True, slots=True)
class Sending:
    """What is to go out. `is_sensitive`: it names debts, health and the like. `template`: an approved one of the right
    category is at hand, and not paused. `is_duplicate`: this person got this campaign already. `by_person`: an agent
    wrote it. `human_window`: the provider lets people of this account answer longer. `comment_at`: it answers in
    private what somebody said in public then."""

    channel: str
    purpose: Purpose = "service"
    is_sensitive: bool = False
    template: bool = False
    is_duplicate: bool = False
    by_person: bool = False
    human_window: bool = False
    comment_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of whom it goes to. `last_said`: the customer's last words on that very account.

    `sent`: when this person got something of the same purpose. `zone`: where they are.
    """

    zone: tzinfo
    last_said: datetime | None = None
    consents: Sequence[Consent] = ()
    bars: frozenset[Bar] = frozenset()
    is_verified: bool = True
    is_shared: bool = False
    sent: Sequence[datetime] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """Our end. `is_stopped`: somebody pulled the switch. `free_at`: when its rate lets something through again."""

    is_stopped: bool = False
    free_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """`made`: the checks in order, the last one decided. `because`: that one, None when all passed."""

    verdict: Verdict
    made: tuple[Check, ...]
    because: Check | None = None
    until: datetime | None = None


def may_send(what: Sending, person: Person, account: Account, now: datetime) -> Decision:
    """The checks of the sheet, in its order."""
    made: list[Check] = []
    for check, make in _CHECKS:
        made.append(check)
        stopped = make(what, person, account, now)
        if stopped is not None:
            verdict, until = stopped
            return Decision(verdict, tuple(made), check, until)
    return Decision(open_way(what, person.last_said, now) or "template", tuple(made))


def open_way(
    what: Sending, last_said: datetime | None, now: datetime
) -> Literal["free", "human", "private_reply"] | None:
    """In which way it may be said in its own words now; None in none. `last_said`: the customer's last words on that
    very account."""
    margin = MARGIN.get(what.channel, timedelta())
    if what.comment_at is not None:
        limit = COMMENT_WINDOW.get(what.channel, timedelta())
        return "private_reply" if now - what.comment_at < limit - margin else None
    if in_window(what.channel, last_said, now):
        return "free"
    longer = HUMAN_WINDOW.get(what.channel) if what.by_person and what.human_window else None
    return "human" if longer and last_said is not None and now - last_said < longer - margin else None


def why_closed(what: Sending, last_said: datetime | None, now: datetime) -> str:
    """By which code of the hub's own an agent is told that no way is open."""
    if what.comment_at is not None:
        return "comment_too_old"
    longer = HUMAN_WINDOW.get(what.channel)
    if longer is None:
        return "window_closed"
    return "week_over" if last_said is None or now - last_said >= longer - MARGIN[what.channel] else "day_over"


def in_window(channel: str, last_said: datetime | None, now: datetime) -> bool:
    """Whether a person may be written to in any words, by when they last wrote on that very account (provider's
    clock). A channel without windows is always open."""
    window, margin = WINDOW.get(channel), MARGIN.get(channel, timedelta())
    return window is None or (last_said is not None and now - last_said < window - margin)


def allows(consents: Sequence[Consent], purpose: Purpose, channel: str) -> bool:
    """What the person said of this purpose on this channel; what they never said anything of has its basis, or none."""
    of_purpose = (one for one in consents if one.purpose == purpose)
    about = [one for one in of_purpose if one.channel in (channel, EVERY_CHANNEL)]
    # What was said of every channel counts here too: the later of both decides, of two at once the stricter.
    decides = newest(one.model_copy(update={"channel": channel}) for one in about)
    if decides:
        return decides[0].action in ALLOWS
    return purpose not in NEEDS_GRANT


def quiet_until(now: datetime, zone: tzinfo) -> datetime | None:
    """When a person's night is over; None by day."""
    local = now.astimezone(zone)
    if QUIET_UNTIL <= local.time() < QUIET_FROM:
        return None
    morning = local.date() + timedelta(days=local.time() >= QUIET_FROM)
    return datetime.combine(morning, QUIET_UNTIL, tzinfo=zone).astimezone(now.tzinfo)


def after_refusal(has_template: bool, *, retried: bool) -> Verdict:
    """The provider says that the window is closed, though it was open to us: once as a template, else kept."""
    return "template" if has_template and not retried else "draft"


LONGEST_WAIT_S: Final = 900.0
STOPPED_S: Final = 24 * 3600.0
PASSING_S: Final = 3600.0


def wait_s(attempts: int, said: Later) -> float:
    """Seconds until the next try, after so many in a row before this one: 4ⁿ, or as long as we were asked."""
    return max(said.after_s or 0.0, min(4.0 ** min(attempts, 10), LONGEST_WAIT_S))


def give_up_after_s(said: Later) -> float:
    """So old an answer may become before its agent is told that it did not go out. What stops the whole account is
    mended by a person, and may take until the window closes anyway."""
    return STOPPED_S if said.whole_account or said.stops else PASSING_S


_Stop = tuple[Verdict, datetime | None] | None


def _stopped(_what: Sending, _person: Person, account: Account, _now: datetime) -> _Stop:
    return ("draft", None) if account.is_stopped else None


def _consent(what: Sending, person: Person, _account: Account, _now: datetime) -> _Stop:
    return None if allows(person.consents, what.purpose, what.channel) else ("no", None)


def _barred(what: Sending, person: Person, _account: Account, _now: datetime) -> _Stop:
    """A minor may be answered, and is never advertised to; whoever is erased or blocked gets nothing."""
    bars = person.bars if what.purpose == "marketing" else person.bars - {"minor", "suppressed"}
    return ("no", None) if bars else None


def _identity(what: Sending, person: Person, _account: Account, _now: datetime) -> _Stop:
    is_safe = person.is_verified and not (person.is_shared and what.is_sensitive)
    return None if is_safe else ("draft", None)


def _frequency(what: Sending, person: Person, _account: Account, now: datetime) -> _Stop:
    for most, period in CAPS.get(what.purpose, ()):
        recent = sorted(at for at in person.sent if now - at < period)
        if len(recent) >= most:
            return "wait", recent[-most] + period
    return None


def _quiet_hours(what: Sending, person: Person, _account: Account, now: datetime) -> _Stop:
    until = None if what.purpose in AT_ANY_HOUR else quiet_until(now, person.zone)
    return ("wait", until) if until else None


def _window(what: Sending, person: Person, _account: Account, now: datetime) -> _Stop:
    if open_way(what, person.last_said, now) or what.template:
        return None
    return ("draft" if what.purpose == "service" else "no"), None


def _duplicate(what: Sending, _person: Person, _account: Account, _now: datetime) -> _Stop:
    return ("no", None) if what.is_duplicate else None


def _rate(_what: Sending, _person: Person, account: Account, now: datetime) -> _Stop:
    return ("wait", account.free_at) if account.free_at and account.free_at > now else None


_Make = Callable[[Sending, Person, Account, datetime], _Stop]
_CHECKS: Final[tuple[tuple[Check, _Make], ...]] = (
    ("stopped", _stopped),
    ("consent", _consent),
    ("barred", _barred),
    ("identity", _identity),
    ("frequency", _frequency),
    ("quiet_hours", _quiet_hours),
    ("window", _window),
    ("duplicate", _duplicate),
    ("rate", _rate),
)
