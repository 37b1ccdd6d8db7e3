"""What SES says became of our mails, as receipts. Pure.

Identity notifications name their type in `notificationType`, configuration sets in `eventType`: either is read, as is
EventBridge's wrapping in `detail`. Types come in any order, twice, and with new fields.
Source: Amazon SES developer guide, "Contents of event data that Amazon SES publishes to Amazon SNS".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from shared.domain.errors import Malformed
from shared.domain.event import Author, Event, Identity, Receipt, ReceiptError, ReceiptState
from shared.domain.identity import Invalid, canonical
from shared.domain.undelivered import COMPLAINT, DEAD_ADDRESS, PASSING, UNDETERMINED

ACCOUNT: Final = "-"
"""Mails are found by their ids alone, whichever mailbox they left from."""

UNDELIVERABLE: Final = DEAD_ADDRESS
NOT_SPAM: Final = "not_spam"
DELAYED: Final = "delayed"

_PERMANENT: Final = frozenset(("General", "NoEmail", "Suppressed", "OnAccountSuppressionList"))
_WITHOUT_EFFECT: Final = ("Open", "Click", "Subscription")


def events_of_notice(notice: Mapping[str, Any]) -> list[Event]:
    """The receipts in one notice, one for each recipient; none where it says nothing about a delivery.

    Their ids depend on the mail, what became of it and for whom alone: the same told twice, or by both ways of telling,
    is one receipt. Raises Malformed where it names no mail or no type.
    """
    body = notice["detail"] if isinstance(notice.get("detail"), Mapping) else notice
    kind = body.get("eventType") or body.get("notificationType")
    mail = _mapping(body.get("mail"))
    if not isinstance(kind, str) or not isinstance(mail.get("messageId"), str) or not mail["messageId"]:
        raise Malformed("the notice names no mail or no type of event")
    return list(_Notice(kind.replace(" ", ""), mail, body).events())


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _word(value: Any, default: str = "unknown") -> str:
    return value if isinstance(value, str) and value else default


class _Notice:
    """`kind`: without the space of "Rendering Failure"."""

    def __init__(self, kind: str, mail: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        self.kind = kind
        self.mail = mail
        self.body = body
        self.destinations = _texts(mail.get("destination"))
        self.addressees: Sequence[str | None] = self.destinations or [None]

    def events(self) -> Iterator[Event]:
        readers = {
            "Send": self._sent,
            "Delivery": self._delivered,
            "DeliveryDelay": self._delayed,
            "Bounce": self._bounced,
            "Complaint": self._complained,
            "Reject": self._rejected,
            "RenderingFailure": self._not_rendered,
        }
        if self.kind in _WITHOUT_EFFECT:
            return iter(())
        return readers.get(self.kind, self._unknown)()

    def _sent(self) -> Iterator[Event]:
        for address in self.addressees:
            yield self._event("sent", address, _mapping(self.body.get("send")))

    def _delivered(self) -> Iterator[Event]:
        part = _mapping(self.body.get("delivery"))
        for address in _texts(part.get("recipients")) or self.addressees:
            yield self._event("delivered", address, part)

    def _delayed(self) -> Iterator[Event]:
        part = _mapping(self.body.get("deliveryDelay"))
        for one in self._recipients(part, "delayedRecipients"):
            error = _error(f"Delay.{_word(part.get('delayType'))}", one, retryable=True)
            yield self._event("sent", one.get("emailAddress"), part, error, [DELAYED], word=DELAYED)

    def _bounced(self) -> Iterator[Event]:
        part = _mapping(self.body.get("bounce"))
        kind, sub = _word(part.get("bounceType"), "Undetermined"), _word(part.get("bounceSubType"), "Undetermined")
        flags = [UNDELIVERABLE] if kind == "Permanent" and sub in _PERMANENT else []
        flags += [UNDETERMINED] if kind == "Undetermined" else []
        flags += [PASSING] if (kind, sub) == ("Transient", "General") else []
        for one in self._recipients(part, "bouncedRecipients"):
            error = _error(f"{kind}.{sub}", one, retryable=kind != "Permanent")
            yield self._event("failed", one.get("emailAddress"), part, error, flags)

    def _complained(self) -> Iterator[Event]:
        part = _mapping(self.body.get("complaint"))
        suppressed = part.get("complaintSubType") == "OnAccountSuppressionList"
        said = _word(part.get("complaintFeedbackType"), "unstated")
        for one in self._recipients(part, "complainedRecipients"):
            address = one.get("emailAddress")
            if suppressed:
                error = _error("Complaint.OnAccountSuppressionList", one, retryable=False)
                yield self._event("failed", address, part, error, [COMPLAINT])
                continue
            flag = NOT_SPAM if said == "not-spam" else COMPLAINT
            yield self._event("delivered", address, part, None, [flag], word=flag, reason=said)

    def _rejected(self) -> Iterator[Event]:
        part = _mapping(self.body.get("reject"))
        error = ReceiptError(code="Reject", title=_word(part.get("reason"), "rejected"), retryable=False)
        for address in self.addressees:
            yield self._event("failed", address, part, error)

    def _not_rendered(self) -> Iterator[Event]:
        part = _mapping(self.body.get("failure"))
        error = ReceiptError(code="RenderingFailure", title="the template could not be filled in", retryable=False)
        for address in self.addressees:
            yield self._event("failed", address, part, error)

    def _unknown(self) -> Iterator[Event]:
        """A type that did not exist when this was written: kept, without effect."""
        yield self._event("unknown", None, {}, word=self.kind.lower())

    def _recipients(self, part: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
        listed = part.get(name)
        found: list[Mapping[str, Any]] = []
        if isinstance(listed, list):
            found = [one for one in listed if isinstance(one, Mapping)]
        return found or [{"emailAddress": address} for address in self.addressees]

    def _event(
        self,
        state: ReceiptState,
        address: Any,
        part: Mapping[str, Any],
        error: ReceiptError | None = None,
        flags: list[str] | None = None,
        *,
        word: str | None = None,
        reason: str | None = None,
    ) -> Event:
        target = self.mail["messageId"]
        recipient = _identity(address)
        many = len(self.destinations) > 1 and recipient is not None
        whom = sha256(recipient.value.encode()).hexdigest()[:16] if many and recipient else None
        return Event(
            channel="email",
            account=self._account(),
            kind="receipt",
            message_id=":".join(filter(None, (target, word or state, whom))),
            author=Author(type="system"),
            occurred_at=_moment(part.get("timestamp")) or _moment(self.mail.get("timestamp")),
            identities=[recipient] if recipient else [],
            receipt=Receipt(state=state, target=target, error=error),
            references=self._tags(),
            flags=flags or [],
            provider_type=self.kind,
            reason=reason,
        )

    def _account(self) -> str:
        """The mailbox that it left from."""
        common = _mapping(self.mail.get("commonHeaders"))
        for said in (*_texts(common.get("from")), self.mail.get("source")):
            if (sender := _identity(said)) is not None:
                local, _, domain = sender.value.rpartition("@")
                return f"{local.partition('+')[0]}@{domain}"
        return ACCOUNT

    def _tags(self) -> list[str]:
        """What we gave it to carry: SES's own tags have a colon in their names."""
        tags = _mapping(self.mail.get("tags"))
        return [value for name, values in tags.items() if ":" not in str(name) for value in _texts(values)]


def _identity(address: Any) -> Identity | None:
    if not isinstance(address, str):
        return None
    try:
        return Identity(kind="email", value=canonical("email", address).value, level="claimed")
    except Invalid:
        return None


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_ADDRESS = re.compile(r"[^\s<>@\"'(),;:]{1,64}@[^\s<>@\"'(),;:]{1,255}")


def without_addresses(text: Any) -> str | None:
    """A mail system's words, short, and without the addresses that it repeats."""
    return _ADDRESS.sub("…", " ".join(text.split()))[:300] if isinstance(text, str) and text else None


def _error(code: str, recipient: Mapping[str, Any], *, retryable: bool) -> ReceiptError:
    status = recipient.get("status")
    return ReceiptError(
        code=code,
        title=status if isinstance(status, str) and status else None,
        detail=without_addresses(recipient.get("diagnosticCode")),
        retryable=retryable,
    )
