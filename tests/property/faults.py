"""Faults at port calls, and the visit of every one of them.

A clean run of a scenario says how many calls it makes. Then, for each call, the scenario is told anew from nothing:
with no answer before the call or after its effect, and with the worker killed before it or after. Whatever was
stopped comes again, as queues and providers do; the end must be the clean run's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from shared.domain.errors import Transient

Answer = TypeVar("Answer")
READS = frozenset({"table.get", "table.query", "table.scan", "files.get", "files.list"})


class Killed(BaseException):
    """A worker ended without a word."""


@dataclass(frozen=True)
class Fault:
    """What happens at the call of that number, counted from 0."""

    at: int
    moment: Literal["before", "after"]
    kind: type[BaseException]

    def strike(self) -> BaseException:
        return self.kind("no answer") if self.kind is Transient else self.kind()


@dataclass
class Storm:
    """For watched ports: counts the calls, and lets one fault happen. `calls`: the names of those made."""

    fault: Fault | None = None
    calls: list[str] = field(default_factory=list)

    def around(self, name: str, call: Callable[[], Answer]) -> Answer:
        number = len(self.calls)
        self.calls.append(name)
        fault = self.fault if self.fault and self.fault.at == number else None
        if fault and fault.moment == "before":
            raise fault.strike()
        answer = call()
        if fault:
            raise fault.strike()
        return answer


def crash_points(calls: list[str]) -> Iterator[Fault]:
    """Every fault that a run with these calls can meet. A read has no effect to lose: it fails before alone."""
    for at, name in enumerate(calls):
        for kind in (Transient, Killed):
            yield Fault(at, "before", kind)
            if name not in READS:
                yield Fault(at, "after", kind)


def visit(tell: Callable[[Storm], object]) -> int:
    """Tell the scenario once cleanly, then once for each crash point; the canonical end must be the same.

    `tell` makes everything anew. Returns how many crash points were visited.
    """
    clean = Storm()
    wanted = tell(clean)
    visited = 0
    for fault in crash_points(clean.calls):
        storm = Storm(fault)
        place = f"{fault.kind.__name__} {fault.moment} call {fault.at}, {clean.calls[fault.at]}"
        try:
            found = tell(storm)
        except AssertionError as error:
            raise AssertionError(f"{place}: {error}") from error
        assert found == wanted, f"{place}: {differences(wanted, found)}"
        visited += 1
    return visited


def differences(wanted: object, found: object) -> str:
    """What one end has and the other lacks, line by line."""
    first, second = (set(each) if isinstance(each, list) else {repr(each)} for each in (wanted, found))
    missing, more = sorted(map(str, first - second)), sorted(map(str, second - first))
    return "\n".join(["", *(f"- {line}" for line in missing), *(f"+ {line}" for line in more)])
