"""A hub beside its model: workers take their turns at every port call, and each transaction is told to the model.

What people and staff do is in `hub_people` and `hub_staff`; here is how it is carried out and held against the model.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine, invariant

from local.memory.interleave import Choose, Turns, by_list
from shared.application.intake import Intake
from shared.application.record.merge import Blocked, Cause, merge
from shared.application.record.unmerge import unmerge
from shared.application.record.waiting import WAIT_S
from shared.application.retry import now_text
from shared.domain.attachment import Decision
from shared.domain.delivery import leaves_unanswered
from shared.domain.errors import Permanent, Transient
from shared.domain.event import Event
from shared.ports.table import Item, Key, Operation, Put, Table, Update
from shared.store import candidates, items
from tests.engine.record.bench import NUMBER, OTHER_NUMBER, START, Told, said
from tests.property.faults import Fault, Killed, Storm
from tests.property.invariants import check, check_claims, check_consents, check_receipts, check_revisions, parting
from tests.property.jobs import Job
from tests.property.observed import Observed
from tests.property.plain_model import Expected, PlainCase, PlainModel, names_of
from tests.property.whole_hub import WholeHub, with_tool

HOUR = timedelta(hours=1)
PARTED_S = 61
"""After so long the clock looks at what an undone merge has left to move."""


class HubMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.around: Callable[[str, Callable[[], Any]], Any] = lambda _, call: call()
        self.pausing: Callable[[float], None] = lambda _: None
        self.model = PlainModel(with_tool())
        self.earlier: list[PlainModel] = []
        """The model as it was at each moment of what may be going on at once."""
        self.hub = self._hub()
        self.events: list[Event] = []
        self.owed: set[int] = set()
        self.by_key: dict[Key, int] = {}
        self.merges: list[str] = []
        self.failures: list[str] = []
        self.locked: set[Key] = set()
        """The locks of identities that the transaction which is told wrote."""
        self.recorded_at: dict[str, float] = {}
        """When each event was recorded, by the hub's clock."""

    def _hub(self) -> WholeHub:
        return WholeHub(
            lambda name, call: self.around(name, call),
            pause=lambda seconds: self.pausing(seconds),
            table=self.new_table(),
            observe=lambda table: Observed(table, self._told),
        )

    def new_table(self) -> Table | None:
        """The table that the hub works on; None for one in memory."""
        return None

    def met(self, what: str, times: int = 1) -> None:
        """Something that the drawn runs are meant to meet often happened."""

    # for rules

    def add(self, event: Event) -> int:
        """An event that came in, which some worker owes to the hub. Its number."""
        number = len(self.events)
        self.by_key[items.message_key(event)] = number
        self.owed.add(number)
        self.events.append(event)
        return number

    def moment(self, late: int = 0) -> timedelta:
        return timedelta(seconds=self.hub.now - START.timestamp()) - late * HOUR

    def at_once(self, jobs: list[Job], order: list[int], fault: Fault | None = None) -> None:
        """These jobs, by a worker each; who goes on at a port call is the order's choice."""
        self.in_turns(jobs, by_list(order), fault)

    def in_turns(self, jobs: list[Job], choose: Choose, fault: Fault | None = None) -> None:
        turns, storm = Turns(choose), Storm(fault)
        self.around = lambda name, call: turns.around(name, lambda: storm.around(name, call))
        self.pausing = turns.pause
        self.earlier = [self.model.snapshot()]
        ends = turns.run([lambda job=job: self._do(job) for job in jobs])  # type: ignore[misc]
        self.around = lambda _, call: call()
        self.pausing = lambda _: None
        for end in ends:
            if end.error is not None and not (fault and isinstance(end.error, (Killed, Transient))):
                raise end.error
        assert not self.failures, self.failures[0]

    def clock_looks(self, seconds: float = 0) -> None:
        """So much time passes, and the clock does what is due."""
        self.earlier = [self.model.snapshot()]
        self.hub.pass_time(seconds)
        self.hub.tick()
        assert not self.failures, self.failures[0]

    # what workers do

    def _do(self, job: Job) -> None:
        kind, first, second = job
        if kind == "deliver":
            if self.events:
                self.deliver(first % len(self.events))
        elif kind == "clock":
            self.hub.tick()
        elif kind == "unmerge":
            if self.merges:
                self._unmerge(self.merges[first % len(self.merges)])
        else:
            self._decide(kind, first, second)

    def _decide(self, kind: str, first: int, second: int) -> None:
        """Staff merge two who live, or say that they are not one."""
        living = self.model.alive
        if len(living) > 1:
            one, other = living[first % len(living)], living[second % len(living)]
            if one != other:
                (self._merge if kind == "merge" else self._refuse)(one, other)

    def deliver(self, number: int) -> None:
        event = self.events[number]
        envelope = {"channel": event.channel, "delivery": f"d{number}", "index": 0, "raw": {"said": event.dump()}}
        envelope["received_at"] = now_text(self.hub.now)
        Intake(self.hub.context, lambda _: Told()).take(json.dumps(envelope))
        self.owed.discard(number)

    def _deliver_alone(self, number: int) -> None:
        """Nothing else goes on meanwhile."""
        self.earlier = [self.model.snapshot()]
        self.deliver(number)

    def _merge(self, one: str, other: str) -> None:
        try:
            merge(self.hub.context, one, other, Cause("staff", "agent"))
        except Blocked:
            return

    def _unmerge(self, merge_id: str) -> None:
        try:
            done = unmerge(self.hub.context, merge_id, by="agent")
        except Permanent:
            return  # the loser was parted from another since
        self.met("parted", done.result == "undone")
        self.met("moved", done.moved)

    def _refuse(self, one: str, other: str) -> None:
        first, second = self.model.living(one), self.model.living(other)
        if first != second:
            at = now_text(self.hub.now)
            candidates.decide(self.hub.context.table, first, second, "refused", by="agent", at=at)

    # what the model is told

    def _told(self, operations: Sequence[Operation]) -> None:
        """One transaction took effect. What does not agree is kept: it must not look like a worker's death."""
        if self.failures:
            return  # the model knows no more
        try:
            self._tell(operations)
        except AssertionError as error:
            self.failures.append(str(error))

    def _tell(self, operations: Sequence[Operation]) -> None:
        self.locked = {one.key for one in operations if one.key[1] == "IDN" and isinstance(one, Put | Update)}
        for operation in operations:
            if isinstance(operation, Put) and "moved_from" in operation.item and operation.key[1] == "CASE":
                self._opened_for(operation.item)
        for operation in operations:
            if isinstance(operation, Put) and operation.key in self.by_key and not operation.item.get("waiting"):
                self._recorded(self.events[self.by_key[operation.key]], operation.item)
            elif isinstance(operation, Update) and "case" in operation.set:
                self._moved(operation)
        if not any(operation.key in self.by_key for operation in operations):
            self._time_told(operations)
        if any(isinstance(one, Update) and "merged_into" in (*one.set, *one.remove) for one in operations):
            self._follow_merges()
        self.earlier.append(self.model.snapshot())

    def _recorded(self, event: Event, index: Item) -> None:
        assert event.message_id not in self.model.recorded, f"{event.message_id} was recorded twice"
        self.model.recorded.add(event.message_id)
        self.recorded_at[event.message_id] = self.hub.now
        case = self.hub.case(index["case"]) if "case" in index else None
        self.met(_kind_of(event))
        if event.kind == "identity_change":
            self._change(event, case, index["customer"])
        elif self.model.is_choice(event):
            self._choice(event, case, index)
        else:
            assert case, f"{event.message_id} is in no case"
            self._said_in(case, event, index)
        if case:
            state = self.model.cases[case["id"]].state
            assert case["state"] == state, f"{event.message_id} left its case {case['state']}, not {state}"

    def _opened_for(self, item: Item) -> None:
        """A case of their own, for what two left with each other who parted."""
        account = item["conversations"][0].split("#")[2] if item["conversations"] else ""
        since, heard = datetime.fromisoformat(item["state_at"]), datetime.fromisoformat(item["last_customer_at"])
        parts = (item["id"], item["customer"], item["brand"], account, item["state"], since, heard)
        known = frozenset(self.model.cases[item["moved_from"]].log)
        self.model.cases[item["id"]] = PlainCase(*parts, **_ends(item), known=known)

    def _moved(self, operation: Update) -> None:
        """A message is found elsewhere, or a conversation leads elsewhere, since two parted."""
        (pk, sk), case = operation.key, operation.set["case"]
        if operation.key in self.by_key:
            self.model.moved(self.events[self.by_key[operation.key]], case)
            state = self.model.cases[case].state
            assert self.hub.case(case)["state"] == state, f"what moved left {case} otherwise than {state}"
        elif sk == "CNV" and case in self.model.cases and "customer" not in operation.set:
            self.model.current[self.hub.item((pk, sk))["customer"], pk.split("#")[2]] = case

    def _said_in(self, case: Item, event: Event, index: Item) -> None:
        if event.channel != "whatsapp":
            self.model.takes_deed(event, case["id"])
        elif event.kind == "message":
            self._message(event, case, index.get("holder", case["customer"]))
        else:
            target = self.model.target_of(event)
            assert case["id"] == self.model.place[target], f"{event.message_id} is beside its target"
            if event.receipt:
                failed = self.hub.item(items.target_key(event, target)) or {}
                is_unanswered = leaves_unanswered(self.hub.log(case["id"]), failed["sequence"])
                self.model.takes_failure(event, case["id"], is_unanswered=is_unanswered)
            else:
                self.model.takes_revision(event, case["id"])

    def _message(self, event: Event, case: Item, customer: str) -> None:
        expected = self._expected(event)
        theirs = [each for each in expected if self._is_theirs(each, customer) and self._gives(each)]
        fits = [each for each in theirs if self._is_meant(each, case)]
        if not fits and customer in parting(self.hub) and self.model.leads(event, customer, case["id"]):
            stays = Decision(
                case["id"], self.model.cases[case["id"]].state, "conversation"
            )  # it goes back with the rest
            fits = [replace(each, decision=stays) for each in (theirs or expected)[:1]]
        assert fits, f"{event.message_id} is in {case['id']} of {customer}; expected {expected[0]}"
        self.met("across a merge", case["customer"] != customer)
        self.model.takes_message(event, case["id"], customer, fits[0])
        self._forget_what_had_no_room(event)

    def _choice(self, event: Event, case: Item | None, index: Item) -> None:
        customer = index["customer"] if case is None else index.get("holder", case["customer"])
        expected = self._expected(event)
        fits = [each for each in expected if self._is_theirs(each, customer) and self._gives(each, moves=False)]
        assert fits, f"{event.message_id} is a choice of {customer}; expected {expected[0]}"
        self.model.takes_choice(event, case and case["id"], customer, fits[0])

    def _change(self, event: Event, case: Item | None, customer: str) -> None:
        """`customer`: who was read as the one whose number changes, living at that moment."""
        fits = [each for each in (self.model, *reversed(self.earlier)) if each.changing(event) == customer]
        assert fits, f"{event.message_id} changed {customer}; expected {self.model.changing(event)}"
        self.model.takes_change(event, case and case["id"], customer)

    def _forget_what_had_no_room(self, event: Event) -> None:
        for identity, name in names_of(event).items():
            if self.hub.item(items.identity_key(identity)) is None:
                self.model.holder.pop(name, None)  # the next message brings it again

    def _expected(self, event: Event) -> list[Expected]:
        """What was read may be a moment old, as long as it harms nobody: any moment of this step will do."""
        models = (self.model, *reversed(self.earlier))
        return [model.expected(event, anew=anew) for model in models for anew in (False, True)]

    def _gives(self, expected: Expected, *, moves: bool = True) -> bool:
        """What the transaction locked is what changes hands by this, as far as there was room."""
        gained = expected.resolution
        claims = {items.identity_key(one) for one in gained.claims}
        wanted = claims | {items.identity_key(one) for one, _ in gained.moves[:1] if moves}
        return all(key in claims and self.hub.item(key) is None for key in wanted ^ self.locked)

    def _is_theirs(self, expected: Expected, customer: str) -> bool:
        if expected.owner is None:
            return customer not in self.model.customers
        return self.model.living(customer) == self.model.living(expected.owner)

    def _is_meant(self, expected: Expected, case: Item) -> bool:
        decided = expected.decision.case
        return case["id"] == decided if decided else case["id"] not in self.model.cases

    def _follow_merges(self) -> None:
        """Who is a tombstone now; what an undone merge moved is where the hub says, and is checked there."""
        into = {
            profile["id"]: profile["merged_into"]
            for profile in self.hub.found("CUS#", "PROFILE")
            if profile.get("merged_into")
        }
        if into.keys() - self.model.into.keys():
            records = [item["id"] for item in self.hub.found("CUS#", "MRG#") if item["id"] not in self.merges]
            self.merges += records
            self.met("merged", len(records))
        self.model.into = into

    def _time_told(self, operations: Sequence[Operation]) -> None:
        """What nobody said, the clock did."""
        for operation in operations:
            if isinstance(operation, Update) and operation.key[1] == "CASE" and "state" in operation.set:
                case = self.hub.case(operation.key[0].removeprefix("CAS#"))
                since = datetime.fromisoformat(case["state_at"])
                plain = self.model.cases[case["id"]]
                self.model.time_passed(plain, case["state"], since, **_ends(case))

    # what must hold

    @invariant()
    def promises_hold(self) -> None:
        check(self.hub, self.model)

    def teardown(self) -> None:
        """The queue gives nothing up: everything to its end, then a copy of everything."""
        if not self.events:
            return
        for _ in range(len(self.events) + 1):
            # What was waited for may let something else in, and a number that changes back another change of it.
            recorded = len(self.model.recorded)
            for number in sorted(self.owed | self._left_out() | self._waited_in_vain()):
                self._deliver_alone(number)
            if not self._left_out() and recorded == len(self.model.recorded):
                break
        assert not self.failures, self.failures[0]
        self.clock_looks(PARTED_S)
        self._nothing_is_lost()
        before = _entries(self.hub)
        for number in range(len(self.events)):
            self._deliver_alone(number)
        assert _entries(self.hub) == before, "copies wrote something"
        assert not self.failures, self.failures[0]
        self._nothing_is_lost()
        self._everybody_writes_again()
        self.promises_hold()

    def _everybody_writes_again(self) -> None:
        """Whoever writes next is whoever holds what they write by: `_told` says where it must go."""
        self.hub.pass_time(1)
        for kind, _, value in sorted(self.model.holder, key=str):
            names = {"bsuid": value, "phone": None} if kind == "whatsapp" else {"phone": value.removeprefix("+")}
            for account in (NUMBER, OTHER_NUMBER):
                number = self.add(said(f"m{len(self.events)}", account=account, at=self.moment(), **names))
                self._deliver_alone(number)
        assert not self.failures, self.failures[0]

    def _nothing_is_lost(self) -> None:
        lost = [self.events[number].message_id for number in self._left_out()]
        assert not lost, f"{lost} were lost"
        assert self.hub.found("PEND#") == []
        assert not any(item.get("waiting") for item in self.hub.found("MSG#"))
        check_revisions(self.hub, self.model, self.events)
        assert [
            item["pk"] for item in self.hub.found("CUS#", "MRG#") if "due_pk" in item and item["status"] == "undone"
        ] == []
        check_receipts(self.hub, [event for event in self.events if event.receipt])
        check_consents(self.hub, self.model)
        check_claims(self.hub, self.model, self.events)

    def _left_out(self) -> set[int]:
        """What must be recorded and is not: revisions whose message did not come within a day are dead letters."""
        numbered = enumerate(self.events)
        return {number for number, event in numbered if self.model.is_missing(event)}

    def _waited_in_vain(self) -> set[int]:
        """Receipts whose message came more than a day after them: dead letters, which somebody sends again."""
        told = [(number, event) for number, event in enumerate(self.events) if event.receipt and event.occurred_at]
        came = {number: self.recorded_at.get(self.model.target_of(event), 0) for number, event in told}
        return {number for number, event in told if came[number] > event.occurred_at.timestamp() + WAIT_S}


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _ends(case: Item) -> dict[str, datetime | None]:
    return {name: _moment(case.get(name)) for name in ("resolved_at", "closed_at")}


def _kind_of(event: Event) -> str:
    return "failed receipt" if event.receipt else event.kind


def _entries(hub: WholeHub) -> Counter[str]:
    return Counter(item["pk"] for item in hub.found("CAS#", "ENT#"))
