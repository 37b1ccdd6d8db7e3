"""What recording works with, for the few writes that figures need."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from local.memory.files import MemoryFiles
from local.metrics import CountedMetrics
from shared.application.record import Context
from shared.configuration import parse
from tests.engine.record.bench import CONFIG

if TYPE_CHECKING:
    from tests.engine.figures.bench import World


def context_of(world: World, **more: Any) -> Context:
    numbers = itertools.count()
    given: dict[str, Any] = {
        "table": world.hub,
        "files": MemoryFiles(),
        "metrics": CountedMetrics(),
        "config": parse(CONFIG, "test", {}),
        "clock": world.clock,
        "new_id": lambda: f"id-{next(numbers)}",
        "pause": lambda _: None,
    }
    return Context(**given | more)
