"""`hilo calendar show`, and what `hilo config check` warns of."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click
import pytest

from cli.faults import BadInput
from cli.main import hilo as group

CONFIG = """
brands:
- {name: acme, languages: [es], default_country: EC, time_zone: America/Guayaquil}
- {name: zenit, languages: [es], default_country: CL, time_zone: America/Santiago}
calendars:
  office:
    mon-fri: ["09:00-13:00", "14:00-18:00"]
    sat: ["09:00-13:00"]
    holidays: [ec, ec-quito]
    closed: [2026-12-24]
    special: {2026-12-31: ["09:00-12:00"]}
  shop:
  - {mon-sun: ["00:00-24:00"]}
  - {valid_from: 2026-04-04, mon-sun: ["22:00-24:00"], zone: America/Santiago}
"""


@pytest.fixture(autouse=True)
def configured(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "hub.yaml").write_text(CONFIG)


def test_days_with_their_hours_and_why(hilo: Any) -> None:
    done = hilo("calendar", "show", "office", "--from", "2026-12-05", "--to", "2026-12-07")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "date\tday\topen\twhy\tzone",
        "2026-12-05\tSat\t09:00-13:00\t\tAmerica/Guayaquil",
        "2026-12-06\tSun\tclosed\tFundación de Quito (ec-quito) is moved to 2026-12-07\tAmerica/Guayaquil",
        "2026-12-07\tMon\tclosed\tFundación de Quito (ec-quito)\tAmerica/Guayaquil",
        "2026-12-05 to 2026-12-07: 4 h 00 min open",
    ]


def test_the_end_of_a_year(hilo: Any) -> None:
    days = hilo("calendar", "show", "office", "--from", "2026-12-24", "--to", "2027-01-01", "--json").json
    assert [(day["open"], day["why"]) for day in days["days"] if day["why"]] == [
        ([], "listed under closed"),
        ([], "Navidad (ec)"),
        (["09:00-12:00"], "special hours"),
        ([], "Año Nuevo (ec)"),
    ]
    assert days["open_seconds"] == (4 + 3 * 8 + 3) * 3600


def test_versions_and_a_day_with_an_hour_more(hilo: Any) -> None:
    days = hilo("calendar", "show", "shop", "--from", "2026-04-03", "--to", "2026-04-05", "--json").json["days"]
    assert [(day["zone"], day["open_seconds"] // 3600) for day in days] == [
        ("America/Guayaquil", 24),
        ("America/Santiago", 3),
        ("America/Santiago", 2),
    ]


def test_the_zone_of_a_brand(hilo: Any) -> None:
    out = hilo("calendar", "show", "office", "--brand", "zenit", "--from", "2026-12-05", "--to", "2026-12-05").out
    assert "America/Santiago" in out


def test_four_weeks_from_today_unless_said(hilo: Any) -> None:
    assert len(hilo("calendar", "show", "always", "--json").json["days"]) == 28


def test_a_year_that_no_table_covers_is_said(hilo: Any) -> None:
    shown = hilo("calendar", "show", "office", "--from", "2027-12-24", "--to", "2028-01-02", "--json").json["warnings"]
    checked = hilo("config", "check", "--on", "2027-12-24", "--json").json
    assert checked["faults"] == []
    assert checked["warnings"] == shown
    assert [(each["name"], each["line"]) for each in shown] == [
        ("holidays_not_covered", 9),
        ("holiday_in_doubt", 9),
        ("holidays_not_covered", 9),
    ]
    text = hilo("config", "check", "--on", "2027-12-24")
    assert text.code == 0
    assert text.out.count("warning: config/hub.yaml:9: calendars.office.holidays: ") == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ofice",), 'config/hub.yaml has no calendar ofice; did you mean "office"?'),
        (("office", "--brand", "acne"), '--brand: config/hub.yaml has no brand acne; did you mean "acme"?'),
        (("office", "--from", "2026-13-01"), "a date is written 2026-12-24"),
        (("office", "--from", "2026-12-02", "--to", "2026-12-01"), "--to is --from or later"),
        (("office", "--from", "2026-12-02", "--to", "2036-12-01"), "at most three years later"),
        (("office", "--from", "9999-12-31"), "a date lies between 1900 and 2999"),
        (("office", "--from", "0001-01-01", "--to", "0001-01-02"), "a date lies between 1900 and 2999"),
        (("office", "--config", "none.yaml"), "there is no such file"),
    ],
)
def test_what_cannot_be_shown(
    arguments: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises((BadInput, click.UsageError), match=re.escape(said)):
        group.main(["calendar", "show", *arguments], standalone_mode=False)
