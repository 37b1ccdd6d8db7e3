"""One original read twice: what a newer parser makes of it against what was recorded. Pure.

Recording adds to what a parser says: the portfolio of an account, flags of its own. `as_recorded` gives a new reading
the same, so that only what the parsers disagree about is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from shared.domain.edits import OUTDATED
from shared.domain.event import Event, Identity
from shared.domain.resolution import PARENT
from shared.domain.surveys.flags import LATE
from shared.domain.surveys.rules import COMMENT, SURVEY

REPARSED: Final = "reparsed"
"""Flag of the revision that a new reading is recorded as."""

ADDED_FLAGS: Final = frozenset(
    {"foreign_ref", "late", "courtesy", "channel_switch", "external_participant", "opt_out", "opt_in"}
    | {"erasure_request", "refused", "unmapped", "stayed", "conflict", "imported", "late_file"}
    | {OUTDATED, REPARSED, LATE, COMMENT}
)
"""What recording flags, and no parser."""

SAID: Final = frozenset(
    {"message", "postback", "comment", "call", "survey", "bounce", "auto_reply", "unsupported"}
)  # fmt: skip
"""Kinds that differ in what they show, not in what recording does with them: one may turn out to be another."""

TAKES_EFFECT: Final = frozenset({"receipt", "state_change", "identity_change"})
"""Kinds that changed something beside their entry, which a revision of the entry would not change back."""


_SETTLED: Final = {"identity_change": ("visibility",), "state_change": ("text", "reason")}
"""What recording itself decides of an entry, by its kind: who sees it, and which state came of what a tool asked."""


def as_recorded(stored: Event, read: Event) -> Event:
    """The new reading with what recording added to the earlier one."""
    scopes: dict[tuple[str, str], str | None] = {}
    for one in (*stored.identities, *stored.previous_identities):
        scopes[one.kind, one.value] = one.namespace
    added = [flag for flag in stored.flags if flag in ADDED_FLAGS and flag not in read.flags]
    settled = _SETTLED.get(read.kind, ()) if stored.kind == read.kind else ()
    if stored.survey:
        # No parser knows of the hub's own surveys: what it reads is the tap or the words that recording understood.
        settled = ("survey", *(("kind", "choice") if stored.kind == SURVEY else ()))
    return read.model_copy(
        update={
            **{name: getattr(stored, name) for name in settled},
            "identities": [_scoped(one, scopes) for one in read.identities],
            "previous_identities": [_scoped(one, scopes) for one in read.previous_identities],
            "flags": [*read.flags, *added],
        }
    )


def _scoped(identity: Identity, scopes: Mapping[tuple[str, str], str | None]) -> Identity:
    """Only the portfolio of a business-scoped id is not the parser's to say."""
    if identity.kind != "whatsapp" or identity.namespace == PARENT:
        return identity
    known = scopes.get((identity.kind, identity.value))
    return identity if known in (None, PARENT) else identity.model_copy(update={"namespace": known})


def where_recorded(stored: Event, read: Event) -> Event:
    """The new reading where recording put the earlier one: on the Instagram account behind a Page's id, and of whoever
    the account answered in public, which only their comment says."""
    moved: dict[str, Any] = {}
    if read.channel == stored.channel == "instagram" and read.account != stored.account:
        people = [_on(one, read.account, stored.account) for one in read.identities]
        moved = {"account": stored.account, "identities": people}
    if read.direction == "outbound":
        if read.public and not read.identities:
            moved["identities"] = stored.identities
        if not stored.references:
            moved["references"] = []
    return read.model_copy(update=moved) if moved else read


def _on(identity: Identity, was: str, account: str) -> Identity:
    if identity.namespace != was:
        return identity
    return identity.model_copy(update={"namespace": account})


def differences(stored: Event, read: Event) -> list[str]:
    """Names of the fields in which a new reading differs from the earlier one; no field's content."""
    before, now = _fields(stored), _fields(as_recorded(stored, read))
    return [name for name in Event.model_fields if before.get(name) != now.get(name)]


def _fields(event: Event) -> dict[str, Any]:
    """As stored: without what an entry has beside its event, and flags in any order."""
    said = event.model_dump(mode="json", exclude_defaults=True, include=set(Event.model_fields))
    if "flags" in said:
        said["flags"] = sorted(said["flags"])
    return said


def objection(stored: Event, read: Event) -> str | None:
    """Why this new reading cannot stand as a revision of the earlier one, for a person to decide; None when it can.

    What a message is known by, who said it and what it set going were settled when it was recorded.
    """
    if _place(stored) != _place(read):
        return "it is another message by its id, account or thread"
    if stored.direction != read.direction or stored.author.type != read.author.type or not _same_person(stored, read):
        return "it is another sender's"
    if stored.kind != read.kind and not {stored.kind, read.kind} <= SAID:
        return f"it was {_a(stored.kind)} and is {_a(read.kind)}"
    if read.kind in TAKES_EFFECT:
        return f"what {_a(read.kind)} changed is not changed back"
    if read.kind not in SAID and _target(stored) != _target(read):
        return "it speaks of another message"
    return None


def _place(event: Event) -> tuple[str | None, ...]:
    return event.channel, event.account, event.thread, event.message_id


def _same_person(stored: Event, read: Event) -> bool:
    """More or fewer ids of one person may be read; none in common is somebody else."""
    before = {(one.kind, one.value) for one in stored.identities}
    now = {(one.kind, one.value) for one in read.identities}
    return bool(before & now) or not (before or now)


def _target(event: Event) -> str | None:
    return event.reaction.target if event.reaction else event.in_reply_to


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind.replace('_', ' ')}"
