"""Reads a story. Every fault is named with its file, line, step and key; the whole file is read before anything
is played."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from local.simulation.expectations import TOP as EXPECTED
from local.simulation.people import wrong_end
from local.simulation.steps import KINDS, ChannelStep, ExpectStep, Happening, ToolStep, WaitStep
from shared.configuration import ConfigurationFault, Fault
from shared.configuration.checks import check, unknown_key
from shared.configuration.source import Path as KeyPath
from shared.configuration.source import Source, read_yaml
from shared.configuration.values import closest

TOP: Final = ("title", "people", "config", "steps", "expect")
LARGEST: Final = 1_000_000
"""Characters of a story."""

_PERSON: Final = ("name", "user_id", "parent_user_id")
"""Keys of one of `people` besides the channels they write on."""

StoryFault = ConfigurationFault
"""A story cannot be played: `faults` lists why, each with file, line and key."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A step and where it stands: its number for people (`4`, or `4.2` within a `parallel`), its line."""

    step: Happening | WaitStep | ExpectStep
    number: str
    line: int | None

    @property
    def id(self) -> str:
        """By which other steps name it."""
        return str(getattr(self.step, "id", None) or self.number)


@dataclass(frozen=True, slots=True)
class Story:
    """`steps`: one after the other; those of an inner tuple all at once. `source`: where each key stands."""

    file: Path
    title: str
    config: Mapping[str, Any]
    steps: tuple[Placed | tuple[Placed, ...], ...]
    expect: Mapping[str, Any] | None
    source: Source = field(repr=False)

    def happenings(self) -> Iterator[Placed]:
        """Every step, in the order of the file."""
        for one in self.steps:
            yield from one if isinstance(one, tuple) else (one,)

    def fault(self, placed: Placed, key: str, message: str) -> StoryFault:
        """What turns out to be wrong with a step only when it is played."""
        where = f"step {placed.number}: {key}" if key else f"step {placed.number}"
        return StoryFault([Fault(self.source.file, placed.line, where, message)])

    def beside(self, name: str) -> Path:
        """A file that the story names: relative to the story's own."""
        return self.file.parent / name


def read_story(path: Path) -> Story:
    """The story in a file. Raises `StoryFault`."""
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        raise _of_file(path, "not UTF-8: save it as UTF-8") from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "not a name of a file"
        raise _of_file(path, f"cannot be read: {why}") from None
    if len(text) > LARGEST:
        raise _of_file(path, "larger than a megabyte: this is no story")
    return _Reader(path, read_yaml(text, str(path))).story()


def _of_file(path: Path, message: str) -> StoryFault:
    return StoryFault([Fault(str(path), None, "", message)])


class _Reader:
    def __init__(self, path: Path, source: Source) -> None:
        self._path = path
        self._source = source
        self._people: Mapping[str, Any] = {}
        self._ids: set[str] = set()

    def story(self) -> Story:
        """Raises `StoryFault` with everything found."""
        data = self._source.data
        if not isinstance(data, Mapping):
            self._source.fault((), "must be a mapping with steps:")
            raise self._faults()
        for key in data:
            if key not in TOP:
                self._source.fault((key,), unknown_key(key, TOP))
        self._people = self._mapping("people")
        config, expect = self._mapping("config"), self._mapping("expect")
        self._check_expected(expect, ("expect",))
        steps = tuple(self._steps())
        if self._source.faults:
            raise self._faults()
        title = str(data.get("title") or self._path.stem)
        return Story(self._path, title, config, steps, expect if "expect" in data else None, self._source)

    def _faults(self) -> StoryFault:
        """In the order of the file; a step by its number, counted from one."""
        named = [replace(fault, key=_for_people(fault.key)) for fault in self._source.faults]
        return StoryFault(sorted(named, key=lambda fault: fault.line or 0))

    def _mapping(self, key: str) -> Mapping[str, Any]:
        value = self._source.data.get(key)
        if value is None:
            return {}
        if isinstance(value, Mapping):
            return value
        self._source.fault((key,), "must be a mapping of keys to values")
        return {}

    def _steps(self) -> Iterator[Placed | tuple[Placed, ...]]:
        given = self._source.data.get("steps")
        if not isinstance(given, list) or not given:
            self._source.fault(("steps",), "must be a list of steps: one a line, each after a dash")
            return
        for index, one in enumerate(given):
            path: KeyPath = ("steps", index)
            if isinstance(one, Mapping) and "parallel" in one:
                yield self._parallel(one, path, str(index + 1))
            else:
                placed = self._step(one, path, str(index + 1))
                if placed:
                    yield placed

    def _parallel(self, given: Mapping[str, Any], path: KeyPath, number: str) -> tuple[Placed, ...]:
        inner = given["parallel"]
        for key in given:
            if key != "parallel":
                self._source.fault((*path, key), unknown_key(key, ("parallel",)))
        if not isinstance(inner, list) or not inner:
            self._source.fault((*path, "parallel"), "must be a list of steps that happen at once")
            return ()
        made = []
        for index, one in enumerate(inner):
            place = (*path, "parallel", index)
            if isinstance(one, Mapping) and {"wait", "expect", "parallel"} & one.keys():
                self._source.fault(place, "what happens at once is said on a channel, done in a tool or by staff")
                continue
            made.append(self._step(one, place, f"{number}.{index + 1}", is_at_once=True))
        found = tuple(placed for placed in made if placed)
        self._ids.update(placed.id for placed in found)
        return found

    def _step(self, given: Any, path: KeyPath, number: str, *, is_at_once: bool = False) -> Placed | None:
        if not isinstance(given, Mapping):
            self._source.fault(path, "must be a mapping, such as {channel: whatsapp, from: …, text: Hola}")
            return None
        kind = next((kind for kind in KINDS if kind in given), None)
        if kind is None:
            self._source.fault(
                path, "no step: one of channel, connector, staff, sending, wait, parallel, expect is needed"
            )
            return None
        whole = self._with_person(given, path) if kind == "channel" else given
        step = check(KINDS[kind], whole, path, self._source, ("from",))
        if step is None:
            return None
        placed = Placed(step, number, self._source.line(path))  # type: ignore[arg-type]  # KINDS' models are the steps
        self._check(placed, path)
        if not is_at_once:
            self._ids.add(placed.id)
        return placed

    def _with_person(self, given: Mapping[str, Any], path: KeyPath) -> Mapping[str, Any]:
        """The step with what `people` says of who it names."""
        key = "from" if "from" in given else "to"
        name = given.get(key)
        person = self._people.get(name) if isinstance(name, str) else None
        if not isinstance(person, Mapping):
            return given
        channel = given.get("channel")
        about = {part: person[part] for part in _PERSON if part in person}
        if channel != "whatsapp":
            about.pop("user_id", None)
            about.pop("parent_user_id", None)
        if key == "to":
            about.pop("name", None)
        address = person.get(str(channel), person.get("phone") if channel in ("whatsapp", "sms", "voice") else None)
        if address is None and "user_id" not in about:
            self._source.fault((*path, key), f"people does not say how {name} is reached on {channel}")
        rest = {part: value for part, value in given.items() if part != key}
        return {**about, **({key: address} if address is not None else {}), **rest}

    def _check(self, placed: Placed, path: KeyPath) -> None:
        """What a step says of others, and of files."""
        step = placed.step
        if getattr(step, "id", None) in self._ids:
            self._source.fault((*path, "id"), "an earlier step has this id: choose another")
        if isinstance(step, ExpectStep):
            self._check_expected(step.expect, (*path, "expect"))
        if isinstance(step, ChannelStep):
            self._check_end(step, path)
            for key in ("reply_to", "edits", "deletes", "of"):
                self._check_known(getattr(step, key), (*path, key))
            for index, one in enumerate(step.references):
                self._check_known(one, (*path, "references", index))
            for key in ("payload_file", "raw_file"):
                name = getattr(step, key)
                if name and not (self._path.parent / name).is_file():
                    self._source.fault((*path, key), "there is no such file beside the story")
        elif isinstance(step, ToolStep):
            self._check_known(step.reply_to, (*path, "reply_to"))

    def _check_expected(self, expected: Mapping[str, Any], path: KeyPath) -> None:
        for key in expected:
            if key not in EXPECTED:
                self._source.fault((*path, key), unknown_key(key, EXPECTED))

    def _check_end(self, step: ChannelStep, path: KeyPath) -> None:
        """Who writes, or is written to, must be somebody on that channel."""
        for key, end in (("from", step.sender), ("to", step.to)):
            wrong = wrong_end(end, step.channel) if end else None
            if wrong:
                self._source.fault((*path, key), wrong)

    def _check_known(self, named: str | None, path: KeyPath) -> None:
        """A step above, or the provider's own id of a message."""
        if named is None or named in self._ids or ":" in named or "." in named or "@" in named:
            return
        near = "; " + closest(named, self._ids) if self._ids else ""
        self._source.fault(path, "no step above has this id" + near)


def _for_people(key: str) -> str:
    """`steps[3].parallel[1].text` → `step 4.2: text`"""
    head, bracket, rest = key.partition("steps[")
    if head or not bracket:
        return key
    number, _, rest = rest.partition("]")
    text = str(int(number) + 1)
    if rest.startswith(".parallel["):
        inner, _, rest = rest.removeprefix(".parallel[").partition("]")
        text += f".{int(inner) + 1}"
    rest = rest.removeprefix(".")
    return f"step {text}: {rest}" if rest else f"step {text}"
