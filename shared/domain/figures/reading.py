"""Lines of JSON to events: one object a line, in the vocabulary of the figures, with the words of other systems too.

What cannot be read is a `BadLine` that names its line and key: figures of half a file would look like figures. A type
that is not of the vocabulary counts for nothing, and is said.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any, Final

from shared.domain.courtesy import is_courtesy
from shared.domain.figures.aliases import (
    ACTORS,
    KEYS,
    channel_of,
    correction_of,
    flag_of,
    known_types,
    plain,
    state_of,
    type_of,
)
from shared.domain.figures.details import details_of
from shared.domain.figures.model import UNKNOWN, ActorType, KpiEvent
from shared.domain.figures.vocabulary import (
    ASSIGNED,
    AUTOMATED,
    BOT_ENDED,
    CALLS,
    CHECKED_IN,
    CONFIRMED,
    CORRECTED,
    COURTESY,
    DELIVERY_FAILED,
    FAILED,
    MESSAGE_IN,
    MESSAGE_OUT,
    NOT_SAID,
    OPT_OUT,
    SALE,
    STATE_CHANGED,
    SURVEY_ANSWERED,
    TRANSFERRED,
    UNDELIVERED,
    is_written_contact,
)
from shared.domain.opt_out import choice_in

_LONGEST: Final = 1_000_000


class BadLine(ValueError):
    """A line that says nothing that can be counted. `line`: its number from 1; `key`: empty for the whole line."""

    def __init__(self, line: int, key: str, message: str) -> None:
        self.line = line
        self.key = key
        self.message = message
        super().__init__(f"line {line}: {key}: {message}" if key else f"line {line}: {message}")


@dataclass(frozen=True, slots=True)
class Told:
    """One event, and whose it is. Without a `case` it is of the case that its `contact` belongs to; a sale, of the last
    contact of its `customer`."""

    line: int
    case: str | None
    contact: str | None
    customer: str | None
    brand: str | None
    event: KpiEvent


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that was read. `unknown`: types that count for nothing, with their lines."""

    told: list[Told] = field(default_factory=list)
    unknown: dict[str, list[int]] = field(default_factory=dict)


def read_lines(lines: Iterable[bytes | str]) -> Reading:
    """Read lines; empty ones are passed over. Raises `BadLine` for the first that cannot be read."""
    reading = Reading()
    for number, line in enumerate(lines, 1):
        text = _text(number, line)
        if not text.strip():
            continue
        said = _object(number, text)
        word = _word(number, said, "type", needed=True)
        meant = type_of(word or "")
        if meant is None:
            reading.unknown.setdefault(_unknown(number, word or ""), []).append(number)
            continue
        reading.told.append(_Line(number, said, meant).told())
    return reading


def _text(number: int, line: bytes | str) -> str:
    if len(line) > _LONGEST:
        raise BadLine(number, "", "longer than a million characters: one event a line")
    if isinstance(line, str):
        return line
    try:
        return line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError:
        raise BadLine(number, "", "not UTF-8") from None


def _object(number: int, text: str) -> Mapping[str, Any]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise BadLine(number, "", 'not JSON: write one object a line, such as {"type": "message.in", …}') from None
    if not isinstance(said, dict):
        raise BadLine(number, "", "not an object: write one event as {…} on each line")
    more = said.get("details", said.get("data"))
    return {**more, **said} if isinstance(more, dict) else said


def _unknown(number: int, word: str) -> str:
    """A type of another family may be anything; a slip of the pen is a fault."""
    near = get_close_matches(plain(word), known_types(), 1, cutoff=0.8)
    if near or "." not in word:
        meant = f'did you mean "{near[0]}"?' if near else "known: " + ", ".join(known_types())
        raise BadLine(number, "type", f"unknown type; {meant}")
    return word


def _key(said: Mapping[str, Any], name: str) -> str | None:
    return next((key for key in KEYS[name] if said.get(key) is not None), None)


def _word(number: int, said: Mapping[str, Any], name: str, *, needed: bool = False) -> str | None:
    """A text under one of a name's keys; numbers are texts too, where they are ids."""
    key = _key(said, name)
    if key is None:
        if needed:
            raise BadLine(number, KEYS[name][0], "is missing")
        return None
    value = said[key]
    if isinstance(value, Mapping):
        value = value.get("id", value.get("type"))
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise BadLine(number, key, "must be text")
    return str(value)


class _Line:
    """One line whose type is known."""

    def __init__(self, number: int, said: Mapping[str, Any], meant: tuple[str, frozenset[str], str | None]) -> None:
        self.number = number
        self.said = said
        self.type, self.own_flags, self.own_state = meant

    def told(self) -> Told:
        case, contact, customer = self._word("case"), self._word("contact"), self._word("customer")
        event = self._event()
        if case is None and contact is None and not self._is_found_otherwise(event, customer):
            if self.type != MESSAGE_IN or is_written_contact(event):
                raise BadLine(self.number, "case", "is missing: events are counted by their case")
            contact = event.id  # what is no contact belongs nowhere
        return Told(self.number, case, contact, customer, self._word("brand"), event)

    def _is_found_otherwise(self, event: KpiEvent, customer: str | None) -> bool:
        """A sale by its customer; an answer by the survey that it answers."""
        if self.type == SURVEY_ANSWERED:
            return bool(event.details.get("instance") or event.target)
        return self.type == SALE and customer is not None

    def _word(self, name: str) -> str | None:
        return _word(self.number, self.said, name)

    def _event(self) -> KpiEvent:
        at, from_ingest = self._when()
        flags = self._flags()
        actor_type = self._actor_type(flags)
        return KpiEvent(
            id=self._word("id") or _made_id(self.said),
            type=self.type,
            occurred_at=at,
            sequence=self._sequence(),
            channel=self._channel(),
            actor_type=actor_type,
            actor=self._actor(actor_type),
            public=self._is_public(flags),
            state=self._state(),
            team=self._word("team"),
            topic=self._word("topic"),
            target=self._target(),
            reason=self._reason(),
            flags=flags,
            from_ingest=from_ingest,
            details=details_of(self.number, self.type, self.said, BadLine),
        )

    def _when(self) -> tuple[datetime, bool]:
        """The provider's time; where it gives none, when it came in."""
        for name, from_ingest in (("at", False), ("ingested", True)):
            key = _key(self.said, name)
            if key is not None:
                return self._moment(key), from_ingest
        raise BadLine(self.number, "occurred_at", "is missing, and so is ingested_at")

    def _moment(self, key: str) -> datetime:
        value = self.said[key]
        try:
            at = datetime.fromisoformat(value) if isinstance(value, str) else None
            at = at.astimezone(UTC) if at and at.tzinfo else at
        except (ValueError, OverflowError):
            at = None
        if at is None:
            raise BadLine(self.number, key, "not a time: write it as 2026-11-11T15:00:00Z")
        if at.tzinfo is None:
            raise BadLine(self.number, key, "a time needs its zone: 2026-11-11T15:00:00Z, or -05:00 in place of Z")
        return at

    def _sequence(self) -> int:
        key = _key(self.said, "sequence")
        value = self.said[key] if key else 0
        if isinstance(value, bool) or not isinstance(value, int):
            raise BadLine(self.number, key or "sequence", "must be a whole number")
        return value

    def _channel(self) -> str:
        word = self._word("channel")
        if word:
            return channel_of(word)
        if self.type in CALLS:
            return "voice"
        return "in_person" if self.type.startswith(CHECKED_IN.partition(".")[0]) else UNKNOWN

    def _flags(self) -> frozenset[str]:
        listed = self.said.get("flags", ())
        if not isinstance(listed, list | tuple) or any(not isinstance(flag, str) for flag in listed):
            raise BadLine(self.number, "flags", 'must be a list of texts, such as ["campaign"]')
        flags = {flag_of(flag) for flag in listed} | self.own_flags
        flags |= {flag_of(key) for key, value in self.said.items() if value is True}
        kind = self.said.get("kind", self.said.get("message_type", self.said.get("subtype")))
        flags |= {flag_of(kind)} if isinstance(kind, str) else set()
        flags |= self._reason_flags()
        direction = self.said.get("direction")
        flags |= {"outbound"} if direction in ("outbound", "out") and self.type in CALLS else set()
        return frozenset(flags | self._text_flags() | self._delivery_flags())

    def _text_flags(self) -> set[str]:
        """Thanks alone, and the word alone that stops or resumes marketing: nobody waits for an answer to them."""
        text = self.said.get("text")
        if self.type != MESSAGE_IN or not isinstance(text, str):
            return set()
        is_choice = choice_in(text, self._channel()) is not None
        return ({COURTESY} if is_courtesy(text) else set()) | ({OPT_OUT} if is_choice else set())

    def _reason_flags(self) -> set[str]:
        """What some tell as a reason: that a message is no contact, that the customer said it is solved."""
        word = flag_of(self._word("reason") or "")
        if self.type == MESSAGE_IN and word in NOT_SAID:
            return {word}
        return {CONFIRMED} if self.type == BOT_ENDED and word in ("confirmed", "resolved") else set()

    def _delivery_flags(self) -> set[str]:
        state = self._word("delivery")
        if state is None:
            return set()
        if plain(state) in ("failed", "undelivered", "rejected", "bounced"):
            return {FAILED}
        return set() if plain(state) in ("delivered", "read", "played", "answered") else {UNDELIVERED}

    def _actor_type(self, flags: frozenset[str]) -> ActorType:
        key = _key(self.said, "actor_type")
        word = self.said[key] if key else self._actor_word()
        if word is not None:
            meant = ACTORS.get(plain(word)) if isinstance(word, str) else None
            if meant is None:
                raise BadLine(self.number, key or "actor", "not known: customer, agent, bot or system")
            return meant
        return self._usual_actor(flags)

    def _actor_word(self) -> str | None:
        """Some write who acts, by type, where others write who it is."""
        for key in ("actor", "author"):
            value = self.said.get(key)
            word = value.get("type") if isinstance(value, Mapping) else value
            if isinstance(word, str) and plain(word) in ACTORS:
                return word
        return None

    def _usual_actor(self, flags: frozenset[str]) -> ActorType:
        named = _key(self.said, "actor") is not None
        if self.type == MESSAGE_OUT and not named:
            if flags & {AUTOMATED, "auto_reply", "auto_ack", "campaign", "survey", "out_of_office"}:
                return "system"
            raise BadLine(self.number, "actor_type", "is missing: agent, bot or system")
        if self.type == STATE_CHANGED:
            by_person = named or self._state() in ("resolved", "pending_customer", "on_hold")
            return "agent" if by_person and "auto_resolved" not in flags else "system"
        return _USUAL.get(self.type, _USUAL.get(self.type.partition(".")[0], "system"))

    def _actor(self, actor_type: ActorType) -> str | None:
        if actor_type == "customer":
            return None
        if self.type in (ASSIGNED, TRANSFERRED):
            return self._word("owner") or self._agent()
        return self._agent()

    def _agent(self) -> str | None:
        for key in KEYS["actor"]:
            value = self.said.get(key)
            if isinstance(value, Mapping):
                value = value.get("id")
            if isinstance(value, str) and value and not (key in ("actor", "author") and plain(value) in ACTORS):
                return value
        return None

    def _is_public(self, flags: frozenset[str]) -> bool:
        if "internal" in flags:
            return False
        visibility = self.said.get("visibility")
        if visibility is not None:
            if visibility not in ("public", "internal", "private"):
                raise BadLine(self.number, "visibility", "must be public or internal")
            return bool(visibility == "public")
        public = self.said.get("public", True)
        if not isinstance(public, bool):
            raise BadLine(self.number, "public", "must be true or false")
        return public

    def _state(self) -> str | None:
        if self.own_state:
            return self.own_state
        word = self._word("state") if self.type == STATE_CHANGED or _key(self.said, "state") else None
        if word is None:
            if self.type == STATE_CHANGED:
                raise BadLine(self.number, "state", "is missing")
            return None
        meant = state_of(word)
        if meant is None and self.type == STATE_CHANGED:
            key = _key(self.said, "state") or "state"
            raise BadLine(
                self.number, key, "unknown: new, open, pending_customer, on_hold, resolved, closed, merged, spam"
            )
        return meant

    def _target(self) -> str | None:
        target = self._word("target")
        if target is None and self.type in (DELIVERY_FAILED, CORRECTED):
            target = self._message()
        return target

    def _message(self) -> str | None:
        value = self.said.get("message_id", self.said.get("message"))
        return value if isinstance(value, str) else None

    def _reason(self) -> str | None:
        word = self._word("reason")
        return correction_of(word) if word and self.type == CORRECTED else word


_USUAL: Final[Mapping[str, ActorType]] = {
    "message.in": "customer",
    "message.out": "agent",
    "contact": "customer",
    "call.answered": "agent",
    "call.held": "agent",
    "call.resumed": "agent",
    "call.ended": "agent",
    "call.queued": "customer",
    "call.started": "customer",
    "call.abandoned": "customer",
    "acw": "agent",
    "visit.checked_in": "customer",
    "visit.attended": "agent",
    "case.assigned": "agent",
    "case.transferred": "agent",
    "bot": "bot",
    "agent": "agent",
    "survey.answered": "customer",
}
"""Who usually does what, by type or by the family of types."""


def _made_id(said: Mapping[str, Any]) -> str:
    """An id for a line that has none: the same for the same line, so that copies are one event."""
    return "#" + hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()[:24]
