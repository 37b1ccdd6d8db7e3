"""What the figures need a case's item to say, beyond its log: to when its time was looked at, what other cases of its
customer say of it, which cases go on in it, and that a new generation of figures counts it. Level-triggered, and safe
to repeat.

Each is a plain write of one item that leaves the log, and whoever writes it, alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from shared.application.figures_joined import JOINED
from shared.application.figures_of_case import BESIDE, FIGURES_AT, GENERATION
from shared.application.record.context import Context
from shared.domain.event import utc_text
from shared.domain.figures.model import Beside
from shared.ports.table import Absent, Condition, Equals, Item, Present, Update
from shared.store import keys
from shared.store.conditional import took_effect


def note_time(context: Context, case: Item, at: datetime) -> bool:
    """Time was looked at up to `at`. False when somebody looked since the case was read. 1 WRU for each KB."""
    return _mark(context, case, {FIGURES_AT: utc_text(at)})


def note_beside(context: Context, case: Item, beside: Beside) -> bool:
    """What the customer did in other cases. Nothing is written where it is known. 1 WRU for each KB, else none."""
    found = {name: getattr(beside, name) for name in BESIDE}
    wanted = {name: utc_text(at) if at else None for name, at in found.items()}
    changed = {name: text for name, text in wanted.items() if text != case.get(name)}
    return _mark(context, case, changed) if changed else True


def note_joined(context: Context, case: Item, joined: Mapping[str, int]) -> bool:
    """Which cases go on in this one, and how far their logs count. Nothing is written where it is known. False when
    somebody said so since the case was read. 1 WRU for each KB, else none."""
    if dict(joined) == case.get(JOINED, {}):
        return True
    return _mark(context, case, {JOINED: dict(joined) or None})


def note_counted(context: Context, case_id: str, generation: int) -> bool:
    """A generation of figures counts the case from now on; whether it did not before. 1 WRU for each KB."""
    key = keys.case(case_id)
    case = context.table.get(key).item
    if case is None or int(case.get(GENERATION, 0)) >= generation:
        return False
    return _mark(context, case, {GENERATION: generation})


def _mark(context: Context, case: Item, changed: Mapping[str, object]) -> bool:
    as_read: list[Condition] = [Present()]
    as_read += [Equals(name, case[name]) if name in case else Absent(name) for name in changed]
    step = Update(
        (case["pk"], case["sk"]),
        set={name: value for name, value in changed.items() if value is not None},
        remove=tuple(name for name, value in changed.items() if value is None),
        when=tuple(as_read),
    )
    return took_effect(context.table, [step])
