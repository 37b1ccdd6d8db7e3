"""What later steps of a story may speak of: messages by their step's id, customers and cases by number."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from local.simulation.sending import Sent

_REFERENCE: Final = re.compile(r"\{reference of case (\d+)\}")


@dataclass(frozen=True, slots=True)
class Said:
    """A message that a step sent: `message_id` as the provider names it, `reference` as later messages refer to it."""

    message_id: str
    reference: str


@dataclass(slots=True)
class Ledger:
    """Customers and cases are numbered from 1 in the order in which they appear. Within one step, or steps that happen
    at once, a case appears where the first step stands whose message is in it, whoever was quicker."""

    customers: list[str] = field(default_factory=list)
    cases: list[str] = field(default_factory=list)
    said: dict[str, Said] = field(default_factory=dict)
    sent: dict[str, Sent] = field(default_factory=dict)
    """What went out of an answer, its first part, by the answer's id in its tool."""

    def target(self, named: str) -> Said:
        """The message of that step; of an answer that went out, as the channel names it. For what is no step's id,
        the provider's own id as it stands."""
        sent = self.sent_of(named)
        return Said(sent.id, sent.id) if sent else self.said.get(named) or Said(named, named)

    def sent_of(self, named: str) -> Sent | None:
        """What went out of that step's answer."""
        said = self.said.get(named)
        return self.sent.get(said.message_id) if said else None

    def customer(self, number: int) -> str:
        """Raises LookupError, in words."""
        return _numbered(self.customers, number, "customer")

    def case(self, number: int) -> str:
        """Raises LookupError, in words."""
        return _numbered(self.cases, number, "case")

    def add(
        self, customers: Iterable[str], cases: Iterable[str], holder_of: Mapping[str, str], place: Mapping[str, int]
    ) -> None:
        """Number what is new. `place`: of a case, where the first step stands whose message is in it."""
        new = sorted(
            (case for case in dict.fromkeys(cases) if case not in self.cases), key=lambda case: place.get(case, 0)
        )
        self.cases += new
        for customer in (*(holder_of[case] for case in new if case in holder_of), *customers):
            if customer not in self.customers:
                self.customers.append(customer)

    def filled(self, text: str, reference_of: Callable[[str], str]) -> str:
        """The text with `{reference of case 1}` replaced. Raises LookupError for a case that there is not."""
        return _REFERENCE.sub(lambda found: reference_of(self.case(int(found[1]))), text)


def _numbered(known: list[str], number: int, what: str) -> str:
    if number > len(known):
        there = {0: f"no {what} yet", 1: f"one {what} so far"}.get(len(known), f"{len(known)} {what}s so far")
        raise LookupError(
            f"there is no {what} {number}: there is {there}"
            if len(known) < 2
            else f"there is no {what} {number}: there are {there}"
        )
    return known[number - 1]
