"""Brings one customer in one connector up to date."""

from __future__ import annotations

import os
import time
from functools import partial
from typing import Any

from shared import bootstrap
from shared.application.breaker import Breaker
from shared.application.places import Places, share
from shared.application.slots import cap
from shared.application.sync import sync
from shared.application.telling import ORIGIN, Means, Run
from shared.application.trigger import QUEUE
from shared.worker import batch_of


@bootstrap.once
def _means(name: str) -> Means | None:
    """What telling this connector needs; its breaker lives as long as the process."""
    settings = bootstrap.config().connector(name)
    if settings is None:
        return None
    table, clock, metrics = bootstrap.table(), bootstrap.clock(), bootstrap.metrics()
    links = bootstrap.file_links()
    places = share(bootstrap.workers(), len(bootstrap.config().connectors))
    return Means(
        connector=bootstrap.connectors()[name],
        table=table,
        queues=bootstrap.queues(),
        breaker=Breaker(name, table, clock, metrics),
        metrics=metrics,
        clock=clock,
        draw=bootstrap.draw(),
        cap=cap(settings.max_concurrent, os.environ.get("SYNC_CONCURRENCY")),
        places=Places(places, time.monotonic) if places else None,
        link=links.link if links else None,
    )


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """SQS `sync.fifo`, one message; answers with what is to be shown again."""
    run = Run(lambda: context.get_remaining_time_in_millis() / 1000, context.aws_request_id)
    return batch_of(QUEUE, ORIGIN, context).run(event["Records"], partial(sync, means_of=_means, run=run))
