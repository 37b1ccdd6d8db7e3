"""What the hub must hold, in plain dictionaries: slow, without locks, pointers or caches.

The decisions themselves (whose, which case, which state) are the domain's pure functions, which have tables of their
own; this model asks them with everything it knows, found by looking through all of it. It is told each event at the
moment its transaction took effect, so whatever workers did at the same time must be as if done one after the other.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import datetime

from shared.configuration import Config
from shared.domain.attachment import Decision, Found, KnownCase, Turn, attach, attach_outbound
from shared.domain.case import ACTIVE
from shared.domain.case_states import Standing, settle
from shared.domain.event import Event, Identity
from shared.domain.resolution import Holder, Resolution, Spoken, resolve
from shared.domain.tool_events import deed_of

PORTFOLIO = "default"
Name = tuple[str, str | None, str]


@dataclass
class PlainCase:
    """`opened_on`: the account of its first message. `log`: its messages and revisions, in order."""

    id: str
    customer: str
    brand: str
    opened_on: str
    state: str
    since: datetime
    customer_at: datetime
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    log: list[str] = field(default_factory=list)

    @property
    def standing(self) -> Standing:
        return Standing(self.state, self.since, self.customer_at)  # type: ignore[arg-type]


@dataclass
class Expected:
    """`owner`: the living customer, None for a new one. `origin`: whose identity it came in on."""

    resolution: Resolution
    owner: str | None
    origin: str | None
    decision: Decision


@dataclass
class PlainModel:
    config: Config
    holder: dict[Name, str] = field(default_factory=dict)
    """Under whose id an identity was locked."""
    since: dict[Name, datetime] = field(default_factory=dict)
    customers: set[str] = field(default_factory=set)
    into: dict[str, str] = field(default_factory=dict)
    """Merges in force: from the one who was merged to the other."""
    cases: dict[str, PlainCase] = field(default_factory=dict)
    current: dict[tuple[str, str], str] = field(default_factory=dict)
    """The case that a customer's conversation on an account led to last."""
    place: dict[str, str] = field(default_factory=dict)
    """The case of each message."""
    account: dict[str, str] = field(default_factory=dict)
    """The account on which each message came; elsewhere its id is somebody else's word."""
    said_by: dict[str, str] = field(default_factory=dict)
    """Under whose id each message came in."""

    def snapshot(self) -> PlainModel:
        return copy.deepcopy(self, {id(self.config): self.config})

    # what is asked of it

    def living(self, customer: str) -> str:
        while customer in self.into:
            customer = self.into[customer]
        return customer

    def family(self, customer: str) -> set[str]:
        return {one for one in self.customers if self.living(one) == self.living(customer)}

    def expected(self, event: Event) -> Expected:
        people = names_of(event)
        resolution = resolve(list(people), self._holders(people), Spoken(at=event.occurred_at))
        owner = resolution.customer
        changing = {one for one, _ in resolution.moves} | set(resolution.outdated)
        stay = [self.holder[name] for one, name in people.items() if name in self.holder and one not in changing]
        origin = next((one for one in stay if self.living(one) == owner), None)
        return Expected(resolution, owner, origin, self._decision(event, owner, origin))

    def _holders(self, people: dict[Identity, Name]) -> dict[Identity, Holder]:
        held = {}
        for identity, name in people.items():
            if name in self.holder:
                living = self.living(self.holder[name])
                theirs = tuple(_identity(each) for each, by in self.holder.items() if self.living(by) == living)
                held[identity] = Holder(living, theirs, self.since[name])
        return held

    def _decision(self, event: Event, owner: str | None, origin: str | None) -> Decision:
        brand = self.config.brand_of(event.channel, event.account)[0].name
        theirs = [case for case in self._cases_of(owner) if case.brand == brand]
        current = self.cases.get(self.current.get((origin or "", event.account), ""))
        current = current if current in theirs else None
        if current is None or current.state not in ACTIVE:
            here = [case for case in theirs if case.state in ACTIVE and case.opened_on == event.account]
            current = max(here, key=lambda case: case.id, default=current)
        named = event.in_reply_to or ""
        quoted = self.cases.get(self.place.get(named, "")) if self.account.get(named) == event.account else None
        found = Found(
            quoted=self._known(quoted, owner) if quoted and quoted.brand == brand else None,
            conversation=self._known(current, owner) if current else None,
            elsewhere=[self._known(case, owner) for case in theirs if case is not current],
        )
        assert event.occurred_at
        if event.direction == "outbound":
            return attach_outbound(event.occurred_at, found)
        return attach(Turn(event.channel, event.occurred_at), found, self.config.windows)

    def _cases_of(self, owner: str | None) -> list[PlainCase]:
        if owner is None:
            return []
        return [case for _, case in sorted(self.cases.items()) if self.living(case.customer) == owner]

    def _known(self, case: PlainCase, owner: str | None) -> KnownCase:
        return KnownCase(
            id=case.id,
            state=case.state,  # type: ignore[arg-type]
            brand=case.brand,
            channels=("whatsapp",),
            last_customer_at=case.customer_at,
            resolved_at=case.resolved_at,
            closed_at=case.closed_at,
            ours=owner is not None and self.living(case.customer) == owner,
        )

    # what it is told

    def takes_message(self, event: Event, case_id: str, customer: str, expected: Expected) -> None:
        """`customer`: under whose id the hub wrote it, a new one for a new customer."""
        at = event.occurred_at
        assert at
        self.customers.add(customer)
        self._moves(event, customer, expected.resolution)
        decision = expected.decision
        case = self.cases.get(case_id)
        if case is None:
            brand = self.config.brand_of(event.channel, event.account)[0].name
            case = PlainCase(case_id, customer, brand, event.account, decision.state, at, at)
            self.cases[case_id] = case
        else:
            if case.state != decision.state:
                case.resolved_at = None if case.state == "resolved" else case.resolved_at
                case.state, case.since = decision.state, max(case.since, at)
            if event.direction == "inbound" and decision.turn:
                case.customer_at = max(case.customer_at, at)
        case.log.append(event.message_id)
        self.place[event.message_id] = case_id
        self.account[event.message_id] = event.account
        self.said_by[event.message_id] = customer
        self.current[customer, event.account] = case_id

    def _moves(self, event: Event, customer: str, resolution: Resolution) -> None:
        names = names_of(event)
        for identity in (*resolution.claims, *(one for one, _ in resolution.moves[:1])):
            self.holder[names[identity]] = customer
            assert event.occurred_at
            self.since[names[identity]] = event.occurred_at

    def takes_revision(self, event: Event, case_id: str) -> None:
        self.cases[case_id].log.append(event.message_id)
        self.place[event.message_id] = case_id

    def takes_deed(self, event: Event, case_id: str) -> None:
        """What staff did: the state it leaves its case in."""
        case, deed, at = self.cases[case_id], deed_of(event), event.occurred_at
        assert at
        if deed:
            settled = settle(case.standing, deed, at)
            if settled.effect == "moved":
                case.resolved_at = at if settled.state == "resolved" else case.resolved_at
                if case.state == "resolved" and settled.state not in ("resolved", "closed"):
                    case.resolved_at = None
                case.closed_at = at if settled.state == "closed" else case.closed_at
            if settled.effect in ("moved", "stayed"):
                case.state, case.since = settled.state, settled.since
        case.log.append(event.message_id)
        self.place[event.message_id] = case_id


def names_of(event: Event) -> dict[Identity, Name]:
    """The identities that lock, as they are locked: scoped ids with the portfolio of our account."""
    named = {}
    for one in event.identities:
        if one.level != "claimed":
            scoped = one.model_copy(update={"namespace": PORTFOLIO}) if one.kind == "whatsapp" else one
            named[scoped] = (scoped.kind, scoped.namespace, scoped.value)
    return named


def _identity(name: Name) -> Identity:
    kind, namespace, value = name
    return Identity.model_validate({"kind": kind, "namespace": namespace, "value": value, "level": "channel"})
