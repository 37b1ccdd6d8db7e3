"""What each step does to the hub: made ready first, so that a fault is told before anything happens."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias

from pydantic import ValidationError

from local.simulation.connector import RecordingConnector
from local.simulation.ledger import Ledger
from local.simulation.mail import event_of_mail
from local.simulation.steps import ChannelStep, RecordsMergedStep, RecordStep, SendingStep, StaffStep, ToolStep
from local.simulation.story import Placed, Story
from local.simulation.telling import Teller
from local.simulation.world import World
from shared.domain.event import Event, utc_text
from shared.store import dead_letters, keys

Deed: TypeAlias = Callable[[], None]

PATHS: Final = {
    "merge": "/v1/customers/merge",
    "unmerge": "/v1/customers/unmerge",
    "accept": "/v1/candidates/accept",
    "refuse": "/v1/candidates/refuse",
    "shared": "/v1/identities/shared",
    "not_shared": "/v1/identities/shared",
    "national_id": "/v1/customers/national-id",
}
"""Where staff ask for what they decide."""

NO_MERGE: Final = "-"
"""Stands for the id of a merge that there is not: the API says so itself."""


class Deeds:
    """`refused`: what the hub's doors said no to, by step, in order."""

    def __init__(self, story: Story, world: World, ledger: Ledger) -> None:
        self._story = story
        self._world = world
        self._ledger = ledger
        country = world.config.brands[0].default_country
        self._teller = Teller(ledger, self._account_of, country, self._reference_of)
        self.refused: list[dict[str, Any]] = []

    def is_direct(self, placed: Placed) -> bool:
        """Whether it is done in the hub itself, at once, and not by what comes in on a queue."""
        return isinstance(placed.step, StaffStep | RecordStep | RecordsMergedStep | SendingStep)

    def deed(self, placed: Placed) -> Deed:
        """What the step does, each time it is called. Raises `StoryFault`."""
        try:
            return self._deed(placed)
        except LookupError as missing:
            raise self._story.fault(placed, "", f"{missing.args[0]}{self._letters()}") from missing
        except ValidationError as wrong:
            first = wrong.errors()[0]
            key = ".".join(str(part) for part in first["loc"])
            file = getattr(placed.step, "payload_file", None)
            where = f"payload_file: {file}: {key}" if file else f"said.{key}"
            raise self._story.fault(placed, where, str(first["msg"]).lower()) from wrong
        except ValueError as wrong:
            raise self._story.fault(placed, "", str(wrong)) from wrong

    def _deed(self, placed: Placed) -> Deed:
        match placed.step:
            case StaffStep() as step:
                return self._decision(placed, step)
            case SendingStep() as step:
                return partial(self._world.far_end.next.append, step.sending)
            case RecordStep() as step:
                return partial(self._world.know_contact, self._tool(step.connector).name, step.record)
            case RecordsMergedStep() as step:
                return partial(self._world.merge_contacts, self._tool(step.connector).name, *step.merged_records)
            case ToolStep() as step:
                return self._in_tool(placed, step)
            case ChannelStep() as step:
                return self._on_channel(placed, step)
        raise TypeError(f"no deed: {type(placed.step).__name__}")

    def _at(self, step: ChannelStep | ToolStep) -> datetime:
        return step.at or datetime.fromtimestamp(self._world.now, UTC)

    # on channels

    def _on_channel(self, placed: Placed, step: ChannelStep) -> Deed:
        name = step.payload_file or step.raw_file
        file = self._story.beside(name) if name else None
        if step.channel == "whatsapp":
            body = file.read_bytes() if file else self._teller.whatsapp(placed, step, self._at(step))
            self._ledger.said[placed.id] = self._teller.said(placed)
            return partial(self._post, placed, body)
        if step.mail:
            events = [self._mail(step, step.mail.encode())]
        else:
            events = self._whole(step, file) if file else [self._teller.event(placed, step, self._at(step))]
        self._ledger.said[placed.id] = self._teller.said_in(placed, events)
        return partial(self._send, events)

    def _whole(self, step: ChannelStep, file: Path) -> list[dict[str, Any]]:
        """A file with the event itself, or several, as JSON; or an e-mail as it came."""
        content = file.read_bytes()
        if step.channel == "email" and step.raw_file:
            return [self._mail(step, content)]
        try:
            told = json.loads(content)
        except ValueError:
            raise LookupError(f"{file.name} holds no event as JSON") from None
        return [Event.model_validate(one).dump() for one in (told if isinstance(told, list) else [told])]

    def _mail(self, step: ChannelStep, raw: bytes) -> dict[str, Any]:
        account = step.account or self._account_of("email")
        now = utc_text(datetime.fromtimestamp(self._world.now, UTC))
        return event_of_mail(raw, account, now, authenticated=step.authenticated)

    def _post(self, placed: Placed, body: bytes) -> None:
        answer = self._world.post_whatsapp(body)
        if answer["statusCode"] != 200:
            self._refuse(placed, int(answer["statusCode"]), json.loads(answer["body"])["error"])

    def _send(self, events: Iterable[dict[str, Any]]) -> None:
        received_at = utc_text(datetime.fromtimestamp(self._world.now, UTC))
        for event in events:
            self._world.send_event(event, received_at)

    # in tools

    def _tool(self, connector: str) -> RecordingConnector:
        """Raises LookupError, in words."""
        tool = self._world.connectors.get(connector)
        if tool is None:
            raise LookupError(f"the configuration has no connector {connector}")
        return tool

    def _in_tool(self, placed: Placed, step: ToolStep) -> Deed:
        tool = self._tool(step.connector)
        ticket = step.ticket or self._ticket(tool, step.case or 0)
        into = self._ticket(tool, step.into) if step.into else None
        event = self._teller.in_tool(placed, step, ticket, into, self._at(step))
        self._ledger.said[placed.id] = self._teller.said(placed)
        return partial(self._send, [event])

    def _ticket(self, tool: RecordingConnector, case: int) -> str:
        ticket = tool.tickets.get(self._ledger.case(case))
        if ticket is None:
            raise LookupError(f"{tool.name} was never told of case {case}")
        return ticket.id

    # by staff

    def _decision(self, placed: Placed, step: StaffStep) -> Deed:
        """What staff decide, asked of the API. A refusal is part of the outcome."""
        pair = [self._ledger.customer(number) for number in step.customers]
        about = self._about(step, pair)

        def ask() -> None:
            merge = {"merge": self._merge_of(pair)} if step.staff == "unmerge" else {}
            status, answer = self._world.ask("POST", PATHS[step.staff], {**about, **merge})
            if status >= 400:
                self._refuse(placed, status, answer.get("error", {}))

        return ask

    def _about(self, step: StaffStep, pair: list[str]) -> dict[str, Any]:
        """What the API is told, but for the merge that is undone. Raises LookupError, in words."""
        if step.line:
            line = step.line.model_dump(include={"kind", "value", "namespace"}, exclude_none=True)
            return {**line, "shared": step.staff == "shared"}
        if step.customer:
            return {"customer": self._ledger.customer(step.customer), "type": step.type, "value": step.value}
        if step.staff == "unmerge":
            return {}
        return {"customers": pair, **({"reason": step.reason} if step.reason else {})}

    def _merge_of(self, pair: list[str]) -> str:
        """The id of the merge in force by which one of them became part of the other."""
        for loser, survivor in (pair, pair[::-1]):
            profile = self._world.table.get(keys.customer(loser)).item or {}
            if profile.get("merged_into") == survivor:
                return str(profile["merge"])
        return NO_MERGE

    def _refuse(self, placed: Placed, status: int, error: dict[str, Any]) -> None:
        said = {"code": error.get("code"), "message": error.get("message")}
        self.refused.append({"step": placed.number, "status": status, **said})

    # what steps speak of

    def _letters(self) -> str:
        """A hint at what could not be recorded, for those who miss it."""
        table = self._world.table
        letters = [item for origin, day in dead_letters.days(table) for item in dead_letters.of_day(table, origin, day)]
        count = "1 dead letter" if len(letters) == 1 else f"{len(letters)} dead letters, one of them"
        return f" ({count}: {letters[0]['error']}, {letters[0]['reason']})" if letters else ""

    def _account_of(self, channel: str) -> str:
        return next(one.id for one in self._world.config.accounts if one.channel == channel)

    def _reference_of(self, case: str) -> str:
        item = self._world.table.get(keys.case(case)).item
        return str(item["reference"]) if item else ""
