"""First contact resolution, by the four methods, each counted apart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from shared.domain.figures.chronicle import Chronicle, stated
from shared.domain.figures.contacts import Contact
from shared.domain.figures.model import UNKNOWN, Fact
from shared.domain.figures.resolution import reopened_within
from shared.domain.figures.states import Stretch, resolutions

TOPIC_UNKNOWN = "topic_unknown"


def first_contact_facts(chronicle: Chronicle) -> Iterator[Fact]:
    """By case, by repeated contact, and by a single reply. What customers say themselves is a survey's.

    A case counts on the day of its first resolution and for the channel of its first contact. It is provisional until
    the window has passed: whoever asks leaves out the last days.
    """
    if not chronicle.is_human:
        return
    yield from _by_contact(chronicle)
    resolved = resolutions(chronicle.stretches)
    if not resolved:
        return
    if len(chronicle.replies) == 1:
        yield stated(chronicle, "one_touch_yes", resolved[0].began)
    first = chronicle.first_contact
    handled = any(contact.answer for contact in chronicle.contacts)
    if first and handled and not chronicle.turns.is_outbound:
        yield from _by_case(chronicle, first, resolved[0])


def _by_case(chronicle: Chronicle, first: Contact, resolved: Stretch) -> Iterator[Fact]:
    names = ["fcr_eligible"]
    solved = _is_first_contact(chronicle, first, resolved)
    names += ["fcr_yes"] if solved else []
    if chronicle.topic not in chronicle.rules.limits.later_topics:
        names += ["fcr_net_eligible"] + (["fcr_net_yes"] if solved else [])
    for metric in names:
        yield stated(
            chronicle, metric, resolved.began, also_at=first.opened_at, channel=first.channel, flags=_flags(chronicle)
        )


def _is_first_contact(chronicle: Chronicle, first: Contact, resolved: Stretch) -> bool:
    window = chronicle.rules.limits.fcr_s
    further = [contact for contact in _whole(chronicle) if contact is not first and contact.opened_at <= resolved.since]
    if further or first.answer is None or reopened_within(chronicle, resolved, window):
        return False
    return not _came_elsewhere(chronicle, first.opened_at, resolved.since, window)


def _by_contact(chronicle: Chronicle) -> Iterator[Fact]:
    window = chronicle.rules.limits.fcr_s
    whole = _whole(chronicle)
    for contact in whole:
        if contact.answer is None:
            continue
        last = contact.last_at
        end = last + timedelta(seconds=window)
        again = any(contact.opened_at < other.opened_at < end for other in whole)
        again = again or _came_elsewhere(chronicle, contact.opened_at, last, window)
        for metric in ["fcr_repeat_eligible"] + ([] if again else ["fcr_repeat_yes"]):
            yield stated(
                chronicle, metric, contact.answer, at=last, also_at=contact.opened_at, channel=contact.channel,
                flags=_flags(chronicle),
            )  # fmt: skip


def _whole(chronicle: Chronicle) -> list[Contact]:
    """Contacts without the attempts that were abandoned: they neither count nor spoil."""
    return [contact for contact in chronicle.contacts if not contact.is_abandoned]


def _came_elsewhere(chronicle: Chronicle, opened: datetime, ended: datetime, window_s: int) -> bool:
    """Whether the same customer began another case on the topic, up to the window's end."""
    came = chronicle.history.beside.next_contact_at
    return came is not None and opened < came < ended + timedelta(seconds=window_s)


def _flags(chronicle: Chronicle) -> frozenset[str]:
    return frozenset({TOPIC_UNKNOWN}) if chronicle.topic == UNKNOWN else frozenset()
