"""`hilo simulate` as people and scripts call it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

STORY = 'steps:\n- {at: "2026-12-04T17:20:00-05:00", channel: whatsapp, from: "12025550142", text: Hola}\n'


def written(folder: Path, text: str) -> str:
    file = folder / "story.yaml"
    file.write_text(text, "utf-8")
    return str(file)


def test_it_prints_what_came_of_it(hilo: Any, tmp_path: Path) -> None:
    done = hilo("simulate", written(tmp_path, STORY + "expect: {customers: 1}"))
    told = json.loads(done.out)
    assert done.code == 0
    assert done.err == ""
    assert list(told)[:6] == ["customers", "cases", "candidates", "connectors", "sent", "dead_letters"]
    assert told["cases"][0]["entries"][0]["text"] == "Hola"
    assert told["cases"][0]["customer"] == told["customers"][0]["id"]


def test_nobody_is_asked_unless_the_story_or_a_named_configuration_says_so(hilo: Any, tmp_path: Path) -> None:
    """`make run` asks how it was, so that it is seen. A story that says nothing of surveys has none."""
    resolved = '- {at: "2026-12-04T17:25:00-05:00", connector: demo, case: 1, action: resolve, agent: luis}\n'
    story = written(tmp_path, STORY + resolved + "- {wait: PT1H}\n")
    assert json.loads(hilo("simulate", story).out)["sent"] == []
    demo = str(Path(__file__).parents[3] / "config" / "demo.yaml")
    assert len(json.loads(hilo("simulate", story, "--config", demo).out)["sent"]) == 1


def test_what_is_not_as_expected_ends_with_one(hilo: Any, tmp_path: Path) -> None:
    done = hilo("simulate", written(tmp_path, STORY + "expect: {customers: 2}"))
    assert done.code == 1
    assert json.loads(done.out)["customers"]
    assert done.err.count("\n") == 1
    assert "line 3, expect: customers: 2 is expected, it is 1" in done.err


def test_a_bad_story_is_one_line_and_two(hilo: Any, tmp_path: Path) -> None:
    done = hilo("simulate", written(tmp_path, STORY + "- {wait: PT2H}\n- {wait: long}\n- {wiat: PT1H}\n"))
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert "story.yaml:4: step 3: wait: not a duration" in done.err
    assert done.err.endswith("(and 1 more)\n")


def test_a_story_that_is_not_there(hilo: Any, tmp_path: Path) -> None:
    done = hilo("simulate", str(tmp_path / "none.yaml"))
    assert (done.code, done.out) == (2, "")
    assert "none.yaml: cannot be read: No such file" in done.err


def test_every_process_prints_the_same(hilo: Any, tmp_path: Path) -> None:
    """Nothing in the outcome depends on the machine's clock, on chance or on the order of sets."""
    at_once = "- parallel:\n" + "".join(
        f'  - {{channel: whatsapp, from: "1202555014{n % 3}", text: "{n}", times: 2}}\n' for n in range(9)
    )
    story = written(tmp_path, STORY + at_once)
    printed = {hilo("simulate", story, "--seed", "3", PYTHONHASHSEED=seed).out for seed in ("1", "2")}
    assert len(printed) == 1
    assert hilo("simulate", story, "--seed", "4").out not in printed


def test_another_configuration(hilo: Any, tmp_path: Path) -> None:
    config = tmp_path / "hub.yaml"
    config.write_text(
        "brands: [{name: zeta, languages: [pt], default_country: BR, time_zone: America/Sao_Paulo}]\n"
        'accounts: [{channel: whatsapp, id: "9", brand: zeta, secret: whatsapp}]\nconnectors: []\n'
    )
    told = json.loads(hilo("simulate", written(tmp_path, STORY), "--config", str(config)).out)
    assert [(case["brand"], case["entries"][0]["account"]) for case in told["cases"]] == [("zeta", "9")]
    assert told["connectors"] == {}


def test_a_configuration_with_a_fault(hilo: Any, tmp_path: Path) -> None:
    config = tmp_path / "hub.yaml"
    config.write_text("brands: 3\n")
    done = hilo("simulate", written(tmp_path, STORY), "--config", str(config))
    assert (done.code, done.out) == (2, "")
    assert "hub.yaml:1: brands: must be a list" in done.err
