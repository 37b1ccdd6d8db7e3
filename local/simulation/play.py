"""Plays a story into an empty hub, step by step."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from local.simulation.expectations import Unmet, unmet
from local.simulation.ledger import Ledger
from local.simulation.mail import event_of_mail
from local.simulation.report import report
from local.simulation.settings import DEMO, settings
from local.simulation.steps import ChannelStep, ExpectStep, StaffStep, ToolStep, WaitStep
from local.simulation.story import Placed, Story, read_story
from local.simulation.telling import Teller
from local.simulation.world import World
from local.sqlite.attributes import unmarshal_item
from local.sqlite.stream import Change
from shared import bootstrap
from shared.domain.event import utc_text
from shared.store import keys

BEGINNING: Final = "2026-11-23T10:00:00-05:00"
"""When a story begins that names no moment: a Monday."""


class Outcome:
    """What came of a story: the `report`, and what of its expectations was not met."""

    def __init__(self, shown: dict[str, Any], unmet_: list[Unmet]) -> None:
        self.report = shown
        self.unmet = unmet_


def simulate(path: Path, config: Path = DEMO, seed: int = 0) -> Outcome:
    """Play the story in a file. Raises `StoryFault`, or `ConfigurationFault` for the configuration's own."""
    return play(read_story(path), config, seed)


def play(story: Story, config: Path = DEMO, seed: int = 0) -> Outcome:
    """Play a story that was read. The same story and seed give the same outcome."""
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
        self._new: dict[str, list[str]] = {"CUS": [], "CAS": []}
        self._holder_of: dict[str, str] = {}
        self._messages_of: dict[str, str] = {}
        """By the key of a message: the case it is in."""
        self._refused: list[dict[str, Any]] = []
        self._unmet: list[Unmet] = []
        brand = world.config.brands[0]
        self._teller = Teller(self._ledger, self._account_of, brand.default_country, self._reference_of)
        world.table.listen(self._notice)

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

    def _report(self) -> dict[str, Any]:
        return report(self._world, self._ledger, self._refused)

    def _step(self, placed: Placed) -> None:
        match placed.step:
            case WaitStep(wait=seconds):
                self._world.advance(self._world.now + seconds)
            case ExpectStep(expect=expected):
                where = f"step {placed.number}"
                self._unmet += unmet(expected, self._report(), where, placed.line)
            case _:
                self._arrive(placed)
                self._happen(placed)
        self._world.settle()
        self._number([placed])

    def _at_once(self, several: tuple[Placed, ...]) -> None:
        """Each step's deliveries are taken in first; then a worker for each message, all at a time."""
        batches, decisions = [], []
        for placed in several:
            self._arrive(placed)
            if isinstance(placed.step, StaffStep):
                decisions.append(self._decision(placed, placed.step))
            else:
                with self._world.tapped.into() as taken:
                    self._happen(placed, times=1)
                batches += [taken] * int(getattr(placed.step, "times", 1))
        self._world.at_once(batches, decisions)
        self._world.settle()
        self._number(several)

    # one step

    def _arrive(self, placed: Placed) -> None:
        """Our clock, when the step reaches us: what is due before that happens first. It never goes back."""
        step = placed.step
        arrives = getattr(step, "arrives", None)
        moment = arrives or getattr(step, "at", None)
        if moment is None:
            return
        if arrives is not None and arrives.timestamp() < self._world.now:
            now = utc_text(datetime.fromtimestamp(self._world.now, UTC))
            raise self._story.fault(placed, "arrives", f"before what happened above it, which came at {now}")
        self._world.advance(max(self._world.now, moment.timestamp()))

    def _happen(self, placed: Placed, times: int | None = None) -> None:
        step = placed.step
        again = range(times or int(getattr(step, "times", 1)))
        try:
            if isinstance(step, StaffStep):
                self._decision(placed, step)()
                return
            deliver = self._tool(placed, step) if isinstance(step, ToolStep) else self._channel(placed, step)
        except LookupError as missing:
            raise self._story.fault(placed, "", f"{missing.args[0]}{self._letters()}") from missing
        except ValidationError as wrong:
            first = wrong.errors()[0]
            key = ".".join(str(part) for part in first["loc"])
            raise self._story.fault(placed, f"said.{key}", str(first["msg"]).lower()) from wrong
        except ValueError as wrong:
            raise self._story.fault(placed, "", str(wrong)) from wrong
        for _ in again:
            deliver()

    def _channel(self, placed: Placed, step: Any) -> Callable[[], None]:
        at = step.at or datetime.fromtimestamp(self._world.now, UTC)
        whole = step.payload_file or step.raw_file
        if step.channel == "whatsapp":
            body = self._story.beside(whole).read_bytes() if whole else self._teller.whatsapp(placed, step, at)
            self._ledger.said[placed.id] = self._teller.said(placed)
            return lambda: self._post(placed, body)
        if step.channel in bootstrap.CHANNELS:
            raise LookupError(f"the simulation cannot deliver {step.channel} yet")
        events = self._whole(step, self._story.beside(whole)) if whole else [self._teller.event(placed, step, at)]
        self._ledger.said[placed.id] = self._teller.said_in(placed, events)
        return lambda: self._send(events)

    def _whole(self, step: ChannelStep, file: Path) -> list[dict[str, Any]]:
        """A file with the event itself, or several, as JSON; or an e-mail as it came."""
        content = file.read_bytes()
        if step.channel == "email" and step.raw_file:
            return [event_of_mail(content, step.account or self._account_of("email"))]
        try:
            told = json.loads(content)
        except ValueError:
            raise LookupError(f"{file.name} holds no event as JSON") from None
        return told if isinstance(told, list) else [told]

    def _tool(self, placed: Placed, step: ToolStep) -> Callable[[], None]:
        tool = self._world.connectors.get(step.connector)
        if tool is None:
            raise LookupError(f"the configuration has no connector {step.connector}")
        at = step.at or datetime.fromtimestamp(self._world.now, UTC)
        ticket = step.ticket or self._ticket(step.connector, step.case or 0)
        into = self._ticket(step.connector, step.into) if step.into else None
        event = self._teller.in_tool(placed, step, ticket, into, at)
        self._ledger.said[placed.id] = self._teller.said(placed)
        return lambda: self._send([event])

    def _ticket(self, connector: str, case: int) -> str:
        ticket = self._world.connectors[connector].tickets.get(self._ledger.case(case))
        if ticket is None:
            raise LookupError(f"{connector} was never told of case {case}")
        return ticket.id

    def _decision(self, placed: Placed, step: StaffStep) -> Callable[[], None]:
        """What staff decides about two customers, asked of the API. A refusal is part of the outcome."""
        try:
            pair = [self._ledger.customer(number) for number in step.customers]
        except LookupError as missing:
            raise self._story.fault(placed, "customers", f"{missing.args[0]}{self._letters()}") from missing
        path = {
            "merge": "/v1/customers/merge",
            "unmerge": "/v1/customers/unmerge",
            "accept": "/v1/candidates/accept",
            "refuse": "/v1/candidates/refuse",
        }[step.staff]
        reason = {"reason": step.reason} if step.reason else {}

        def ask() -> None:
            about = {"merge": self._merge_of(pair)} if step.staff == "unmerge" else {"customers": pair}
            status, answer = self._world.ask("POST", path, {**about, **reason})
            if status >= 400:
                self._refuse(placed, status, answer.get("error", {}))

        return ask

    def _letters(self) -> str:
        """A hint at what could not be recorded, for those who miss it."""
        letters = self._report()["dead_letters"]
        what = ", ".join(f"{one['error']}, {one['reason']}" for one in letters[:1])
        count = "1 dead letter" if len(letters) == 1 else f"{len(letters)} dead letters, the first"
        return f" ({count}: {what})" if letters else ""

    def _merge_of(self, pair: list[str]) -> str:
        """The id of the merge in force by which one of them became part of the other; empty when there is none."""
        for loser, survivor in (pair, pair[::-1]):
            profile = self._world.table.get(keys.customer(loser)).item or {}
            if profile.get("merged_into") == survivor:
                return str(profile["merge"])
        return "-"

    def _post(self, placed: Placed, body: bytes) -> None:
        answer = self._world.post_whatsapp(body)
        if answer["statusCode"] != 200:
            self._refuse(placed, int(answer["statusCode"]), json.loads(answer["body"])["error"])

    def _send(self, events: Iterable[dict[str, Any]]) -> None:
        received_at = utc_text(datetime.fromtimestamp(self._world.now, UTC))
        for event in events:
            self._world.send_event(event, received_at)

    def _refuse(self, placed: Placed, status: int, error: dict[str, Any]) -> None:
        said = {"code": error.get("code"), "message": error.get("message")}
        self._refused.append({"step": placed.number, "status": status, **said})

    # what is known by number

    def _notice(self, change: Change) -> None:
        """What appears in the table."""
        kind, _, of = change.pk.partition("#")
        if change.old is not None or change.new is None:
            return
        if (kind, change.sk) in (("CUS", "PROFILE"), ("CAS", "CASE")):
            self._new[kind].append(of)
        if kind == "CAS":
            item = unmarshal_item(change.new)
            if change.sk == "CASE":
                self._holder_of[of] = item["customer"]
            elif item.get("message_key"):
                self._messages_of.setdefault(item["message_key"], of)

    def _number(self, several: Iterable[Placed]) -> None:
        place: dict[str, int] = {}
        for position, placed in enumerate(several):
            said = self._ledger.said.get(placed.id)
            for key, case in self._messages_of.items():
                if said and key.endswith(f"#{said.message_id}"):
                    place.setdefault(case, position)
        self._ledger.add(self._new["CUS"], self._new["CAS"], self._holder_of, place)
        self._new = {"CUS": [], "CAS": []}

    def _account_of(self, channel: str) -> str:
        return next(one.id for one in self._world.config.accounts if one.channel == channel)

    def _reference_of(self, case: str) -> str:
        item = self._world.table.get(keys.case(case)).item
        return str(item["reference"]) if item else ""
