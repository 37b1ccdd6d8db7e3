"""The clock's looks at figures, over a world of cases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from shared.application.figures_looks import LookingAt, look_at_figures
from shared.application.fold import looks_in
from shared.domain.event import utc_text
from shared.ports.table import Item
from shared.store import keys
from shared.store.figures_text import Look
from tests.engine.figures.context import context_of

if TYPE_CHECKING:
    from tests.engine.figures.bench import World


def due_looks(world: World) -> list[Item]:
    """What is due of them, as the clock finds it."""
    now = utc_text(datetime.fromtimestamp(int(world.now), UTC)) + "$"
    found = [
        one
        for partition in range(keys.DUE_PARTITIONS)
        for one in world.table.query(f"DUE#{partition}", until=now, index="due").items
    ]
    keyed = [(one["pk"], one["sk"]) for one in found if one["pk"].startswith("KPI#LOOK#")]
    return [item for key in keyed if (item := world.table.get(key).item)]


def all_looks(world: World) -> list[Look]:
    """Every look on the clock, due or not."""
    found, after = [], None
    while True:
        page = world.table.scan(after=after)
        found += [look for item in page.items if item["pk"].startswith("KPI#LOOK#") for look in looks_in(item)]
        after = page.next
        if after is None:
            return sorted(found)


def look(world: World) -> int:
    """One minute's looks; how many items of them."""
    items = due_looks(world)
    for item in items:
        look_at_figures(LookingAt(context_of(world), world.making, lambda: True), item)
    return len(items)


def settle(world: World) -> None:
    """The reader and the clock go on until nothing is left to do by now."""
    for _ in range(50):
        world.read_all()
        world.fold_all()
        if not look(world):
            return
    raise AssertionError("the clock never comes to rest")
