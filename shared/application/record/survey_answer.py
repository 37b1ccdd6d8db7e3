"""An answer to a survey, or a comment on one: an entry of the case that it was asked about, which it leaves as it is.

It is no contact: it opens nothing, reopens nothing, runs no clock and is no turn. It belongs to what it was bound to
when it was asked, whatever is open now; of a case that was merged into another, the entry stands in that one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.application.record.context import Context, Incoming, Outcome
from shared.application.record.survey_open import (
    ASKED_OF,
    OPEN,
    SAID_AT,
    STATES,
    find,
    name_of,
    open_in,
    state_of,
    with_pointer,
    with_state,
)
from shared.application.record.tool_case import surviving
from shared.application.record.who import living_profile
from shared.domain.event import HUB, Choice, Event, Survey, utc_text
from shared.domain.surveys.flags import LATE
from shared.domain.surveys.rules import COMMENT, MOST_ANSWERS, SURVEY, is_in_time
from shared.domain.surveys.scales import SCALES
from shared.domain.surveys.token import Asked, read_payload, read_token
from shared.ports.table import Absent, Check, Equals, Item, Operation, Present, Put, Update
from shared.store import items, keys
from shared.store.views import event_of


@dataclass(frozen=True, slots=True)
class Found:
    """A survey as it was asked. `entry`: the item that asked; `case`: the one its answers go to; `whose`: who was
    asked, as their words are kept; `before`: what the case that asked knows of its answers."""

    entry: Item
    case: Item
    survey: Survey
    whose: str
    before: dict[str, Any]

    @property
    def name(self) -> str:
        """By which its case knows it."""
        return name_of(self.survey.case, self.survey.sequence)

    @property
    def state(self) -> dict[str, Any]:
        """What came of it so far."""
        return state_of(self.case, self.name) or self.before

    @property
    def first_at(self) -> datetime | None:
        first = self.state.get("first_at")
        return datetime.fromisoformat(first) if first else None

    def is_in_time(self, at: datetime) -> bool:
        """Whether an answer of this moment counts."""
        return self.survey.until is not None and is_in_time(at, self.survey.until, self.first_at)


def tapped(event: Event) -> tuple[str, int] | None:
    """Token and answer of an event that may be the tap of a survey's answer. Pure."""
    if event.choice is None or event.direction != "inbound" or event.author.type != "customer":
        return None
    return read_payload(event.choice.id)


def survey_of(context: Context, token: str) -> Found | None:
    """The survey behind a token; None for a token that nobody of ours signed, or of what is gone. 2 RCU."""
    asked = read_token(token, context.signing_keys())
    return find_survey(context, asked) if asked else None


def find_survey(context: Context, asked: Asked) -> Found | None:
    """The survey that an entry asked. 2 RCU, and 1 for each merge of its case; where it was asked of one who was merged
    with the case's customer, 2 for the two, and 1 for the case of their own if they were parted."""
    entry = context.table.get(keys.entry(asked.case, asked.sequence)).item
    case = context.table.get(keys.case(asked.case)).item if entry and entry["kind"] == SURVEY else None
    if entry is None or case is None:
        return None
    survey = event_of(entry).survey
    if survey is None or entry["direction"] != "outbound":
        return None
    whose = str(entry.get(ASKED_OF, case["customer"]))
    before = state_of(case, name_of(asked.case, asked.sequence))
    return Found(entry, _taking(context, surviving(context, case), whose), survey, whose, before)


def _taking(context: Context, case: Item, whose: str) -> Item:
    """The case, or that to which the words of the one who was asked went from it, when the two were parted."""
    own = case.get("parted", {}).get(whose)
    if whose == case["customer"] or own is None:
        return case
    asked, now = (living_profile(context.table, one)["id"] for one in (whose, case["customer"]))
    theirs = context.table.get(keys.case(own["case"])).item if asked != now else None
    if theirs is None:
        return case
    following = surviving(context, theirs)
    return following if following["customer"] == whose else theirs


def record_answer(
    context: Context,
    incoming: Incoming,
    original: dict[str, Any],
    found: Found,
    answer: int | None,
    *,
    is_comment: bool,
    was_waiting: bool,
) -> Outcome:
    """Try once. `answer`: as it was given, None for a comment alone; `is_comment`: the text is one. 4 writes (index,
    entry, case, conversation) and 1 RCU. Raises `Conflict` when somebody else was quicker."""
    at, case = incoming.at, found.case
    if int(found.state.get("answers", 0)) >= MOST_ANSWERS:
        return Outcome("ignored", detail="a survey that was answered too often")
    counts = answer is not None and found.is_in_time(at)
    event = _event(
        incoming.event, found.survey, answer, is_comment=is_comment, is_late=answer is not None and not counts
    )
    sequence = int(case["sequence"]) + 1
    state = _after(found, at, counts=counts)
    changes: dict[str, Any] = {"updated_at": incoming.received_at, STATES: with_state(case, found.name, state)}
    conversation = str(found.entry["to"])
    holder = found.whose if found.whose != case["customer"] else None
    changes |= items.with_holder(case, holder)
    more = {"conversation": conversation, **({"holder": holder} if holder else {})}
    entry = items.entry_item(case["id"], sequence, event, incoming.received_at, original, **more)
    writes: list[Operation] = [
        items.index_put(event, case["id"], sequence, was_waiting=was_waiting, holder=holder),
        *_while_one(context, case, holder),
        Put(entry, when=(Absent(),)),
        items.case_step(case, sequence, changes),
        *_of_conversation(context, conversation, incoming, found, state, counts=counts),
    ]
    context.table.transact(writes)
    what = "comment" if answer is None else "counted" if counts else "late"
    context.metrics.count("survey_answered", channel=found.survey.channel, kind=found.survey.kind, result=what)
    return Outcome("recorded", case["id"], sequence, had_waiting=was_waiting)


def _while_one(context: Context, case: Item, holder: str | None) -> list[Operation]:
    """What is written into the other's case holds only while one profile lists both. 1 RCU then."""
    if holder is None:
        return []
    profile = living_profile(context.table, case["customer"])
    return [Check((profile["pk"], profile["sk"]), (Equals("version", profile["version"]),))]


def as_answer(survey: Survey, answer: int | None) -> Survey:
    """The survey as its answer carries it."""
    scale = SCALES[survey.scale]
    if answer is None:
        return survey
    given = {"answer": answer, "value": scale.counts[answer], "scale_mapped": scale.is_mapped}
    return survey.model_copy(update=given)


def _event(event: Event, survey: Survey, answer: int | None, *, is_comment: bool, is_late: bool) -> Event:
    flags = [*event.flags, *([LATE] if is_late else []), *([COMMENT] if is_comment else [])]
    changes = {"kind": SURVEY, "survey": as_answer(survey, answer), "flags": flags}
    return event.model_copy(update={**changes, "choice": _without_token(event.choice, answer)})


def _without_token(choice: Choice | None, answer: int | None) -> Choice | None:
    """What was tapped, as others may know it: who has the token can answer in the customer's place."""
    return choice.model_copy(update={"id": f"{SURVEY}:{answer}"}) if choice else None


def _after(found: Found, at: datetime, *, counts: bool) -> dict[str, Any]:
    said, state = utc_text(at), found.state
    counted = {"first_at": min(state.get("first_at", said), said, key=datetime.fromisoformat), "answered_at": said}
    until = utc_text(found.survey.until) if found.survey.until else said
    return {**state, "until": until, "answers": int(state.get("answers", 0)) + 1, **(counted if counts else {})}


def _of_conversation(
    context: Context, key: str, incoming: Incoming, found: Found, state: dict[str, Any], *, counts: bool
) -> list[Operation]:
    """That it was answered, for what is typed there next; and that the channel's window opened, where it was there that
    somebody spoke."""
    conversation = context.table.get((key, "CNV")).item
    if conversation is None or "customer" not in conversation:
        return []
    changes: dict[str, Any] = {}
    here = conversation["pk"].split("#", 3)[1:3]
    if incoming.event.channel != HUB and [incoming.event.channel, incoming.event.account] == here:
        changes[SAID_AT] = items.latest(conversation.get(SAID_AT), utc_text(incoming.at))
    known = find(conversation.get(OPEN, ()), found.survey.case, found.survey.sequence)
    if known and counts:
        known = {**known, "first_at": state["first_at"], "answered_at": state["answered_at"]}
        changes[OPEN] = with_pointer(open_in(conversation, incoming.at), known)
    return [Update((key, "CNV"), set=changes, when=(Present("customer"),))] if changes else []
