"""`GET /v1/journeys`, `POST /v1/journeys/derive`, and the command line that asks them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.application.journeys import Deriving, derive
from shared.domain.journeys.derive import journeys_of
from shared.domain.journeys.model import JourneyEvent
from shared.domain.journeys.rules import JourneyRules
from shared.ports.table import Put
from shared.store import keys
from shared.store.journeys import journey_item
from tests.unit.api.conftest import NOW, ROOT

RULES = JourneyRules()
FIXTURE = ROOT / "tests" / "fixtures" / "kpi" / "journeys.jsonl"
AT = datetime.fromtimestamp(NOW, UTC)


@pytest.fixture
def journeys(hub: Any) -> Callable[..., None]:
    """So many journeys that were resolved yesterday on these channels."""

    def put(number: int, *channels: str, kind: str = "returns", brand: str = "acme") -> None:
        for place in range(number):
            name = f"{'-'.join(channels)}-{kind}-{place}"
            steps = [
                JourneyEvent(
                    f"{name}-{step}", name, AT - timedelta(hours=30 - step), channel=channel, type=kind, brand=brand
                )
                for step, channel in enumerate(channels)
            ]
            end = JourneyEvent(
                f"{name}-end", name, AT - timedelta(hours=24), kind="system", type=kind, brand=brand, stage="resolve"
            )
            [journey] = journeys_of([*steps, end], RULES)
            hub.parts.table().transact([Put(journey_item("2026-11-21", name, journey))])

    return put


def test_the_shape_that_is_drawn(hub: Any, journeys: Callable[..., None]) -> None:
    journeys(6, "whatsapp", "voice")
    told = hub.ask("/v1/journeys", "from=2026-11-01&to=2026-11-21&type=returns&language=en").json
    assert (told["from"], told["to"]) == ("2026-11-01", "2026-11-21")
    assert (told["filters"], told["revision"], told["journeys"]) == ({"type": "returns", "by": "channel"}, 0, 6)
    assert told["nodes"][0] == {"id": "1:whatsapp", "label": "WhatsApp", "step": 1, "kind": "channel"}
    assert told["links"] == [
        {"source": "1:whatsapp", "target": "2:voice", "value": 6},
        {"source": "2:voice", "target": "end:resolved", "value": 6},
    ]
    assert told["measures"]["channel_switch"] == {"numerator": 6, "denominator": 6, "percent": 100.0, "forced": 0}
    assert "diagram" not in told


def test_few_journeys_are_folded(hub: Any, journeys: Callable[..., None]) -> None:
    journeys(6, "whatsapp")
    journeys(2, "email", "voice")
    told = hub.ask("/v1/journeys", "").json
    assert told["journeys"] == 8
    assert "email" not in json.dumps(told)


def test_where_stages_lead_is_told_and_few_are_left_out(hub: Any, journeys: Callable[..., None]) -> None:
    journeys(6, "whatsapp")
    journeys(2, "email", "voice", kind="payment")
    many, few = (hub.ask("/v1/journeys", f"type={kind}").json["measures"] for kind in ("returns", "payment"))
    assert [(link["target"], link["value"]) for link in many["stage_links"]] == [("resolve", 6), ("resolved", 6)]
    assert (many["stage_links_left_out"], few["stage_links"], few["stage_links_left_out"]) == (0, [], 4)


def test_types_and_brands_are_told_apart(hub: Any, journeys: Callable[..., None]) -> None:
    hub.parts.configure("journeys: {types: [{name: warranty}]}\n")
    journeys(5, "whatsapp")
    journeys(7, "whatsapp", kind="payment")
    assert hub.ask("/v1/journeys", "type=payment").json["journeys"] == 7
    assert hub.ask("/v1/journeys", "brand=acme").json["journeys"] == 12
    assert hub.ask("/v1/journeys", "type=warranty").json["measures"]["stages"] == []


def test_the_diagram_comes_where_it_is_asked_for(hub: Any, journeys: Callable[..., None]) -> None:
    journeys(5, "whatsapp")
    assert "<svg" in hub.ask("/v1/journeys", "diagram=true").json["diagram"]


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("from=yesterday", "from: a day"),
        ("to=9999-12-31", "to: a day"),
        ("from=2026-11-22&to=2026-11-21", "to: 2026-11-21 lies before from, 2026-11-22"),
        ("from=2026-01-01&to=2026-11-21", "from: at most 92 days"),
        ("type=holidays", "type: one of returns"),
        ("brand=zeta", "brand: one of acme"),
        ("by=agent", "by: one of channel, stage"),
        ("language=fr", "language: one of es, pt, en"),
        ("diagram=yes", "diagram: one of true, false"),
        ("channel=voice", "query: only brand, by"),
    ],
)
def test_a_question_that_cannot_be_understood(hub: Any, query: str, reason: str) -> None:
    answer = hub.ask("/v1/journeys", query)
    assert answer.status == 400
    assert answer.json["error"]["message"].startswith(reason)


def test_who_may_see_figures_sees_no_customer(hub: Any) -> None:
    hub.parts.tokens.append({"token": "token-of-a-manager", "scopes": ["figures:read"]})
    assert hub.ask("/v1/journeys", token="token-of-a-manager").status == 200
    assert hub.ask("/v1/customers/c-1", token="token-of-a-manager").status == 403
    assert hub.ask("/v1/journeys", token="token-of-a-reader").status == 200
    assert hub.ask("/v1/journeys/derive", token="token-of-a-reader", method="POST", body="{}").status == 403
    assert hub.ask("/v1/journeys", token=None).status == 401


def test_all_are_derived_again(hub: Any, hilo: Callable[..., Any]) -> None:
    hub.add_customer("c-1", cases={"k-1": {}})
    hub.add_case("k-1", "c-1")
    hub.add_entry("k-1", 1, text="Hola")
    said = hilo("kpi", "journeys", "--again", as_text=True)
    assert said == "1 customers put on the clock; who was on it already stays. It takes some six minutes\n"
    due = hub.parts.table().get(keys.journeys_of("c-1")).item["due_sk"]
    deriving = Deriving(hub.parts.table(), RULES, lambda _: "America/Guayaquil", NOW + 301)
    assert derive(deriving, "c-1", due) == 1
    told = hilo("kpi", "journeys", "--from", "2026-11-22", "--to", "2026-11-22")
    assert told["measures"]["outcomes"]["active"] == 1


@pytest.mark.parametrize("body", ['{"cursor": 7}', '{"cursor": "x"}', '{"seconds": 100}', '{"all": true}'])
def test_a_wish_that_cannot_be_understood(hub: Any, body: str) -> None:
    assert hub.ask("/v1/journeys/derive", method="POST", body=body).status == 400


def test_what_people_read(hub: Any, hilo: Callable[..., Any], journeys: Callable[..., None], tmp_path: Path) -> None:
    journeys(5, "whatsapp")
    page = tmp_path / "journeys.html"
    said = hilo("kpi", "journeys", "--html", str(page), as_text=True)
    assert said.startswith("5 journeys  2026-10-26 to 2026-11-22, revision 0\n  resolved 5, abandoned 0")
    assert "discover > resolve\t5\t6 h 00 min" in said
    assert page.read_text("utf-8").startswith('<!doctype html><html lang="es">')


def test_of_steps_in_a_file_nothing_is_asked_and_nothing_folded(hilo_alone: Callable[..., Any]) -> None:
    told = json.loads(
        hilo_alone("kpi", "journeys", "--events", str(FIXTURE), "--as-of", "2026-11-12T16:00:00Z", "--json")
    )
    assert told["measures"]["outcomes"] == {"resolved": 7, "abandoned": 2, "transferred": 0, "active": 1}
    assert len(told["links"]) == 12


def test_a_file_that_cannot_be_read(hilo_alone: Callable[..., Any], tmp_path: Path) -> None:
    wrong = tmp_path / "steps.jsonl"
    wrong.write_text("{}\n")
    assert "line 1: source_event_id: is missing" in hilo_alone("kpi", "journeys", "--events", str(wrong), code=2)
    assert "--as-of: only with --events" in hilo_alone("kpi", "journeys", "--as-of", "2026-11-12", code=2)
    local = ("--events", str(FIXTURE), "--as-of", "2026-11-12T16:00:00")
    assert "--as-of: a moment needs its zone" in hilo_alone("kpi", "journeys", *local, code=2)


def test_a_file_with_its_mark_and_lines_of_another_system(hilo_alone: Callable[..., Any], tmp_path: Path) -> None:
    """A line ends with a line feed, and not with what some take for one within a text."""
    file = tmp_path / "steps.jsonl"
    step = {"source_event_id": "a\u2028b", "profile_id": "p", "occurred_at": "2026-11-12T16:00:00Z"}
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(step, ensure_ascii=False).encode() + b"\r\n")
    assert json.loads(hilo_alone("kpi", "journeys", "--events", str(file), "--json"))["measures"]["journeys"] == 1


@pytest.fixture
def hilo_alone(capfdbinary: pytest.CaptureFixture[bytes]) -> Callable[..., str]:
    """The command line without a hub."""
    from cli.main import main

    def run(*arguments: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as left:
            main(arguments)
        assert left.value.code == code
        said = capfdbinary.readouterr()
        return (said.out + said.err).decode()

    return run
