"""What figures are made with."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from shared.bootstrap.engine import clock, config, table
from shared.bootstrap.installing import _installed, once

if TYPE_CHECKING:
    from shared.application.figures_of_case import Making
    from shared.application.measure import Measuring


@once
def making() -> Making:
    """How a case's figures follow from its log, by the configuration's rules."""
    from shared.application.figures_of_case import Making
    from shared.configuration.kpi import rules_of
    from shared.domain.figures.beside import beside_of
    from shared.domain.figures.facts import facts_of

    rules = rules_of(config())
    return Making(facts_of, rules, partial(beside_of, limits=rules.limits))


def measuring() -> Measuring:
    """What the stream's second reader works with."""
    from shared.application.measure import Measuring

    return Measuring(table(), making(), clock())


def shards_end() -> bool:
    """Whether a shard of the table's stream ends, and what it held is gone after a day, as with DynamoDB. The embedded
    hub has a stream that keeps everything until it is read, however long nobody runs it."""
    return bool(_installed.get("shards_end", True))
