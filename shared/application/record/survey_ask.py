"""The time of a case's survey has come: it is asked, waits for the morning, or is not asked, and why is kept.

What is asked is an entry like an agent's answer, and goes out as one. It opens nothing and moves no state.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from shared.application.record.answering import way_to_customer
from shared.application.record.context import Context
from shared.application.record.standing import look_by
from shared.application.record.survey_open import (
    ASKED_ABOUT,
    ASKED_AT,
    ASKED_OF,
    MOST_JOURNEYS,
    OPEN,
    SAID_AT,
    STATES,
    name_of,
    open_in,
    pointer,
    with_pointer,
    with_state,
)
from shared.application.record.who import living_profile
from shared.application.spoken import last_said_in
from shared.configuration.surveys import SurveySettings
from shared.domain.case import ACTIVE
from shared.domain.event import Author, Event, Survey, utc_text
from shared.domain.merging import family_of
from shared.domain.surveys import rules
from shared.domain.surveys.rules import ANSWERED_WITHIN, SURVEY, Occasion, Verdict, Why
from shared.domain.surveys.scales import SCALES
from shared.domain.surveys.texts import question_of
from shared.domain.surveys.timing import LOOKED
from shared.domain.undelivered import language_of
from shared.ports.table import Absent, Equals, Item, Operation, Put, Update
from shared.store import items, keys
from shared.store.consents import consents_in_force
from shared.store.items import UNDELIVERABLE_SINCE
from shared.store.journeys import journey_with
from shared.store.sends import Send
from shared.store.views import entry_view

NEWEST: Final = 50
"""Entries that are gone back through for who answered last."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the customer can be asked: the conversation, None where they cannot, and then `why`."""

    conversation: Item | None
    why: Why | None = None

    @property
    def account(self) -> tuple[str, str]:
        if self.conversation is None:
            return "-", "-"
        _, channel, account, _ = str(self.conversation["pk"]).split("#", 3)
        return channel, account


def ask(context: Context, case: Item, due_at: datetime) -> None:
    """Decide, and do it. Raises `Conflict` when case or customer moved meanwhile.

    5 to 19 RCU (customer, conversation, family, consents, journeys), the entries back to what the customer said last,
    and 4 writes where it is asked (entry, case, conversation, customer), else 1.
    """
    settings = context.config.survey_of(case["brand"])
    if settings is None:
        return
    profile = living_profile(context.table, case["customer"])
    place = _place(context, case, profile)
    now = datetime.fromtimestamp(int(context.clock()), UTC)
    journey = journey_with(context.table, profile["id"], case["id"])
    verdict = rules.decide(_occasion(context, settings, case, profile, place, journey, due_at), now)
    channel = place.account[0]
    if verdict.why or verdict.until or place.conversation is None:
        _note(context, case, verdict)
        if verdict.why:
            context.metrics.count("survey_not_asked", channel=channel, reason=verdict.why)
        return
    _write(context, settings, case, profile, place.conversation, journey)
    context.metrics.count("survey_asked", channel=channel, kind=settings.scale_name)


def _place(context: Context, case: Item, profile: Item) -> _Place:
    found = way_to_customer(context, case)
    if found.conversation is None or found.comment:
        return _Place(None, _NOWHERE.get(found.nowhere or "public_thread", "public_thread"))
    conversation = context.table.get((found.conversation, "CNV")).item
    if conversation is None or "customer" not in conversation:
        return _Place(None, "no_conversation")
    holder = living_profile(context.table, conversation["customer"])
    return _Place(conversation) if holder["id"] == profile["id"] else _Place(None, "no_conversation")


_NOWHERE: Final[dict[str, Why]] = {
    "nobody_wrote": "nobody_wrote",
    "public_thread": "public_thread",
    "external_participant": "external_participant",
}


def _occasion(
    context: Context,
    settings: SurveySettings,
    case: Item,
    profile: Item,
    place: _Place,
    journey: str | None,
    due_at: datetime,
) -> Occasion:
    asked = _asked_before(context, profile)
    brand = context.config.brand(case["brand"])
    channel, _ = place.account
    said_at = _said_at(context, case, place.conversation) if place.conversation else None
    return Occasion(
        state=case["state"],
        channel=channel,
        due_at=due_at,
        zone=ZoneInfo(brand.time_zone),
        nowhere=place.why,
        is_offered=channel in settings.channels,
        asked_at=asked.at,
        said_at=said_at,
        consents=consents_in_force(context.table, profile),
        is_doubted=bool(profile.get("needs_verification")),
        is_dead=_is_dead(place.conversation, said_at),
        is_restricted=bool(profile.get("restrictions")),
        journey_open=settings.is_of_journey and _another_is_open(context, case, profile),
        journey_asked=settings.is_of_journey and journey in asked.journeys,
    )


def _another_is_open(context: Context, case: Item, profile: Item) -> bool:
    """Whether the customer has another active case at the brand. 1 RCU for each that their profile lists there."""
    listed = profile.get("cases", {})
    names = [name for name, place in listed.items() if name != case["id"] and place["brand"] == case["brand"]]
    others = (context.table.get(keys.case(name)).item for name in names)
    return any(one is not None and one["state"] in ACTIVE for one in others)


def _said_at(context: Context, case: Item, conversation: Item) -> datetime | None:
    """When the customer last wrote on the account, as far as this case and the conversation's own tell."""
    send = Send(case["id"], 0, conversation["pk"])
    cases = dict.fromkeys(name for name in (case["id"], conversation.get("case")) if name)
    found = [last_said_in(context.table, name, send) for name in cases]
    if SAID_AT in conversation:
        found.append(datetime.fromisoformat(conversation[SAID_AT]))
    return max((one for one in found if one is not None), default=None)


def _is_dead(conversation: Item | None, said_at: datetime | None) -> bool:
    since = conversation.get(UNDELIVERABLE_SINCE) if conversation else None
    return since is not None and (said_at is None or said_at <= datetime.fromisoformat(since))


@dataclass(frozen=True, slots=True)
class _Asked:
    """When this customer, or one who was merged into them, was last asked, and about which journeys."""

    at: datetime | None
    journeys: frozenset[str]


def _asked_before(context: Context, profile: Item) -> _Asked:
    """1 RCU for each who was merged into the customer."""
    others = [context.table.get(keys.customer(one)).item or {} for one in family_of(profile) if one != profile["id"]]
    moments = [datetime.fromisoformat(one[ASKED_AT]) for one in (profile, *others) if ASKED_AT in one]
    about = frozenset(journey for one in (profile, *others) for journey in one.get(ASKED_ABOUT, ()))
    return _Asked(max(moments, default=None), about)


def _note(context: Context, case: Item, verdict: Verdict) -> None:
    """What came of it, on the case alone: no tool is told of what did not happen."""
    looked: dict[str, Any] = {"resolution": case["resolved_at"], "at": context.now()}
    looked |= {"why": verdict.why} if verdict.why else {}
    looked |= {"until": utc_text(verdict.until)} if verdict.until else {}
    changes: dict[str, Any] = {LOOKED: looked}
    changes |= look_by(context, case | changes)
    still = (Equals("sequence", case["sequence"]),)
    context.table.transact([Update((case["pk"], case["sk"]), set=changes, when=still)])


def _write(
    context: Context, settings: SurveySettings, case: Item, profile: Item, conversation: Item, journey: str | None
) -> None:
    sequence, now = int(case["sequence"]) + 1, context.now()
    until = datetime.fromisoformat(now) + ANSWERED_WITHIN
    event = _question(context, settings, case, profile, conversation, journey, sequence, until)
    whose = conversation["customer"]
    more = {ASKED_OF: whose} if whose != case["customer"] else {}
    entry = items.entry_item(case["id"], sequence, event, now, {}, to=conversation["pk"], **more)
    looked = {"resolution": case["resolved_at"], "at": now}
    states = with_state(case, name_of(case["id"], sequence), {"until": utc_text(until), "answers": 0})
    changes: dict[str, Any] = {"updated_at": now, LOOKED: looked, STATES: states}
    changes |= look_by(context, case | changes)
    asked: dict[str, Any] = {ASKED_AT: now}
    if journey:
        asked[ASKED_ABOUT] = [*profile.get(ASKED_ABOUT, ()), journey][-MOST_JOURNEYS:]
    others = open_in(conversation, datetime.fromisoformat(now))
    listed = with_pointer(others, pointer(case, sequence, settings.scale_name, whose, until))
    writes: list[Operation] = [
        Put(entry, when=(Absent(),)),
        items.case_step(case, sequence, changes),
        Update((conversation["pk"], "CNV"), set={OPEN: listed}, when=(Equals("customer", whose),)),
        items.profile_step(profile, asked, tells=False),
    ]
    context.table.transact(writes)


def _question(
    context: Context,
    settings: SurveySettings,
    case: Item,
    profile: Item,
    conversation: Item,
    journey: str | None,
    sequence: int,
    until: datetime,
) -> Event:
    """The entry's event. How it is answered (buttons, a link) is put to it where it goes out: nobody but the customer
    is to have the token."""
    _, channel, account, _ = str(conversation["pk"]).split("#", 3)
    scale = SCALES[settings.scale_name]
    own = profile.get("language")
    language = language_of([*([own] if own else []), *context.config.brand(case["brand"]).languages])
    return Event(
        channel=channel,
        account=account,
        kind="survey",
        message_id=f"hilo:{case['id']}:{sequence}",
        direction="outbound",
        author=Author(type="bot"),
        occurred_at=datetime.fromisoformat(context.now()),
        text=question_of(scale.kind, language),
        survey=Survey(
            kind=scale.kind,
            scale=scale.name,
            case=case["id"],
            sequence=sequence,
            channel=channel,
            agent=case.get("owner") or _last_agent(context, case),
            journey=journey,
            until=until,
        ),
        provider_type=SURVEY,
    )


def _last_agent(context: Context, case: Item) -> str | None:
    """Who answered last, by the tool's id for them as in all figures: a name would be another agent there, and would
    stand in the keys of rows. 1 RCU per 4 KB of the newest entries."""
    page = context.table.query(case["pk"], "ENT#", limit=NEWEST, descending=True)
    answers = (one for one in page.items if one["author"] == "agent" and one["direction"] == "outbound")
    author = next((entry_view(one).author for one in answers if one["kind"] in ("message", "comment")), None)
    return author.id if author else None
