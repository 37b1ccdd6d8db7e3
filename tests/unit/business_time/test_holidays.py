from __future__ import annotations

from datetime import date, timedelta

import pytest

from shared.domain.business_time.calendars import CLOSED, Calendar, is_open, open_seconds
from shared.domain.business_time.holidays import TABLES
from shared.domain.business_time.zones import instant

ECUADOR = TABLES["ec"]
NINE_TO_SIX = ((540, 1080),)

REST_DAYS = {
    2026: "01-01, 02-16, 02-17, 04-03, 05-01, 05-25, 08-10, 10-09, 11-02, 11-03, 12-25",
    2027: "01-01, 02-08, 02-09, 03-26, 04-30, 05-24, 08-09, 10-08, 11-01, 11-02, 12-25",
}


@pytest.mark.parametrize("year", REST_DAYS)
def test_ecuadors_rest_days(year: int) -> None:
    found = [f"{holiday.day:%m-%d}" for holiday in ECUADOR.between(date(year, 1, 1), date(year + 1, 1, 1))]
    assert ", ".join(found) == REST_DAYS[year]


@pytest.mark.parametrize("civil", ["2026-05-24", "2027-05-01", "2027-08-10", "2027-10-09", "2027-11-03", "2026-12-06"])
def test_the_civil_date_of_a_moved_holiday_is_an_ordinary_day(civil: str) -> None:
    moved = {holiday.civil: holiday.day for table in TABLES.values() for holiday in table.days if holiday.civil}
    off = {holiday.day for table in TABLES.values() for holiday in table.days}
    day = date.fromisoformat(civil)
    assert moved[day] in off
    assert day not in off
    closed = tuple((each, CLOSED) for each in sorted(off))
    calendar = Calendar("daily", "America/Guayaquil", (NINE_TO_SIX,) * 7, closed)
    noon = instant((day - date(1970, 1, 1)).days * 86_400 + 17 * 3600)
    assert is_open(calendar, noon)
    assert not is_open(calendar, noon + (moved[day] - day))


def law(civil: date) -> date:
    """To where Ecuador's law moves a holiday that stands alone."""
    shift = {0: 0, 1: -1, 2: 2, 3: 1, 4: 0, 5: -1, 6: 1}[civil.weekday()]
    return civil + timedelta(days=shift)


def test_moved_days_follow_the_law() -> None:
    alone = [each for each in ECUADOR.days if each.civil and "Cuenca" not in each.name]
    assert len(alone) == 4
    for holiday in alone:
        assert holiday.civil is not None
        assert law(holiday.civil) == holiday.day, holiday


def test_days_that_the_law_would_move_were_moved() -> None:
    fixed = {"Año Nuevo", "Navidad", "Lunes de Carnaval", "Martes de Carnaval", "Viernes Santo"}
    pairs = {"Día de los Difuntos", "Independencia de Cuenca"}
    for holiday in (*ECUADOR.days, *TABLES["ec-quito"].days):
        if holiday.name not in fixed | pairs:
            assert law(holiday.civil or holiday.day) == holiday.day, holiday


@pytest.mark.parametrize("code", TABLES)
def test_a_table_is_in_order_and_covers_its_years(code: str) -> None:
    table = TABLES[code]
    days = [holiday.day for holiday in table.days]
    assert days == sorted(set(days))
    assert {day.year for day in days} == set(table.years)
    assert table.source
    assert not set(days) & {doubt.day for doubt in table.doubts}
    assert table.uncovered(range(2025, 2030)) == [2025, 2028, 2029]


def test_a_year_of_business_time() -> None:
    closed = tuple((each.day, CLOSED) for each in ECUADOR.days)
    calendar = Calendar("C", "America/Guayaquil", (NINE_TO_SIX,) * 5 + (CLOSED,) * 2, closed)
    start, stop = instant(1_767_243_600), instant(1_798_779_600)  # 2026, local
    # 261 weekdays, 11 of them off.
    assert open_seconds(calendar, start, stop) == 250 * 9 * 3600
