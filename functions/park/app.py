"""What SQS itself gave up on becomes a dead letter, where people look for those."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from shared import bootstrap
from shared.application.fifo_batch import QueuedMessage
from shared.application.park import park
from shared.domain.moment import utc_text
from shared.store.dead_letters import DeadLetter

ORIGINS = {
    "inbound": "intake",
    "sync": "crm_sync",
    "tools": "helpdesk_pull",
    "media": "fetch_media",
    "mail": "email_ingest",
}
"""Queue to the function that reads it."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Any `<queue>-dlq.fifo`: one letter for each message. Raises `Transient` when the table is unreachable."""
    bootstrap.logs()
    now = utc_text(datetime.fromtimestamp(int(bootstrap.clock()()), UTC))
    for record in event["Records"]:
        message = QueuedMessage.of(record)
        queue = queue_of(record["eventSourceARN"])
        letter = DeadLetter(
            origin=ORIGINS.get(queue, queue),
            queue=queue,
            group=message.group,
            body=message.body,
            error="Defect",
            reason=f"its function ended suddenly {message.receives} times or could not reach the table",
            trace_id=context.aws_request_id,
            first_at=message.sent_at,
            last_at=now,
        )
        park(bootstrap.table(), bootstrap.metrics(), letter)
    return {"batchItemFailures": []}


def queue_of(arn: str) -> str:
    """`…:hilo-dev-inbound-dlq.fifo` is the dead-letter queue of `inbound`."""
    return arn.rpartition(":")[2].removesuffix(".fifo").removesuffix("-dlq").rpartition("-")[2]
