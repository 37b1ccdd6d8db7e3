from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest

from shared.domain.business_time.calendars import ALWAYS, CLOSED, Calendar, in_force
from shared.domain.business_time.clocks import Clock, News, Outcome, Retarget, Span, Warned, news, outcome, without

GUAYAQUIL = ZoneInfo("America/Guayaquil")
HOUR = 3600
OFFICE = ((9 * 60, 18 * 60),)
C = Calendar(
    "C",
    "America/Guayaquil",
    (OFFICE,) * 5 + (((9 * 60, 13 * 60),), CLOSED),
    ((date(2026, 11, 2), CLOSED), (date(2026, 11, 3), CLOSED), (date(2026, 12, 25), CLOSED)),
)


def at(text: str) -> datetime:
    """Local time of November 2026: `11 09:00`."""
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=GUAYAQUIL).astimezone(UTC)


def span(start: str, stop: str | None = None) -> Span:
    return Span(at(start), None if stop is None else at(stop))


EIGHT = Clock(at("11 09:00"), 8 * HOUR)


class TestResolutionTable:
    """Eight hours of business time in calendar C."""

    def test_1_no_pause(self) -> None:
        assert outcome(EIGHT, C, at("11 10:00")).due == at("11 17:00")

    def test_2_waiting_for_the_customer(self) -> None:
        clock = replace(EIGHT, pauses=(span("11 11:00", "11 15:00"),))
        during = outcome(clock, C, at("11 12:00"))
        assert (during.state, during.due, during.used_s, during.rest_s) == ("paused", None, 2 * HOUR, 6 * HOUR)
        assert outcome(clock, C, at("11 15:00")).due == at("12 12:00")

    def test_3_reopened_with_the_unspent_rest(self) -> None:
        clock = Clock(at("13 15:00"), 8 * HOUR, stops=(span("13 17:00", "16 10:00"),))
        resolved = outcome(clock, C, at("14 10:00"))
        assert (resolved.state, resolved.met_at, resolved.used_s) == ("met", at("13 17:00"), 2 * HOUR)
        reopened = outcome(clock, C, at("16 10:00"))
        assert (reopened.state, reopened.due, reopened.met_at) == ("running", at("16 16:00"), None)
        assert outcome(clock, C, at("16 16:00")).breached_at == at("16 16:00")

    def test_4_at_all_hours(self) -> None:
        assert outcome(EIGHT, ALWAYS, at("11 10:00")).due == at("11 17:00")

    def test_5_no_pause_while_a_message_is_unanswered(self) -> None:
        pauses = without([span("11 11:00")], [span("11 10:58")])
        assert pauses == ()
        assert outcome(replace(EIGHT, pauses=pauses), C, at("11 12:00")).due == at("11 17:00")

    def test_6_the_pause_ends_when_the_customer_wrote(self) -> None:
        # Ingested at 14:30, when the case was taken out of waiting; written at 13:00.
        pauses = without([span("11 11:00", "11 14:30")], [span("11 13:00", "11 16:00")])
        assert pauses == (span("11 11:00", "11 13:00"),)
        assert outcome(replace(EIGHT, pauses=pauses), C, at("11 15:00")).due == at("12 10:00")


class TestParts:
    @pytest.mark.parametrize(
        ("spans", "taken", "left"),
        [
            ([], [], ()),
            ([("11 10:00", "11 12:00")], [], (("11 10:00", "11 12:00"),)),
            ([("11 10:00", "11 12:00"), ("11 11:00", "11 13:00")], [], (("11 10:00", "11 13:00"),)),
            ([("11 10:00", None)], [("11 11:00", "11 12:00")], (("11 10:00", "11 11:00"), ("11 12:00", None))),
            ([("11 10:00", None)], [("11 11:00", None)], (("11 10:00", "11 11:00"),)),
            ([("11 10:00", "11 12:00")], [("11 09:00", "11 10:00"), ("11 12:00", None)], (("11 10:00", "11 12:00"),)),
            (
                [("11 10:00", "11 16:00")],
                [("11 13:00", "11 14:00"), ("11 11:00", "11 12:00")],
                (("11 10:00", "11 11:00"), ("11 12:00", "11 13:00"), ("11 14:00", "11 16:00")),
            ),
        ],
    )
    def test_what_is_left(
        self, spans: list[tuple[str, str | None]], taken: list[tuple[str, str]], left: tuple[tuple[str, str], ...]
    ) -> None:
        assert without([span(*each) for each in spans], [span(*each) for each in taken]) == tuple(
            span(*each) for each in left
        )


class TestBreach:
    quarter = Clock(at("11 10:00"), 900)

    @pytest.mark.parametrize(
        ("stop", "state"), [("11 10:14:59", "met"), ("11 10:15:00", "met"), ("11 10:15:01", "breached")]
    )
    def test_a_stop_at_the_due_instant_is_in_time(self, stop: str, state: str) -> None:
        found = outcome(replace(self.quarter, stops=(span(stop),)), C, at("11 12:00"))
        assert found.state == state
        assert found.due == at("11 10:15")
        assert found.stopped_at == at(stop)
        assert (found.met_at is None) is (state == "breached")

    @pytest.mark.parametrize(("seen", "state"), [("11 10:14:59", "running"), ("11 10:15:00", "breached")])
    def test_a_breach_happens_at_the_due_instant(self, seen: str, state: str) -> None:
        assert outcome(self.quarter, C, at(seen)).state == state

    def test_unanswered_is_breached_now_not_when_answered(self) -> None:
        before = outcome(self.quarter, C, at("11 11:00"))
        after = outcome(replace(self.quarter, stops=(span("11 12:00"),)), C, at("11 12:00"))
        assert (before.breached_at, after.breached_at) == (at("11 10:15"), at("11 10:15"))
        assert after.used_s == 2 * HOUR

    def test_retracted_when_the_stop_is_learnt_later(self) -> None:
        before = outcome(self.quarter, C, at("11 10:30"))
        after = outcome(replace(self.quarter, stops=(span("11 10:08"),)), C, at("11 10:30"))
        assert news(before, after) == [News("breach_retracted", at("11 10:15")), News("met", at("11 10:08"))]

    def test_a_stop_that_fell_away_brings_the_breach_back(self) -> None:
        before = outcome(replace(self.quarter, stops=(span("11 10:08"),)), C, at("11 10:30"))
        assert news(before, outcome(self.quarter, C, at("11 10:30"))) == [News("breached", at("11 10:15"))]

    def test_the_budget_used_up_just_as_a_pause_begins(self) -> None:
        found = outcome(replace(self.quarter, pauses=(span("11 10:15"),)), C, at("11 10:30"))
        assert (found.state, found.breached_at, found.reason) == ("breached", at("11 10:15"), "elapsed")

    def test_two_stops_that_touch_are_one(self) -> None:
        stops = (span("11 10:05", "11 10:08"), span("11 10:08"))
        assert outcome(replace(self.quarter, stops=stops), C, at("11 12:00")).met_at == at("11 10:05")

    def test_due_overnight(self) -> None:
        found = outcome(Clock(at("20 17:50"), 900), C, at("21 09:04:59"))
        assert (found.state, found.due) == ("running", at("21 09:05"))

    def test_a_stop_before_its_start_is_at_once(self) -> None:
        found = outcome(replace(self.quarter, stops=(span("11 09:59:58"),)), C, at("11 12:00"))
        assert (found.state, found.met_at, found.used_s, found.due) == ("met", at("11 10:00"), 0, at("11 10:15"))

    def test_only_the_first_of_several_stops_counts(self) -> None:
        found = outcome(replace(self.quarter, stops=(span("11 10:40"), span("11 10:05"))), C, at("11 12:00"))
        assert (found.state, found.met_at) == ("met", at("11 10:05"))

    def test_parts_of_a_second_do_not_breach(self) -> None:
        start = at("11 10:00") + timedelta(milliseconds=700)
        stop = at("11 10:15") + timedelta(milliseconds=500)
        assert outcome(Clock(start, 900, (Span(stop),)), C, at("11 12:00")).state == "met"

    def test_reopened_after_a_breach_it_stays_breached(self) -> None:
        clock = replace(EIGHT, stops=(span("11 17:30", "12 10:00"), span("12 10:10")))
        found = outcome(clock, C, at("12 11:00"))
        assert (found.state, found.breached_at, found.used_s) == ("breached", at("11 17:00"), 8 * HOUR + 2400)

    def test_resolved_just_in_time_and_reopened_nothing_is_left(self) -> None:
        clock = replace(EIGHT, stops=(span("11 17:00", "12 10:00"),))
        assert outcome(clock, C, at("11 18:00")).state == "met"
        found = outcome(clock, C, at("12 10:00"))
        assert (found.breached_at, found.reason) == (at("12 10:00"), "elapsed")


class TestRetarget:
    """The priority changes: the target changes, the start does not."""

    def test_normal_to_high_at_noon(self) -> None:
        clock = replace(EIGHT, retargets=(Retarget(at("11 12:00"), 4 * HOUR),))
        assert outcome(clock, C, at("11 12:00")).due == at("11 13:00")
        found = outcome(clock, C, at("11 13:00"))
        assert (found.state, found.breached_at, found.reason) == ("breached", at("11 13:00"), "elapsed")

    def test_already_past_is_breached_at_once(self) -> None:
        clock = replace(EIGHT, retargets=(Retarget(at("11 14:00"), 4 * HOUR),))
        found = outcome(clock, C, at("11 14:00"))
        assert (found.state, found.breached_at, found.reason) == ("breached", at("11 14:00"), "retarget")

    def test_already_past_is_breached_in_a_pause_too(self) -> None:
        clock = replace(EIGHT, pauses=(span("11 13:00"),), retargets=(Retarget(at("11 14:00"), 2 * HOUR),))
        found = outcome(clock, C, at("11 15:00"))
        assert (found.breached_at, found.reason) == (at("11 14:00"), "retarget")

    def test_a_lower_priority_gives_more_time(self) -> None:
        clock = replace(EIGHT, retargets=(Retarget(at("11 16:59"), 10 * HOUR),))
        assert outcome(clock, C, at("11 17:30")).due == at("12 10:00")

    def test_a_lower_priority_never_undoes_a_breach(self) -> None:
        clock = replace(EIGHT, retargets=(Retarget(at("11 17:01"), 100 * HOUR),))
        found = outcome(clock, C, at("13 12:00"))
        assert (found.state, found.breached_at) == ("breached", at("11 17:00"))

    def test_of_a_resolved_case_it_breaches_only_when_reopened(self) -> None:
        clock = replace(EIGHT, stops=(span("11 15:00", "12 10:00"),), retargets=(Retarget(at("11 16:00"), 2 * HOUR),))
        assert outcome(clock, C, at("12 09:59")).state == "met"
        found = outcome(clock, C, at("12 10:00"))
        assert (found.breached_at, found.reason) == (at("12 10:00"), "retarget")

    def test_a_priority_without_a_target_ends_the_clock(self) -> None:
        clock = replace(EIGHT, retargets=(Retarget(at("11 12:00"), None),))
        found = outcome(clock, C, at("12 12:00"))
        assert (found.state, found.due, found.rest_s, found.next_at) == ("cancelled", None, None, None)
        back = replace(clock, retargets=(*clock.retargets, Retarget(at("11 14:00"), 8 * HOUR)))
        assert outcome(back, C, at("11 15:00")).due == at("11 17:00")


class TestWarnings:
    def test_at_three_quarters_and_nine_tenths(self) -> None:
        assert outcome(EIGHT, C, at("11 14:59:59")).warnings == ()
        assert outcome(EIGHT, C, at("11 15:00")).warnings == (Warned(75, at("11 15:00")),)
        assert outcome(EIGHT, C, at("11 16:12")).warnings == (Warned(75, at("11 15:00")), Warned(90, at("11 16:12")))

    def test_what_comes_next(self) -> None:
        seen = ["11 09:00", "11 15:00", "11 16:12", "11 17:00"]
        found = [outcome(EIGHT, C, at(each)).next_at for each in seen]
        assert found == [at("11 15:00"), at("11 16:12"), at("11 17:00"), None]

    def test_told_once(self) -> None:
        told = []
        before: Outcome | None = None
        for minute in range(9 * 60):
            after = outcome(EIGHT, C, at("11 09:00") + timedelta(minutes=minute))
            told += news(before, after)
            before = after
        assert told == [
            News("warning", at("11 15:00"), 75),
            News("warning", at("11 16:12"), 90),
            News("breached", at("11 17:00")),
        ]

    def test_none_while_paused(self) -> None:
        clock = replace(EIGHT, pauses=(span("11 15:00"),))
        assert outcome(clock, C, at("11 18:00")).warnings == ()
        resumed = replace(EIGHT, pauses=(span("11 15:00", "11 16:00"),))
        assert outcome(resumed, C, at("11 16:00")).warnings == (Warned(75, at("11 16:00")),)

    def test_none_once_met(self) -> None:
        assert outcome(replace(EIGHT, stops=(span("11 15:00"),)), C, at("11 18:00")).warnings == ()

    def test_one_that_is_found_late_is_not_told_of_a_paused_or_met_clock(self) -> None:
        before = outcome(EIGHT, C, at("11 14:00"))
        paused = outcome(replace(EIGHT, pauses=(span("11 15:30"),)), C, at("11 16:00"))
        met = outcome(replace(EIGHT, stops=(span("11 15:30"),)), C, at("11 16:00"))
        assert paused.warnings == met.warnings == (Warned(75, at("11 15:00")),)
        assert news(before, paused) == []
        assert news(before, met) == [News("met", at("11 15:30"))]

    def test_of_two_at_once_the_higher_one_alone(self) -> None:
        clock = replace(EIGHT, retargets=(Retarget(at("11 12:00"), 11_400),))  # 3 h of 3 h 10 min
        assert outcome(clock, C, at("11 12:01")).warnings == (Warned(90, at("11 12:00")),)

    def test_none_below_one_that_was_given(self) -> None:
        clock = replace(EIGHT, retargets=(Retarget(at("11 12:00"), 11_400), Retarget(at("11 12:05"), 5 * HOUR)))
        assert outcome(clock, C, at("11 13:50")).warnings == (Warned(90, at("11 12:00")),)

    def test_none_at_the_due_instant(self) -> None:
        found = outcome(Clock(at("11 09:00"), 1), C, at("11 10:00"))
        assert (found.breached_at, found.warnings) == (at("11 09:00:01"), ())

    def test_not_again_after_more_time_was_given(self) -> None:
        clock = replace(EIGHT, retargets=(Retarget(at("11 16:00"), 100 * HOUR),))
        given = [warned.percent for warned in outcome(clock, C, at("30 16:00")).warnings]
        assert given == [75, 90]


class TestCancelled:
    @pytest.mark.parametrize(
        ("cancelled", "stop", "state"),
        [
            ("11 12:00", None, "cancelled"),
            ("11 17:00", None, "cancelled"),
            ("11 17:01", None, "breached"),
            ("11 12:00", "11 11:00", "met"),
            ("11 12:00", "11 13:00", "cancelled"),
        ],
    )
    def test_what_came_before_stays(self, cancelled: str, stop: str | None, state: str) -> None:
        clock = replace(EIGHT, cancelled_at=at(cancelled), stops=(span(stop),) if stop else ())
        found = outcome(clock, C, at("12 12:00"))
        assert found.state == state
        assert found.next_at is None

    def test_at_its_start(self) -> None:
        found = outcome(replace(EIGHT, cancelled_at=at("11 08:00")), C, at("12 12:00"))
        assert (found.state, found.used_s, found.warnings) == ("cancelled", 0, ())

    def test_just_now(self) -> None:
        found = outcome(replace(EIGHT, cancelled_at=at("11 12:00")), C, at("11 12:00"))
        assert (found.state, found.used_s) == ("cancelled", 3 * HOUR)


def test_another_queue_keeps_the_calendar_of_a_running_clock() -> None:
    """A clock is handed the calendar that was pinned at its start; a new clock, the new queue's."""
    nights = Calendar("nights", "America/Guayaquil", (((0, 1440),),) * 7)
    queues = {"day": C, "night": nights}
    started = outcome(EIGHT, queues["day"], at("11 10:00"))
    moved_at = at("11 16:00")
    still = outcome(EIGHT, queues["day"], moved_at)
    assert still.due == started.due == at("11 17:00")
    assert outcome(Clock(moved_at, 8 * HOUR), queues["night"], moved_at).due == at("12 00:00")


def test_a_new_version_of_the_calendar_leaves_a_running_clock_alone() -> None:
    old = replace(C, valid_until=date(2026, 11, 12))
    new = replace(C, week=(CLOSED,) * 4 + (OFFICE, OFFICE, OFFICE), valid_from=date(2026, 11, 12))
    pinned = in_force((old, new), at("11 17:00"))
    assert pinned is old
    assert outcome(Clock(at("11 17:00"), 2 * HOUR), pinned, at("12 12:00")).breached_at == at("12 10:00")
    later = in_force((old, new), at("12 09:00"))
    assert later is new
    assert outcome(Clock(at("12 09:00"), 2 * HOUR), later, at("12 12:00")).due == at("13 11:00")


def test_neither_order_nor_repetition_matters() -> None:
    stops = (span("11 11:00", "11 12:00"), span("11 14:00", "12 09:30"), span("11 11:30", "11 12:00"))
    pauses = (span("11 12:30", "11 13:00"), span("11 12:45", "11 13:15"), span("12 10:00", "12 10:20"))
    changes = (Retarget(at("11 13:00"), 6 * HOUR), Retarget(at("12 09:45"), 5 * HOUR))
    clock = Clock(at("11 09:00"), 8 * HOUR, stops, pauses, changes)
    expected = outcome(clock, C, at("12 12:00"))
    assert expected.due == at("12 11:35") == expected.breached_at  # 2 h + 30 min + 45 min + 15 min + 15 min + 75 min
    for shuffled in permutations(range(3)):
        again = Clock(
            clock.start,
            clock.budget_s,
            tuple(stops[each] for each in shuffled) + stops,
            pauses + tuple(pauses[each] for each in shuffled),
            changes + changes[::-1],
        )
        assert outcome(again, C, at("12 12:00")) == expected
