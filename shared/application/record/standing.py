"""Where a case stands, as its item says it, and what a change of state writes there."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from shared.application.record.context import Context
from shared.configuration.windows import COMMENT
from shared.domain.case_states import Settled, Standing, settle
from shared.domain.case_timers import Moments, Timer, next_timer
from shared.domain.event import utc_text
from shared.domain.surveys.timing import survey_due
from shared.ports.table import Item
from shared.store import keys

COMPARE_AFTER_S = 24 * 3600
"""A case on the clock is looked at, and compared with its cursors, at most this long after the last time."""


@dataclass(slots=True)
class CaseChange:
    """Attributes of a case to set and to remove."""

    set: dict[str, Any] = field(default_factory=dict)
    remove: tuple[str, ...] = ()


def moment_in(case: Mapping[str, Any], name: str) -> datetime | None:
    return datetime.fromisoformat(case[name]) if name in case else None


def standing_of(case: Item) -> Standing:
    """Its state, since when by the provider's clock, and the customer's last turn."""
    since = moment_in(case, "state_at") or datetime.fromisoformat(case["opened_at"])
    return Standing(case["state"], since, moment_in(case, "last_customer_at"), case.get("state_by"))


def woken_by_turn(context: Context, case: Item, at: datetime) -> Settled | None:
    """What it becomes when something that the customer said, and nobody answered, comes to light in it at `at`. None
    where it stays as it is."""
    if case["state"] == "on_hold" and context.config.cases.stay_on_hold:
        return None
    settled = settle(standing_of(case), "message", at)
    return settled if settled.effect == "moved" else None


def change_of(
    context: Context, case: Item, settled: Settled, at: datetime, by: str | None = None, **more: Any
) -> CaseChange:
    """What to write of a change of state at `at`; of a state that is said again, when it was. `by`: the ticket in which
    it was done."""
    decided = {"state_at": utc_text(settled.since)} | ({"state_by": by} if by else {})
    decided_elsewhere = () if by or "state_by" not in case else ("state_by",)
    if settled.effect == "stayed":
        is_later = settled.since > standing_of(case).since
        gone = {*(decided_elsewhere if is_later else ()), *_run_out(case, settled)} - more.keys()
        change = CaseChange({**(decided if is_later else {}), **more}, tuple(sorted(gone)))
        change.set |= look_by(context, after(case, change)) if {"hold_until"} & {*more, *gone} else {}
        return change
    said = utc_text(at)
    change = CaseChange({"state": settled.state, **decided, **more})
    gone = {"reminded", "hold_until", *decided_elsewhere} - more.keys()
    if settled.state == "resolved":
        change.set["resolved_at"] = said
    elif settled.state == "closed":
        change.set |= {"closed_at": said, "resolved_at": case.get("resolved_at", said)}
    elif case["state"] == "resolved":
        gone.add("resolved_at")
        if settled.state == "open":
            change.set["reopen_count"] = case["reopen_count"] + 1
    change.remove = tuple(sorted(gone & case.keys()))
    change.set |= look_by(context, after(case, change))
    return change


def _run_out(case: Item, settled: Settled) -> set[str]:
    """The day until which it was held, where it was put on hold again after that day."""
    until = moment_in(case, "hold_until")
    return {"hold_until"} if settled.state == "on_hold" and until and until <= settled.since else set()


def after(case: Item, change: CaseChange) -> Item:
    """The case as the change leaves it."""
    return {name: value for name, value in (case | change.set).items() if name not in change.remove}


def window_channels(case: Item) -> list[str]:
    """The channels by which windows name a case: a public one's is the comment."""
    return [COMMENT] if case.get("public") else list(case["channels"])


def timer_of(context: Context, case: Item) -> Timer | None:
    """What time does to it next."""
    asked = context.config.survey_of(case["brand"])
    moments = Moments(
        state=case["state"],
        channels=window_channels(case),
        since=standing_of(case).since,
        resolved_at=moment_in(case, "resolved_at"),
        hold_until=moment_in(case, "hold_until"),
        reminded=bool(case.get("reminded")),
        survey_at=survey_due(case, asked.after) if asked else None,
    )
    return next_timer(moments, context.config.windows, context.config.cases)


def look_by(context: Context, case: Item) -> dict[str, str]:
    """The attributes that put it on the clock: for its next timer, and in a day at the latest."""
    timer = timer_of(context, case)
    moment = context.clock() // 1 + COMPARE_AFTER_S
    if timer:
        moment = min(moment, math.ceil(timer.at.timestamp()))
    return keys.due(keys.case(case["id"]), utc_text(datetime.fromtimestamp(moment, UTC)))
