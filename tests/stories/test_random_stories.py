"""Stories that nobody wrote: people write on several channels, agents and staff decide, much of it at once. Whatever
happens, nothing is lost, said twice or held by two."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.simulation.play import play
from local.simulation.story import StoryFault, read_story

QUICK, LONG = 12, 400
PEOPLE = range(3)
ACTIONS = ("reply", "note", "pend", "hold", "resolve", "reopen", "close", "spam", "assign", "priority", "merge")
STAFF = ("merge", "unmerge", "accept", "refuse")
WORDS = ("Hola", "gracias", "BAJA", "el pedido 4821-70", "el pedido 4821-71")
WAITS = ("PT1M", "PT1H", "PT30H", "P4D")


def says(draw: random.Random, number: int, earlier: list[str]) -> dict[str, Any]:
    """Somebody says something on one of the channels, perhaps about an earlier message."""
    who, other = draw.choice(PEOPLE), draw.choice(PEOPLE)
    phone, mail, scoped = f"1202555010{who}", f"p{who}@example.com", f"EC.u{who}"
    step: dict[str, Any] = draw.choice(
        [
            {"channel": "whatsapp", "from": phone},
            {"channel": "whatsapp", "from": phone, "user_id": scoped},
            {"channel": "whatsapp", "from": scoped},
            {"channel": "email", "from": mail, "subject": "Pedido"},
            {"channel": "app", "from": f"d{who}", "identities": [f"phone:+{phone} confirmed"]},
            {"channel": "app", "from": f"d{who}", "identities": [f"email:p{other}@example.com confirmed"]},
            {"channel": "webchat", "from": f"v{who}", "claims": [f"email:p{other}@example.com"]},
        ]
    )
    about = {"reply_to": draw.choice(earlier)} if earlier and draw.random() < 0.25 else {}
    return {**step, **about, "id": f"m{number}", "text": draw.choice(WORDS), "times": draw.choice([1, 1, 1, 2])}


def step_of(draw: random.Random, number: int, earlier: list[str]) -> dict[str, Any]:
    kind = draw.random()
    if kind < 0.65:
        return says(draw, number, earlier)
    if kind < 0.7:
        former, new = draw.sample(range(6), 2)
        return {"channel": "whatsapp", "from": f"1202555010{former}", "changed_to": f"1202555010{new}"}
    if kind < 0.87:
        step = {"connector": draw.choice(["demo", "rt"]), "case": draw.randrange(1, 4), "agent": "luis"}
        more = {"text": "Lo miro", "priority": "high", "into": draw.randrange(1, 4)}
        return {**step, "action": draw.choice(ACTIONS), **more}
    return {"staff": draw.choice(STAFF), "customers": draw.sample(range(1, 5), 2)}


def steps_of(draw: random.Random) -> Iterator[dict[str, Any]]:
    earlier: list[str] = []
    for number in range(draw.randrange(5, 14)):
        several = [step_of(draw, 10 * number + place, list(earlier)) for place in range(draw.choice([1, 1, 2, 3, 4]))]
        earlier += [one["id"] for one in several if "id" in one]
        yield several[0] if len(several) == 1 else {"parallel": several}
        if draw.random() < 0.2:
            yield {"wait": draw.choice(WAITS)}


def told(seed: int, file: Path) -> dict[str, Any]:
    """What comes of a random story. A step that speaks of what is not there yet is left out."""
    steps = list(steps_of(random.Random(seed)))
    while steps:
        text = yaml.safe_dump({"config": {"connectors": [{"name": "demo"}, {"name": "rt"}]}, "steps": steps})
        file.write_text(text, "utf-8")
        try:
            return play(read_story(file), seed=seed).report
        except StoryFault as fault:
            outer, _, inner = fault.faults[0].key.split(":")[0].removeprefix("step ").partition(".")
            several = steps[int(outer) - 1].get("parallel", [])
            if len(several) > 1:
                del several[int(inner) - 1]
            else:
                del steps[int(outer) - 1]
    return {}


def check(report: dict[str, Any]) -> None:
    """What holds whatever happened."""
    if not report:
        return
    assert report["dead_letters"] == []
    assert [one for one in report["refused"] if one["status"] >= 500] == []
    moved = {
        (case["id"], one["target"]) for case in report["cases"] for one in case["entries"] if "moved" in one["flags"]
    }
    shown = Counter(
        (entry["channel"], entry["message_id"])
        for case in report["cases"]
        for entry in case["entries"]
        if entry["kind"] == "message" and (case["id"], entry["sequence"]) not in moved
    )
    assert [message for message, times in shown.items() if times > 1] == []
    living = [one for one in report["customers"] if not one["merged_into"]]
    held = Counter((i["kind"], i["value"]) for one in living for i in one["identities"] if not i.get("until"))
    assert [identity for identity, holders in held.items() if holders > 1] == []
    for case in report["cases"]:
        assert [entry["sequence"] for entry in case["entries"]] == list(range(1, len(case["entries"]) + 1))
        for name, heard in report["connectors"].items():
            told_of = [
                one["entry"]["sequence"] for one in heard if one["told"] == "entry" and one["case"]["id"] == case["id"]
            ]
            assert told_of == [entry["sequence"] for entry in case["entries"] if entry["channel"] != name]


@pytest.mark.parametrize("seed", range(QUICK))
def test_a_random_story(seed: int, tmp_path: Path) -> None:
    check(told(seed, tmp_path / "story.yaml"))


@pytest.mark.slow
def test_many_random_stories(tmp_path: Path) -> None:
    for seed in range(QUICK, LONG):
        try:
            check(told(seed, tmp_path / "story.yaml"))
        except AssertionError as wrong:
            story = (tmp_path / "story.yaml").read_text("utf-8")
            raise AssertionError(f"seed {seed}:\n{story}") from wrong
