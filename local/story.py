"""A story as data, and what WhatsApp would deliver when it happens.

The story says who writes what and when, in WhatsApp's own words (reference: the webhooks `messages` and
`smb_message_echoes`); ids and times are made anew each time it is played.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from local.deliveries import Person, message_delivery
from local.demo_agent import ACTIONS
from shared.domain.errors import Misconfigured

FOLDER: Final = Path(__file__).parent / "scenarios"
_OURS: Final = frozenset({"at", "id", "from", "to", "repeat", "agent", "does", "for"})


@dataclass(frozen=True, slots=True)
class Step:
    """Something happens `at` seconds after the start. `said`: the message in WhatsApp's words, with `@id` for others'.

    `by_company`: the company answers from its phone. `repeat`: the id of the step whose delivery comes once more.
    `deed`: instead, an agent does something in the demo tool about the person's case (`agent`, `action`, `text`).
    """

    at: float
    id: str
    person: str = ""
    by_company: bool = False
    said: Mapping[str, Any] | None = None
    repeat: str | None = None
    deed: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """`people`: by name, `{"name", "phone"?, "user_id"}`."""

    title: str
    people: Mapping[str, Mapping[str, str]]
    steps: tuple[Step, ...]

    @property
    def seconds(self) -> float:
        """How long it takes at its own pace."""
        return max(step.at for step in self.steps)


def read_story(name: str, folder: Path = FOLDER) -> Story:
    """The story in `<name>.yaml`. Raises `Misconfigured`, naming the step, for one that cannot be played."""
    content = yaml.safe_load((folder / f"{name}.yaml").read_text("utf-8"))
    steps = tuple(_step(number, each) for number, each in enumerate(content["steps"], 1))
    story = Story(content["title"], content["people"], steps)
    _check(story, name)
    return story


def _step(number: int, given: Mapping[str, Any]) -> Step:
    if "agent" in given:
        text = {"text": str(given["text"])} if "text" in given else {}
        deed = {"agent": str(given["agent"]), "action": str(given.get("does")), **text}
        return Step(float(given["at"]), str(given.get("id", number)), str(given.get("for")), deed=deed)
    said = {key: value for key, value in given.items() if key not in _OURS}
    return Step(
        at=float(given["at"]),
        id=str(given.get("id", number)),
        person=str(given.get("from") or given.get("to") or ""),
        by_company="to" in given,
        said=said or None,
        repeat=given.get("repeat"),
    )


def _check(story: Story, name: str) -> None:
    known: set[str] = set()
    before = 0.0
    for step in story.steps:
        place = f"{name}.yaml, step {step.id}"
        if step.at < before:
            raise Misconfigured(f"{place}: it happens before the step above it")
        if step.repeat is not None and step.repeat not in known:
            raise Misconfigured(f"{place}: it repeats what has not happened")
        if step.deed is not None:
            if step.person not in story.people or step.deed["action"] not in ACTIONS:
                raise Misconfigured(f"{place}: an agent does one of {', '.join(ACTIONS)} for a person of the story")
        elif step.repeat is None and (step.person not in story.people or not step.said or "type" not in step.said):
            raise Misconfigured(f"{place}: a person of the story says something of a type")
        unknown = sorted(_spoken_of(step.said) - known)
        if unknown:
            raise Misconfigured(f"{place}: it speaks of {', '.join(unknown)}, which has not happened")
        known.add(step.id)
        before = step.at


def _spoken_of(value: Any) -> set[str]:
    if isinstance(value, Mapping):
        return set().union(*(_spoken_of(each) for each in value.values()))
    if isinstance(value, list):
        return set().union(*(_spoken_of(each) for each in value))
    return {value[1:]} if isinstance(value, str) and value.startswith("@") else set()


def delivery(story: Story, step: Step, account: str, run: str, now: float) -> bytes:
    """What WhatsApp posts for a step that is no repetition, and no agent's. `account`: phone number id; `run`: never
    used before."""
    person = Person(**story.people[step.person])
    head = {"id": _message_id(run, step.id), "timestamp": str(int(now))}
    message = {**head, **_with_ids(step.said, run)}
    return message_delivery(account, person, message, by_company=step.by_company)


def _message_id(run: str, step: str) -> str:
    return f"wamid.{run}.{step}"


def _with_ids(value: Any, run: str) -> Any:
    if isinstance(value, Mapping):
        return {key: _with_ids(each, run) for key, each in value.items()}
    if isinstance(value, list):
        return [_with_ids(each, run) for each in value]
    if isinstance(value, str) and value.startswith("@"):
        return _message_id(run, value[1:])
    return value
