"""What a person said, by type of message: one small function for each, and the dictionary that lists them.

Each takes the message and gives fields of an event. `text` is what a person reads: captions, titles, names.
Raises Malformed where the heart of the message is missing, Unsupported where Meta itself could not relay it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from shared.channels.whatsapp.source import Said
from shared.domain.errors import Malformed, Unsupported
from shared.domain.event import Attachment, Card, Choice, Location, Order, OrderItem
from shared.meta.fields import Fields


def _object(message: Fields, key: str) -> Fields:
    """The object that a message of this type must have."""
    content = message.part(key)
    if not isinstance(message.content.get(key), Mapping):
        raise Malformed(f"`{key}` is missing or no object")
    return content


def _text(message: Fields) -> Said:
    body = _object(message, "text").content.get("body")
    if not isinstance(body, str):
        raise Malformed("`text.body` is missing or no text")
    return {"text": body or None}


def _media(kind: str, key: str, message: Fields) -> Said:
    media = _object(message, key)
    failure = failure_of(message)
    provider_id, url = media.id("id"), media.text("url")
    if failure is None and provider_id is None and url is None:
        failure = "the provider named no file"
    if failure:
        message.flag("attachment_failed")
    attachment = Attachment.model_validate(
        {
            "kind": kind,
            "mime_type": media.text("mime_type"),
            "filename": media.text("filename"),
            "size": media.whole("file_size"),
            "sha256": media.text("sha256"),
            "provider_id": provider_id,
            "url": url,
            "voice": True if key == "voice" else media.yes("voice"),
            "animated": media.yes("animated"),
            "failed": failure,
        }
    )
    return {"text": media.text("caption"), "attachments": [attachment]}


def failure_of(message: Fields) -> str | None:
    """What Meta says went wrong with this message, with its code."""
    errors = message.parts("errors")
    return described(errors[0]) if errors else None


def reason_of(message: Fields) -> str | None:
    """The same in Meta's fixed words alone: details may speak of a person, and reasons reach operators."""
    errors = message.parts("errors")
    return ": ".join(filter(None, (errors[0].id("code"), errors[0].text("title")))) or None if errors else None


def described(error: Fields) -> str:
    """`131052: Media download error: …`: an error of Meta's in one line for people."""
    title = error.text("title") or error.text("message")
    detail = error.part("error_data").text("details") or error.text("details")
    parts = [error.id("code"), title, detail if detail != title else None]
    return ": ".join(part for part in parts if part) or "no reason given"


def _media_placeholder(message: Fields) -> Said:
    message.flag("media_follows")
    return {}


def _location(message: Fields) -> Said:
    place = _object(message, "location")
    location = Location(
        latitude=place.degrees("latitude", 90),
        longitude=place.degrees("longitude", 180),
        name=place.text("name"),
        address=place.text("address"),
    )
    named = ", ".join(part for part in (location.name, location.address) if part)
    return {"location": location, "text": named or f"{location.latitude}, {location.longitude}"}


def _contacts(message: Fields) -> Said:
    if not isinstance(message.content.get("contacts"), list):
        raise Malformed("`contacts` is missing or no list")
    cards = [_card(each) for each in message.parts("contacts")]
    readable = [card.name or next(iter([*card.phones, *card.emails]), None) for card in cards]
    return {"contacts": cards, "text": ", ".join(filter(None, readable)) or None}


def _card(card: Fields) -> Card:
    name = card.part("name")
    given = " ".join(part for part in (name.text("first_name"), name.text("last_name")) if part)
    phones = [phone.id("phone") or phone.id("wa_id") for phone in card.parts("phones")]
    emails = [email.text("email") for email in card.parts("emails")]
    return Card(
        name=name.text("formatted_name") or given or None,
        phones=[phone for phone in phones if phone],
        emails=[email for email in emails if email],
    )


def _button(message: Fields) -> Said:
    button = _object(message, "button")
    title = button.text("text")
    chosen = button.id("payload") or title
    if chosen is None:
        raise Malformed("`button` has neither payload nor text")
    return {"text": title or chosen, "choice": Choice(id=chosen, title=title)}


def _reply(key: str, interactive: Fields) -> Said:
    reply = _object(interactive, key)
    title = reply.text("title")
    chosen = reply.id("id") or title
    if chosen is None:
        raise Malformed(f"`{key}` has neither id nor title")
    choice = Choice(id=chosen, title=title, description=reply.text("description"))
    return {"text": title or chosen, "choice": choice}


def _flow(interactive: Fields) -> Said:
    """The answer to a flow or an address request: what came with it stays the text that it was, valid JSON or not."""
    reply = _object(interactive, "nfm_reply")
    name = reply.text("name") or "nfm_reply"
    answers = reply.content.get("response_json")
    if answers is not None and not isinstance(answers, str):
        reply.flag("partial")
        answers = json.dumps(answers, ensure_ascii=False)
    body = reply.text("body")
    return {"text": body or name, "choice": Choice(id=name, title=body, data=answers or None)}


def _call_permission(interactive: Fields) -> Said:
    reply = _object(interactive, "call_permission_reply")
    response = reply.text("response")
    if response is None:
        raise Malformed("`call_permission_reply` has no response")
    data = json.dumps(dict(reply.content), ensure_ascii=False)
    return {"text": f"Call permission: {response}", "choice": Choice(id=response, data=data)}


def _product(interactive: Fields) -> Said:
    """Documented since August 2026 without its inner shape: shown as what it is, the rest stays in the raw event."""
    product = interactive.part("product")
    return {"text": product.text("title") or product.text("name") or "product"}


_INTERACTIVE: Final[dict[str, Callable[[Fields], Said]]] = {
    "button_reply": partial(_reply, "button_reply"),
    "list_reply": partial(_reply, "list_reply"),
    "nfm_reply": _flow,
    "call_permission_reply": _call_permission,
    "product": _product,
}


_OFFERED: Final = frozenset(
    {
        "button",
        "list",
        "cta_url",
        "flow",
        "product_list",
        "catalog_message",
        "location_request_message",
        "address_message",
        "call_permission_request",
        "voice_call",
    }
)
"""What our side sends. It comes back as an echo of what staff sent from the phone."""


def _interactive(message: Fields) -> Said:
    """Seen in the field without its object, beside an error 131000: somebody chose something, nobody knows what."""
    interactive = message.part("interactive")
    subtype = interactive.text("type") or ""
    if subtype in _INTERACTIVE:
        return _INTERACTIVE[subtype](interactive)
    if subtype in _OFFERED:
        return {"text": interactive.part("body").text("text")}
    raise Unsupported(f"interactive: {'of a kind not known yet' if subtype else 'came without its content'}")


def _order(message: Fields) -> Said:
    order = _object(message, "order")
    items = [_order_item(each) for each in order.parts("product_items")]
    text = order.text("text")
    lines = [f"{item.quantity or '?'} × {item.product_id or '?'}" for item in items]
    said = Order(catalog_id=order.id("catalog_id"), items=items, text=text)
    return {"order": said, "text": text or "\n".join(lines) or None}


def _order_item(item: Fields) -> OrderItem:
    return OrderItem(
        product_id=item.id("product_retailer_id"),
        quantity=item.whole("quantity"),
        price=item.decimal("item_price"),
        currency=item.text("currency"),
    )


CONTENT: Final[dict[str, Callable[[Fields], Said]]] = {
    "text": _text,
    "image": partial(_media, "image", "image"),
    "video": partial(_media, "video", "video"),
    "audio": partial(_media, "audio", "audio"),
    "voice": partial(_media, "audio", "voice"),
    "document": partial(_media, "document", "document"),
    "sticker": partial(_media, "sticker", "sticker"),
    "location": _location,
    "contacts": _contacts,
    "button": _button,
    "interactive": _interactive,
    "order": _order,
    "media_placeholder": _media_placeholder,
}
"""Every type of message that says something. `media_placeholder` stands in imported history alone."""

MEDIA: Final = frozenset({"image", "video", "audio", "voice", "document", "sticker"})


def content_of(message: Fields) -> dict[str, Any]:
    """What this message says. Raises Malformed without a type, Unsupported for one that nobody reads yet."""
    name = message.content.get("type")
    if not isinstance(name, str) or not name:
        raise Malformed("the message has no type")
    if name not in CONTENT:
        raise Unsupported(reason_of(message) or "a type of message that is not known yet")
    return CONTENT[name](message)
