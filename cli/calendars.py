"""`hilo calendar`: when is the company open? Asks no hub."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

import click

from cli.faults import BadInput
from cli.output import json_document, line, table

if TYPE_CHECKING:
    from shared.configuration import Config
    from shared.configuration.notices import Notice
    from shared.domain.business_time.calendars import Calendar, Hours

EXAMPLES = """\b
Examples:
  hilo calendar show office
  hilo calendar show office --from 2026-12-21 --to 2027-01-04 --brand acme
"""
WEEKS: Final = timedelta(days=27)
LONGEST: Final = timedelta(days=3 * 366)
DAY: Final = timedelta(days=1)
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2999


class _Date(click.ParamType[date]):
    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            found = date.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            self.fail("a date is written 2026-12-24", param, ctx)
        if not FIRST_YEAR <= found.year <= LAST_YEAR:
            self.fail(f"a date lies between {FIRST_YEAR} and {LAST_YEAR}", param, ctx)
        return found


DATE: Final = _Date()


@click.group("calendar")
def calendar() -> None:
    """Open hours and holidays."""


@calendar.command("show", epilog=EXAMPLES)
@click.argument("name")
@click.option("--from", "first", type=DATE, metavar="DATE", help="First local date. Default: today.")
@click.option("--to", "last", type=DATE, metavar="DATE", help="Last local date. Default: four weeks in all.")
@click.option("--brand", help="Whose time zone, where the calendar has none. Default: the first brand.")
@click.option("--config", "file", default="config/hub.yaml", metavar="FILE", help="Default: config/hub.yaml.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(name: str, first: date | None, last: date | None, brand: str | None, file: str, as_json: bool) -> None:
    """Print the open windows and the holidays of calendar NAME, day by day."""
    from shared.configuration.notices import notices

    found = _loaded(file)
    versions = _versions(found, name, brand, file)
    begin = first or _today(versions[-1])
    end = last or begin + WEEKS
    if not begin <= end <= begin + LONGEST:
        raise BadInput(f"--from {begin} --to {end}: --to is --from or later, and at most three years later")
    days = [_day(versions, found, begin + number * DAY) for number in range((end - begin).days + 1)]
    uses = [use for use in found.holiday_uses if use.calendar == name]
    told = notices(uses, begin, end)
    seconds = sum(day["open_seconds"] for day in days)
    if as_json:
        warnings = [shown_notice(notice) for notice in told]
        json_document({"calendar": name, "days": days, "open_seconds": seconds, "warnings": warnings})
        return
    rows = [(day["date"], day["day"], " ".join(day["open"]) or "closed", day["why"], day["zone"]) for day in days]
    table(("date", "day", "open", "why", "zone"), rows)
    line(f"{begin} to {end}: {seconds // 3600} h {seconds % 3600 // 60:02} min open")
    for notice in told:
        line(f"warning: {notice.at} ({notice.name})")


def shown_notice(notice: Notice) -> dict[str, Any]:
    """A notice as JSON has it."""
    at = notice.at
    return {"name": notice.name, "file": at.file, "line": at.line, "key": at.key, "message": at.message}


def _loaded(file: str) -> Config:
    from shared.bootstrap import connector_options
    from shared.configuration import ConfigurationFault, load

    try:
        return load(file, connector_options())
    except ConfigurationFault as wrong:
        count = len(wrong.faults)
        word = "fault" if count == 1 else "faults"
        raise BadInput(f"{file}: {count} {word}, the first: {wrong.faults[0]}; see hilo config check") from wrong


def _versions(found: Config, name: str, brand: str | None, file: str) -> tuple[Calendar, ...]:
    from shared.configuration.values import closest
    from shared.domain.business_time.calendars import ALWAYS

    brands = [each.name for each in found.brands]
    whose = brands[0] if brand is None else brand
    if whose not in brands:
        raise BadInput(f"--brand: {file} has no brand {whose}; {closest(whose, brands)}")
    if name == ALWAYS.name:
        return (ALWAYS,)
    try:
        return found.service_levels.calendars[whose, name]
    except KeyError:
        known = [ALWAYS.name, *(each for _, each in found.service_levels.calendars)]
        to_do = "write it under calendars: there, or say --config FILE (see docs/calendars.md)"
        raise BadInput(f"{file} has no calendar {name}; {closest(name, known)}; {to_do}") from None


def _today(version: Calendar) -> date:
    from shared.domain.business_time.zones import zone_of

    return datetime.now(zone_of(version.zone)).date()


def _day(versions: tuple[Calendar, ...], found: Config, day: date) -> dict[str, Any]:
    from shared.domain.business_time.calendars import in_force, open_seconds
    from shared.domain.business_time.zones import zone_of

    def at(when: date, hour: int = 0) -> datetime:
        return datetime.combine(when, time(hour), zone_of(versions[0].zone)).astimezone(UTC)

    version = in_force(versions, at(day, 12)) or versions[0]
    zone = zone_of(version.zone)
    begin, end = (datetime.combine(each, time(), zone).astimezone(UTC) for each in (day, day + DAY))
    return {
        "date": day.isoformat(),
        "day": f"{day:%a}",
        "open": [_window(*window) for window in version.hours_on(day)],
        "why": _why(version, found, day),
        "zone": version.zone,
        "open_seconds": open_seconds(version, begin, end),
    }


def _window(opens: int, closes: int) -> str:
    return f"{opens // 60:02}:{opens % 60:02}-{closes // 60:02}:{closes % 60:02}"


def _why(version: Calendar, found: Config, day: date) -> str:
    """What makes a day another than its weekday; empty where nothing does."""
    from shared.domain.business_time.holidays import TABLES

    codes = [use.code for use in found.holiday_uses if (use.calendar, use.since) == (version.name, version.valid_from)]
    known = [(code, holiday) for code in codes for holiday in TABLES[code].days]
    names = [f"{holiday.name} ({code})" for code, holiday in known if holiday.day == day]
    moved = [f"{holiday.name} ({code}) is moved to {holiday.day}" for code, holiday in known if holiday.civil == day]
    own = dict(version.exceptions).get(day)
    return "; ".join([*_kind(own, bool(names)), *names, *moved])


def _kind(own: Hours | None, is_holiday: bool) -> list[str]:
    if own:
        return ["special hours"]
    return ["listed under closed"] if own is not None and not is_holiday else []
