"""Providers' clocks that cannot be right, and what is said twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.application.record import Recorder
from shared.domain.event import HUB, Event
from tests.engine.record.tools.bench import done

Make = Callable[..., Event]
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def set_state(message: str, case: str, state: str, at: timedelta, **more: Any) -> Event:
    said = {"kind": "state_change", "provider_type": "state", "text": state, "tool": HUB, **more}
    return done(message, case, at=at, **said)


def arrives(hub: Any, event: Event, received_at: str) -> Any:
    return Recorder(hub.context).record(replace(hub.incoming(event), received_at=received_at))


def test_a_mail_dated_to_come_keeps_nobody_from_resolving_its_case(case_hub: Any, mail: Make) -> None:
    case = arrives(case_hub, mail("<1@x>", at=3650 * DAY), "2026-11-22T10:00:00Z").case
    item = case_hub.case(case)
    assert (item["opened_at"], item["last_customer_at"]) == ("2026-11-22T10:00:00Z",) * 2
    case_hub.record(set_state("1", case, "resolved", HOUR))
    item = case_hub.case(case)
    assert (item["state"], item["resolved_at"]) == ("resolved", "2026-11-22T11:00:00Z")
    assert case_hub.log(case)[0].occurred_at > datetime(2036, 1, 1, tzinfo=UTC), "what was said stays as it was"


def test_a_clock_a_little_ahead_is_believed(case_hub: Any, mail: Make) -> None:
    case = arrives(case_hub, mail("<1@x>", at=4 * MINUTE), "2026-11-22T10:00:00Z").case
    assert case_hub.case(case)["opened_at"] == "2026-11-22T10:04:00Z"


def test_a_tool_whose_clock_is_ahead_keeps_no_other_from_deciding(case_hub: Any, on: Make) -> None:
    case = case_hub.record(on("whatsapp", "m1")).case
    arrives(case_hub, set_state("1", case, "on_hold", DAY), "2026-11-22T10:10:00Z")
    case_hub.record(set_state("2", case, "resolved", HOUR))
    assert case_hub.case(case)["state"] == "resolved"


def test_a_case_on_hold_that_gets_a_day_is_looked_at_then(case_hub: Any, on: Make) -> None:
    case = case_hub.record(on("whatsapp", "m1")).case
    case_hub.record(set_state("1", case, "on_hold", MINUTE))
    case_hub.record(set_state("2", case, "on_hold", 2 * MINUTE, until="2026-11-22T12:00:00Z"))
    item = case_hub.case(case)
    assert item["hold_until"] == "2026-11-22T12:00:00Z"
    assert item["due_sk"].partition("#")[0] == "2026-11-22T12:00:00Z"


def test_an_answer_that_waits_but_was_overtaken_is_an_answer_still(case_hub: Any, on: Make) -> None:
    """The customer wrote meanwhile: it does not wait, but somebody has answered, and it is no longer new."""
    case = case_hub.record(on("whatsapp", "m1")).case
    case_hub.record(on("whatsapp", "m2", at=3 * MINUTE))
    case_hub.record(done("1", case, tool=HUB, flags=["reply_and_wait"], at=2 * MINUTE))
    item = case_hub.case(case)
    assert (item["state"], item["owner"]) == ("open", "luis")


def test_whose_it_no_longer_is_does_not_come_back_by_what_was_said_before(case_hub: Any, on: Make) -> None:
    case = case_hub.record(on("whatsapp", "m1")).case
    for message, owner, minute in (("1", "luis", 1), ("2", "", 3), ("3", "marta", 2)):
        case_hub.record(set_state(message, case, owner, minute * MINUTE, provider_type="owner"))
    assert not case_hub.case(case).get("owner")
    case_hub.record(done("4", case, tool=HUB, agent="eva", at=4 * MINUTE))
    assert case_hub.case(case)["owner"] == "eva", "who answers what nobody has, has it"


def test_spam_is_so_for_thirty_days_from_when_it_was_said_to_be(case_hub: Any, on: Make) -> None:
    first = case_hub.record(on("whatsapp", "m1"))
    case_hub.record(set_state("1", first.case, "spam", 20 * DAY))
    assert case_hub.record(on("whatsapp", "m2", at=50 * DAY - MINUTE)).case == first.case
    quoting = {"in_reply_to": "m1"}
    assert case_hub.record(on("whatsapp", "m3", at=50 * DAY - MINUTE, **quoting)).case == first.case
    assert case_hub.record(on("whatsapp", "m4", at=50 * DAY, **quoting)).case != first.case, "named or not"
