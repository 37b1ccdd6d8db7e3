"""What a company decides of its customers' journeys: types, stages, idle limits, which step means which stage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictStr

from shared.configuration.checks import check, unknown_key
from shared.configuration.source import Path, Source
from shared.configuration.values import Name, closest
from shared.configuration.windows import seconds_of
from shared.domain.journeys.model import UNKNOWN_TYPE
from shared.domain.journeys.rules import (
    CONDITIONS,
    OF_UNKNOWN,
    RULES,
    STAGES,
    TYPES,
    JourneyRules,
    JourneyType,
    StageRule,
)

SECTION: Final = "journeys"
_KEYS: Final = ("return", "reaction", "unknown", "sessions", "types")
_KNOWN: Final[Mapping[str, JourneyType]] = {one.name: one for one in TYPES}


def _duration(text: str) -> str:
    if seconds_of(text) < 1:
        raise ValueError("at least a second: write it as PT24H (hours) or P7D (days)")
    return text


Length = Annotated[StrictStr, AfterValidator(_duration)]
Words = list[Annotated[StrictStr, Field(min_length=1, max_length=100)]]


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    stage: Name
    when: dict[str, Words] = Field(default_factory=dict)
    after: list[Name] = Field(default_factory=list)


class _Type(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    idle: Length | None = None
    topics: Words = Field(default_factory=list)
    stages: Annotated[list[Name], Field(min_length=1)] = list(STAGES)
    goals: Annotated[list[Name], Field(min_length=1)] | None = None
    held: Annotated[list[StrictStr], Field(min_length=2, max_length=2)] | None = None
    rules: list[_Rule] = Field(default_factory=list)


def read_journeys(source: Source) -> JourneyRules:
    """The section `journeys`, all of it optional:

    `return: P7D`: a customer who comes back sooner was not helped. `reaction: PT72H`: a message of the company's begins
    a journey where the customer reacts within this time. `unknown: P7D`: idle limit where the type is not known.
    `sessions: {webchat: PT30M}`: silence after which a customer's next word is another contact. `types`: a list of
    `{name, idle, topics, stages, goals, held, rules}`; one that has a built-in type's name takes its place. `rules`:
    `{stage, when: {event|kind|actor|state|channel|topic|flag: [...]}, after: [stages]}`, the first that matches says
    the stage; the built-in rules follow them."""
    data = source.data.get(SECTION)
    if data is None:
        return JourneyRules()
    if not isinstance(data, Mapping):
        source.fault((SECTION,), "must be a mapping: write journeys: {return: P7D}")
        return JourneyRules()
    for key in data:
        if key not in _KEYS:
            source.fault((SECTION, key), unknown_key(str(key), _KEYS))
    rules = JourneyRules(types=_types(source, data.get("types")))
    unknown = _seconds(source, (SECTION, "unknown"), data.get("unknown"), OF_UNKNOWN.idle_s)
    return replace(
        rules,
        unknown=replace(OF_UNKNOWN, idle_s=unknown),
        sessions={**rules.sessions, **dict(_sessions(source, data.get("sessions")))},
        return_s=_seconds(source, (SECTION, "return"), data.get("return"), rules.return_s),
        reaction_s=_seconds(source, (SECTION, "reaction"), data.get("reaction"), rules.reaction_s),
    )


def _seconds(source: Source, path: Path, value: object, otherwise: int) -> int:
    if value is None:
        return otherwise
    try:
        return seconds_of(_duration(value if isinstance(value, str) else ""))
    except ValueError as error:
        source.fault(path, str(error))
        return otherwise


def _sessions(source: Source, data: object) -> Iterator[tuple[str, int]]:
    if data is None:
        return
    if not isinstance(data, Mapping):
        source.fault((SECTION, "sessions"), "must be a mapping: write sessions: {webchat: PT30M}")
        return
    for channel, value in data.items():
        yield str(channel), _seconds(source, (SECTION, "sessions", channel), value, 0)


def _types(source: Source, data: object) -> tuple[JourneyType, ...]:
    if data is None:
        return TYPES
    if not isinstance(data, list):
        source.fault((SECTION, "types"), "must be a list: one type a line, each after a dash")
        return TYPES
    made: dict[str, JourneyType] = {}
    for place, entry in enumerate(data):
        path: Path = (SECTION, "types", place)
        told = check(_Type, entry, path, source)
        if told is None:
            continue
        if told.name in made or told.name == UNKNOWN_TYPE:
            source.fault((*path, "name"), "this name is taken: choose another")
            continue
        made[told.name] = _type(told, source, path)
    _no_topic_twice(source, made)
    kept = (one for one in TYPES if one.name not in made)
    return (*made.values(), *kept)


def _type(told: _Type, source: Source, path: Path) -> JourneyType:
    built_in = _KNOWN.get(told.name)
    goals = told.goals or [stage for stage in ("resolve", told.stages[-1]) if stage in told.stages][:1]
    for place, goal in enumerate(told.goals or ()):
        _known_stage(source, (*path, "goals", place), goal, told)
    own = tuple(_rule(source, (*path, "rules", place), rule, told) for place, rule in enumerate(told.rules))
    topics = frozenset(topic.strip().lower() for topic in (told.name, *told.topics))
    return JourneyType(
        name=told.name,
        idle_s=seconds_of(told.idle) if told.idle else (built_in or OF_UNKNOWN).idle_s,
        topics=topics | (built_in.topics if built_in and not told.topics else frozenset()),
        stages=tuple(told.stages),
        rules=own + tuple(rule for rule in RULES if rule.stage in told.stages),
        goals=frozenset(goals),
        held=(told.held[0], told.held[1]) if told.held else (built_in.held if built_in else None),
    )


def _rule(source: Source, path: Path, told: _Rule, kind: _Type) -> StageRule:
    _known_stage(source, (*path, "stage"), told.stage, kind)
    for place, stage in enumerate(told.after):
        _known_stage(source, (*path, "after", place), stage, kind)
    for condition in told.when:
        if condition not in CONDITIONS:
            source.fault((*path, "when", condition), unknown_key(condition, CONDITIONS))
    return StageRule(told.stage, {name: frozenset(words) for name, words in told.when.items()}, frozenset(told.after))


def _known_stage(source: Source, path: Path, stage: str, kind: _Type) -> None:
    if stage not in kind.stages:
        source.fault(path, "no stage of this type; " + closest(stage, kind.stages))


def _no_topic_twice(source: Source, made: Mapping[str, Any]) -> None:
    taken: dict[str, str] = {}
    for place, kind in enumerate(made.values()):
        for topic in sorted(kind.topics):
            if topic in taken:
                source.fault((SECTION, "types", place), f"the topic {topic} belongs to {taken[topic]} already")
            taken[topic] = kind.name
