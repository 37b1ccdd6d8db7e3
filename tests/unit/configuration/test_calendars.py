"""The sections `calendars`, `hours` and `sla`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from shared.configuration import Config
from shared.configuration.notices import notices
from shared.domain.business_time.calendars import ALWAYS, due_at, open_seconds
from shared.domain.business_time.levels import Target
from tests.unit.configuration.one_brand import BRAND

TWO = BRAND + "- {name: zenit, languages: [es], default_country: CL, time_zone: America/Santiago}\n"
OFFICE = """
calendars:
  office:
    mon-fri: ["09:00-18:00"]
    sat: ["09:00-13:00"]
    holidays: [ec]
    closed: [2026-12-24]
    special: {2026-12-31: ["09:00-12:00"], 2026-11-03: ["10:00-11:00"]}
"""
Parsed = Callable[[str], Config]
Faults = Callable[[str], list[tuple[str, int | None, str, str]]]


def at(text: str, zone: str = "America/Guayaquil") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


class TestCalendars:
    def test_a_week_with_exceptions(self, parsed: Parsed) -> None:
        calendar = parsed(BRAND + OFFICE).service_levels.calendar("acme", "office", at("2026-11-11"))
        assert (calendar.name, calendar.zone) == ("office", "America/Guayaquil")
        assert calendar.week == (((540, 1080),),) * 5 + (((540, 780),), ())
        assert due_at(calendar, at("2026-10-30 17:30"), 16 * 3600) == at("2026-11-05 10:30")  # an hour on the 3rd
        assert calendar.hours_on(date(2026, 12, 24)) == ()
        assert calendar.hours_on(date(2026, 12, 25)) == ()
        assert calendar.hours_on(date(2026, 12, 31)) == ((540, 720),)

    def test_the_zone_is_the_brands_unless_it_is_said(self, parsed: Parsed) -> None:
        levels = parsed(TWO + 'calendars: {a: {mon: "09:00-10:00"}, b: {zone: Pacific/Galapagos, mon: "09:00-10:00"}}')
        found = {key: versions[0].zone for key, versions in levels.service_levels.calendars.items()}
        assert found == {
            ("acme", "a"): "America/Guayaquil",
            ("zenit", "a"): "America/Santiago",
            ("acme", "b"): "Pacific/Galapagos",
            ("zenit", "b"): "Pacific/Galapagos",
        }

    @pytest.mark.parametrize(
        ("hours", "week"),
        [
            ("mon-sun: '00:00-24:00'", [1440] * 7),
            ("'mon,wed': ['09:00-10:00']", [60, 0, 60, 0, 0, 0, 0]),
            ("sat-mon: ['09:00-10:00']", [60, 0, 0, 0, 0, 60, 60]),
            ("'mon-wed,fri': ['14:00-18:00', '09:00-13:00']", [480, 480, 480, 0, 480, 0, 0]),
            ("mon: ['09:00-10:00'], tue: []", [60, 0, 0, 0, 0, 0, 0]),
            ("mon: ['00:00-06:00', '22:00-24:00']", [480, 0, 0, 0, 0, 0, 0]),
        ],
    )
    def test_hours_of_a_week(self, parsed: Parsed, hours: str, week: list[int]) -> None:
        levels = parsed(BRAND + f"calendars: {{x: {{{hours}}}}}").service_levels
        calendar = levels.calendar("acme", "x", at("2026-11-11"))
        days = [(at(f"2026-11-{day}"), at(f"2026-11-{day + 1}")) for day in range(16, 23)]
        assert [open_seconds(calendar, *day) // 60 for day in days] == week

    def test_versions(self, parsed: Parsed) -> None:
        text = 'calendars: {x: [{mon: ["09:00-10:00"]}, {valid_from: 2026-12-01, tue: ["09:00-10:00"]}]}'
        levels = parsed(BRAND + text).service_levels
        before, after = (levels.calendar("acme", "x", at(day)) for day in ("2026-11-30 23:59", "2026-12-01 00:00"))
        assert (before.valid_from, after.valid_from) == (None, date(2026, 12, 1))
        assert (before.week[0], after.week[0]) == (((540, 600),), ())
        assert levels.calendar("acme", "x", at("1999-01-01")) is before

    def test_no_hour_lies_between_two_versions(self, parsed: Parsed) -> None:
        text = """
calendars:
  x:
  - {zone: America/Guayaquil, mon: ["09:00-10:00"]}
  - {zone: America/Guayaquil, tue: ["09:00-10:00"], valid_from: 2026-06-01}
  - {zone: Pacific/Galapagos, wed: ["09:00-10:00"], valid_from: 2026-12-01}
"""
        levels = parsed(BRAND + text).service_levels
        moments = [at("2026-12-01 00:59"), at("2026-12-01 01:00")]  # midnight on the islands is an hour later
        assert [levels.calendar("acme", "x", moment).valid_from for moment in moments] == [
            date(2026, 6, 1),
            date(2026, 12, 1),
        ]

    def test_always_needs_no_words(self, parsed: Parsed) -> None:
        assert parsed(BRAND).service_levels.calendar("acme", "always", at("2026-11-11")) is ALWAYS


LATE, EARLY = ", valid_from: 2027-01-01", ", valid_from: 2026-01-01"
FAULTS = [
    ("calendars: [x]", 3, "calendars", "must be a mapping of names to hours"),
    ("calendars: {x: 5}", 3, "calendars.x", "must be a mapping of days to hours"),
    ("calendars: {x: []}", 3, "calendars.x", "has no hours"),
    ("calendars: {x: {}}", 3, "calendars.x", "is open on no day of the week"),
    ("calendars: {x: {mon: []}}", 3, "calendars.x", "is open on no day of the week"),
    ("calendars: {always: {mon: '09:00-10:00'}}", 3, "calendars.always", "the hub's own"),
    ("calendars: {A x: {mon: '09:00-10:00'}}", 3, "calendars.A x.name", "a name is 1 to 40"),
    ("calendars:\n  x:\n    mond: ['09:00-10:00']", 5, "calendars.x.mond", 'did you mean "mon"?'),
    ("calendars:\n  x:\n    mon-fry: ['09:00-10:00']", 5, "calendars.x.mon-fry", 'did you mean "mon-fri"?'),
    ("calendars: {x: {mon: 9}}", 3, "calendars.x.mon", "must be a list of windows"),
    ("calendars:\n  x:\n    mon:\n    - 9:00-18:00", 6, "calendars.x.mon[0]", 'a window is written "09:00-18:00"'),
    ("calendars: {x: {mon: ['09:60-10:00']}}", 3, "calendars.x.mon[0]", 'a window is written "09:00-18:00"'),
    ("calendars: {x: {mon: ['09:00-24:01']}}", 3, "calendars.x.mon[0]", "a day ends at 24:00"),
    ("calendars: {x: {mon: ['22:00-06:00']}}", 3, "calendars.x.mon[0]", 'two: "22:00-24:00", "00:00-06:00"'),
    ("calendars: {x: {mon: ['09:00-09:00']}}", 3, "calendars.x.mon[0]", "ends after it begins"),
    ("calendars: {x: {mon: ['09:00-12:00', '11:00-13:00']}}", 3, "calendars.x.mon", "may not overlap"),
    ("calendars: {x: {mon-fri: '09:00-10:00', wed: '11:00-12:00'}}", 3, "calendars.x.wed", "wed has hours already"),
    ("calendars: {x: {mon: '09:00-10:00', zone: Quito}}", 3, "calendars.x.zone", "unknown time zone"),
    ("calendars: {x: {mon: '09:00-10:00', holidays: [ecu]}}", 3, "calendars.x.holidays[0]", 'did you mean "ec"?'),
    ("calendars: {x: {mon: '09:00-10:00', closed: 2026-12-24}}", 3, "calendars.x.closed", "must be a list"),
    ("calendars: {x: {mon: '09:00-10:00', closed: [24-12-2026]}}", 3, "calendars.x.closed[0]", "written 2026-12-24"),
    ("calendars: {x: {mon: '09:00-10:00', closed: [2026-02-30]}}", 3, "calendars.x.closed[0]", "no such date"),
    ("calendars: {x: {mon: '09:00-10:00', special: [1]}}", 3, "calendars.x.special", "must be a mapping of dates"),
    ("calendars: {x: {mon: '09:00-10:00', special: {may: []}}}", 3, "calendars.x.special.may", "written 2026-12-24"),
    (
        "calendars: {x: {mon: '09:00-10:00', closed: [2026-12-24], special: {2026-12-24: '09:00-10:00'}}}",
        3,
        "calendars.x.special.2026-12-24",
        "under closed, too",
    ),
    (
        "calendars: {x: [{mon: '09:00-10:00', valid_from: 2026-01-01}]}",
        3,
        "calendars.x[0].valid_from",
        "holds from the beginning",
    ),
    ("calendars: {x: [{mon: '09:00-10:00'}, {tue: '09:00-10:00'}]}", 3, "calendars.x[1].valid_from", "is missing"),
    (
        "calendars:\n  x:" + "".join(f"\n  - {{mon: 09:00-10:00{each}}}" for each in ("", LATE, EARLY)),
        7,
        "calendars.x[2].valid_from",
        "in the order of their dates",
    ),
    ("hours: {office: acme}", 3, "hours", "must be a list"),
    ("hours: [{brand: acme}]", 3, "hours[0].calendar", "is missing"),
    ("hours: [{calendar: office}]", 3, "hours[0].calendar", "no calendar has this name; known: always"),
    ("hours: [{calendar: always, brand: acne}]", 3, "hours[0].brand", 'did you mean "acme"?'),
    ("hours: [{calendar: always, channel: fax}]", 3, "hours[0].channel[0]", "unknown channel"),
    ("sla: {name: a}", 3, "sla", "must be a list"),
    ("sla: [{first_response: PT15M}]", 3, "sla[0].name", "is missing"),
    ("sla: [{name: a, first_responce: PT15M}]", 3, "sla[0].first_responce", 'did you mean "first_response"?'),
    ("sla: [{name: a, brand: [acme, acne]}]", 3, "sla[0].brand[1]", 'did you mean "acme"?'),
    ("sla: [{name: a, calendar: offce}]", 3, "sla[0].calendar", "no calendar has this name"),
    ("sla: [{name: a, priority: [asap]}]", 3, "sla[0].priority[0]", "must be 'urgent', 'high', 'normal' or 'low'"),
    ("sla: [{name: a, resolution: 8 hours}]", 3, "sla[0].resolution.any", "not a duration"),
    ("sla: [{name: a, resolution: {any: PT0S}}]", 3, "sla[0].resolution.any", "a target of no time"),
    ("sla: [{name: a, resolution: {}}]", 3, "sla[0].resolution", "a target needs a time"),
    ("sla: [{name: a, resolution: {critical: PT1H}}]", 3, "sla[0].resolution.critical", "known: any, high, low"),
    ("sla: [{name: a, resolution: {urgnt: PT1H}}]", 3, "sla[0].resolution.urgnt", 'did you mean "urgent"?'),
    ("sla: [{name: a, resolution: 15}]", 3, "sla[0].resolution", "a target is a time, PT15M"),
    ("sla: [{name: a, resolution: {any: PT1H, time: wall}}]", 3, "sla[0].resolution.time", "must be 'business' or"),
    ("sla:\n- {name: a}\n- {name: a}", 5, "sla[1].name", "has this name and version"),
    (
        "sla: [{name: a, valid_from: 2026-02-01, valid_until: 2026-01-01}]",
        3,
        "sla[0].valid_until",
        "would never hold",
    ),
]


@pytest.mark.parametrize(("text", "line", "key", "message"), FAULTS, ids=[row[0][:70] for row in FAULTS])
def test_a_fault_names_line_and_key(faults: Faults, text: str, line: int, key: str, message: str) -> None:
    found = faults(BRAND + text)
    assert [fault[:3] for fault in found] == [("hub.yaml", line, key)]
    assert message in found[0][3]


def test_closed_for_sixty_days_is_a_fault(faults: Faults, parsed: Parsed) -> None:
    days = [f"2026-{month}-{day:02}" for month, last in (("07", 31), ("08", 29)) for day in range(1, last + 1)]

    def closed(days: list[str]) -> str:
        return TWO + f"calendars:\n  x: {{mon-sun: '09:00-18:00', closed: [{', '.join(days)}]}}"

    assert faults(closed(days)) == [
        ("hub.yaml", 5, "calendars.x", "no open time in 60 days from 2026-06-30: nothing can be due")
    ]
    assert parsed(closed(days[:-1])).service_levels.calendars


class TestHours:
    text = (
        BRAND
        + OFFICE
        + """
  shop: {mon-sun: "10:00-20:00"}
hours:
- {team: [guardia, noche], calendar: always}
- {channel: [whatsapp, messenger], brand: acme, calendar: shop}
- {brand: acme, calendar: office}
"""
    )

    @pytest.mark.parametrize(
        ("team", "channel", "name"),
        [
            ("guardia", "whatsapp", "always"),
            ("noche", "email", "always"),
            ("soporte", "whatsapp", "shop"),
            ("soporte", "email", "office"),
            ("-", "voice", "office"),
        ],
    )
    def test_the_first_that_matches(self, parsed: Parsed, team: str, channel: str, name: str) -> None:
        levels = parsed(self.text).service_levels
        assert levels.calendar_for("acme", team, channel, at("2026-11-11")).name == name

    def test_none_is_always(self, parsed: Parsed) -> None:
        assert parsed(BRAND + OFFICE).service_levels.calendar_for("acme", "-", "email", at("2026-11-11")) is ALWAYS
        assert (
            parsed(TWO + self.text[len(BRAND) :]).service_levels.calendar_for("zenit", "-", "email", at("2026-11-11"))
            is ALWAYS
        )


class TestPolicies:
    text = (
        BRAND
        + OFFICE
        + """
hours: [{calendar: office}]
sla:
- {name: vip, team: oro, priority: [urgent, high], first_response: PT1M}
- name: calls
  channel: voice
  first_response: {any: PT20S, time: calendar}
- {name: chat, version: 2, channel: webchat, valid_from: 2026-12-01, first_response: PT1M}
- {name: chat, channel: webchat, valid_until: 2026-12-01, first_response: PT2M}
- name: rest
  channel: email
  calendar: always
  pause_on_hold: true
  first_response: {urgent: PT1H, normal: PT4H, low: PT8H}
  resolution: {urgent: PT8H, any: P2D}
"""
    )

    @pytest.mark.parametrize(
        ("team", "channel", "priority", "day", "expected"),
        [
            ("oro", "email", "high", "2026-11-11", ("vip", 1)),
            ("oro", "email", "normal", "2026-11-11", ("rest", 1)),
            ("oro", "voice", None, "2026-11-11", ("calls", 1)),
            ("-", "webchat", None, "2026-11-30 23:59", ("chat", 1)),
            ("-", "webchat", None, "2026-12-01 00:00", ("chat", 2)),
            ("-", "email", "urgent", "2026-11-11", ("rest", 1)),
            ("-", "instagram", "urgent", "2026-11-11", None),
        ],
    )
    def test_the_first_that_matches_and_never_two(
        self, parsed: Parsed, team: str, channel: str, priority: str | None, day: str, expected: tuple[str, int] | None
    ) -> None:
        found = parsed(self.text).service_levels.policy_for("acme", team, channel, priority, at(day))
        assert (found and (found.name, found.version)) == expected

    def test_targets_by_priority(self, parsed: Parsed) -> None:
        rest = parsed(self.text).service_levels.policies[-1]
        assert rest.pause_on_hold
        assert rest.targets == {
            "first_response": Target({"urgent": 3600, "normal": 14_400, "low": 28_800}),
            "resolution": Target({"urgent": 28_800, "any": 172_800}),
        }
        first, resolution = rest.targets["first_response"], rest.targets["resolution"]
        assert [first.budget_s(each) for each in ("urgent", "high", None, "low")] == [3600, None, 14_400, 28_800]
        assert [resolution.budget_s(each) for each in ("urgent", "high", None)] == [28_800, 172_800, 172_800]

    def test_calendars_of_clocks(self, parsed: Parsed) -> None:
        levels = parsed(self.text).service_levels
        vip, calls, _, _, rest = levels.policies
        when = at("2026-11-11")
        assert levels.calendar_of(vip, "first_response", "acme", "oro", "email", when).name == "office"
        assert levels.calendar_of(calls, "first_response", "acme", "-", "voice", when) is ALWAYS
        assert levels.calendar_of(rest, "resolution", "acme", "-", "email", when) is ALWAYS

    def test_no_section_no_sla(self, parsed: Parsed) -> None:
        assert parsed(BRAND + OFFICE).service_levels.policy_for("acme", "-", "email", None, at("2026-11-11")) is None


class TestNotices:
    @pytest.mark.parametrize(
        ("since", "until", "expected"),
        [
            ("2026-03-01", "2026-12-31", []),
            ("2026-03-01", "2027-12-31", ["holiday_in_doubt"]),
            ("2027-12-25", "2028-12-31", ["holidays_not_covered"]),
            ("2025-06-01", "2026-01-01", ["holidays_not_covered"]),
            ("2026-01-01", "2028-01-01", ["holidays_not_covered", "holiday_in_doubt", "holiday_in_doubt"]),
        ],
    )
    def test_years_without_data_and_days_in_doubt(
        self, parsed: Parsed, since: str, until: str, expected: list[str]
    ) -> None:
        uses = parsed(BRAND + OFFICE).holiday_uses
        found = notices(uses, date.fromisoformat(since), date.fromisoformat(until))
        assert [notice.name for notice in found] == expected

    def test_words(self, parsed: Parsed) -> None:
        uses = parsed(BRAND + OFFICE).holiday_uses
        (notice,) = notices(uses, date(2028, 1, 1), date(2029, 12, 31))
        assert str(notice.at) == (
            "hub.yaml:8: calendars.office.holidays: the hub's table ec covers 2026 and 2027, not 2028 and 2029: "
            "holidays of 2028 and 2029 count as working days. Update the hub, or write a version from 2028-01-01 with "
            "your days under closed in place of holidays"
        )

    @pytest.mark.parametrize("how", ["closed: [2027-12-24]", "special: {2027-12-24: ['09:00-12:00']}"])
    def test_a_day_in_doubt_is_settled_by_saying_what_it_is(self, parsed: Parsed, how: str) -> None:
        uses = parsed(BRAND + f"calendars: {{x: {{mon-fri: '09:00-18:00', holidays: [ec], {how}}}}}").holiday_uses
        assert notices(uses, date(2027, 1, 1), date(2027, 12, 31)) == []

    def test_only_while_a_version_holds(self, parsed: Parsed) -> None:
        text = "calendars: {x: [{mon: '09:00-10:00', holidays: [ec]}, {valid_from: 2027-06-01, mon: '09:00-10:00'}]}"
        assert notices(parsed(BRAND + text).holiday_uses, date(2027, 1, 1), date(2028, 12, 31)) == []
