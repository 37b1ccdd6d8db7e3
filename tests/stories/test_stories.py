"""The handbook's tables told as stories: each file of this folder is one test, named like the file.

A story in which things happen at once is told with three seeds, each another order of the workers' turns; the long
run tells it with two hundred.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from local.simulation.play import play
from local.simulation.story import read_story

FOLDER = Path(__file__).parent
STORIES = sorted(FOLDER.rglob("*.yaml"))
AT_ONCE = [path for path in STORIES if any(isinstance(step, tuple) for step in read_story(path).steps)]

QUICK = (0, 1, 2)
LONG = 200


def name_of(path: Path) -> str:
    return str(path.relative_to(FOLDER).with_suffix(""))


def seeds_of(path: Path) -> tuple[int, ...]:
    return QUICK if path in AT_ONCE else (0,)


@pytest.mark.parametrize("path", STORIES, ids=name_of)
def test_story(path: Path) -> None:
    """What the story expects is what comes of it, whoever is quicker."""
    story = read_story(path)
    assert story.expect is not None, "a story says what it expects"
    for seed in seeds_of(path):
        outcome = play(story, seed=seed)
        assert not outcome.unmet, f"seed {seed}: " + "\n".join(map(str, outcome.unmet))


@pytest.mark.parametrize("path", STORIES, ids=name_of)
def test_every_tool_holds_every_entry_once_and_in_order(path: Path) -> None:
    """Whatever the story is about: what tools were told adds up to the cases' logs, but for what came from them."""
    report = play(read_story(path)).report
    for name, told in report["connectors"].items():
        for case in report["cases"]:
            heard = [one["entry"]["sequence"] for one in told if one["told"] == "entry" and _is_of(one, case)]
            said = [entry["sequence"] for entry in case["entries"] if entry["channel"] != name]
            assert heard == ([] if case.get("imported") else said), f"{name}, case {case['number']}"
    assert len({one["id"] for one in report["customers"]}) == len(report["customers"])


def _is_of(told: dict[str, Any], case: dict[str, Any]) -> bool:
    return bool(told["case"]["id"] == case["id"])


@pytest.mark.slow
@pytest.mark.parametrize("path", AT_ONCE, ids=name_of)
def test_story_in_many_orders(path: Path) -> None:
    story = read_story(path)
    wrong = {seed: outcome.unmet for seed in range(LONG) if (outcome := play(story, seed=seed)).unmet}
    assert not wrong, "\n".join(f"seed {seed}: {one}" for seed, several in wrong.items() for one in several)
