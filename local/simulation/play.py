"""Plays a story into an empty hub, step by step."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from local.simulation.deeds import Deeds
from local.simulation.expectations import Unmet, unmet
from local.simulation.ledger import Ledger
from local.simulation.numbering import Numbering
from local.simulation.report import report
from local.simulation.sending import Sent
from local.simulation.settings import settings
from local.simulation.steps import ExpectStep, WaitStep
from local.simulation.story import Placed, Story, read_story
from local.simulation.world import World
from shared.domain.event import utc_text
from shared.store import keys
from shared.store.views import event_of

SECOND: Final = 1.0

BEGINNING: Final = "2026-11-23T10:00:00-05:00"
"""When a story begins that names no moment: a Monday."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a story: the `report`, and what of its expectations was not met."""

    report: dict[str, Any]
    unmet: list[Unmet] = field(default_factory=list)


def simulate(path: Path, config: Path | None = None, seed: int = 0) -> Outcome:
    """Play the story in a file. Raises `StoryFault`, or `ConfigurationFault` for the configuration's own."""
    return play(read_story(path), config, seed)


def play(story: Story, config: Path | None = None, seed: int = 0) -> Outcome:
    """Play a story that was read. The same story and seed give the same outcome. One at a time in a process."""
    world = World(settings(story, config), _beginning(story), seed)
    with world.open():
        return _Play(story, world).to_the_end()


def _beginning(story: Story) -> float:
    for placed in story.happenings():
        moment = getattr(placed.step, "arrives", None) or getattr(placed.step, "at", None)
        if moment:
            return float(moment.timestamp())
    return datetime.fromisoformat(BEGINNING).timestamp()


class _Play:
    def __init__(self, story: Story, world: World) -> None:
        self._story = story
        self._world = world
        self._ledger = Ledger()
        self._numbering = Numbering(self._ledger)
        self._deeds = Deeds(story, world, self._ledger)
        self._unmet: list[Unmet] = []
        self._has_happened = False
        """Something, at this very moment."""
        world.table.listen(self._numbering.notice)
        world.far_end.listeners.append(self._note_sent)

    def to_the_end(self) -> Outcome:
        for one in self._story.steps:
            if isinstance(one, tuple):
                self._at_once(one)
            else:
                self._step(one)
        shown = self._report()
        if self._story.expect is not None:
            self._unmet += unmet(self._story.expect, shown, "expect", self._story.source.line(("expect",)))
        return Outcome(shown, self._unmet)

    def _note_sent(self, sent: Sent) -> None:
        """So that later steps can speak of what the customer got."""
        item = self._world.table.get(keys.entry(*sent.place)).item
        if item is not None and sent.request.get("type") != "template":
            self._ledger.sent.setdefault(event_of(item).message_id, sent)

    def _report(self) -> dict[str, Any]:
        return report(self._world, self._ledger, self._deeds.refused)

    def _step(self, placed: Placed) -> None:
        match placed.step:
            case WaitStep(wait=seconds):
                self._world.advance(self._world.now + seconds)
                self._has_happened = False
            case ExpectStep(expect=expected):
                self._unmet += unmet(expected, self._report(), f"step {placed.number}", placed.line)
            case _:
                self._arrive(placed)
                deed = self._deeds.deed(placed)
                for _ in range(_times(placed)):
                    deed()
                self._has_happened = True
        self._world.settle()
        self._numbering.number([placed])

    def _at_once(self, several: tuple[Placed, ...]) -> None:
        """What comes in is taken in first; then a worker for each message, and for each decision, all at a time."""
        batches, decisions = [], []
        for placed in several:
            self._arrive(placed)
            self._has_happened = False
            deed = self._deeds.deed(placed)
            if self._deeds.is_direct(placed):
                decisions.append(deed)
                continue
            with self._world.tapped.into() as taken:
                deed()
            batches += [taken] * _times(placed)
        self._world.at_once(batches, decisions)
        self._has_happened = True
        self._world.settle()
        self._numbering.number(several)

    def _arrive(self, placed: Placed) -> None:
        """Our clock, when the step reaches us: what is due before that happens first. It never goes back.

        A step that names no moment comes a second after what happened before it: nobody acts on what they cannot have
        seen.
        """
        arrives = getattr(placed.step, "arrives", None)
        moment = arrives or getattr(placed.step, "at", None)
        if moment is None:
            self._world.advance(self._world.now + (SECOND if self._has_happened else 0))
            return
        if arrives is not None and arrives.timestamp() < self._world.now:
            now = utc_text(datetime.fromtimestamp(self._world.now, UTC))
            raise self._story.fault(placed, "arrives", f"before what happened above it, which came at {now}")
        self._world.advance(max(self._world.now, moment.timestamp()))


def _times(placed: Placed) -> int:
    """How often it is delivered."""
    return int(getattr(placed.step, "times", 1))
