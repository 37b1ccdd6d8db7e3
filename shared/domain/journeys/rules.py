"""What a company decides of its journeys: types, their stages and idle limits, and which step means which stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from shared.domain.figures.model import UNKNOWN
from shared.domain.journeys.model import UNKNOWN_TYPE, JourneyEvent

_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR

STAGES: Final = ("discover", "authenticate", "diagnose", "fulfil", "resolve", "feedback")
"""The stages of a type that names none. Their order is expected, not enforced: skips and loops are data."""

LONGEST_HOLD: Final = timedelta(days=30)
"""A journey that waits for a date or for the end of an incident is over so long after its last step at the latest."""

CONDITIONS: Final = ("event", "kind", "actor", "state", "channel", "topic", "flag")
"""What a rule may ask of a step."""


@dataclass(frozen=True, slots=True)
class StageRule:
    """A step that meets every condition belongs to `stage`. `when`: condition to the values that meet it; `after`: the
    stages in which the journey may be before, empty for any (also none)."""

    stage: str
    when: Mapping[str, frozenset[str]] = field(default_factory=dict)
    after: frozenset[str] = frozenset()

    def matches(self, event: JourneyEvent, held: str | None) -> bool:
        if self.after and held not in self.after:
            return False
        return all(bool(_asked(event, name) & values) for name, values in self.when.items())


def _asked(event: JourneyEvent, condition: str) -> frozenset[str]:
    if condition == "flag":
        return event.flags
    name = {"event": "source"}.get(condition, condition)
    value = getattr(event, name)
    return frozenset((value,)) if value else frozenset()


def _rule(stage: str, *, after: tuple[str, ...] = (), **when: tuple[str, ...]) -> StageRule:
    return StageRule(stage, {name: frozenset(values) for name, values in when.items()}, frozenset(after))


_BEFORE_THE_END: Final = ("discover", "authenticate", "diagnose", "fulfil")
_AFTER_THE_END: Final = ("resolve", "feedback")

RULES: Final = (
    _rule("resolve", event=("case.state_changed",), state=("resolved",)),
    _rule("resolve", event=("case.state_changed",), state=("closed",), after=_BEFORE_THE_END),
    _rule("diagnose", event=("case.state_changed",), state=("new", "open"), after=_AFTER_THE_END),
    _rule("diagnose", kind=("contact", "self_service"), after=_AFTER_THE_END),
    _rule("feedback", event=("survey.answered",), after=_AFTER_THE_END),
    _rule("fulfil", event=("case.state_changed",), state=("on_hold",)),
    _rule("fulfil", event=("order.paid", "visit.checked_in"), after=("discover", "authenticate", "diagnose")),
    _rule("authenticate", event=("identity.verified",), after=("discover",)),
    _rule("diagnose", event=("message.out", "call.answered"), actor=("agent",), after=("discover", "authenticate")),
)
"""The rules of a type that has none of its own; its own are asked first."""


@dataclass(frozen=True, slots=True)
class JourneyType:
    """A kind of goal. `topics`: the topics of cases that mean it. `idle_s`: after so many seconds without a step that
    the customer took part in or saw, it is over. `goals`: the stages in which it is resolved. `held`: a step of the
    first type stops the idle limit until one of the second comes."""

    name: str
    idle_s: int
    topics: frozenset[str] = frozenset()
    stages: tuple[str, ...] = STAGES
    rules: tuple[StageRule, ...] = RULES
    goals: frozenset[str] = frozenset({"resolve"})
    held: tuple[str, str] | None = None

    def stage_of(self, event: JourneyEvent, held: str | None) -> tuple[str, bool]:
        """The stage of a step, and whether something says so: the source's word, else the first rule that matches.
        Where nothing does, it is the stage before, at the beginning the first."""
        if event.stage:
            return event.stage, True
        found = next((rule.stage for rule in self.rules if rule.matches(event, held)), None)
        return (found, True) if found else (held or self.stages[0], False)

    def is_over_with(self, stage: str) -> bool:
        """Whether this stage leaves a resolution standing: a goal, or what the customer says of it afterwards."""
        return stage in self.goals or stage == "feedback"


def _type(
    name: str, idle_s: int, *topics: str, held: tuple[str, str] | None = None, goal: str | None = None
) -> JourneyType:
    """`goal`: the milestone that ends it well, beside its cases' resolution."""
    own = (_rule("resolve", event=(goal,)),) if goal else ()
    return JourneyType(name, idle_s, frozenset((name, *topics)), rules=own + RULES, held=held)


TYPES: Final = (
    _type("returns", 7 * _DAY, "return", "devolucion", "devolución", "devolucao", "devolução"),
    _type("order_status", 7 * _DAY, "order", "pedido", "delivery", "entrega", goal="order.delivered"),
    _type("outage", 24 * _HOUR, "incident", "averia", "avería", held=("incident.opened", "incident.closed")),
    _type("payment", 24 * _HOUR, "billing", "pago", "pagamento", "factura"),
    _type("card_block", 24 * _HOUR, "card", "tarjeta", "bloqueo_tarjeta"),
    _type("appointment", 24 * _HOUR, "cita", "agendamento", goal="visit.attended"),
    _type("sales", 7 * _DAY, "sale", "venta", "ventas", "venda", goal="sale.recorded"),
)
"""The types of a company that names none."""

OF_UNKNOWN: Final = JourneyType(UNKNOWN_TYPE, 7 * _DAY)
"""What is not known to be of a type: the longer limit, since a case that waits for its customer is resolved only after
days."""

_MESSAGING_S: Final = 24 * _HOUR
SESSIONS: Final[Mapping[str, int]] = {
    "webchat": 1800,
    "web_chat": 1800,
    "app": 1800,
    "voice": 1800,
    "ivr": 1800,
    "in_person": 1800,
    "self_service": 1800,
    "email": 0,
}
"""Seconds without a word after which a customer's next one is another contact; 0: no length of time ends it. What is
not listed is messaging: 24 hours."""


@dataclass(frozen=True, slots=True)
class JourneyRules:
    """All of it. `return_s`: a customer who comes back sooner than that after a resolution was not helped;
    `reaction_s`: a message of the company's begins a journey where the customer reacts within this time."""

    types: tuple[JourneyType, ...] = TYPES
    unknown: JourneyType = OF_UNKNOWN
    return_s: int = 7 * _DAY
    reaction_s: int = 72 * _HOUR
    sessions: Mapping[str, int] = field(default_factory=lambda: dict(SESSIONS))

    def named(self, name: str) -> JourneyType:
        """The type of this name; what nobody configured is unknown."""
        return next((one for one in self.types if one.name == name), self.unknown)

    def of_topic(self, topic: str | None) -> str:
        """The name of the type that a topic means."""
        wanted = (topic or UNKNOWN).strip().lower()
        return next((one.name for one in self.types if wanted in one.topics), UNKNOWN_TYPE)

    def session_s(self, channel: str) -> int:
        return self.sessions.get(channel, _MESSAGING_S)

    @property
    def longest(self) -> timedelta:
        """How long after its last step a journey may be active."""
        return LONGEST_HOLD + timedelta(seconds=max(one.idle_s for one in (*self.types, self.unknown)))
