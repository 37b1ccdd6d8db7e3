"""What in the table speaks for a case: quotes, tokens, references, the conversation, and the customer's other cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from shared.application.record.context import Context
from shared.application.record.message import Message
from shared.application.record.standing import moment_in
from shared.application.record.threads import case_of_own_name, cases_of_quotes, is_threaded
from shared.application.record.tool_case import surviving
from shared.application.record.who import living_profile
from shared.domain.address_token import case_of_token
from shared.domain.attachment import (
    Decision,
    Found,
    KnownCase,
    Turn,
    attach,
    attach_automatic,
    attach_outbound,
)
from shared.domain.case import ACTIVE
from shared.domain.courtesy import says_only_thanks
from shared.domain.event import Event, utc_text
from shared.domain.merging import holder_of
from shared.domain.order_numbers import order_numbers
from shared.domain.reference import references_in
from shared.domain.subject import topic
from shared.ports.table import Item
from shared.store import keys
from shared.store.items import listed_identities

MAX_REFERENCES = 3
"""References that are looked up, of those that a text names."""

MAX_ORDERS = 20
"""Order numbers that a case remembers, the newest."""


@dataclass(slots=True)
class Evidence:
    """Reads what speaks for a case of this brand. `origin`: the customer as they were before any merge. `read`: the
    cases that were read, by id, past merges; `over`: those that will never be active again. 1 RCU for each case,
    thread name and reference."""

    context: Context
    profile: Item | None
    brand: str
    origin: str | None = None
    read: dict[str, Item] = field(default_factory=dict)
    over: set[str] = field(default_factory=set)

    def decide(self, message: Message, conversation: Item | None) -> Decision:
        """The case of what a person said."""
        event, config = message.event, self.context.config
        found = self._found(message, conversation)
        if event.direction == "outbound":
            return attach_outbound(message.at, found)
        courtesy = config.cases.courtesy and says_only_thanks(event)
        turn = turn_of(message, courtesy=courtesy)
        rules = config.cases
        new_topic = timedelta(seconds=rules.new_topic_s)
        return attach(turn, found, config.windows, stay_on_hold=rules.stay_on_hold, new_topic=new_topic)

    def decide_automatic(self, event: Event) -> Decision | None:
        """The case of what no person said; None where it names none."""
        quoted, token = self._quoted(event), self._known(self._token(event))
        return attach_automatic(Found(quoted=quoted, token=token))

    def _found(self, message: Message, conversation: Item | None) -> Found:
        event, profile = message.event, self.profile
        own = conversation.get("case") if conversation else None
        quoted = self._quoted(event) or self._overtaken(event)
        named = self._distinct(map(self._known, self._referenced(event)))
        referenced = next((case for case in named if case.is_known_to_sender), next(iter(named), None))
        current = self._known(own)
        places = profile["cases"] if profile else {}
        listed = sorted(one for one, place in places.items() if one != own and place["brand"] == self.brand)
        elsewhere = self._distinct(map(self._known, listed))
        current = current if current and current.ours else None
        if profile and not (current and current.state in ACTIVE):
            current = self._left_here(message, profile, elsewhere) or current
        elsewhere = [case for case in elsewhere if current is None or case.id != current.id]
        token, foreign = self._known(self._token(event)), any(not case.is_known_to_sender for case in named)
        return Found(quoted, token, referenced, foreign, current, elsewhere)

    def _left_here(self, message: Message, profile: Item, cases: list[KnownCase]) -> KnownCase | None:
        """The newest active case that was opened in this very conversation, though the conversation leads there no
        longer: it quoted another case since, or went with a phone. Before those of whoever they were merged with."""
        here = {message.conversation_key(identity) for identity in listed_identities(profile)}
        places = profile["cases"]
        left = [case for case in cases if case.state in ACTIVE and _place(places, case) in here]
        own = [case for case in left if holder_of(places[case.id], profile["id"]) == self.origin]
        return next(reversed(own or left), None)

    @staticmethod
    def _distinct(cases: Iterable[KnownCase | None]) -> list[KnownCase]:
        return list({case.id: case for case in cases if case}.values())

    def _quoted(self, event: Event) -> KnownCase | None:
        """The first case of this brand that it quotes."""
        return next(filter(None, map(self._known, cases_of_quotes(self.context, event))), None)

    def _overtaken(self, event: Event) -> KnownCase | None:
        """The case of an answer to this very message that came before it: the sender's own, or nobody's."""
        found = self._known(case_of_own_name(self.context, event))
        return found if found and found.ours else None

    def _token(self, event: Event) -> str | None:
        return case_of_token(event.token, self.context.signing_keys()) if event.token else None

    def _referenced(self, event: Event) -> list[str]:
        """The cases behind the first references that subject and text name."""
        named = references_in(f"{event.subject or ''}\n{event.text or ''}")[:MAX_REFERENCES]
        found = (self.context.table.get(keys.reference(reference)).item for reference in named)
        return [item["case"] for item in found if item]

    def _known(self, case_id: str | None) -> KnownCase | None:
        case = self.context.table.get(keys.case(case_id)).item if case_id else None
        if case is None or case["brand"] != self.brand:
            return None
        if case["state"] == "merged":
            self.over.add(case["id"])
            case = surviving(self.context, case)
        if case["state"] == "closed":
            self.over.add(case["id"])
        self.read[case["id"]] = case
        return self._as_known(case)

    def _as_known(self, case: Item) -> KnownCase:
        profile = self.profile
        ours = profile is not None and living_profile(self.context.table, case["customer"])["id"] == profile["id"]
        return KnownCase(
            id=case["id"],
            state=case["state"],
            brand=case["brand"],
            channels=tuple(case["channels"]),
            last_customer_at=datetime.fromisoformat(case.get("last_customer_at") or case["opened_at"]),
            resolved_at=moment_in(case, "resolved_at"),
            closed_at=moment_in(case, "closed_at"),
            ours=ours,
            participant=self._takes_part(case),
            public=bool(case.get("public")),
            orders=frozenset(case.get("orders", ())),
            since=moment_in(case, "state_at"),
            subject=case.get("subject", ""),
            active_at=moment_in(case, "updated_at"),
        )

    def _takes_part(self, case: Item) -> bool:
        """They joined it, perhaps before they were merged with somebody."""
        profile = self.profile
        if profile is None:
            return False
        joined = case.get("participants", ())
        return any(living_profile(self.context.table, one)["id"] == profile["id"] for one in joined)


def turn_of(message: Message, *, courtesy: bool) -> Turn:
    """What the decision needs of a message."""
    event = message.event
    return Turn(
        channel=event.channel,
        at=message.at,
        public=is_public(event),
        courtesy=courtesy,
        orders=order_numbers(event.subject, event.text) if event.channel == "email" else frozenset(),
        threaded=event.channel == "voice" and event.thread is not None,
        subject=topic(event.subject) if event.channel == "email" else "",
    )


def with_orders(case: Item, event: Event) -> dict[str, list[str]]:
    """The order numbers that a case was about until now, where the event names another."""
    known = case.get("orders", [])
    more = sorted(order_numbers(event.subject, event.text) - set(known))
    return {"orders": [*known, *more][-MAX_ORDERS:]} if more else {}


def with_subject(case: Mapping[str, Any], event: Event, at: datetime) -> dict[str, str]:
    """The topic of a case's newest mail, and of when that is. `at`: of this one."""
    said = topic(event.subject) if event.channel == "email" else ""
    if not said or ("subject_at" in case and datetime.fromisoformat(case["subject_at"]) > at):
        return {}
    return {"subject": said, "subject_at": utc_text(at)}


def is_public(event: Event) -> bool:
    """Whether others can read it."""
    return event.public or event.kind == "comment"


def names_a_case(event: Event) -> bool:
    """Whether it may name a case other than by one quoted message."""
    if event.token or is_threaded(event):
        return True
    texts = [text for text in (event.subject, event.text) if text]
    return any(map(references_in, texts))


def _place(places: Item, case: KnownCase) -> str | None:
    place = places.get(case.id)
    return place["conversation"] if place else None
