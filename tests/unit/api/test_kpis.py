"""`GET /v1/kpis`, `GET /v1/kpis/cases`, and the command line that asks them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from functions.api.kpis import shown
from shared.application.figures import MOST_DAYS, Wanted, counted
from shared.application.inquire_errors import BadQuestion
from shared.application.inquire_kpis import MOST
from shared.domain.figures.definitions import DEFINITIONS
from shared.domain.figures.grouping import place_of
from shared.domain.figures.portuguese import PT
from shared.domain.figures.totals import Cell, Cells, Distribution, Totals
from shared.store import keys
from shared.store.figures import Block, RowKey, row_step

TODAY = date(2026, 11, 22)
WEEK = "from=2026-11-16&to=2026-11-22"


def spread(*seconds: int) -> Totals:
    found = Distribution()
    for one in seconds:
        found.put(one)
    return Totals({}, {"frt_human_business": found})


def counters(**counts: int) -> Totals:
    return Totals(counts)


@pytest.fixture
def figures(hub: Any) -> Callable[..., None]:
    """These cells as a block that is not folded yet."""

    def put(cells: Cells, name: str = "b1") -> None:
        hub.parts.table().transact([Block(cells={0: cells}, name=name).put()])

    return put


def whatsapp(hour: int = 9, agent: str = "ana", day: date = TODAY, team: str = "sales") -> Cell:
    return Cell("acme", day, hour, "whatsapp", team, agent)


def test_every_figure_with_what_it_rests_on(hub: Any, figures: Callable[..., None]) -> None:
    figures({whatsapp(): spread(30, 60, 90), Cell("acme", TODAY, 10, "email"): spread(7200)})
    told = hub.ask("/v1/kpis", f"{WEEK}&lang=en").json
    assert (told["from"], told["to"], told["by"]) == ("2026-11-16", "2026-11-22", [])
    total = told["total"]
    assert set(total["figures"]) | set(total["voice"]) == set(DEFINITIONS)
    assert total["figures"]["frt_human_business"] == {
        "value": 1845.0, "unit": "seconds", "n": 4, "numerator": 7380, "denominator": 4,
        "p50": 59.7, "p90": 89.1, "p95": 89.1,
        "family": "response", "greyed": False, "hidden": False, "mature": None,
    }  # fmt: skip
    assert total["figures"]["fcr"]["value"] is None
    assert "asa" in total["voice"], "voice is told apart"
    assert "asa" not in total["figures"]
    assert told["definitions"]["nps"] == DEFINITIONS["nps"].en
    assert [day["state"] for day in told["days"]] == ["sealed"] * 4 + ["open"] * 3


@pytest.mark.parametrize(
    ("lang", "text"), [("es", DEFINITIONS["fcr"].es), ("pt", PT["fcr"]), (None, DEFINITIONS["fcr"].es)]
)
def test_definitions_in_the_language_asked_for(hub: Any, lang: str | None, text: str) -> None:
    asked = f"lang={lang}&figure=fcr" if lang else "figure=fcr"
    assert hub.ask("/v1/kpis", asked).json["definitions"] == {"fcr": text}


def test_thresholds_stand_beside_the_numbers(hub: Any, figures: Callable[..., None]) -> None:
    hub.parts.configure("kpi: {short_abandon: PT8S}\n")
    figures({whatsapp(): counters(calls_offered=1)})
    told = hub.ask("/v1/kpis", "figure=service_level,nps,fcr&lang=en")
    assert told.json["thresholds"] == {"service_level": "time 20 s; short abandon, under 8 s", "fcr": "window 7 d"}
    text = hub.ask("/v1/kpis", "figure=service_level&lang=en&by=channel&format=csv").text
    [row] = csv.DictReader(io.StringIO(text, newline=""))
    assert row["threshold"] == "time 20 s; short abandon, under 8 s"


def test_groups_and_filters(hub: Any, figures: Callable[..., None]) -> None:
    figures({whatsapp(9): counters(contacts_offered=6), whatsapp(13): counters(contacts_offered=7)})
    figures({Cell("acme", TODAY, 9, "email"): counters(contacts_offered=8)}, "b2")
    told = hub.ask("/v1/kpis", "by=channel,hour&figure=contacts_offered").json
    found = [(*one["by"].values(), one["figures"]["contacts_offered"]["value"]) for one in told["groups"]]
    assert found == [("email", 9, 8.0), ("whatsapp", 9, 6.0), ("whatsapp", 13, 7.0)]
    assert told["total"]["figures"]["contacts_offered"]["value"] == 21
    told = hub.ask("/v1/kpis", "channel=whatsapp&by=slot&figure=contacts_offered").json
    assert [one["by"]["slot"] for one in told["groups"]] == ["06-11", "12-17"]
    assert told["total"]["figures"]["contacts_offered"]["value"] == 13


def test_below_teams_few_cases_are_hidden(hub: Any, figures: Callable[..., None]) -> None:
    figures({whatsapp(agent="ana"): spread(60, 60, 60, 60), whatsapp(agent="ben"): spread(9, 9, 9, 9, 9)})
    told = hub.ask("/v1/kpis", "by=agent&figure=frt_human_business").json
    ana, ben = (one["figures"]["frt_human_business"] for one in told["groups"])
    assert ana["hidden"]
    assert {ana[part] for part in ("value", "n", "numerator", "denominator", "p50", "p90", "p95")} == {None}
    assert (ben["hidden"], ben["value"], ben["n"]) == (False, 9.0, 5)
    one = hub.ask("/v1/kpis", "agent=ana&figure=frt_human_business").json["total"]["figures"]["frt_human_business"]
    assert one["hidden"], "asked by name it is the same"
    team = hub.ask("/v1/kpis", "by=team&figure=frt_human_business").json["groups"][0]["figures"]["frt_human_business"]
    assert (team["hidden"], team["n"]) == (False, 9)


def test_surveys_with_few_answers_are_greyed(hub: Any, figures: Callable[..., None]) -> None:
    figures({whatsapp(): counters(nps_10=29, csat_5=30, fcr_survey_yes=3)})
    found = hub.ask("/v1/kpis", "figure=nps,csat,fcr_survey").json["total"]["figures"]
    assert {name: one["greyed"] for name, one in found.items()} == {"nps": True, "csat": False, "fcr_survey": True}
    assert found["nps"]["value"] == 100.0


def test_what_is_not_mature_says_so(hub: Any, figures: Callable[..., None]) -> None:
    """It is the 22nd, 05:00 in Guayaquil: the 14th ended seven days and five hours ago."""
    old = TODAY - timedelta(days=8)
    figures({whatsapp(day=day): counters(fcr_yes=5, fcr_eligible=6) for day in (old, old + timedelta(days=1))})
    told = hub.ask("/v1/kpis", "from=2026-11-14&to=2026-11-15&by=day&figure=fcr,contacts_offered").json
    assert told["last_mature_day"] == {"fcr": "2026-11-14"}
    assert [one["figures"]["fcr"]["mature"] for one in told["groups"]] == [True, False]
    assert told["total"]["figures"]["fcr"]["mature"] is False
    assert told["total"]["figures"]["contacts_offered"]["mature"] is None


def test_a_day_that_was_corrected(hub: Any, figures: Callable[..., None]) -> None:
    day = TODAY - timedelta(days=6)
    figures({whatsapp(day=day): counters(contacts_offered=5)})
    hub.put(keys.figures_day(0, day.isoformat(), "acme"), brand="acme", revision=2, restated_at="2026-11-21T08:00:00Z")
    told = hub.ask("/v1/kpis", f"{WEEK}&by=day&figure=contacts_offered").json
    assert told["days"][0] == {
        "day": "2026-11-16", "brand": "acme", "state": "restated", "revision": 2, "restated_at": "2026-11-21T08:00:00Z"
    }  # fmt: skip
    assert (told["groups"][0]["state"], told["groups"][0]["revision"]) == ("restated", 2)


def test_rows_and_open_blocks_add_up(hub: Any, figures: Callable[..., None]) -> None:
    row = RowKey(0, TODAY, "acme", "whatsapp", "sales", "ana")
    hub.parts.table().transact([row_step(row, None, {9: counters(contacts_offered=5)})])
    figures({whatsapp(): counters(contacts_offered=2)})
    assert hub.ask("/v1/kpis", "figure=contacts_offered").json["total"]["figures"]["contacts_offered"]["n"] == 7


def test_csv_says_what_json_says(hub: Any, figures: Callable[..., None]) -> None:
    figures({
        whatsapp(team='=cmd|"x"!A1'): counters(contacts_offered=6, nps_0=7),
        whatsapp(team="-2+3"): counters(contacts_offered=5),
        whatsapp(team="ventas, ñ"): spread(30, 40),
        whatsapp(team="-"): counters(contacts_offered=1),
    })  # fmt: skip
    answer = hub.ask("/v1/kpis", "by=team,hour&format=csv")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert answer.text.count("\r\n") == answer.text.count("\n") == 4 * len(DEFINITIONS) + 1
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    told = hub.ask("/v1/kpis", "by=team,hour").json
    expected = [
        (group["by"]["team"], str(group["by"]["hour"]), name, figure)
        for group in told["groups"]
        for name, figure in {**group["figures"], **group["voice"]}.items()
    ]
    assert len(rows) == len(expected)
    for row, (team, hour, name, figure) in zip(rows, expected, strict=True):
        assert (row["team"].removeprefix("'"), row["hour"], row["figure"]) == (team, hour, name)
        for part in ("value", "n", "numerator", "denominator"):
            assert row[part] == ("" if figure[part] is None else str(figure[part]))
        assert row["definition"] == told["definitions"][name]
    assert {row["team"] for row in rows} == {'\'=cmd|"x"!A1', "'-2+3", "ventas, ñ", "-"}
    assert any(row["value"] == "-100.0" for row in rows), "a number below zero stays a number"


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("by=foo", "by: some of day, weekday"),
        ("figure=frt", "figure: frt is none; did you mean frt_unanswered or "),
        ("figure=fcr_nett", "figure: fcr_nett is none; did you mean fcr_net? docs/figures.md has their names"),
        ("figure=fcr,x%20y", "figure: docs/figures.md has their names"),
        ("from=2026-11-22&to=2026-11-21", "to: 2026-11-21 lies before from, 2026-11-22"),
        ("from=yesterday", "from: a day such as"),
        ("to=9999-12-31", "to: a day such as"),
        ("from=2025-10-18&to=2026-11-22", "from: at most 400 days"),
        ("brand=zeta", "brand: one of acme"),
        ("lang=fr", "lang: one of es, en, pt"),
        ("format=xlsx", "format: json or csv"),
        ("agent=" + "a" * 201, "channel, team, agent: at most"),
        ("since=2026-11-22", "query: only agent, brand"),
    ],
)
def test_a_question_that_cannot_be_understood(hub: Any, query: str, reason: str) -> None:
    answer = hub.ask("/v1/kpis", query)
    assert answer.status == 400
    assert answer.json["error"]["message"].startswith(reason)


def test_four_hundred_days_may_be_asked(hub: Any) -> None:
    first = TODAY - timedelta(days=MOST_DAYS - 1)
    assert hub.ask("/v1/kpis", f"from={first}&to={TODAY}&figure=fcr").status == 200


def test_too_many_figures(hub: Any, figures: Callable[..., None]) -> None:
    number = MOST // len(DEFINITIONS) + 1
    figures({whatsapp(agent=f"a{place}"): counters(contacts_offered=9) for place in range(number)})
    assert hub.ask("/v1/kpis", "by=agent").json["error"]["message"].startswith("by: more than")
    assert hub.ask("/v1/kpis", "by=agent&figure=contacts_offered").status == 200


def test_a_year_is_held_in_the_memory_of_its_answer(hub: Any) -> None:
    days = [TODAY - timedelta(days=back) for back in range(40)]
    rows = [RowKey(0, day, "acme", "whatsapp", "sales", agent) for day in days for agent in ("ana", "ben")]
    for row in rows:
        step = row_step(row, None, {hour: counters(contacts_offered=1) for hour in (9, 10)})
        hub.parts.table().transact([step])
    held: list[int] = []
    wanted = Wanted(lambda cell: place_of(cell, ("hour",)), None, held.append)
    cells = counted(hub.parts.table(), days[-1], TODAY, wanted).cells
    assert (held, {cell.hour: totals.counters for cell, totals in cells.items()}) == (
        [2] * 40,
        {9: {"contacts_offered": 80}, 10: {"contacts_offered": 80}},
    )
    found = hub.ask("/v1/kpis", f"from={days[-1]}&to={TODAY}&by=agent&figure=contacts_offered").json["groups"]
    assert [(one["by"]["agent"], one["figures"]["contacts_offered"]["value"]) for one in found] == [
        ("ana", 80),
        ("ben", 80),
    ]


def test_what_there_is_no_time_for_is_refused_and_says_what_to_do(hub: Any) -> None:
    ticks = iter(range(0, 1000, 10))
    table, parts = hub.parts.table(), hub.parts
    wish = {"from": "2026-11-01", "to": "2026-11-22"}
    with pytest.raises(BadQuestion, match="ask for fewer days"):
        shown(table, parts.config(), parts.making(), wish, lambda: hub.parts.now + next(ticks))


@pytest.mark.parametrize("path", ["/v1/kpis", "/v1/kpis/cases", "/v1/journeys", "/v1/reviews/daily"])
@pytest.mark.parametrize("method", ["OPTIONS", "POST", "PUT", "DELETE", "TRACE"])
def test_figures_are_asked_with_get_alone(hub: Any, path: str, method: str) -> None:
    answer = hub.ask(path, method=method)
    assert (answer.status, answer.headers["allow"]) == (405, "GET")
    assert answer.json["error"]["message"] == "this address answers GET"


def test_days_to_come_have_no_data_and_are_open(hub: Any) -> None:
    told = hub.ask("/v1/kpis", "from=2030-01-01&to=2030-01-02&figure=fcr,contacts_offered&by=day").json
    assert (told["groups"], {day["state"] for day in told["days"]}) == ([], {"open"})
    fcr, contacts = (told["total"]["figures"][name] for name in ("fcr", "contacts_offered"))
    assert (fcr["value"], fcr["mature"], contacts["value"]) == (None, False, 0)


def test_what_still_waits_for_answers_is_not_mature(hub: Any) -> None:
    """A survey may be answered for seven days: its response rate is not final before."""
    told = hub.ask("/v1/kpis", f"{WEEK}&figure=survey_response,cases_reopened,reopen_events,handoff_lost").json
    assert set(told["last_mature_day"]) == {"survey_response", "cases_reopened", "reopen_events", "handoff_lost"}
    assert told["last_mature_day"]["survey_response"] == "2026-11-14"
    assert not any(one["mature"] for one in told["total"]["figures"].values())


def test_who_may_see_figures_sees_no_case(hub: Any) -> None:
    hub.parts.tokens.append({"token": "token-of-a-manager", "scopes": ["figures:read"]})
    assert hub.ask("/v1/kpis", token="token-of-a-manager").status == 200
    assert hub.ask("/v1/kpis/cases", "figure=fcr", token="token-of-a-manager").status == 403
    assert hub.ask("/v1/kpis", token="token-of-a-reader").status == 200
    assert hub.ask("/v1/kpis", token=None).status == 401


def add_cases(hub: Any, number: int) -> None:
    for place in range(number):
        hub.add_customer(f"c-{place}", phone=None)
        hub.add_case(f"k-{place}", f"c-{place}", reference=f"R-{place}")
        hub.add_entry(f"k-{place}", 1, text="Hola")


def test_the_cases_behind_a_figure(hub: Any) -> None:
    add_cases(hub, 3)
    told = hub.ask("/v1/kpis/cases", "figure=contacts_offered").json
    assert sorted(one["case"] for one in told["cases"]) == ["k-0", "k-1", "k-2"]
    assert told["cases"][0]["facts"] == [{"metric": "contacts_offered", "amount": 1, "at": "2026-11-22T10:00:01Z"}]
    assert {one["reference"] for one in told["cases"]} == {"R-0", "R-1", "R-2"}
    assert told["next"] is None
    none = (
        "figure=frt_human_business",
        "figure=contacts_offered&channel=email",
        "figure=contacts_offered&to=2026-11-21",
    )
    assert [hub.ask("/v1/kpis/cases", query).json["cases"] for query in none] == [[], [], []]


def test_cases_come_in_pages(hub: Any) -> None:
    add_cases(hub, 90)  # three items each: more than one page of the table
    found: list[str] = []
    query, pages = "figure=contacts_offered&limit=1", 0
    while True:
        told = hub.ask("/v1/kpis/cases", query).json
        found += [one["case"] for one in told["cases"]]
        pages += 1
        if told["next"] is None:
            break
        query = f"figure=contacts_offered&limit=1&cursor={told['next'].replace('+', '%2B').replace('#', '%23')}"
    assert pages > 1
    assert sorted(found) == sorted(f"k-{place}" for place in range(90))


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("", "figure: the name"),
        ("figure=frt", "figure: the name"),
        ("figure=fcr&by=day", "query: only"),
        ("figure=fcr&cursor=x", "cursor: not one"),
        ("figure=fcr&limit=0", "limit: not a whole"),
        ("figure=fcr&from=2026-11-23&to=2026-11-22", "to: 2026-11-22 lies before from, 2026-11-23"),
        ("figure=fcr&brand=zeta", "brand: one of acme"),
        ("figure=fcr&agent=" + "a" * 201, "channel, team, agent: at most"),
    ],
)
def test_cases_that_cannot_be_asked(hub: Any, query: str, reason: str) -> None:
    answer = hub.ask("/v1/kpis/cases", query)
    assert (answer.status, answer.json["error"]["message"].startswith(reason)) == (400, True)


def test_the_command_line(hub: Any, hilo: Callable[..., Any], figures: Callable[..., None]) -> None:
    figures({whatsapp(): counters(contacts_offered=6, nps_10=3), whatsapp(10, team="A + B"): spread(75)})
    said = hilo("kpi", "--by", "channel", "--figure", "contacts_offered,nps,fcr,frt_human_business", as_text=True)
    assert said.splitlines()[1:] == [
        "channel\tfigure\tvalue\tn\tp50\tp90\tnote",
        "whatsapp\tcontacts_offered\t6\t6\t\t\t",
        "whatsapp\tnps\t100\t3/3\t\t\tfew answers",
        "whatsapp\tfrt_human_business\t1 min 15 s\t1\t1 min 14 s\t1 min 14 s\t",
    ]
    asked = ("kpi", "--team", "A + B", "--figure", "frt_human_business")
    assert hilo(*asked)["total"]["figures"]["frt_human_business"]["n"] == 1
    text = hilo(*asked, "--csv", as_text=True)
    assert text.replace("\r\n", "\n") == hub.ask(
        "/v1/kpis", "team=A%20%2B%20B&figure=frt_human_business&format=csv"
    ).text.replace("\r\n", "\n")
    assert "by: some of day" in hilo("kpi", "--by", "foo", code=2, as_text=True)
    assert json.loads(json.dumps(hilo("kpi")))["by"] == []


@pytest.mark.parametrize(
    ("path", "beside", "parts"),
    [
        ("/v1/kpis", "", ("from", "to", "by", "figure", "brand", "channel", "team", "agent", "lang", "format")),
        ("/v1/kpis/cases", "figure=fcr&", ("from", "to", "brand", "channel", "team", "agent", "cursor")),
        ("/v1/kpis/cases", "", ("figure",)),
        ("/v1/kpis/outside", "", ("from", "to", "brand", "lang")),
        ("/v1/journeys", "", ("from", "to", "type", "brand", "by", "language", "diagram")),
        ("/v1/reviews/daily", "", ("date", "brand", "lang", "format")),
    ],
)
def test_an_empty_value_is_refused_and_never_the_default(hub: Any, path: str, beside: str, parts: tuple[str]) -> None:
    assert hub.ask(path, beside.rstrip("&")).status == (400 if parts == ("figure",) else 200)
    for part in parts:
        for value in ("", "%20"):
            answer = hub.ask(path, f"{beside}{part}={value}")
            told = (400, f"{part}: is empty: say a value, or leave it out")
            assert (answer.status, answer.json["error"]["message"]) == told, part


@pytest.mark.parametrize("part", ["by", "figure"])
def test_a_list_of_nothing_is_refused(hub: Any, part: str) -> None:
    answer = hub.ask("/v1/kpis", f"{part}=,")
    assert (answer.status, answer.json["error"]["message"][: len(part)]) == (400, part)
