"""A person changed number or id: `system` messages, and the field `user_id_update` of Meta's drafts."""

from __future__ import annotations

import re
from typing import Final

from shared.channels.whatsapp.identities import CONTACT, PREVIOUS, SENDER, Names, best_first, identities, named
from shared.channels.whatsapp.source import SYSTEM, Source
from shared.domain.errors import Malformed
from shared.domain.event import Event, Identity
from shared.meta.fields import Fields

CHANGES: Final = frozenset({"user_changed_number", "customer_changed_number", "user_changed_user_id"})

_LEGACY: Final = Names("new_user_id", "new_parent_user_id", "new_wa_id")
_CUSTOMER: Final = Names("customer_user_id", "customer_parent_user_id", "customer")

_FROM_TO: Final = re.compile(r"from (\S+) to (\S+?)\.?\s*$")
"""The end of the sentence: what stands before it holds a name that the person chose."""


def system(source: Source) -> Event:
    """A notice of WhatsApp's own. Those that change no identity are of no use to the hub."""
    notice = source.item.part("system")
    name = notice.text("type") or ""
    if name == "customer_identity_changed":
        source.item.flag("identity_key_changed")  # another device, or another person
    if name not in CHANGES:
        reason = f"system: {name}" if name.isidentifier() else "system: a notice of an unknown type"
        return source.event("ignored", author=SYSTEM, direction="inbound", reason=reason)
    present = identities((notice, CONTACT), (notice, _LEGACY))
    named_before = identities((notice, PREVIOUS), (notice, _CUSTOMER), (source.item, SENDER))
    if name == "user_changed_user_id" and not any(identity.kind == "phone" for identity in present):
        # an id alone changed: whether the sender's phone is the old one or the new one, nobody says
        named_before = [identity for identity in named_before if identity.kind != "phone"]
    return _changed(source, present, [*named_before, *_told_in(notice, present)])


def _told_in(notice: Fields, present: list[Identity]) -> list[Identity]:
    """The former id, which before August 2026 stood in the text alone.

    Believed only when the text also names the new id that the notice itself gives.
    """
    told = _FROM_TO.search(notice.text("body") or "")
    if told is None:
        return []
    before, after = (named(part) for part in told.groups())
    if before is None or after is None or not _is_one_of(after, present):
        return []
    return [before]


def _is_one_of(identity: Identity, others: list[Identity]) -> bool:
    return any((identity.kind, identity.value) == (other.kind, other.value) for other in others)


def user_id_update(source: Source) -> Event:
    """`{"user_id": {"previous": …, "current": …}, "wa_id": …}`: not subscribable, says Meta, yet seen."""
    scoped, parent = source.item.part("user_id"), source.item.part("parent_user_id")
    present = _each(scoped, parent, "current") + identities((source.item, Names("", "", "wa_id")))
    return _changed(source, best_first(present), _each(scoped, parent, "previous"))


def _each(scoped: Fields, parent: Fields, when: str) -> list[Identity]:
    return identities((scoped, Names(when, "", "")), (parent, Names("", when, "")))


def _changed(source: Source, present: list[Identity], before: list[Identity]) -> Event:
    if not present:
        raise Malformed("the change names no new id")
    previous = best_first(former for former in before if not _is_one_of(former, present))
    if not previous:
        source.item.flag("partial")
    return source.event(
        "identity_change",
        author=SYSTEM,
        direction="inbound",
        identities=present,
        previous_identities=previous,
    )
