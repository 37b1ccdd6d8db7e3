"""Queued elements become customers, cases and entries."""

from __future__ import annotations

import os
import time
from functools import cache
from typing import Any

from shared import bootstrap
from shared.application.fifo_batch import FifoBatch
from shared.application.intake import Intake
from shared.application.record import Context
from shared.domain.ids import uuid7


@cache
def _intake() -> Intake:
    bootstrap.logs()
    clock = bootstrap.clock()
    context = Context(
        table=bootstrap.table(),
        files=bootstrap.files(),
        metrics=bootstrap.metrics(),
        config=bootstrap.config(),
        clock=clock,
        new_id=lambda: uuid7(clock(), os.urandom(10)),
        pause=time.sleep,
    )
    return Intake(context, bootstrap.channel)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """SQS `inbound.fifo`, up to ten messages; answers with those to be shown again."""
    intake = _intake()
    batch = FifoBatch(
        table=intake.context.table,
        metrics=intake.context.metrics,
        origin="intake",
        queue="inbound",
        trace_id=context.aws_request_id,
        now=intake.context.now,
    )
    return batch.run(event["Records"], intake.take)
