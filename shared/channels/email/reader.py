"""The parser of the channel, as this hub configures it: which mailbox a mail is for, and which mails are our own."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Final

from shared.channels.email.parse import parse
from shared.channels.email.sent_notices import events_of_notice
from shared.domain.errors import Malformed
from shared.domain.event import Author, Event, Receipt, ReceiptError
from shared.domain.mail_names import provider_id, without_tag
from shared.domain.undelivered import DEAD_ADDRESS

if TYPE_CHECKING:
    from shared.configuration import Config

CHANNEL: Final = "email"
LOOP: Final = "loop"
"""Flag of a mail that we sent ourselves."""

NOBODY_THERE: Final = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
"""Statuses (RFC 3463, 7505) that speak of the address itself, not of this mail: no such box, host or box in use."""

_STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")


def connect(config: Config) -> Reader:
    """The reader of this hub's mail."""
    from shared.channels.email.way_out import install_of

    return Reader(frozenset(one.id.lower() for one in config.accounts if one.channel == CHANNEL), install_of(config))


class Reader:
    """`mailboxes`: ours, in small letters. `install`: the id that our own mails carry."""

    def __init__(self, mailboxes: Collection[str], install: str | None = None) -> None:
        self._mailboxes = mailboxes
        self._install = install

    def parse(self, raw: Mapping[str, Any]) -> Event:
        """The event of a mail (`mail`, `receipt`), or of one recipient in a notice of SES (`notice`, `number`). Pure,
        never raises."""
        if "notice" in raw:
            return _told(raw)
        event = parse({**raw, "install": self._install})
        account = self._mailbox(raw.get("receipt")) or event.account
        event = event if account == event.account else event.model_copy(update={"account": account})
        return _returned(event) if event.kind == "bounce" else self._unless_ours(event)

    def _mailbox(self, receipt: Any) -> str | None:
        """The first of our mailboxes among those it was delivered to: the others are aliases, or not ours."""
        said = receipt.get("recipients") if isinstance(receipt, Mapping) else None
        names = [without_tag(str(one))[0] for one in said] if isinstance(said, list) else []
        return next((name for name in names if name in self._mailboxes), None)

    def _unless_ours(self, event: Event) -> Event:
        """A mail of our own came round: to answer it would be to answer ourselves."""
        senders = {one.value for one in event.identities if one.kind == "email"}
        is_ours = LOOP in event.flags or bool(senders & set(self._mailboxes))
        if not is_ours or event.kind not in ("message", "auto_reply"):
            return event
        flags = [*event.flags, *([LOOP] if LOOP not in event.flags else [])]
        return event.model_copy(update={"kind": "ignored", "reason": "it is a mail of our own", "flags": flags})


def _returned(event: Event) -> Event:
    """A returned mail as what it says of the mail that it returns: that one was not delivered."""
    if not event.in_reply_to:
        return event
    status = _STATUS.search(event.reason or "")
    code = status[0] if status else "bounce"
    error = ReceiptError(code=code, detail=event.reason, retryable=code.startswith("4"))
    receipt = Receipt(state="failed", target=provider_id(event.in_reply_to), error=error)
    flags = [*event.flags, *([DEAD_ADDRESS] if code in NOBODY_THERE else [])]
    return event.model_copy(update={"receipt": receipt, "flags": flags})


def _told(raw: Mapping[str, Any]) -> Event:
    try:
        return events_of_notice(raw["notice"])[int(raw["number"])]
    except (Malformed, LookupError, TypeError, ValueError) as fault:
        return Event(
            channel=CHANNEL,
            account="-",
            kind="unsupported",
            message_id="-",
            author=Author(type="system"),
            flags=["malformed"],
            provider_type="notice",
            reason=f"not a notice of SES: {type(fault).__name__}",
        )
