"""What SES tells: mail that arrived, and what became of mail that was sent. Each goes on to `inbound`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from shared import bootstrap
from shared.application.fifo_batch import FifoBatch
from shared.application.mail_in import Arrived, MailIn, Notice
from shared.channels.email.addresses import sender_of
from shared.channels.email.mime import read
from shared.channels.email.notice import told
from shared.channels.email.sent_notices import events_of_notice
from shared.domain.moment import utc_text


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """SQS `mail`, up to ten messages in any order; answers with those to be shown again."""
    bootstrap.logs()
    mail_in = MailIn(
        files=bootstrap.files(),
        queues=bootstrap.queues(),
        metrics=bootstrap.metrics(),
        clock=bootstrap.clock(),
        read=_notice,
        sender=_sender,
        pause=bootstrap.pause(),
    )
    batch = FifoBatch(
        table=bootstrap.table(),
        metrics=bootstrap.metrics(),
        origin="email_ingest",
        queue="mail",
        trace_id=context.aws_request_id,
        now=lambda: utc_text(datetime.fromtimestamp(int(bootstrap.clock()()), UTC)),
    )
    return batch.run(event["Records"], mail_in.take)


def _notice(body: str) -> Notice:
    found = told(body)
    arrived = [Arrived(one.key, one.delivery, one.receipt) for one in found.incoming]
    news = [{"notice": notice, "number": number} for notice in found.sent for number in range(_told_of(notice))]
    about = next((str(notice["mail"].get("messageId") or "-") for notice in found.sent), "-")
    return Notice(arrived, news, about)


def _told_of(notice: Mapping[str, Any]) -> int:
    """How many receipts are in it, one for each recipient. Raises `Malformed`."""
    return len(events_of_notice(notice))


def _sender(start: bytes) -> str | None:
    """The address in From as the identity of its writer is made of it; of an odd one, as it stands there."""
    address = sender_of(read(start)).address
    if address is None:
        return None
    return address.canonical.value if address.canonical else address.spec.lower() or None
