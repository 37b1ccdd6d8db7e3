"""Time reminds, resolves, closes and takes off hold, at its own instants and whenever the clock gets to look."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.application.record.timers import Passed, pass_time
from shared.domain.event import HUB, Event
from tests.engine.record.bench import START

Make = Callable[..., Event]
HOUR = timedelta(hours=1)


def look(hub: Any, case: str, at: timedelta) -> Passed:
    hub.seconds = (START + at).timestamp()
    return pass_time(hub.context, hub.case(case))


def setting(hub: Any, case: str, state: str, at: timedelta, **more: Any) -> None:
    parts = {"channel": HUB, "account": HUB, "thread": case, "kind": "state_change", "provider_type": "state"}
    parts |= {"message_id": f"{state}-{at}", "author": {"type": "agent", "id": "luis"}, "occurred_at": START + at}
    hub.record(Event.model_validate(parts | {"text": state, "direction": "outbound", **more}))


def changes(hub: Any, case: str) -> list[tuple[str, str | None, str]]:
    log = [entry for entry in hub.log(case) if entry.kind == "state_change"]
    return [(entry.provider_type, entry.text, entry.occurred_at.isoformat()[:16]) for entry in log if entry.occurred_at]


def test_a_resolved_case_closes_at_the_end_of_its_window(hub: Any, say: Make) -> None:
    case = hub.record(say("m1")).case
    setting(hub, case, "resolved", HOUR)
    assert look(hub, case, 73 * HOUR - timedelta(seconds=1)).steps == 0
    assert hub.case(case)["state"] == "resolved"
    hub.table.reset()
    assert look(hub, case, 73 * HOUR) == Passed(1, None)
    assert [len(writes) for writes in hub.table.transactions] == [3]
    item = hub.case(case)
    assert (item["state"], item["closed_at"]) == ("closed", "2026-11-25T11:00:00Z")
    assert hub.profile(item["customer"])["cases"] == {}
    assert look(hub, case, 74 * HOUR).steps == 0
    assert item["sequence"] == len(hub.log(case))


@pytest.mark.parametrize("again", [20, 73, 80])
def test_a_case_that_is_resolved_again_closes_when_it_would_have(hub: Any, say: Make, again: int) -> None:
    """Also where the clock had not looked yet when its window was over."""
    case = hub.record(say("m1")).case
    setting(hub, case, "resolved", HOUR)
    setting(hub, case, "resolved", again * HOUR)
    assert look(hub, case, 100 * HOUR) == Passed(1, None)
    item = hub.case(case)
    moments = (item["state"], item["resolved_at"], item["closed_at"])
    assert moments == ("closed", "2026-11-22T11:00:00Z", "2026-11-25T11:00:00Z")
    assert [text for _, text, _ in changes(hub, case)] == ["resolved", "resolved", "closed"]


def test_it_is_on_the_clock_for_that_moment(hub: Any, say: Make) -> None:
    case = hub.record(say("m1")).case
    hub.seconds = (START + 60 * HOUR).timestamp()
    setting(hub, case, "resolved", timedelta(seconds=1, milliseconds=500))
    assert hub.case(case)["due_sk"].startswith("2026-11-25T10:00:02Z#"), "rounded up: a window is never cut short"


def test_a_case_that_waits_too_long_is_reminded_of_resolved_and_closed(hub: Any, say: Make) -> None:
    case = hub.record(say("m1")).case
    setting(hub, case, "pending_customer", HOUR)
    assert look(hub, case, 25 * HOUR).steps == 1
    assert (hub.case(case)["state"], hub.case(case)["reminded"]) == ("pending_customer", True)
    assert look(hub, case, 26 * HOUR).steps == 0
    assert look(hub, case, 73 * HOUR).steps == 1
    item = hub.case(case)
    assert (item["state"], item["resolved_at"], "reminded" in item) == ("resolved", "2026-11-25T11:00:00Z", False)
    assert changes(hub, case)[1:] == [
        ("reminder", "pending_customer", "2026-11-23T11:00"),
        ("hilo", "resolved", "2026-11-25T11:00"),
    ]


def test_whoever_looks_late_finds_each_thing_at_its_own_instant(hub: Any, say: Make) -> None:
    case = hub.record(say("m1")).case
    setting(hub, case, "pending_customer", HOUR)
    assert look(hub, case, 400 * HOUR).steps == 3
    item = hub.case(case)
    moments = (item["state"], item["resolved_at"], item["closed_at"])
    assert moments == ("closed", "2026-11-25T11:00:00Z", "2026-11-28T11:00:00Z")
    assert [entry.sequence for entry in hub.log(case)] == list(range(1, item["sequence"] + 1))


def test_a_hold_ends_on_its_day(hub: Any, say: Make) -> None:
    case = hub.record(say("m1")).case
    setting(hub, case, "on_hold", HOUR, until=START + 5 * HOUR)
    assert look(hub, case, 4 * HOUR) == Passed(0, (START + 5 * HOUR).timestamp())
    assert look(hub, case, 5 * HOUR).steps == 1
    item = hub.case(case)
    assert (item["state"], "hold_until" in item) == ("open", False)


def test_what_is_held_again_after_its_day_is_held(hub: Any, say: Make) -> None:
    """The clock had not looked yet: it was open for a while, and nobody has to see that."""
    case = hub.record(say("m1")).case
    setting(hub, case, "on_hold", HOUR, until=START + 5 * HOUR)
    setting(hub, case, "on_hold", 6 * HOUR)
    assert look(hub, case, 100 * HOUR) == Passed(0, None)
    item = hub.case(case)
    assert (item["state"], "hold_until" in item, len(hub.log(case))) == ("on_hold", False, 3)


def test_what_is_held_again_before_its_day_ends_on_its_day(hub: Any, say: Make) -> None:
    case = hub.record(say("m1")).case
    setting(hub, case, "on_hold", HOUR, until=START + 5 * HOUR)
    setting(hub, case, "on_hold", 4 * HOUR)
    assert look(hub, case, 100 * HOUR) == Passed(1, None)
    assert hub.case(case)["state"] == "open"


def test_a_hold_without_a_day_waits(hub: Any, say: Make) -> None:
    case = hub.record(say("m1")).case
    setting(hub, case, "on_hold", HOUR)
    assert look(hub, case, 1000 * HOUR) == Passed(0, None)


@pytest.mark.parametrize("text", ["¿Hola?", "Sigue igual"])
def test_a_case_that_comes_back_meanwhile_is_not_closed(hub: Any, say: Make, text: str) -> None:
    case = hub.record(say("m1")).case
    setting(hub, case, "resolved", HOUR)
    rivals = [say("m2", text, at=20 * HOUR)]

    def meanwhile(_: Any) -> None:
        if rivals:
            hub.record(rivals.pop())

    hub.table.before_transact = meanwhile
    assert look(hub, case, 80 * HOUR).steps == 0
    item = hub.case(case)
    assert (item["state"], item["reopen_count"]) == ("open", 1)
    assert case in hub.profile(item["customer"])["cases"]


def test_two_clocks_at_once_close_it_once(hub: Any, say: Make) -> None:
    case = hub.record(say("m1")).case
    setting(hub, case, "resolved", HOUR)
    other = [True]

    def meanwhile(_: Any) -> None:
        if other.pop() if other else False:
            pass_time(hub.context, hub.case(case))

    hub.table.before_transact = meanwhile
    look(hub, case, 80 * HOUR)
    assert [text for _, text, _ in changes(hub, case)] == ["resolved", "closed"]


def test_what_is_not_due_costs_nothing(hub: Any, say: Make) -> None:
    case = hub.record(say("m1")).case
    item = hub.case(case)
    hub.table.reset()
    assert pass_time(hub.context, item) == Passed(0, None)
    assert (hub.table.reads, hub.table.transactions) == (0, [])
