"""Steps from lines of JSON, for computing journeys of what another system noted."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final, get_args

from shared.domain.figures.model import UNKNOWN
from shared.domain.journeys.model import UNKNOWN_TYPE, JourneyEvent, StepKind

_KINDS: Final = get_args(StepKind)
_ACTORS: Final = {"agent": "agent", "bot": "bot", "contact": "customer", "self_service": "customer"}
_TEXTS: Final = (
    "channel",
    "journey_type",
    "brand",
    "stage",
    "case_id",
    "contact_id",
    "follow_up_of",
    "source",
    "state",
)


class Unreadable(ValueError):
    """A line that is no step. The text names the line and what is wrong, never a value."""


def events_in(lines: Iterable[str]) -> list[JourneyEvent]:
    """The steps in these lines, one JSON object each: `source_event_id`, `profile_id`, `occurred_at`, and what is
    known of `journey_type`, `stage`, `step_kind`, `channel`, `brand`, `case_id`, `contact_id`, `follow_up_of`,
    `objects`, `flags`, `source`, `state`, `sequence`, `attributes`. Empty lines are skipped. Raises `Unreadable`."""
    found = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                found.append(_event(json.loads(line)))
            except (ValueError, RecursionError) as fault:
                reason = str(fault) if isinstance(fault, Unreadable) else "not JSON"
                raise Unreadable(f"line {number}: {reason}") from None
    return found


def _event(data: Any) -> JourneyEvent:
    if not isinstance(data, dict):
        raise Unreadable("not an object")
    texts = {name: _text(data, name) for name in _TEXTS}
    kind = data.get("step_kind", "contact")
    if kind not in _KINDS:
        raise Unreadable(f"step_kind: one of {', '.join(_KINDS)}")
    return JourneyEvent(
        id=_needed(data, "source_event_id"),
        profile=_needed(data, "profile_id"),
        occurred_at=_moment(_needed(data, "occurred_at")),
        sequence=_number(data.get("sequence", 0)),
        kind=kind,
        channel=texts["channel"] or UNKNOWN,
        brand=texts["brand"] or UNKNOWN,
        type=texts["journey_type"] or UNKNOWN_TYPE,
        stage=texts["stage"],
        source=texts["source"] or "",
        actor=_ACTORS.get(kind, "system"),  # type: ignore[arg-type]
        state=texts["state"],
        case=texts["case_id"],
        follows=texts["follow_up_of"],
        contact=texts["contact_id"],
        objects=_names(data, "objects"),
        flags=_names(data, "flags"),
        attributes=_attributes(data.get("attributes") or {}),
    )


def _text(data: dict[str, Any], name: str) -> str | None:
    value = data.get(name)
    if value is not None and not isinstance(value, str):
        raise Unreadable(f"{name}: not a text")
    return value or None


def _needed(data: dict[str, Any], name: str) -> str:
    value = _text(data, name)
    if value is None:
        raise Unreadable(f"{name}: is missing")
    return value


def _number(value: Any) -> int:
    if type(value) is not int:
        raise Unreadable("sequence: not a whole number")
    return value


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable("occurred_at: not a moment such as 2026-11-22T10:00:00Z") from None
    if moment.tzinfo is None:
        raise Unreadable("occurred_at: has no time zone")
    return moment.astimezone(UTC)


def _names(data: dict[str, Any], name: str) -> frozenset[str]:
    values = data.get(name) or []
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise Unreadable(f"{name}: not a list of texts")
    return frozenset(values)


def _attributes(values: Any) -> dict[str, int | str]:
    if not isinstance(values, dict) or not all(type(each) in (int, str) for each in values.values()):
        raise Unreadable("attributes: not a mapping of whole numbers and texts")
    return values
