"""What a played story is: repeatable, alone in its world, by its own clock, through the hub's own doors."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local.simulation.play import simulate
from shared import bootstrap

ANA = 'channel: whatsapp, from: "12025550142"'
THREE = (
    f"parallel: [{{{ANA}, text: uno}}, {{{ANA}, text: dos}}, {{{ANA}, text: tres, times: 3}},"
    ' {channel: whatsapp, from: "12025550143", text: otro}]'
)


def said(outcome: Any, case: int) -> list[str]:
    return [entry["text"] for entry in outcome.report["cases"][case - 1]["entries"]]


def test_the_same_seed_gives_the_same_outcome(tell: Callable[..., Any]) -> None:
    first, second = tell(THREE, seed=5), tell(THREE, seed=5)
    assert json.dumps(first.report) == json.dumps(second.report)


def test_seeds_visit_different_orders_and_all_hold(tell: Callable[..., Any]) -> None:
    outcomes = [tell(THREE, seed=seed) for seed in range(12)]
    assert len({tuple(said(one, 1)) for one in outcomes}) > 2
    for one in outcomes:
        assert sorted(said(one, 1)) == ["dos", "tres", "uno"]
        assert [case["customer_number"] for case in one.report["cases"]] == [1, 2], "numbered as the story names them"
        assert one.report["dead_letters"] == []


def test_a_run_leaves_nothing_behind(tell: Callable[..., Any]) -> None:
    before = dict(bootstrap._installed)
    with pytest.raises(Exception, match="no case 9"):
        tell(f"{{{ANA}, text: a}}", "{connector: demo, case: 9, action: resolve}")
    assert bootstrap._installed == before
    assert len(tell(f"{{{ANA}, text: a}}").report["cases"]) == 1


def test_time_passes_without_waiting_and_nothing_due_is_left_out(tell: Callable[..., Any]) -> None:
    began = time.monotonic()
    outcome = tell('{at: "2026-12-04T10:00:00Z", channel: whatsapp, from: "12025550142", text: a}', "{wait: P365D}")
    assert time.monotonic() - began < 5
    ours = [one for one in outcome.report["metrics"] if one["name"] in ("due_announced", "reconciled")]
    assert [one["value"] for one in ours if one["name"] == "due_announced"] in ([], [0])


def test_a_delivery_in_a_file_comes_as_often_as_the_story_says(tell: Callable[..., Any], tmp_path: Path) -> None:
    fixture = Path(__file__).parents[2] / "fixtures/whatsapp/text__plain.json"
    (tmp_path / "delivery.json").write_bytes(fixture.read_bytes())
    outcome = tell(
        "{channel: whatsapp, payload_file: delivery.json, times: 2}",
        "{wait: PT10M}",
        "{channel: whatsapp, payload_file: delivery.json}",
    )
    assert said(outcome, 1) == ["Hola"]


def test_a_mail_in_a_file(tell: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "reply.eml").write_bytes(
        b"From: Ana <Ana@Example.com>\r\nTo: ayuda@example.com\r\nSubject: Pedido\r\nMessage-ID: <1@example.com>\r\n"
        b"Date: Fri, 4 Dec 2026 10:00:00 -0500\r\nAuthentication-Results: mx; dmarc=pass\r\n\r\nNo llega\r\n"
    )
    outcome = tell('{arrives: "2026-12-04T15:01:00Z", channel: email, raw_file: reply.eml}')
    [entry] = outcome.report["cases"][0]["entries"]
    assert (entry["text"], entry["subject"], entry["occurred_at"]) == ("No llega", "Pedido", "2026-12-04T15:00:00Z")
    assert outcome.report["customers"][0]["identities"][0]["value"] == "ana@example.com"


def test_what_the_door_refuses_is_told(tell: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "delivery.json").write_bytes(b"no json")
    outcome = tell("{channel: whatsapp, payload_file: delivery.json}")
    assert [(one["step"], one["status"]) for one in outcome.report["refused"]] == [("1", 400)]


def test_a_late_message_keeps_its_own_time(tell: Callable[..., Any]) -> None:
    outcome = tell(
        '{at: "2026-12-04T10:00:00Z", channel: whatsapp, from: "12025550142", text: dos}',
        '{at: "2026-12-04T09:00:00Z", channel: whatsapp, from: "12025550142", text: uno}',
    )
    times = [(one["occurred_at"], one["received_at"][:19]) for one in outcome.report["cases"][0]["entries"]]
    assert times == [("2026-12-04T10:00:00Z", "2026-12-04T10:00:00"), ("2026-12-04T09:00:00Z", "2026-12-04T10:00:00")]


def test_a_step_that_names_no_moment_comes_a_second_later(tell: Callable[..., Any]) -> None:
    """So that whoever acts in it has seen what is above it."""
    outcome = tell(f"{{{ANA}, text: uno}}", "{connector: demo, case: 1, action: resolve}", f"{{{ANA}, text: dos}}",
                   "{wait: PT1M}", f"parallel: [{{{ANA}, text: tres}}, {{{ANA}, text: tres, times: 2}}]")  # fmt: skip
    [case] = outcome.report["cases"]
    assert (case["state"], case["reopen_count"]) == ("open", 1)
    seconds = [one["occurred_at"][14:19] for one in case["entries"] if one["kind"] == "message"]
    assert seconds == ["00:00", "00:02", "01:02", "01:02"]


def test_a_brand_that_the_story_brings_takes_the_accounts(tell: Callable[..., Any]) -> None:
    outcome = tell(
        '{channel: whatsapp, from: "12025550142", text: a}', config="{brands: [{name: zeta}], default_country: MX}"
    )
    assert [case["brand"] for case in outcome.report["cases"]] == ["zeta"]


def test_every_connector_of_the_story_is_told(tell: Callable[..., Any]) -> None:
    outcome = tell(
        '{channel: whatsapp, from: "12025550142", text: a}', config="{connectors: [{name: uno}, {name: dos}]}"
    )
    assert {name: len(told) for name, told in outcome.report["connectors"].items()} == {"uno": 3, "dos": 3}


def test_fifty_steps_take_no_time(tell: Callable[..., Any]) -> None:
    steps = [f'{{channel: whatsapp, from: "1202555{1000 + n % 10}", text: "{n}"}}' for n in range(50)]
    began = time.monotonic()
    outcome = tell(*steps)
    assert time.monotonic() - began < 2
    assert sum(len(case["entries"]) for case in outcome.report["cases"]) == 50


def test_the_demonstration_is_told_in_a_story_as_well(tmp_path: Path) -> None:
    """What a step does not have a key for is said in WhatsApp's own words."""
    file = tmp_path / "story.yaml"
    file.write_text(f"steps:\n- {{{ANA}, said: {{type: location, location: {{latitude: 1, longitude: 2}}}}}}")
    assert simulate(file).report["cases"][0]["entries"][0]["location"] == {"latitude": 1.0, "longitude": 2.0}
