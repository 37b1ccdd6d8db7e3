"""What the hub must hold, in plain dictionaries: slow, without locks, pointers or caches.

The decisions themselves (whose, which case, which state) are the domain's pure functions, which have tables of their
own; this model asks them with everything it knows, found by looking through all of it. It is told each event at the
moment its transaction took effect, so whatever workers did at the same time must be as if done one after the other.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.configuration import Config
from shared.domain.attachment import Decision, Found, KnownCase, Turn, attach, attach_outbound
from shared.domain.case import ACTIVE
from shared.domain.case_states import Standing, settle
from shared.domain.event import Event, Identity
from shared.domain.resolution import Holder, Resolution, Spoken, of_other_lines, resolve
from shared.domain.tool_events import deed_of

PORTFOLIO = "default"
AGREED = "ALTA"
CHOICES = ("BAJA", AGREED)
"""Messages that decide about marketing, and nothing else."""
REVISIONS = ("reaction", "edit", "deletion")
BY_TIME = {
    "resolved": ("closed",),
    "pending_customer": ("resolved", "closed"),
    "on_hold": ("open",),
}
"""What time alone does to a case, at once where nobody looked for long."""
Name = tuple[str, str | None, str]


@dataclass
class PlainCase:
    """`opened_on`: the account of its first message. `log`: its messages and revisions, in order. `known`: of one that
    was opened when two parted, what the case it was taken from held then."""

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
    known: frozenset[str] = frozenset()

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
    shaken: set[tuple[str, str]] = field(default_factory=set)
    """Conversations that may have gone with a phone: the case is found anew then."""
    place: dict[str, str] = field(default_factory=dict)
    """The case of each message."""
    account: dict[str, str] = field(default_factory=dict)
    """The account on which each message came; elsewhere its id is somebody else's word."""
    said_by: dict[str, str] = field(default_factory=dict)
    """Under whose id each message came in."""
    recorded: set[str] = field(default_factory=set)
    answers: set[str] = field(default_factory=set)
    """Messages that we sent."""
    choices: dict[str, str] = field(default_factory=dict)
    """Who decided about marketing, by the message in which they did."""

    def snapshot(self) -> PlainModel:
        """As it is now. What is told afterwards changes a case and the tables, and nothing within them."""
        twin = copy.copy(self)
        for name, table in vars(self).items():
            setattr(twin, name, table if table is self.config else copy.copy(table))
        twin.cases = {name: replace(case, log=[*case.log]) for name, case in self.cases.items()}
        return twin

    # what is asked of it

    def living(self, customer: str) -> str:
        while customer in self.into:
            customer = self.into[customer]
        return customer

    @property
    def alive(self) -> list[str]:
        return sorted(self.customers - self.into.keys())

    def is_choice(self, event: Event) -> bool:
        return event.channel == "whatsapp" and event.text in CHOICES

    def target_of(self, event: Event) -> str:
        """The message that a revision or a receipt speaks of."""
        spoken_of = event.receipt or event.reaction
        return (spoken_of.target if spoken_of else event.in_reply_to) or ""

    def is_missing(self, event: Event) -> bool:
        """Whether it must be recorded by now, and is not."""
        if event.message_id in self.recorded:
            return False
        if event.receipt:
            return event.receipt.state == "failed" and self.target_of(event) in self.answers
        if event.kind == "identity_change":
            return self.changing(event) is not None
        return not (event.text == AGREED and self._is_of_before(event))

    def _is_of_before(self, event: Event) -> bool:
        """Whether somebody came to hold what it was written by only after it."""
        at = event.occurred_at
        return any(name in self.since and at and self.since[name] > at for name in names_of(event).values())

    def changing(self, event: Event) -> str | None:
        """The living customer whose number changes: who held the former one before. None: nobody's does."""
        [former], [new] = names_of(event, former=True).values(), names_of(event).values()
        if former not in self.holder or former == new or (event.occurred_at and self.since[former] > event.occurred_at):
            return None
        return self.living(self.holder[former])

    def expected(self, event: Event, *, anew: bool = False) -> Expected:
        """`anew`: as if the conversation went with a phone."""
        people = names_of(event)
        resolution = resolve(list(people), self._holders(people), Spoken(at=event.occurred_at))
        owner = resolution.customer
        changing = {one for one, _ in resolution.moves} | set(resolution.outdated)
        stay = [self.holder[name] for one, name in people.items() if name in self.holder and one not in changing]
        origin = next((one for one in stay if self.living(one) == owner), None)
        return Expected(resolution, owner, origin, self._decision(event, owner, origin, anew=anew))

    def _holders(self, people: dict[Identity, Name]) -> dict[Identity, Holder]:
        held = {}
        for identity, name in people.items():
            if name in self.holder:
                living = self.living(self.holder[name])
                theirs = [(_identity(each), by) for each, by in self.holder.items() if self.living(by) == living]
                elsewhere = of_other_lines(theirs, self.holder[name])
                held[identity] = Holder(living, tuple(one for one, _ in theirs), self.since[name], elsewhere=elsewhere)
        return held

    def _decision(self, event: Event, owner: str | None, origin: str | None, *, anew: bool) -> Decision:
        brand = self.config.brand_of(event.channel, event.account)[0].name
        theirs = [case for case in self._cases_of(owner) if case.brand == brand]
        current = self.cases.get(self.current.get((origin or "", event.account), ""))
        is_gone = anew and (origin or "", event.account) in self.shaken
        current = current if current in theirs and not is_gone else None
        if current is None or current.state not in ACTIVE:
            here = [case for case in theirs if case.state in ACTIVE and case.opened_on == event.account]
            current = max(here, key=lambda case: (case.customer == origin, case.id), default=current)
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

    def leads(self, event: Event, customer: str, case_id: str) -> bool:
        """Whether this customer's conversation leads to that case, be it their own or not."""
        return self.current.get((customer, event.account)) == case_id

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
        gained = expected.resolution
        for phone, _ in gained.moves[:1]:
            self._shakes(self.living(self.holder[names_of(event)[phone]]))
        self._holds(event, customer, (*gained.claims, *(one for one, _ in gained.moves[:1])))
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
        self.shaken.discard((customer, event.account))
        if event.direction == "outbound":
            self.answers.add(event.message_id)

    def takes_revision(self, event: Event, case_id: str) -> None:
        self._listed(event, case_id, self.said_by.get(self.target_of(event)))

    def takes_failure(self, event: Event, case_id: str, *, is_unanswered: bool) -> None:
        """An answer did not arrive: a case that has no other is open again."""
        case, at = self.cases[case_id], event.occurred_at
        assert at
        if case.state == "resolved" and is_unanswered:
            case.state, case.since, case.resolved_at = "open", max(case.since, at), None
        self.takes_revision(event, case_id)

    def takes_choice(self, event: Event, case_id: str | None, customer: str, expected: Expected) -> None:
        """No contact: nobody's number changes hands by it, but somebody new holds what they write by."""
        if customer not in self.customers:
            self.customers.add(customer)
            self._holds(event, customer, expected.resolution.claims)
        self.choices[event.message_id] = customer
        self.account[event.message_id] = event.account
        if case_id:
            self._listed(event, case_id, customer)

    def takes_change(self, event: Event, case_id: str | None, customer: str) -> None:
        """The former number is nobody's, the new one theirs, unless it is another's."""
        [former] = names_of(event, former=True).values()
        [(identity, new)] = names_of(event).items()
        origin = self.holder.pop(former)
        del self.since[former]
        self._shakes(customer)
        if new not in self.holder:
            self._holds(event, origin, (identity,))
        if case_id:
            assert self.living(self.cases[case_id].customer) == customer
            self._listed(event, case_id, origin)

    def _shakes(self, loser: str) -> None:
        """A phone is no longer theirs, and whatever conversation of the family led by it may be gone."""
        self.shaken |= {key for key in self.current if self.living(key[0]) == loser}

    def moved(self, event: Event, case_id: str) -> None:
        """When two parted, it went to a case of its sender's. What is news there is work, if it was work before."""
        left, case, at = self.cases[self.place[event.message_id]], self.cases[case_id], event.occurred_at
        left.log.remove(event.message_id)
        self._listed(event, case_id, self.said_by.get(event.message_id))
        if event.direction != "inbound" or event.kind != "message" or self.is_choice(event) or not at:
            return
        case.customer_at = max(case.customer_at, at)
        if event.message_id not in case.known and left.state in ("new", "open"):
            settled = settle(case.standing, "message", at)
            if settled.effect == "moved":
                case.state, case.since, case.resolved_at = settled.state, settled.since, None

    def time_passed(self, case: PlainCase, state: str, since: datetime, **moments: datetime | None) -> None:
        """`moments`: when it was resolved and closed."""
        assert state in BY_TIME.get(case.state, ()), f"{case.id} is {state}, and was {case.state}"
        case.state, case.since = state, since
        case.resolved_at, case.closed_at = moments["resolved_at"], moments["closed_at"]

    def _holds(self, event: Event, customer: str, identities: Iterable[Identity]) -> None:
        names = names_of(event)
        assert event.occurred_at
        for identity in identities:
            self.holder[names[identity]] = customer
            self.since[names[identity]] = event.occurred_at

    def _listed(self, event: Event, case_id: str, customer: str | None) -> None:
        self.cases[case_id].log.append(event.message_id)
        self.place[event.message_id] = case_id
        if customer:
            self.said_by[event.message_id] = customer

    def takes_deed(self, event: Event, case_id: str) -> None:
        """What staff did: the state it leaves its case in. An answer in one that is over begins another."""
        deed, at = deed_of(event), event.occurred_at
        assert at
        if case_id not in self.cases:
            over = self.cases[event.thread or ""]
            assert deed
            assert settle(over.standing, deed, at).effect == "follow_up", f"{over.id} is {over.state}"
            self.cases[case_id] = PlainCase(
                case_id, over.customer, over.brand, over.opened_on, "open", at, over.customer_at
            )
            deed = None
        case = self.cases[case_id]
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


def names_of(event: Event, *, former: bool = False) -> dict[Identity, Name]:
    """The identities that lock, as they are locked: scoped ids with the portfolio of our account. `former`: those
    that the event says are no more."""
    named = {}
    for one in event.previous_identities if former else event.identities:
        if one.level != "claimed":
            scoped = one.model_copy(update={"namespace": PORTFOLIO}) if one.kind == "whatsapp" else one
            named[scoped] = (scoped.kind, scoped.namespace, scoped.value)
    return named


def _identity(name: Name) -> Identity:
    kind, namespace, value = name
    return Identity.model_validate({"kind": kind, "namespace": namespace, "value": value, "level": "channel"})
