"""Reads back what happened in a ticket, and sweeps the tools for what no webhook told."""

from __future__ import annotations

from functools import partial
from typing import Any

from shared import bootstrap
from shared.application.breaker import Breaker
from shared.application.pull import ORIGIN, Pulling, take
from shared.application.sweep import sweep
from shared.application.tool_hint import QUEUE
from shared.worker import batch_of


@bootstrap.once
def _breaker(name: str) -> Breaker:
    """It lives as long as the process."""
    return Breaker(name, bootstrap.table(), bootstrap.clock(), bootstrap.metrics())


def _pulling(name: str, context: Any) -> Pulling | None:
    if name not in bootstrap.backs():
        return None
    return Pulling(
        back=bootstrap.backs()[name],
        table=bootstrap.table(),
        queues=bootstrap.queues(),
        files=bootstrap.files(),
        breaker=_breaker(name),
        metrics=bootstrap.metrics(),
        clock=bootstrap.clock(),
        draw=bootstrap.draw(),
        remaining_s=lambda: context.get_remaining_time_in_millis() / 1000,
    )


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """SQS `tools.fifo`, one message; answers with what is to be shown again."""
    work = partial(take, pulling_of=partial(_pulling, context=context), sweep=sweep)
    return batch_of(QUEUE, ORIGIN, context).run(event["Records"], work)
