"""What time alone does to a case, written by the clock: reminders, and states that end by themselves."""

from __future__ import annotations

from dataclasses import dataclass

from shared.application.record.context import Context
from shared.application.record.standing import change_of, look_by, standing_of, timer_of
from shared.application.record.survey_ask import ask
from shared.application.record.tool_case import of_profile
from shared.domain.case_states import Deed, settle
from shared.domain.case_timers import Timer
from shared.domain.errors import Conflict
from shared.domain.event import HUB, Event
from shared.ports.table import Absent, Item, Operation, Put
from shared.store import items

MAX_STEPS = 6
"""Of one look: a case that nobody looked at for long is reminded of, resolved and closed at once."""


@dataclass(frozen=True, slots=True)
class Passed:
    """`steps`: how many timers ran out. `next_at`: when the next one does (epoch seconds), None for none."""

    steps: int
    next_at: float | None


def pass_time(context: Context, case: Item) -> Passed:
    """Do what is due, each at its own instant, unless the case has gone on meanwhile: then what is due by then.

    Nothing is due: no call. Each timer: 1 transaction of 2 items (3 where the case closes, which its customer's
    profile no longer lists then), and 1 RCU to read the case anew. Raises `Conflict` when others keep moving it.
    """
    steps = 0
    conflict: Conflict | None = None
    for _ in range(MAX_STEPS):
        timer = timer_of(context, case)
        if timer is None:
            return Passed(steps, None)
        if timer.at.timestamp() > context.clock():
            return Passed(steps, timer.at.timestamp())
        try:
            _run_out(context, case, timer)
            steps += 1
        except Conflict as lost:
            conflict = lost
        case = context.table.get((case["pk"], case["sk"])).item or case
    if conflict:
        raise conflict
    return Passed(steps, None)


def _run_out(context: Context, case: Item, timer: Timer) -> None:
    if timer.deed == "survey":
        ask(context, case, timer.at)
    elif timer.deed == "remind":
        _remind(context, case, timer)
    else:
        _end(context, case, timer, timer.deed)


def _remind(context: Context, case: Item, timer: Timer) -> None:
    sequence, received_at = int(case["sequence"]) + 1, context.now()
    entry = items.entry_item(case["id"], sequence, _reminder(case, sequence, timer), received_at, {})
    marked = {"reminded": True, "updated_at": received_at}
    changes = marked | look_by(context, case | marked)
    context.table.transact([Put(entry, when=(Absent(),)), items.case_step(case, sequence, changes)])
    context.metrics.count("case_timer", timer="remind")


def _end(context: Context, case: Item, timer: Timer, deed: Deed) -> None:
    sequence, received_at = int(case["sequence"]) + 1, context.now()
    settled = settle(standing_of(case), deed, timer.at)
    change = change_of(context, case, settled, timer.at, updated_at=received_at)
    cause = _event(case, sequence, timer)
    entry = items.state_change(case["id"], sequence, cause, case["state"], settled.state, timer.at, received_at)
    writes: list[Operation] = [
        Put(entry, when=(Absent(),)),
        items.case_step(case, sequence, change.set, remove=change.remove),
        *of_profile(context, case, settled.state),
    ]
    context.table.transact(writes)
    context.metrics.count("case_timer", timer=deed)


def _reminder(case: Item, sequence: int, timer: Timer) -> Event:
    return _event(case, sequence, timer).model_copy(update={"provider_type": "reminder", "text": case["state"]})


def _event(case: Item, sequence: int, timer: Timer) -> Event:
    return Event.model_validate(
        {
            "channel": HUB,
            "account": HUB,
            "thread": case["id"],
            "kind": "state_change",
            "message_id": f"{case['id']}:{sequence}",
            "author": {"type": "system"},
            "visibility": "internal",
            "occurred_at": timer.at,
            "provider_type": "timer",
        }
    )
