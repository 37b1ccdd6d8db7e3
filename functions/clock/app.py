"""Looks, each minute, at what is due."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from functools import cache, partial
from typing import Any

from shared import bootstrap
from shared.application.intake import Intake
from shared.application.look_again import Looking, look_again
from shared.application.record import Context
from shared.application.waiting import look_at
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


def handler(_: dict[str, Any], context: Any) -> dict[str, int]:
    """A schedule's event in; what was looked at, counted, out."""
    looking = Looking(
        table=bootstrap.table(),
        queues=bootstrap.queues(),
        metrics=bootstrap.metrics(),
        clock=bootstrap.clock(),
        connectors_of=_connectors_of,
        look_at_waiting=partial(look_at, intake=_intake(), trace_id=context.aws_request_id),
        remaining_s=lambda: context.get_remaining_time_in_millis() / 1000,
    )
    return dict(look_again(looking))


def _connectors_of(brand: str | None) -> Sequence[str]:
    config = bootstrap.config()
    return [found.name for found in (config.connectors if brand is None else config.connectors_of(brand))]
