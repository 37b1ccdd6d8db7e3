"""`hilo kpi` and its neighbours where there is nothing to show, or the wish makes no sense: what people are told."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from cli.output import for_terminal

STEPS = str(Path(__file__).parents[2] / "fixtures" / "kpi" / "journeys.jsonl")
NOTHING = {
    "from": "2026-11-16", "to": "2026-11-22", "as_of": "2026-11-22T12:00:00Z", "by": ["channel"], "filters": {},
    "days": [], "groups": [], "last_mature_day": {},
}  # fmt: skip
NO_JOURNEYS = {"from": "2026-10-26", "to": "2026-11-22", "revision": 0, "journeys": 0, "measures": {}, "links": []}


def test_figures_that_nobody_has_are_said_in_words(hilo: Any, running: Any) -> None:
    running.answer("GET /v1/kpis?by=channel", NOTHING)
    ended = hilo("kpi", "--by", "channel")
    assert (ended.code, ended.out.splitlines()[1:]) == (0, ["  no data: nothing was counted in these days"])
    running.answer("GET /v1/kpis?channel=watsapp", {**NOTHING, "filters": {"channel": "watsapp"}})
    said = "  no data for channel watsapp in these days (hilo kpi --by channel shows what has some)"
    assert hilo("kpi", "--channel", "watsapp").out.splitlines()[1:] == [said]


def test_journeys_that_are_not_derived_yet_are_said_in_words(hilo: Any, running: Any) -> None:
    running.answer("GET /v1/journeys?by=channel&language=es", NO_JOURNEYS)
    ended = hilo("kpi", "journeys")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines()[1:] == ["  nothing to show: journeys follow what is said within some six minutes"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("kpi", "--from", ""),
        ("kpi", "--figure", ""),
        ("kpi", "journeys", "--from", ""),
        ("review", "daily", "--brand", ""),
        ("dlq", "list", "--origin", ""),
    ],
)
def test_an_empty_value_is_no_option_left_out(hilo: Any, running: Any, arguments: tuple[str, ...]) -> None:
    """`--from "$DAY"` of a script that never set DAY."""
    ended = hilo(*arguments)
    assert ended.code == 2
    assert ended.said(f"{arguments[-2]}: is empty: say a value, or leave the option out")
    assert running.asked == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--events", STEPS, "--from", "2026-11-01"), "--from, --to: not with --events"),
        (("--events", STEPS, "--as-of", "2026-11-12T16:00:00"), "--as-of: a moment needs its zone"),
        (("--as-of", "2026-11-12T16:00:00Z"), "--as-of: only with --events"),
        (("--again", "--type", "returns"), "--type: not with --again"),
        (("--again", "--from", "2026-11-01", "--html", "x.html"), "--html, --from: not with --again"),
    ],
)
def test_options_that_mean_nothing_together_are_refused(hilo: Any, arguments: tuple[str, ...], said: str) -> None:
    ended = hilo("kpi", "journeys", *arguments)
    assert ended.code == 2
    assert ended.said(said)


def test_journeys_derived_again_are_counted_for_programs_too(hilo: Any, running: Any) -> None:
    running.answer("POST /v1/journeys/derive", {"marked": 3, "next": None})
    assert hilo("kpi", "journeys", "--again", "--json").json == {"marked": 3}


def test_the_name_of_a_figure_is_never_cut_where_a_remark_can_be_broken() -> None:
    columns = ("channel", "figure", "value", "n", "p50", "p90", "note")
    names = ("first_resolution_calendar", "contacts_excluding_short", "fcr")
    note = "provisional after 2026-11-15, few answers"
    cells = [("whatsapp", name, "100 %", "1/1", "3 s", "3 s", note if name == "fcr" else "") for name in names]
    printed = Console(width=80, file=StringIO())
    printed.print(for_terminal(columns, cells))
    text = printed.file.getvalue()  # type: ignore[attr-defined]
    assert all(name in text for name in names)
    assert "…" not in text
    assert all(word in text for word in note.split())
