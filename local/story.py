"""A story as data: who writes what, on which channel and when, in the words of each provider.

What is delivered when it happens: `local/story_deliveries.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import yaml

from local.demo_agent import ACTIONS
from shared.domain.errors import Misconfigured

FOLDER: Final = Path(__file__).parent / "scenarios"
WHATSAPP: Final = "whatsapp"
NAMED_BY: Final[Mapping[str, tuple[str, ...]]] = {
    WHATSAPP: ("phone", "user_id"),
    "email": ("mail",),
    "instagram": ("instagram",),
}
"""The channels on which a story may happen, and by which ids of a person each names them."""
SAYS: Final[Mapping[str, frozenset[str]]] = {
    WHATSAPP: frozenset({"type"}),
    "email": frozenset({"mail"}),
    "instagram": frozenset({"message", "reaction"}),
}
"""By channel, the words of which one is in whatever is said there."""
_OURS: Final = frozenset({"at", "id", "from", "to", "repeat", "agent", "does", "for", "channel"})


@dataclass(frozen=True, slots=True)
class Step:
    """Something happens `at` seconds after the start. `said`: the message in the provider's words, with `@id` for
    others', and `file` for one that lies beside the story.

    `by_company`: the company answers from its phone (WhatsApp alone). `repeat`: the id of the step whose delivery comes
    once more. `deed`: instead, an agent does something in the demo tool about the person's case (`agent`, `action`,
    `text`).
    """

    at: float
    id: str
    person: str = ""
    by_company: bool = False
    said: Mapping[str, Any] | None = None
    repeat: str | None = None
    deed: Mapping[str, str] | None = None
    channel: str = WHATSAPP


@dataclass(frozen=True, slots=True)
class Story:
    """`people`: by name, `{"name", "phone"?, "user_id"?, "mail"?, "instagram"?}`. `folder`: where its files lie."""

    title: str
    people: Mapping[str, Mapping[str, str]]
    steps: tuple[Step, ...]
    folder: Path = FOLDER

    def on(self, channels: Collection[str]) -> Story:
        """What of it happens on these channels."""
        return replace(self, steps=tuple(step for step in self.steps if step.channel in channels))

    @property
    def seconds(self) -> float:
        """How long it takes at its own pace."""
        return max(step.at for step in self.steps)


def read_story(name: str, folder: Path = FOLDER) -> Story:
    """The story in `<name>.yaml`. Raises `Misconfigured`, naming the step, for one that cannot be played."""
    content = yaml.safe_load((folder / f"{name}.yaml").read_text("utf-8"))
    steps = tuple(_step(number, each) for number, each in enumerate(content["steps"], 1))
    channels = {step.id: step.channel for step in steps}
    steps = tuple(replace(one, channel=channels.get(one.repeat, "")) if one.repeat else one for one in steps)
    story = Story(content["title"], content["people"], steps, folder)
    _check(story, name)
    return story


def _step(number: int, given: Mapping[str, Any]) -> Step:
    at, id_, channel = float(given["at"]), str(given.get("id", number)), str(given.get("channel", WHATSAPP))
    if "agent" in given:
        text = {"text": str(given["text"])} if "text" in given else {}
        deed = {"agent": str(given["agent"]), "action": str(given.get("does")), **text}
        return Step(at, id_, str(given.get("for")), deed=deed, channel=channel)
    said = {key: value for key, value in given.items() if key not in _OURS}
    return Step(
        at,
        id_,
        channel=channel,
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
        if step.repeat is None:
            _check_who_and_what(story, step, place)
        unknown = sorted(_spoken_of(step.said) - known)
        if unknown:
            raise Misconfigured(f"{place}: it speaks of {', '.join(unknown)}, which has not happened")
        known.add(step.id)
        before = step.at


def _check_who_and_what(story: Story, step: Step, place: str) -> None:
    if step.channel not in NAMED_BY:
        raise Misconfigured(f"{place}: a story happens on {', '.join(NAMED_BY)}")
    is_there = bool(names_of(story.people.get(step.person, {}), step.channel))
    if step.deed is not None:
        if not is_there or step.deed["action"] not in ACTIONS:
            raise Misconfigured(f"{place}: an agent does one of {', '.join(ACTIONS)} for a person of the story")
    elif not is_there or not SAYS[step.channel] & (step.said or {}).keys():
        raise Misconfigured(f"{place}: a person of the story says something of a type, on a channel that they have")
    elif step.by_company and step.channel != WHATSAPP:
        raise Misconfigured(f"{place}: the company has a phone of its own on WhatsApp alone")
    for file in _files_of(step.said):
        if not (story.folder / file).is_file():
            raise Misconfigured(f"{place}: there is no file {file} beside the story")


def names_of(person: Mapping[str, str], channel: str) -> list[str]:
    """By which values a tool was told of a person who wrote there."""
    return [f"+{person[key]}" if key == "phone" else person[key] for key in NAMED_BY[channel] if key in person]


def _spoken_of(value: Any) -> set[str]:
    return {each[1:] for each in _texts(value) if each.startswith("@")}


def _files_of(said: Mapping[str, Any] | None) -> list[str]:
    return [each["file"] for each in (said or {}).values() if isinstance(each, Mapping) and "file" in each]


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return [text for each in inner for text in _texts(each)]
