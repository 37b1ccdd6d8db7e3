"""Brings the files that come with messages into Files."""

from __future__ import annotations

from functools import partial
from typing import Any

from functions.fetch_media.content import examine
from shared import bootstrap
from shared.application.fifo_batch import FifoBatch
from shared.application.media import ORIGIN, Fetching, fetch_media
from shared.application.media_trigger import QUEUE
from shared.application.retry import now_text


def _means(context: Any) -> Fetching:
    return Fetching(
        table=bootstrap.table(),
        queues=bootstrap.queues(),
        files=bootstrap.files(),
        metrics=bootstrap.metrics(),
        clock=bootstrap.clock(),
        draw=bootstrap.draw(),
        limits=bootstrap.config().media.limits(),
        fetcher_of=bootstrap.fetcher,
        examine=examine,
        remaining_s=lambda: context.get_remaining_time_in_millis() / 1000,
    )


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """SQS `media.fifo`, one message; answers with what is to be shown again."""
    clock = bootstrap.clock()
    bootstrap.logs()
    batch = FifoBatch(
        table=bootstrap.table(),
        metrics=bootstrap.metrics(),
        origin=ORIGIN,
        queue=QUEUE,
        trace_id=context.aws_request_id,
        now=lambda: now_text(clock()),
    )
    return batch.run(event["Records"], partial(fetch_media, means=_means(context)))
