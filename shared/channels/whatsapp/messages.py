"""Messages and echoes: what a customer said to us, and what staff said from the phone app.

Dispatch is a dictionary from Meta's type to a function; a type that is not in it is `unsupported`, never an error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from shared.channels.whatsapp.changes import system
from shared.channels.whatsapp.content import CONTENT, content_of, reason_of
from shared.channels.whatsapp.identities import best_first, named
from shared.channels.whatsapp.source import SYSTEM, Said, Source
from shared.domain.errors import Malformed, Unsupported
from shared.domain.event import Event, Identity, Reaction, Referral
from shared.meta.fields import Fields


def _require_person(source: Source) -> list[Identity]:
    people = source.people
    if not people:
        raise Malformed("the message names no recipient" if source.is_outbound else "the message names no sender")
    return people


def _around(item: Fields) -> Said:
    """What came with a message of any type: quote, forwarding, the advertisement that led here."""
    context = item.part("context")
    if context.yes("frequently_forwarded"):
        item.flag("frequently_forwarded")
    forwarded = bool(context.yes("forwarded") or context.yes("frequently_forwarded"))
    return {"in_reply_to": context.id("id"), "forwarded": forwarded, "referral": _referral(item, context)}


def _referral(item: Fields, context: Fields) -> Referral | None:
    referral, product = item.part("referral"), context.part("referred_product")
    if referral:
        return Referral(
            source_type=referral.text("source_type"),
            source_id=referral.id("source_id"),
            headline=referral.text("headline"),
            url=referral.text("source_url"),
            click_id=referral.id("ctwa_clid"),
        )
    return Referral(source_type="product", source_id=product.id("product_retailer_id")) if product else None


def _message(source: Source) -> Event:
    people = _require_person(source)
    said = content_of(source.item)
    if source.item.content.get("origin") == "contact_request":
        people = best_first([*people, *_own_phones(source.item)])
    return source.event("message", **{**_around(source.item), **said, "identities": people})


def _own_phones(item: Fields) -> list[Identity]:
    """The phone that a person gave when we asked for it: attested by Meta, unlike any other shared card."""
    cards = item.parts("contacts")
    phones = cards[0].parts("phones") if cards else []
    found = [named(wa_id) for phone in phones if (wa_id := phone.id("wa_id") or phone.id("phone"))]
    return [identity for identity in found if identity and identity.kind == "phone"]


def _reaction(source: Source) -> Event:
    people = _require_person(source)
    reaction = source.item.part("reaction")
    target = reaction.id("message_id")
    if target is None:
        raise Malformed("the reaction names no message")
    return source.event("reaction", reaction=Reaction(emoji=reaction.text("emoji"), target=target), identities=people)


def _edit(source: Source) -> Event:
    """The new wording of an earlier message. It may overtake the original."""
    _require_person(source)
    edit = source.item.part("edit")
    original = edit.id("original_message_id")
    if original is None:
        raise Malformed("the edit names no message")
    return source.event("edit", **content_of(edit.part("message")), in_reply_to=original)


def _revoke(source: Source) -> Event:
    _require_person(source)
    original = source.item.part("revoke").id("original_message_id")
    if original is None:
        raise Malformed("the revocation names no message")
    return source.event("deletion", in_reply_to=original)


def _request_welcome(source: Source) -> Event:
    """A person opened the chat and said nothing yet."""
    return source.event("ignored", author=SYSTEM, direction="inbound", reason="request_welcome: nothing was said")


def _not_relayed(source: Source) -> Event:
    """Meta says that somebody sent something that it cannot relay. It counts as a contact of the customer."""
    inner = source.item.part("unsupported").text("type")
    stated = reason_of(source.item)
    known = f"{inner}: " if inner and inner.isidentifier() else ""
    return source.event("unsupported", **_around(source.item), reason=known + (stated or "WhatsApp could not relay it"))


KINDS: Final[dict[str, Callable[[Source], Event]]] = {
    **dict.fromkeys(CONTENT, _message),
    "reaction": _reaction,
    "edit": _edit,
    "revoke": _revoke,
    "system": system,
    "request_welcome": _request_welcome,
    "unsupported": _not_relayed,
    "unknown": _not_relayed,
}


def message(source: Source) -> Event:
    """A message, or an echo of one. Raises Malformed or Unsupported."""
    source.item.exact_moment("timestamp")
    name = source.item.content.get("type")
    if not isinstance(name, str) or not name:
        raise Malformed("the message has no type")
    if name not in KINDS:
        raise Unsupported(reason_of(source.item) or "a type of message that is not known yet")
    return KINDS[name](source)
