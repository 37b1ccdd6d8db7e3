"""The steps of journeys, made of what the figures know of a customer's cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from shared.domain.figures import vocabulary as words
from shared.domain.figures.model import UNKNOWN, CaseHistory, KpiEvent
from shared.domain.figures.ordering import effective
from shared.domain.journeys.model import JourneyEvent, StepKind
from shared.domain.journeys.rules import JourneyRules

_CONTACTS: Final = frozenset({words.CALL_QUEUED, words.CALL_ABANDONED, words.CHECKED_IN})
_BY_AGENTS: Final = frozenset(
    {words.CALL_ANSWERED, words.CALL_HELD, words.CALL_RESUMED, words.CALL_ENDED, words.ATTENDED}
)
_END_OF_TIME: Final = datetime.max.replace(tzinfo=UTC)
_MILESTONES: Final = ("order.", "incident.", "appointment.", "identity.", "sale.", "delivery.")
_OBJECTS: Final = ("order", "incident", "appointment")
"""Details of an event that say what it is about."""
_ATTRIBUTES: Final = ("until", "validated", "asked")


@dataclass(frozen=True, slots=True)
class CaseLinks:
    """What a case has to do with others. `objects`: what it is about, such as `order:A-1234`."""

    follow_up_of: str | None = None
    merged_into: str | None = None
    objects: frozenset[str] = field(default_factory=frozenset)


def steps_of(
    histories: Iterable[CaseHistory], links: Mapping[str, CaseLinks], rules: JourneyRules
) -> list[JourneyEvent]:
    """The steps of one customer's cases. `links`: by case; one that is not there has none. Cases of spam have no
    steps. A case that was merged into another counts as that one."""
    steps: list[JourneyEvent] = []
    for history in histories:
        events = effective(history.events, _END_OF_TIME)
        if _is_spam(events):
            continue
        own = links.get(history.case, CaseLinks())
        case = _goes_on_in(history.case, links)
        follows = _goes_on_in(own.follow_up_of, links) if own.follow_up_of else None
        before = None if follows == case else follows
        steps += [_step(event, history, case, before, own.objects, rules) for event in events]
    return steps


def _goes_on_in(case: str, links: Mapping[str, CaseLinks]) -> str:
    seen = {case}
    while (following := links.get(case, CaseLinks()).merged_into) and following not in seen:
        seen.add(following)
        case = following
    return case


def _is_spam(events: Iterable[KpiEvent]) -> bool:
    states = [event.state for event in events if event.type == words.STATE_CHANGED and event.state]
    return bool(states) and states[-1] == "spam"


def _step(
    event: KpiEvent,
    history: CaseHistory,
    case: str,
    follows: str | None,
    objects: frozenset[str],
    rules: JourneyRules,
) -> JourneyEvent:
    kind = kind_of(event)
    said = frozenset(f"{name}:{event.details[name]}" for name in _OBJECTS if event.details.get(name))
    call = event.details.get("call")
    return JourneyEvent(
        id=f"{history.case}/{event.id}",
        profile=history.customer,
        occurred_at=event.occurred_at,
        sequence=event.sequence,
        kind=kind,
        channel=UNKNOWN if kind in ("system", "milestone") else event.channel,
        brand=history.brand,
        type=rules.of_topic(event.topic),
        stage=_stage(event),
        source=event.type,
        actor=event.actor_type,
        state=event.state,
        topic=event.topic,
        case=case,
        follows=follows,
        contact=str(call) if call else None,
        objects=objects | said,
        flags=event.flags,
        attributes={name: event.details[name] for name in _ATTRIBUTES if name in event.details},
    )


def _stage(event: KpiEvent) -> str | None:
    """What a bot's flow itself says of where the customer is."""
    stage = event.details.get("stage") if event.type == words.STAGE_ENTERED else None
    return str(stage) if stage else None


def kind_of(event: KpiEvent) -> StepKind:
    """What an event is to the journey of the customer. Thanks, notes, answers that did not arrive and the hub's own
    doings are `system`: the customer took no part in them."""
    if event.type == words.MESSAGE_OUT:
        return _of_an_answer(event)
    if event.type in (words.MESSAGE_IN, words.CONTACT_STARTED):
        return "contact" if words.is_written_contact(event) and words.COURTESY not in event.flags else "system"
    if event.type in _CONTACTS:
        return "agent" if words.OUTBOUND in event.flags else "contact"
    if event.type in _BY_AGENTS:
        return "agent"
    return _beside_people(event)


def _of_an_answer(event: KpiEvent) -> StepKind:
    if words.is_human_reply(event):
        return "agent"
    is_heard = event.public and words.FAILED not in event.flags
    return "bot" if event.actor_type == "bot" and is_heard else "system"


def _beside_people(event: KpiEvent) -> StepKind:
    if event.type.startswith("self_service."):
        return "self_service"
    if event.type.startswith(("bot.", "journey.")):
        return "bot"
    return "milestone" if event.type.startswith(_MILESTONES) else "system"
