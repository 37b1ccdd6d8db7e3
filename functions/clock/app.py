"""Looks, each minute, at what is due."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from shared import bootstrap
from shared.application.figures_looks import LookingAt, look_at_figures
from shared.application.fold import Folding, keep_up
from shared.application.journeys import Deriving, derive
from shared.application.look_again import MARGIN_S, Looking, look_again
from shared.application.record.separate import separate
from shared.application.record.timers import pass_time
from shared.application.sweep import announce
from shared.application.waiting import look_at

FOLD_S: Final = 10.0
"""Of a minute, at most: tools and customers wait for the rest."""

REVIEWS_S: Final = 25.0
"""Left of the minute, at least, to begin with reviews: else the next minute's clock does."""


def handler(_: dict[str, Any], context: Any) -> dict[str, int]:
    """A schedule's event in; what was looked at, counted, out."""
    bootstrap.logs()
    intake, clock, making = bootstrap.intake(), bootstrap.clock(), bootstrap.making()

    def left_s() -> float:
        return float(context.get_remaining_time_in_millis() / 1000)

    looking = Looking(
        table=bootstrap.table(),
        queues=bootstrap.queues(),
        metrics=bootstrap.metrics(),
        clock=clock,
        connectors_of=bootstrap.connectors_of,
        look_at_waiting=partial(look_at, intake=intake, trace_id=context.aws_request_id),
        pass_time=partial(pass_time, intake.context),
        separate=partial(separate, intake.context),
        derive_journeys=_derive_journeys,
        remaining_s=left_s,
        look_at_figures=partial(look_at_figures, LookingAt(intake.context, making, lambda: left_s() > MARGIN_S)),
    )
    enough, ends = max(left_s() - FOLD_S, MARGIN_S), bootstrap.shards_end()
    folding = Folding(bootstrap.table(), making.zone_of, clock, lambda: left_s() > enough, shards_end=ends)
    counts = keep_up(folding, bootstrap.metrics())
    counts.update(look_again(looking))
    announce(bootstrap.queues(), bootstrap.asked_connectors(), clock())
    if left_s() > REVIEWS_S and (sent := bootstrap.send_reviews()):
        counts["reviews"] += sent
    return dict(counts)


def _derive_journeys(customer: str, due_sk: str) -> int:
    config = bootstrap.config()
    zones = {brand.name: brand.time_zone for brand in config.brands}
    deriving = Deriving(bootstrap.table(), config.journeys, lambda brand: zones.get(brand, "UTC"), bootstrap.clock()())
    return derive(deriving, customer, due_sk)
