"""A hub that people write to, staff work in and workers die in, step by step beside a model in plain dictionaries.

Each step lets several workers take their turns at every port call, in an order that Hypothesis draws and shrinks.
After it what was promised holds: each thing once; an attested identity with one living customer; one active case in a
conversation; sequences without gaps; every message in one place; a merge loses nothing, and its undoing gives back.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from engines import dynamodb_local
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from local.memory.interleave import Turns, by_list
from shared.application.intake import Intake
from shared.application.record.merge import Blocked, Cause, merge
from shared.application.record.unmerge import unmerge
from shared.application.replay import Replay
from shared.application.replay_page import Wish
from shared.application.retry import now_text
from shared.domain.errors import Permanent, Transient
from shared.domain.event import HUB, Event
from shared.ports import Cost, Item, Key, Operation, Put, Table
from shared.store import candidates, items
from tests.engine.record.bench import NUMBER, OTHER_NUMBER, START, Told, said
from tests.property.faults import Fault, Killed, Storm
from tests.property.invariants import check, check_receipts
from tests.property.plain_model import Expected, PlainModel, names_of
from tests.property.whole_hub import WholeHub, with_tool

ACCOUNTS = (NUMBER, OTHER_NUMBER)
PEOPLE = 3
HOUR = timedelta(hours=1)

Job = tuple[str, int, int]
"""What a worker does: `deliver`, `merge`, `unmerge` or `refuse`, and which."""

JOBS = st.one_of(
    st.tuples(st.just("deliver"), st.integers(0, 30), st.just(0)),
    st.tuples(st.just("deliver"), st.integers(0, 30), st.just(0)),
    st.tuples(st.sampled_from(["merge", "merge", "unmerge", "refuse"]), st.integers(0, 3), st.integers(0, 3)),
)
FAULTS = st.one_of(
    st.none(),
    st.builds(Fault, st.integers(0, 40), st.sampled_from(["before", "after"]), st.sampled_from([Transient, Killed])),
)


class Observed:
    """A table that tells of each transaction right after it took effect, before anybody else can go on."""

    def __init__(self, table: Table, tell: Callable[[Sequence[Operation]], None]) -> None:
        self._table, self._tell = table, tell

    def transact(self, operations: Sequence[Operation]) -> Cost:
        cost = self._table.transact(operations)
        self._tell(operations)
        return cost

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)


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

    # what is said

    def _add(self, event: Event) -> None:
        self.by_key[items.message_key(event)] = len(self.events)
        self.owed.add(len(self.events))
        self.events.append(event)

    def _moment(self, late: int) -> timedelta:
        return timedelta(seconds=self.hub.now - START.timestamp()) - late * HOUR

    @rule(
        person=st.integers(0, PEOPLE - 1),
        phone=st.integers(0, PEOPLE),
        shape=st.sampled_from(["both", "both", "phone", "id"]),
        account=st.sampled_from([0, 0, 1]),
        late=st.sampled_from([0, 0, 1, 30]),
        quotes=st.one_of(st.none(), st.none(), st.none(), st.integers(0, 30)),
        outbound=st.sampled_from([False, False, False, True]),
    )
    def somebody_writes(
        self, person: int, phone: int, shape: str, account: int, late: int, quotes: int | None, outbound: bool
    ) -> None:
        more: dict[str, Any] = {"account": ACCOUNTS[account], "at": self._moment(late)}
        more["bsuid"] = f"EC.{person}" if shape != "phone" else None
        more["phone"] = f"59399123456{person if phone == PEOPLE else phone}" if shape != "id" else None
        if outbound:
            more |= {"direction": "outbound", "author": {"type": "agent"}}
        messages = [event for event in self.events if event.kind == "message" and event.channel == "whatsapp"]
        if quotes is not None and messages:
            more["in_reply_to"] = messages[quotes % len(messages)].message_id
        self._add(said(f"m{len(self.events)}", name="Ana", **more))

    @precondition(lambda self: any(event.channel == "whatsapp" for event in self.events))
    @rule(which=st.integers(0, 30), kind=st.sampled_from(["edit", "deletion", "reaction"]))
    def somebody_revises(self, which: int, kind: str) -> None:
        messages = [event for event in self.events if event.kind == "message" and event.channel == "whatsapp"]
        target = messages[which % len(messages)]
        more: dict[str, Any] = {"account": target.account, "kind": kind, "at": self._moment(0)}
        more |= (
            {"reaction": {"emoji": "👍", "target": target.message_id}}
            if kind == "reaction"
            else {"in_reply_to": target.message_id}
        )
        self._add(said(f"r{len(self.events)}", "corregido" if kind == "edit" else None, **more))

    @precondition(lambda self: any(event.channel == "whatsapp" for event in self.events))
    @rule(which=st.integers(0, 30), state=st.sampled_from(["sent", "delivered", "read"]))
    def a_receipt_comes(self, which: int, state: str) -> None:
        messages = [event for event in self.events if event.kind == "message" and event.channel == "whatsapp"]
        target = messages[which % len(messages)]
        more: dict[str, Any] = {"receipt": {"state": state, "target": target.message_id}, "author": {"type": "system"}}
        message = f"{target.message_id}:{state}:{len(self.events)}"
        self._add(said(message, None, kind="receipt", account=target.account, at=self._moment(0), **more))

    @precondition(lambda self: self.model.cases)
    @rule(
        which=st.integers(0, 10),
        deed=st.sampled_from(
            ["resolved", "resolved", "closed", "open", "on_hold", "pending_customer", "spam", "reply"]
        ),
        late=st.sampled_from([0, 0, 1]),
    )
    def staff_act(self, which: int, deed: str, late: int) -> None:
        cases = sorted(self.model.cases)
        moment = START + self._moment(late)
        parts: dict[str, Any] = {"channel": HUB, "account": HUB, "thread": cases[which % len(cases)]}
        parts |= {"message_id": f"h{len(self.events)}", "direction": "outbound", "occurred_at": moment}
        parts |= {"author": {"type": "agent", "id": "a1"}, "provider_type": "state"}
        parts |= {"kind": "message", "text": "Ya sale"} if deed == "reply" else {"kind": "state_change", "text": deed}
        self._add(Event.model_validate(parts))

    # what workers do

    @precondition(lambda self: self.owed)
    @rule(order=st.lists(st.integers(0, 2), max_size=60), fault=FAULTS)
    def what_is_new_is_taken_in(self, order: list[int], fault: Fault | None) -> None:
        """The newest deliveries, by a worker each."""
        self._at_once([("deliver", number, 0) for number in sorted(self.owed)[-3:]], order, fault)

    @precondition(lambda self: self.events)
    @rule(jobs=st.lists(JOBS, min_size=1, max_size=3), order=st.lists(st.integers(0, 2), max_size=60), fault=FAULTS)
    def workers_work(self, jobs: list[Job], order: list[int], fault: Fault | None) -> None:
        """Whatever comes, copies too, while staff merge and part customers."""
        self._at_once(jobs, order, fault)

    @precondition(lambda self: len(self.model.customers) > 1)
    @rule(job=JOBS, order=st.lists(st.integers(0, 2), max_size=60), number=st.integers(0, 30))
    def staff_merge_meanwhile(self, job: Job, order: list[int], number: int) -> None:
        self._at_once([("merge", 0, 1), job, ("deliver", number, 0)], order, None)

    @precondition(lambda self: self.merges)
    @rule(job=JOBS, order=st.lists(st.integers(0, 2), max_size=60), which=st.integers(0, 3), number=st.integers(0, 30))
    def staff_part_them_meanwhile(self, job: Job, order: list[int], which: int, number: int) -> None:
        self._at_once([("unmerge", which, 0), job, ("deliver", number, 0)], order, None)

    def _at_once(self, jobs: list[Job], order: list[int], fault: Fault | None) -> None:
        turns, storm = Turns(by_list(order)), Storm(fault)
        self.around = lambda name, call: turns.around(name, lambda: storm.around(name, call))
        self.pausing = turns.pause
        self.earlier = [self.model.snapshot()]
        ends = turns.run([lambda job=job: self._do(job) for job in jobs])  # type: ignore[misc]
        self.around = lambda _, call: call()
        self.pausing = lambda _: None
        for end in ends:
            if end.error is not None and not (fault and isinstance(end.error, (Killed, Transient))):
                raise end.error
        assert self.failures == []

    def _do(self, job: Job) -> None:
        kind, first, second = job
        if kind == "deliver":
            self._deliver(first % len(self.events))
            return
        customers = sorted(self.model.customers)
        if kind == "unmerge" and self.merges:
            self._unmerge(self.merges[first % len(self.merges)])
        elif kind in ("merge", "refuse") and len(customers) > 1:
            one, other = customers[first % len(customers)], customers[second % len(customers)]
            if one != other:
                (self._merge if kind == "merge" else self._refuse)(one, other)

    def _deliver(self, number: int) -> None:
        event = self.events[number]
        envelope = {"channel": event.channel, "delivery": f"d{number}", "index": 0, "raw": {"said": event.dump()}}
        envelope["received_at"] = now_text(self.hub.now)
        Intake(self.hub.context, lambda _: Told()).take(json.dumps(envelope))
        self.owed.discard(number)

    def _merge(self, one: str, other: str) -> None:
        try:
            merge(self.hub.context, one, other, Cause("staff", "agent"))
        except Blocked:
            return

    def _unmerge(self, merge_id: str) -> None:
        try:
            unmerge(self.hub.context, merge_id, by="agent")
        except Permanent:
            return  # the loser was parted from another since

    def _refuse(self, one: str, other: str) -> None:
        first, second = self.model.living(one), self.model.living(other)
        if first != second:
            at = now_text(self.hub.now)
            candidates.decide(self.hub.context.table, first, second, "refused", by="agent", at=at)

    @rule(hours=st.sampled_from([1, 30, 24 * 8]))
    def time_passes(self, hours: int) -> None:
        self.earlier = [self.model.snapshot()]
        self.hub.pass_time(hours * 3600.0)
        self.hub.tick()
        self._time_told()
        assert self.failures == []

    @precondition(lambda self: self.model.cases)
    @rule()
    def everything_is_read_again(self) -> None:
        """The parsers are as they were, so nothing is revised."""
        before = self.hub.everything()
        hub = self.hub
        again = Replay(hub.watched_table, hub.watched_files, hub.watched_queues, lambda _: Told(), hub.clock)
        day = datetime.fromtimestamp(hub.now, UTC)
        outcome = again.page(Wish(since=START - timedelta(days=2), until=day + timedelta(days=1)), None, hub.now + 60)
        assert outcome.next is None
        assert hub.everything() == before

    # what the model is told

    def _told(self, operations: Sequence[Operation]) -> None:
        """One transaction took effect. What does not agree is kept: it must not look like a worker's death."""
        try:
            self._tell(operations)
        except AssertionError as error:
            self.failures.append(str(error))

    def _tell(self, operations: Sequence[Operation]) -> None:
        for operation in operations:
            if isinstance(operation, Put) and operation.key in self.by_key and "case" in operation.item:
                event = self.events[self.by_key[operation.key]]
                if "holder" not in operation.item or event.message_id not in self.model.place:
                    self._recorded(event, operation.item)
        self._follow_merges()
        self.earlier.append(self.model.snapshot())

    def _recorded(self, event: Event, index: Item) -> None:
        if event.message_id in self.model.place:
            return  # it is moved: see `_follow_merges`
        case = self.hub.case(index["case"])
        if event.channel == HUB:
            self.model.takes_deed(event, case["id"])
        elif event.kind == "message":
            self._message(event, case, index.get("holder", case["customer"]))
        else:
            assert case["id"] == self.model.place[event.in_reply_to or (event.reaction and event.reaction.target) or ""]
            self.model.takes_revision(event, case["id"])
        assert case["state"] == self.model.cases[case["id"]].state, f"{event.message_id} left its case {case['state']}"

    def _message(self, event: Event, case: Item, customer: str) -> None:
        expected = self.model.expected(event)
        fits = [each for each in (expected, *self._earlier(event)) if self._fits(each, case, customer)]
        assert fits, f"{event.message_id} is in {case['id']} of {customer}; expected {expected}"
        self.model.takes_message(event, case["id"], customer, fits[0])
        for identity, name in names_of(event).items():
            lock = self.hub.item(items.identity_key(identity))
            if lock is None:
                self.model.holder.pop(name, None)  # there was no room for it: the next message brings it again

    def _earlier(self, event: Event) -> list[Expected]:
        """What was read may be a moment old, as long as it harms nobody: any moment of this step will do."""
        return [model.expected(event) for model in reversed(self.earlier)]

    def _fits(self, expected: Expected, case: Item, customer: str) -> bool:
        if expected.owner is None:
            is_theirs = customer not in self.model.customers
        else:
            is_theirs = self.model.living(customer) == self.model.living(expected.owner)
        decided = expected.decision.case
        is_meant = case["id"] == decided if decided else case["id"] not in self.model.cases
        return is_theirs and is_meant

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
        self.model.into = into

    def _time_told(self) -> None:
        for case in self.hub.found("CAS#", "CASE"):
            plain = self.model.cases[case["id"]]
            if case["state"] != plain.state:
                assert (plain.state, case["state"]) in {
                    ("resolved", "closed"),
                    ("pending_customer", "resolved"),
                    ("on_hold", "open"),
                }
                plain.state = case["state"]
                plain.since = datetime.fromisoformat(case["state_at"])

    # what must hold

    @invariant()
    def promises_hold(self) -> None:
        check(self.hub, self.model)

    def teardown(self) -> None:
        """The queue gives nothing up: everything to its end, then a copy of everything."""
        if not self.events:
            return
        self.earlier = [self.model.snapshot()]
        for _ in range(2):
            for number in sorted(self.owed | self._given_up()):
                self._deliver(number)
        assert self.failures == []
        self.hub.tick()
        before = _entries(self.hub)
        for number in range(len(self.events)):
            self._deliver(number)
        assert _entries(self.hub) == before, "copies wrote something"
        assert self.failures == []
        recorded = {event.message_id for event in self.events if event.kind != "receipt"}
        assert self.model.place.keys() == recorded, "something was lost"
        assert self.hub.found("PEND#") == []
        check_receipts(self.hub, [event for event in self.events if event.kind == "receipt"])
        self.promises_hold()

    def _given_up(self) -> set[int]:
        """Revisions whose message did not come within a day are dead letters: they are sent back as well."""
        numbered = enumerate(self.events)
        return {one for one, event in numbered if event.kind != "receipt" and event.message_id not in self.model.place}


def _entries(hub: WholeHub) -> Counter[str]:
    return Counter(item["pk"] for item in hub.found("CAS#", "ENT#"))


QUICK = settings(
    max_examples=60,
    stateful_step_count=20,
    database=None,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
)


@pytest.fixture(scope="module")
def dynamodb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dynamodb_local.DynamoDbLocal]:
    if not dynamodb_local.is_available():
        pytest.skip("DynamoDB Local needs Java and npm")
    with dynamodb_local.start(tmp_path_factory.mktemp("dynamodb")) as running:
        yield running


@pytest.mark.java
@pytest.mark.slow
def test_on_dynamodb_too(dynamodb: dynamodb_local.DynamoDbLocal) -> None:
    class OnDynamo(HubMachine):
        def new_table(self) -> Table:
            return dynamodb.table()

    run_state_machine_as_test(OnDynamo, settings=settings(QUICK, max_examples=6, stateful_step_count=12))


def test_whatever_happens_the_hub_holds_what_the_model_holds() -> None:
    run_state_machine_as_test(HubMachine, settings=QUICK)


@pytest.mark.slow
def test_whatever_happens_the_hub_holds_what_the_model_holds_at_length() -> None:
    run_state_machine_as_test(
        HubMachine, settings=settings(QUICK, derandomize=False, max_examples=1500, stateful_step_count=40)
    )
