"""Mail that arrived, and news of mail that was sent, become elements of the inbound queue.

Nothing is claimed here: a notice that comes again is dropped by its deduplication id, and later by the message index.
A mail is read only as far as its header goes, to learn whose it is: one person's mails stay in order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from shared.application.originals import MAIL_FILE
from shared.application.receive import receive
from shared.domain.element import Element, digest
from shared.domain.errors import Malformed, Permanent, Transient
from shared.domain.event import utc_text
from shared.domain.mail_names import without_tag
from shared.ports.files import Files
from shared.ports.queues import Queues
from shared.ports.surroundings import Clock, Metrics

CHANNEL: Final = "email"
FOLDER: Final = "mail/"
HEADER_BYTES: Final = 256 * 1024
"""What is read of a mail here: no header is longer."""
PATIENCE_S: Final = 900
"""For a mail that a notice speaks of and that is not there: S3 shows at once what it has, so this is generous."""

_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True, slots=True)
class Arrived:
    """A raw mail in Files. `delivery`: the receiving side's id of it; `receipt`: what that side said of it."""

    key: str
    delivery: str
    receipt: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """What a message of the mail queue tells. `news`: elements, in the provider's shape, about mails that were sent;
    `about`: which send. With none of both it says only that telling works."""

    arrived: Sequence[Arrived] = ()
    news: Sequence[Mapping[str, Any]] = ()
    about: str = "-"


@dataclass(frozen=True, slots=True)
class MailIn:
    """`read`: what a message's body tells, raises `Malformed`; `sender`: whose mail begins so, None where nobody's."""

    files: Files
    queues: Queues
    metrics: Metrics
    clock: Clock
    read: Callable[[str], Notice]
    sender: Callable[[bytes], str | None]
    pause: Callable[[float], object] = field(default=lambda _: None)

    def take(self, body: str) -> None:
        """One message of the mail queue, to its end: durable on the inbound queue when it returns.

        1 request to Files and 1 to the queue for each mail. Raises `Malformed`, `Permanent` for a mail that is not
        there, `Transient` while it may still come or a port is unreachable.
        """
        notice = self.read(body)
        for mail in notice.arrived:
            self._arrived(mail)
        if notice.news:
            elements = [
                Element(CHANNEL, "-", notice.about, (digest(body), str(number)), dict(raw))
                for number, raw in enumerate(notice.news)
            ]
            self._queue(elements, digest(body)[:32])
            self.metrics.count("mail_news", len(elements), channel=CHANNEL)
        if not (notice.arrived or notice.news):
            self.metrics.count("webhook_ignored", channel=CHANNEL)

    def _arrived(self, mail: Arrived) -> None:
        if not mail.key.startswith(FOLDER):
            raise Malformed(f"a notice of a mail that is not in {FOLDER}")
        receipt = dict(mail.receipt or {})
        to = next(iter(receipt.get("recipients") or ()), None)
        account = without_tag(to)[0] if to else "-"
        raw: dict[str, Any] = {MAIL_FILE: mail.key} | ({"receipt": receipt} if receipt else {})
        person = self.sender(self._header(mail)) or "-"
        self._queue([Element(CHANNEL, account, person, (mail.delivery,), raw)], _plain(mail.delivery))
        self.metrics.count("webhook_accepted", channel=CHANNEL)

    def _header(self, mail: Arrived) -> bytes:
        try:
            start = self.files.start(mail.key, HEADER_BYTES)
        except ValueError:
            raise Malformed("a notice names a mail by what is no key of a file") from None
        if start is not None:
            return start
        if self.clock() - _moment((mail.receipt or {}).get("at")) < PATIENCE_S:
            raise Transient("a mail is not in Files yet")
        raise Permanent(f"the mail {mail.key} is not in Files")

    def _queue(self, elements: Sequence[Element], delivery: str) -> None:
        now = utc_text(datetime.fromtimestamp(self.clock(), UTC))
        receive(
            elements,
            body=b"",
            delivery=delivery,
            received_at=now,
            queues=self.queues,
            files=self.files,
            pause=self.pause,
        )


def _plain(delivery: str) -> str:
    """By what files about the mail are named."""
    return delivery if _PLAIN.fullmatch(delivery) else digest(delivery)[:32]


def _moment(text: Any) -> float:
    """Epoch seconds; the beginning of time for what is no moment."""
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except ValueError:
        return 0.0
