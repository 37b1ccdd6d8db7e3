"""Customers by a letter, who write, are merged and parted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from shared.application.inquire_cases import case as read_case
from shared.application.inquire_cases import timeline
from shared.application.record.merge import Cause, merge
from shared.application.record.who import living_profile
from shared.domain.event import Event

Say = Callable[..., Event]
STAFF = Cause("staff", "api")
PHONES = {"a": "593991234567", "b": "593991234568", "c": "593991234569", "d": "593991234560"}


class People:
    """Customers by a letter, each with a phone of their own."""

    def __init__(self, hub: Any, say: Say) -> None:
        self.hub, self.say = hub, say
        self.ids: dict[str, str] = {}
        self.numbers = 0

    def writes(self, who: str, text: str = "Hola", at: timedelta = timedelta(), **more: Any) -> Any:
        self.numbers += 1
        message = more.pop("message", f"{who}{self.numbers}")
        name = more.pop("name", who.upper())
        event = self.say(message, text, phone=PHONES[who], name=name, at=at, **more)
        outcome = self.hub.record(event)
        self.ids.setdefault(who, self.hub.case(outcome.case)["customer"])
        self.hub.seconds += 1
        return outcome

    def knows(self, who: str, number: int) -> None:
        """So many more attested identities: who has more of them survives."""
        more = [
            {"kind": "x", "value": f"{who}{one}", "level": "channel", "source": "x", "since": "2026-11-22T10:00:00Z"}
            for one in range(number)
        ]
        self.hub.hold(self.ids[who], identities=[*self.profile(who)["identities"], *more])

    def closes(self, outcome: Any) -> None:
        self.hub.set_case(outcome.case, state="closed", closed_at="2026-11-22T10:02:00Z")

    def merge(self, one: str, other: str) -> str:
        done = merge(self.hub.context, self.ids[one], self.ids[other], STAFF)
        self.hub.seconds += 1
        assert done.merge
        return done.merge

    def profile(self, who: str) -> Any:
        return self.hub.profile(self.ids[who])

    def lives_as(self, who: str) -> str:
        living = living_profile(self.hub.table, self.ids[who])["id"]
        return next(letter for letter, one in self.ids.items() if one == living)

    def texts(self, case: str | None) -> list[Any]:
        """What people see of a case."""
        assert case
        said = read_case(self.hub.table, case)["interactions"]
        return [one.get("text") for one in said if not one.get("deleted")]

    def everything(self, who: str) -> list[Any]:
        """All that people see of a customer, oldest case first."""
        cases = timeline(self.hub.table, self.ids[who])["cases"]
        return [one.get("text") for case in reversed(cases) for one in case["interactions"] if not one.get("deleted")]

    def held(self, who: str) -> list[str]:
        return [one["value"].removeprefix("+") for one in self.profile(who)["identities"] if not one.get("until")]


def steady(profile: dict[str, Any]) -> dict[str, Any]:
    """A profile without what counts its changes."""
    return {name: value for name, value in profile.items() if name not in ("version", "contact_version")}
