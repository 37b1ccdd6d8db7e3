"""From a step to what reaches the hub: a signed delivery of WhatsApp's, or, on channels whose payloads the hub does
not read yet and in tools, the event itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from local.deliveries import Person, message_delivery, status_delivery, system_delivery
from local.simulation.ledger import Ledger, Said
from local.simulation.people import DIGITS, identity_of, person_of
from local.simulation.steps import ChannelStep, ToolStep
from local.simulation.story import Placed
from shared.bootstrap import signing_keys
from shared.domain.address_token import make_token
from shared.domain.event import Event, Identity, utc_text
from shared.domain.identity import Invalid, canonical

STATES: Final = {
    "pend": "pending_customer",
    "hold": "on_hold",
    "resolve": "resolved",
    "reopen": "open",
    "close": "closed",
    "spam": "spam",
}
"""Action in a tool to the state it brings about."""

_MIME: Final = {
    "image": "image/jpeg",
    "audio": "audio/ogg",
    "video": "video/mp4",
    "document": "application/pdf",
    "sticker": "image/webp",
}
_TAPS: Final = frozenset({"messenger", "instagram"})
"""Channels where a tap on a button is no message but a postback."""


@dataclass(frozen=True, slots=True)
class Teller:
    """`account_of`: our account on a channel where the step names none; `country`: where a phone is meant."""

    ledger: Ledger
    account_of: Callable[[str], str]
    country: str
    reference_of: Callable[[str], str]

    def said(self, placed: Placed) -> Said:
        """How a step's message is named."""
        place = getattr(placed.step, "channel", None) or getattr(placed.step, "connector", "")
        name = f"wamid.{placed.id}" if place == "whatsapp" else f"{place}-{placed.id}"
        return Said(name, f"{placed.id}@mail.example.com" if place == "email" else name)

    def said_in(self, placed: Placed, events: Sequence[Mapping[str, Any]]) -> Said:
        """As `said`, of events that were made or came in a file: the first one's names."""
        first = events[0] if events else {}
        name = str(first.get("message_id") or self.said(placed).message_id)
        return Said(name, str(first.get("message_ref") or name))

    def whatsapp(self, placed: Placed, step: ChannelStep, at: datetime) -> bytes:
        """The delivery, as WhatsApp would post it. Raises LookupError for a case that there is not."""
        account = step.account or self.account_of("whatsapp")
        person = person_of(step)
        stamp = {"timestamp": str(int(at.timestamp()))}
        if step.receipt:
            told = {"id": self.ledger.target(step.of or "").message_id, "status": step.receipt, **stamp}
            errors = {"errors": [{"code": 131026, "title": "Message undeliverable"}]}
            sent = self.ledger.sent_of(step.of or "")
            mark = {"biz_opaque_callback_data": sent.mark} if sent else {}
            return status_delivery(
                account, person, {**told, **mark, **(errors if step.receipt == "failed" else {}), **step.said}
            )
        head = {"id": self.said(placed).message_id, **stamp}
        if step.changed_to:
            return system_delivery(account, {**head, **_changed(step, person)})
        content = {**self._whatsapp_content(step), **self._context(step), **step.said}
        return message_delivery(account, person, {**head, **content}, by_company=step.to is not None)

    def _context(self, step: ChannelStep) -> dict[str, Any]:
        context: dict[str, Any] = {"forwarded": True} if step.forwarded else {}
        if step.reply_to:
            context["id"] = self.ledger.target(step.reply_to).message_id
        return {"context": context} if context else {}

    def _whatsapp_content(self, step: ChannelStep) -> dict[str, Any]:
        text = self.ledger.filled(step.text or "", self.reference_of)
        if step.reaction is not None:
            target = self.ledger.target(step.reply_to or step.of or "").message_id
            return {"type": "reaction", "reaction": {"message_id": target, "emoji": step.reaction}}
        if step.edits:
            original = self.ledger.target(step.edits).message_id
            message = {"type": "text", "text": {"body": text}}
            return {"type": "edit", "edit": {"original_message_id": original, "message": message}}
        if step.deletes:
            return {"type": "revoke", "revoke": {"original_message_id": self.ledger.target(step.deletes).message_id}}
        return _content(step, text)

    def event(self, placed: Placed, step: ChannelStep, at: datetime) -> dict[str, Any]:
        """The event of a channel without a reader of its own, as JSON. Raises LookupError, ValueError in words."""
        said = self.said(placed)
        told: dict[str, Any] = {
            "channel": step.channel,
            "account": step.account or self.account_of(step.channel),
            "kind": _kind(step),
            "message_id": said.message_id,
            "direction": "outbound" if step.to else "inbound",
            "author": {"type": "agent" if step.to else "customer"},
            "occurred_at": utc_text(at),
            "identities": [one.model_dump(exclude_none=True) for one in self._identities(step)],
            "display_name": None if step.to else step.name,
            "text": None if step.text is None else self.ledger.filled(step.text, self.reference_of),
            "provider_type": step.kind or "story",
            **{key: getattr(step, key) for key in ("thread", "public", "subject", "html", "quoted_text", "forwarded")},
            "flags": [*step.flags, *([] if step.authenticated else ["unauthenticated"])],
            **self._relations(step, said),
            **_parts(step),
        }
        told = {key: value for key, value in {**told, **step.said}.items() if value is not None}
        return Event.model_validate(told).dump()

    def _relations(self, step: ChannelStep, said: Said) -> dict[str, Any]:
        target = step.reply_to or step.edits or step.deletes
        of = self.ledger.target(step.of) if step.of else None
        name = self.ledger.target(target) if target else None
        is_mail = step.channel == "email"
        token = step.token
        if isinstance(token, int):
            token = make_token(self.ledger.case(token), signing_keys()[0])
        told: dict[str, Any] = {
            "in_reply_to": (name.reference if is_mail else name.message_id) if name else None,
            "references": [self.ledger.target(one).reference for one in step.references],
            "message_ref": said.reference if is_mail else None,
            "token": token,
        }
        if step.reaction is not None and name:
            told["reaction"] = {"emoji": step.reaction or None, "target": name.message_id}
        if step.receipt and of:
            error = {"error": {"code": "failed", "retryable": False}} if step.receipt == "failed" else {}
            told["receipt"] = {"state": step.receipt, "target": of.message_id, **error}
            told["message_id"] = f"{of.message_id}:{step.receipt}"
        return told

    def _identities(self, step: ChannelStep) -> list[Identity]:
        account = step.account or self.account_of(step.channel)
        end = step.sender or step.to
        own = [identity_of(end, step, account, self.country)] if end else []
        return [*own, *(self._as_kept(one) for one in (*step.identities, *step.claims))]

    def _as_kept(self, one: Identity) -> Identity:
        try:
            return one.model_copy(update={"value": canonical(one.kind, one.value, self.country).value})
        except Invalid:
            return one

    def in_tool(self, placed: Placed, step: ToolStep, ticket: str, into: str | None, at: datetime) -> dict[str, Any]:
        """What a tool's reader makes of an action. `ticket`, `into`: the tool's own ids."""
        kind, word, text = "state_change", None, None
        visibility = "internal" if step.action == "note" else "public"
        match step.action:
            case "reply" | "note":
                kind, word, text = "message", "message", self.ledger.filled(step.text or "", self.reference_of)
            case "assign":
                word, text = "owner", step.to or step.agent
            case "priority":
                word, text = "priority", step.priority or step.text
            case "merge":
                word, text = "merge", into
            case "delete":
                word = "deletion"
            case _:
                word, text = "state", STATES[step.action]
        author = {"type": "agent", "id": step.agent, "name": step.agent} if step.agent else {"type": "system"}
        told = {
            "channel": step.connector,
            "account": step.connector,
            "thread": ticket,
            "kind": kind,
            "message_id": self.said(placed).message_id,
            "direction": "outbound",
            "author": author,
            "visibility": visibility,
            "occurred_at": utc_text(at),
            "text": text,
            "reason": step.reason,
            "until": utc_text(step.until) if step.until else None,
            "seen": step.seen,
            "in_reply_to": self.ledger.target(step.reply_to).message_id if step.reply_to else None,
            "provider_type": word,
        }
        return Event.model_validate({key: value for key, value in told.items() if value is not None}).dump()


def _changed(step: ChannelStep, person: Person) -> dict[str, Any]:
    """WhatsApp's notice that somebody has a new number, or a new business-scoped id."""
    new = step.changed_to or ""
    is_phone = bool(DIGITS.fullmatch(new))
    system: dict[str, Any] = {"body": "changed", "type": "user_changed_number" if is_phone else "user_changed_user_id"}
    system |= {"wa_id": new.removeprefix("+")} if is_phone else {"user_id": new}
    if person.user_id:
        system["previous_user_id"] = person.user_id
    former = {"from": person.phone} if person.phone else {}
    return {**former, "type": "system", "system": {**system, **step.said}}


def _content(step: ChannelStep, text: str) -> dict[str, Any]:
    if step.button:
        reply = {"id": step.button.id, "title": step.button.title or step.text or step.button.id}
        return {"type": "interactive", "interactive": {"type": "button_reply", "button_reply": reply}}
    if step.media:
        kind = step.media[0]
        caption = {"caption": text} if text else {}
        return {"type": kind, kind: {"id": "4000000000000001", "mime_type": _MIME.get(kind, "text/plain"), **caption}}
    if step.contact:
        phones = [{"phone": phone} for phone in step.contact.phones]
        emails = [{"email": email} for email in step.contact.emails]
        card = {"name": {"formatted_name": step.contact.name or ""}, "phones": phones, "emails": emails}
        return {"type": "contacts", "contacts": [card]}
    if step.location:
        return {"type": "location", "location": step.location.model_dump(exclude_none=True)}
    return {"type": "text", "text": {"body": text}}


def _kind(step: ChannelStep) -> str:
    if step.kind:
        return step.kind
    said: Mapping[str, object] = {
        "receipt": step.receipt,
        "reaction": step.reaction is not None,
        "edit": step.edits,
        "deletion": step.deletes,
        "call": step.call,
        "postback": step.button and step.channel in _TAPS,
        "identity_change": step.changed_to,
        "comment": step.public,
    }
    return next((kind for kind, is_said in said.items() if is_said), "message")


def _parts(step: ChannelStep) -> dict[str, Any]:
    parts: dict[str, Any] = {"attachments": [{"kind": kind, "mime_type": _MIME.get(kind)} for kind in step.media]}
    if step.button:
        parts["choice"] = {"id": step.button.id, "title": step.button.title or step.text}
    if step.call:
        parts["call"] = {"state": step.call.state, "duration_s": step.call.duration}
    if step.contact:
        parts["contacts"] = [step.contact.dump()]
    if step.location:
        parts["location"] = step.location.dump()
    return parts
