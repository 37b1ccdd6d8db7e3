"""`hilo kpi compute`: the golden data set through the command line, and what it says of bad input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

KPI = Path(__file__).parents[2] / "fixtures" / "kpi"
EVENTS, CONFIG = str(KPI / "g1.jsonl"), str(KPI / "g1.yaml")
AS_OF = ("--as-of", "2026-11-20T18:00:00-05:00")


def test_golden_as_json(hilo: Any) -> None:
    ended = hilo("kpi", "compute", EVENTS, "--config", CONFIG, *AS_OF, "--json")
    assert (ended.code, ended.err) == (0, "")
    found = ended.json
    every, written = found["figures"]["all"], found["figures"]["written"]
    assert (every["contacts_offered"]["value"], every["cases_human"]["value"]) == (12, 7)
    assert (every["sla_first_response"]["numerator"], every["sla_first_response"]["denominator"]) == (4, 7)
    assert (written["frt_human_business"]["value"], written["frt_human_business"]["n"]) == (300, 4)
    assert found["by_channel"]["email"]["fcr"]["value"] == 0
    assert found["backlog"]["count"] == found["backlog"]["aging"]["1-3d"] == 1
    assert found["backlog"]["cases"][0]["age_business_s"] == 37_800
    assert {"case": "c1", "metric": "handle_time", "amount": 840}.items() <= next(
        fact.items() for fact in found["facts"] if fact["metric"] == "handle_time"
    )
    assert every["nps"] == {"value": None, "unit": "points", "n": 0, "numerator": 0, "denominator": 0}
    assert set(found["definitions"]) == set(every)


def test_how_each_clock_of_a_service_level_stands(hilo: Any) -> None:
    asked = {"id": "1", "type": "message.in", "case": "c", "channel": "whatsapp", "brand": "acme"}
    given = json.dumps(asked | {"occurred_at": "2026-11-16T15:00:00Z"})  # Monday 10:00 in Guayaquil
    as_of = ("--as-of", "2026-11-16T15:12:00Z")
    [clock] = hilo("kpi", "compute", "--config", CONFIG, *as_of, "--json", given=given).json["clocks"]
    assert clock == {
        "case": "c",
        "clock": "first_response",
        "since": "2026-11-16T15:00:00Z",
        "state": "running",
        "due": "2026-11-16T15:15:00Z",
        "used_s": 720,
        "rest_s": 180,
        "met_at": None,
        "breached_at": None,
        "reason": None,
        "warnings": [{"percent": 75, "at": "2026-11-16T15:11:15Z"}],
        "next_at": "2026-11-16T15:13:30Z",
    }


def test_golden_as_tables_from_standard_input(hilo: Any) -> None:
    ended = hilo("kpi", "compute", "--config", CONFIG, *AS_OF, given=Path(EVENTS).read_bytes())
    assert (ended.code, ended.err) == (0, "")
    rows = [line.split("\t") for line in ended.out.splitlines()]
    assert ["c7", "frt_human_business", "180", "2026-11-12T20:02:00Z", "webchat", "A", ""] in rows
    assert ["all", "fcr", "66.7", "percent", "6", "4", "6", "", "", ""] in rows
    assert ["c9", "91800", "37800", "91800"] in rows


def test_without_as_of_time_has_passed_until_now(hilo: Any) -> None:
    asked = {"id": "1", "type": "message.in", "case": "c", "occurred_at": "2020-01-01T00:00:00Z"}
    found = hilo("kpi", "compute", "--json", given=json.dumps(asked)).json
    assert found["as_of"] > "2020-01-02"
    assert found["backlog"]["aging"][">30d"] == 1


def test_what_lies_ahead_of_the_clock_still_counts(hilo: Any) -> None:
    asked = {"id": "1", "type": "message.in", "case": "c", "occurred_at": "2999-01-01T00:00:00Z"}
    found = hilo("kpi", "compute", "--json", given=json.dumps(asked)).json
    assert (found["as_of"], found["figures"]["all"]["contacts_offered"]["value"]) == ("2999-01-01T00:00:00Z", 1)


def test_without_a_configuration_every_hour_is_open_and_nothing_is_promised(hilo: Any) -> None:
    """The demonstration's hours and targets are there to be looked at: nobody's own figures are made by them."""
    night = [("message.in", "customer", "03:00:00"), ("message.out", "agent", "03:20:00")]
    said = [
        {"id": f"{n}", "type": kind, "case": "c", "actor": who, "occurred_at": f"2026-11-22T{at}Z"}
        for n, (kind, who, at) in enumerate(night)
    ]
    given = "\n".join(map(json.dumps, said))
    figures = hilo("kpi", "compute", "--json", given=given).json["figures"]["all"]
    assert figures["frt_human_calendar"]["value"] == figures["frt_human_business"]["value"] == 1200
    assert figures["sla_first_response"]["denominator"] == 0
    demo = str(KPI.parents[2] / "config" / "demo.yaml")
    figures = hilo("kpi", "compute", "--json", "--config", demo, given=given).json["figures"]["all"]
    assert (figures["frt_human_calendar"]["value"], figures["frt_human_business"]["value"]) == (1200, 0)


def test_nothing_in_is_no_figure_out(hilo: Any) -> None:
    found = hilo("kpi", "compute", "--json", given="").json
    assert (found["facts"], found["figures"]["all"]["fcr"]["value"]) == ([], None)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("nope", "standard input: line 1: not JSON"),
        ('{"type": "message.in", "case": "c"}', "line 1: occurred_at: is missing"),
        ('{"type": "mesage.in"}', 'line 1: type: unknown type; did you mean "message.in"?'),
        (b"\xff", "line 1: not UTF-8"),
    ],
)
def test_a_bad_line_is_one_line_and_exit_2(hilo: Any, given: Any, said: str) -> None:
    ended = hilo("kpi", "compute", given=given)
    assert (ended.code, ended.out) == (2, "")
    assert ended.said(said)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere.jsonl",), "nowhere.jsonl: cannot be read"),
        (("--as-of", "soon"), "--as-of: not a time"),
        (("--as-of", "2026-11-20T18:00:00"), "--as-of: a time needs its zone"),
        (("--config", "nowhere.yaml"), "nowhere.yaml: there is no such file"),
    ],
)
def test_wrong_arguments_are_one_line_and_exit_2(hilo: Any, arguments: tuple[str, ...], said: str) -> None:
    ended = hilo("kpi", "compute", *arguments)
    assert ended.code == 2
    assert ended.said(said)


def test_a_type_that_counts_for_nothing_is_said_and_the_rest_goes_on(hilo: Any) -> None:
    ended = hilo("kpi", "compute", "--json", given='{"type": "customer.erased", "occurred_at": "2026-11-20T12:00:00Z"}')
    assert ended.code == 0
    assert ended.said("line 1: type customer.erased is not known and counts for nothing")
    assert ended.json["unknown_types"] == {"customer.erased": [1]}


def test_a_file_without_events_says_so_beside_the_empty_tables(hilo: Any) -> None:
    ended = hilo("kpi", "compute", given="")
    assert ended.code == 0
    assert ended.said("standard input: no events")
