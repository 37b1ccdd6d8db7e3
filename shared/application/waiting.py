"""What overtook its target and waited a day for it: let in, counted, or parked."""

from __future__ import annotations

from shared.application.intake import Intake
from shared.application.park import park
from shared.application.record.waiting import forget
from shared.application.retry import now_text
from shared.domain.element import digest
from shared.domain.errors import Malformed, Permanent
from shared.ports.table import Item, Key
from shared.store.dead_letters import DeadLetter

ORIGIN = "clock"


def look_at(key: Key, *, now: float, intake: Intake, trace_id: str) -> None:
    """End the wait of one item, if it is still due: its target came after all; or a receipt is counted and
    forgotten; or a revision becomes a dead letter, whose redrive takes it in again.

    1 RCU, what recording costs, and 1 to 2 writes to forget it. Raises `Transient`: it is met again next minute.
    """
    item = intake.context.table.get(key).item
    if item is None or item["due_sk"].partition("#")[0] > now_text(now):
        return  # let in by its target, or put off, since the index was written
    try:
        intake.look_again(item)
    except (Malformed, Permanent) as error:
        letter = _letter(item, error, now, trace_id)
        park(intake.context.table, intake.context.metrics, letter)
        forget(intake.context, item)


def _letter(item: Item, error: Malformed | Permanent, now: float, trace_id: str) -> DeadLetter:
    return DeadLetter(
        origin=ORIGIN,
        queue="inbound",
        group=digest("waiting", item["pk"]),
        body=item["envelope"],
        error=type(error).__name__,
        reason=error.reason,
        trace_id=trace_id,
        first_at=item["since"],
        last_at=now_text(now),
    )
