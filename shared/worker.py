"""What every function that works on a FIFO queue begins with."""

from __future__ import annotations

from typing import Any

from shared import bootstrap
from shared.application.fifo_batch import FifoBatch
from shared.application.retry import now_text


def batch_of(queue: str, origin: str, context: Any) -> FifoBatch:
    """The batch of one invocation. `origin`: the function, as its dead letters name it; `context`: Lambda's."""
    bootstrap.logs()
    clock = bootstrap.clock()
    return FifoBatch(
        table=bootstrap.table(),
        metrics=bootstrap.metrics(),
        origin=origin,
        queue=queue,
        trace_id=context.aws_request_id,
        now=lambda: now_text(clock()),
    )
