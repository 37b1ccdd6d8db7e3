"""Carries agents' answers to the customers."""

from __future__ import annotations

from functools import partial
from typing import Any

from shared import bootstrap
from shared.application.breaker import Breaker
from shared.application.dispatch import ORIGIN, Dispatching, dispatch
from shared.application.dispatch_news import News
from shared.application.dispatch_plan import Planner
from shared.application.order import QUEUE
from shared.worker import batch_of


@bootstrap.once
def _breaker(name: str) -> Breaker:
    """Of one account of ours; it lives as long as the process."""
    return Breaker(name, bootstrap.table(), bootstrap.clock(), bootstrap.metrics())


def _means(context: Any) -> Dispatching:
    table, queues, clock = bootstrap.table(), bootstrap.queues(), bootstrap.clock()
    links = bootstrap.file_links()
    return Dispatching(
        table=table,
        queues=queues,
        metrics=bootstrap.metrics(),
        clock=clock,
        planner=Planner(
            table,
            bootstrap.config(),
            clock,
            bootstrap.way_out,
            links.link if links else None,
            bootstrap.survey_links(),
        ),
        news=News(table, queues, bootstrap.files(), clock),
        breaker_of=_breaker,
        remaining_s=lambda: context.get_remaining_time_in_millis() / 1000,
    )


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """SQS `outbound.fifo`, one message; answers with what is to be shown again."""
    return batch_of(QUEUE, ORIGIN, context).run(event["Records"], partial(dispatch, means=_means(context)))
