"""Queued elements become customers, cases and entries."""

from __future__ import annotations

from typing import Any

from shared import bootstrap
from shared.application.fifo_batch import FifoBatch


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """SQS `inbound.fifo`, up to ten messages; answers with those to be shown again."""
    bootstrap.logs()
    intake = bootstrap.intake()
    batch = FifoBatch(
        table=intake.context.table,
        metrics=intake.context.metrics,
        origin="intake",
        queue="inbound",
        trace_id=context.aws_request_id,
        now=intake.context.now,
    )
    return batch.run(event["Records"], intake.take)
