"""Whatever order, copies, stumbles, sudden deaths and rivals messages meet, what is recorded of them is right.

A script is a set of events and the deliveries of them. In each delivery one call to the table may fail or kill the
worker, before or after its effect, or another delivery may run from beginning to end just before that call. In the
end everything is delivered once more, as a queue would, and what lies in the table is held against what was said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.sqlite.database import Database
from local.sqlite.stream import Stream
from local.sqlite.table import SqliteTable
from shared.application.intake import Intake
from shared.application.record.who import living_profile
from shared.configuration import Config
from shared.domain.case import ACTIVE
from shared.domain.delivery import RANK
from shared.domain.errors import Transient
from shared.domain.event import Entry, Event
from shared.ports import Absent, Cost, Found, Item, Key, Operation, Page, Put, Table
from shared.store import items, keys
from shared.store.views import entry_view
from tests.engine.record.bench import NUMBER, OTHER_NUMBER, START, CountedTable, Hub, Told, config, said

ACCOUNTS = (NUMBER, OTHER_NUMBER)
PEOPLE = 3
PHONES = tuple(f"59399123456{number}" for number in range(PEOPLE))
SCOPED = tuple(f"EC.{number}" for number in range(PEOPLE))
REVISIONS = ("reaction", "edit", "deletion")
STATES = ("sent", "delivered", "read", "failed")


class Died(BaseException):
    """A worker ended without a word."""


@dataclass(frozen=True)
class Fault:
    """What happens at the worker's call number `at`; `meanwhile`: the event that is taken just before it."""

    at: int
    what: str
    meanwhile: int = 0


@dataclass(frozen=True)
class Saying:
    """One event of a script. `target`: the place of a message among the script's messages."""

    person: int
    phone: int
    shape: str
    account: int
    kind: str
    target: int
    outbound: bool
    state: str
    hours: int
    name: str
    quotes: bool


@dataclass(frozen=True)
class Step:
    """`end`: instead of a delivery, staff end the newest case with this state, or merge the two newest customers."""

    event: int
    fault: Fault | None
    end: str | None


class Storm:
    """A table as one worker sees it."""

    def __init__(self, table: Table, fault: Fault | None, take: Callable[[int], None], written: set[Key]) -> None:
        self.table, self.fault, self.take, self.written = table, fault, take, written
        self.calls = 0

    def get(self, key: Key) -> Found:
        return self._call(lambda: self.table.get(key))

    def query(self, pk: str, prefix: str = "", **options: Any) -> Page:
        return self._call(lambda: self.table.query(pk, prefix, **options))

    def transact(self, operations: list[Operation]) -> Cost:
        self.written.update(operation.key for operation in operations)
        return self._call(lambda: self.table.transact(operations))

    def depths(self) -> None: ...

    def _call(self, call: Callable[[], Any]) -> Any:
        fault = self.fault if self.fault and self.fault.at == self.calls else None
        self.calls += 1
        if fault is None:
            return call()
        if fault.what == "rival":
            self.take(fault.meanwhile)
            return call()
        failure = Died() if fault.what.startswith("death") else Transient("no answer")
        if fault.what.endswith("before"):
            raise failure
        call()
        raise failure


class World:
    """A hub, the script's events in it, and all that was written."""

    def __init__(self, table: Table, sayings: list[Saying], configuration: Config) -> None:
        self.table = table
        self.hub = Hub(CountedTable(table))
        self.context = replace(self.hub.context, config=configuration)
        self.events = _events(sayings)
        self.written: set[Key] = set()
        self.done: set[int] = set()

    def take(self, number: int, fault: Fault | None = None) -> None:
        """One delivery. It counts as done when it came to its end."""
        event = self.events[number % len(self.events)]
        storm = Storm(self.table, fault, self.take, self.written)
        intake = Intake(replace(self.context, table=storm), {"whatsapp": Told()}.__getitem__)
        try:
            intake.take(self.hub.incoming(event).envelope)
        except (Died, Transient):
            return
        self.done.add(number % len(self.events))

    def end_newest(self, state: str) -> None:
        """As an agent's action will: an entry, and the case's next sequence."""
        cases = [case for case in self.cases() if case["state"] in ACTIVE]
        if not cases:
            return
        case = max(cases, key=lambda found: str(found["id"]))
        last = max(entry.occurred_at for entry in self.log(case) if entry.occurred_at)
        sequence, at = case["sequence"] + 1, last + timedelta(minutes=1)
        cause = self.log(case)[0]
        moment = {"resolved_at": at.isoformat()} | ({"closed_at": at.isoformat()} if state == "closed" else {})
        entry = items.state_change(case["id"], sequence, cause, case["state"], state, at, at.isoformat())
        self.written.add((entry["pk"], entry["sk"]))
        step = items.case_step(case, sequence, {"state": state, **moment})
        self.table.transact([Put(entry, when=(Absent(),)), step])

    def merge_newest(self) -> None:
        """As staff's merge will: a tombstone, and a survivor with what both had."""
        living = [profile for _, profile in sorted(self.profiles().items()) if not profile.get("merged_into")]
        if len(living) < 2:
            return
        survivor, loser = living[-2:]
        joined = {name: [*survivor[name], *loser[name]] for name in ("identities", "conversations")}
        joined["cases"] = {**survivor["cases"], **loser["cases"]}
        tombstone = items.profile_step(loser, {"merged_into": survivor["id"]}, tells=False)
        self.table.transact([tombstone, items.profile_step(survivor, joined, tells=True)])

    def living(self, customer: str | None) -> str | None:
        return living_profile(self.table, customer)["id"] if customer else None

    def finish(self) -> None:
        """The queue gives nothing up: everything to its end, then a copy of everything."""
        for number in range(len(self.events)):
            if number not in self.done:
                self.take(number)
        entries = self.entries()
        for number in range(len(self.events)):
            self.take(number)
        assert self.entries() == entries, "copies wrote something"

    # what lies in the table

    def found(self, start: str, sk: str) -> list[Item]:
        wanted = sorted(key for key in self.written if key[0].startswith(start) and key[1].startswith(sk))
        return [item for key in wanted if (item := self.table.get(key).item)]

    def cases(self) -> list[Item]:
        return self.found("CAS#", "CASE")

    def profiles(self) -> dict[str, Item]:
        return {item["id"]: item for item in self.found("CUS#", "PROFILE")}

    def log(self, case: Item) -> list[Entry]:
        return [entry_view(item) for item in self.table.query(case["pk"], "ENT#").items]

    def entries(self) -> dict[str, tuple[str, int]]:
        """Case and sequence of every entry, by the id of its message. Each is there once."""
        logs = [(entry.message_id, (case["id"], entry.sequence)) for case in self.cases() for entry in self.log(case)]
        assert max(Counter(message for message, _ in logs).values(), default=1) == 1
        return dict(logs)

    def owner(self, kind: str, value: str) -> str | None:
        namespace = "default" if kind == "whatsapp" else None
        lock = self.table.get(keys.identity(kind, namespace, value)).item
        return lock["customer"] if lock else None


def _events(sayings: list[Saying]) -> list[Event]:
    """The script's events; the first is always a message."""
    messages = [number for number, saying in enumerate(sayings) if saying.kind == "message" or number == 0]
    return [_event(number, saying, messages, sayings) for number, saying in enumerate(sayings)]


def _event(number: int, saying: Saying, messages: list[int], sayings: list[Saying]) -> Event:
    target = messages[saying.target % len(messages)]
    spoken = saying if number in messages else sayings[target]
    more: dict[str, Any] = {"account": ACCOUNTS[spoken.account], "at": timedelta(hours=saying.hours)}
    more |= {"bsuid": SCOPED[saying.person]} if saying.shape != "phone" else {}
    more["phone"] = PHONES[saying.phone] if saying.shape != "id" else None
    more["name"] = saying.name
    if number in messages:
        if saying.outbound:
            more |= {"direction": "outbound", "author": {"type": "agent"}}
        if saying.quotes and target != number:
            more["in_reply_to"] = f"m{target}"
        return said(f"m{number}", **more)
    if saying.kind == "receipt":
        more |= {"receipt": {"state": saying.state, "target": f"m{target}"}, "author": {"type": "system"}}
        return said(f"m{target}:{saying.state}", None, kind="receipt", **more)
    if saying.kind == "reaction":
        return said(f"r{number}", None, kind="reaction", reaction={"emoji": "👍", "target": f"m{target}"}, **more)
    return said(f"r{number}", "corregido", kind=saying.kind, in_reply_to=f"m{target}", **more)


# what must hold


def check(world: World) -> None:
    _everything_is_recorded_once(world)
    _sequences_have_no_gaps(world)
    _each_identity_belongs_to_one_customer(world)
    _each_conversation_has_one_active_case(world)
    _revisions_and_receipts_are_on_their_targets(world)
    _nothing_waits(world)
    _who_writes_is_who_is_meant(world)


def _everything_is_recorded_once(world: World) -> None:
    entries = world.entries()
    for event in world.events:
        failed_answer = event.receipt and event.receipt.state == "failed" and _is_outbound(world, event)
        if event.receipt is None or failed_answer:
            index = world.table.get(items.message_key(event)).item
            assert index, f"{event.message_id} was lost"
            assert entries[event.message_id] == (index["case"], index["sequence"])
        else:
            assert event.message_id not in entries


def _is_outbound(world: World, event: Event) -> bool:
    target = event.receipt.target if event.receipt else None
    return any(one.message_id == target and one.direction == "outbound" for one in world.events)


def _sequences_have_no_gaps(world: World) -> None:
    for case in world.cases():
        assert [entry.sequence for entry in world.log(case)] == list(range(1, case["sequence"] + 1))
        reference = world.table.get(keys.reference(case["reference"])).item
        assert reference
        assert reference["case"] == case["id"]


def _each_identity_belongs_to_one_customer(world: World) -> None:
    profiles = world.profiles()
    listed: dict[tuple[str, str], list[str]] = {}
    for customer, profile in profiles.items():
        for identity in items.live_identities(profile) if not profile.get("merged_into") else ():
            listed.setdefault((identity.kind, identity.value), []).append(customer)
    for (kind, value), customers in listed.items():
        assert customers == [world.living(world.owner(kind, value))], f"{kind} is listed by {len(customers)}"
    for lock in world.found("IDN#", "IDN"):
        kind, value = lock["pk"].split("#")[1], lock["pk"].split("#")[3]
        assert (kind, value) in listed


def _each_conversation_has_one_active_case(world: World) -> None:
    """A conversation is a customer on one account of ours, by whichever identity."""
    active = Counter(
        (case["customer"], case["conversations"][0].split("#")[2]) for case in world.cases() if case["state"] in ACTIVE
    )
    assert max(active.values(), default=1) == 1, active
    cases, profiles = {case["id"]: case for case in world.cases()}, world.profiles()
    for conversation in world.found("CNV#", "CNV"):
        if "customer" in conversation:
            assert conversation["customer"] in profiles
            assert world.living(cases[conversation["case"]]["customer"]) == world.living(conversation["customer"])


def _revisions_and_receipts_are_on_their_targets(world: World) -> None:
    entries = world.entries()
    highest: dict[str, int] = {}
    for event in world.events:
        target = event.receipt.target if event.receipt else event.reaction.target if event.reaction else None
        if event.kind in ("edit", "deletion"):
            target = event.in_reply_to
        if target is None:
            continue
        case, sequence = entries[target]
        if event.receipt and _is_outbound(world, event):
            highest[target] = max(highest.get(target, 0), RANK[event.receipt.state])
        elif event.kind in REVISIONS:
            mine = entries[event.message_id]
            item = world.table.get(keys.entry(*mine)).item
            assert item
            assert (mine[0], item["target"]) == (case, sequence)
            assert mine[1] > sequence
    for target, rank in highest.items():
        item = world.table.get(keys.entry(*entries[target])).item
        assert item
        assert item["delivery_rank"] == rank


def _nothing_waits(world: World) -> None:
    assert world.found("PEND#", "") == []
    assert [item for item in world.found("MSG#", "MSG") if item.get("waiting")] == []


def _who_writes_is_who_is_meant(world: World) -> None:
    """A scoped id never changes hands; and whoever writes next is whoever holds the identity they write by."""
    entries, cases = world.entries(), {case["id"]: case for case in world.cases()}
    for event in world.events:
        scoped = next((one.value for one in event.identities if one.kind == "whatsapp"), None)
        if scoped and event.kind == "message":
            customer = cases[entries[event.message_id][0]]["customer"]
            assert world.living(customer) == world.living(world.owner("whatsapp", scoped))
    locks = [(lock["pk"].split("#")[1], lock["pk"].split("#")[3]) for lock in world.found("IDN#", "IDN")]
    for kind, value in locks:
        for account in ACCOUNTS:
            names: dict[str, Any] = {"phone": value[1:]} if kind == "phone" else {"phone": None, "bsuid": value}
            probe = said(f"probe-{account}-{value}", account=account, at=timedelta(hours=400), **names)
            outcome = world.hub.record(probe)
            customer = world.hub.case(outcome.case)["customer"]
            assert world.living(customer) == world.living(world.owner(kind, value)), f"a {kind} led to another"


# scripts

FAULTS = st.builds(
    Fault,
    st.integers(0, 12),
    st.sampled_from(["transient before", "transient after", "death before", "death after", "rival", "rival", "rival"]),
    st.integers(0, 15),
)


def sayings(own_phone: bool) -> st.SearchStrategy[Saying]:
    made = st.builds(
        Saying,
        person=st.integers(0, PEOPLE - 1),
        phone=st.integers(0, PEOPLE - 1),
        shape=st.sampled_from(["both", "both", "phone", "id"]),
        account=st.integers(0, 1),
        kind=st.sampled_from(["message", "message", "message", "message", "receipt", *REVISIONS]),
        target=st.integers(0, 15),
        outbound=st.sampled_from([False, False, True]),
        state=st.sampled_from(STATES),
        hours=st.sampled_from([0, 1, 30, 60, 120]),
        name=st.sampled_from(["Ana", "Ana", "Ana P."]),
        quotes=st.sampled_from([False, False, False, True]),
    )
    return made.map(lambda saying: replace(saying, phone=saying.person)) if own_phone else made


STEPS = st.lists(
    st.builds(
        Step,
        st.integers(0, 15),
        st.one_of(st.none(), FAULTS, FAULTS),
        st.sampled_from([None] * 12 + ["resolved", "closed", "merge"]),
    ),
    max_size=24,
)
SCRIPTS = st.booleans().flatmap(lambda own: st.lists(sayings(own), min_size=1, max_size=12))
QUICK = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
LONG = settings(QUICK, max_examples=3000)


@contextmanager
def fresh_table() -> Iterator[Table]:
    memory = Path("/dev/shm")  # noqa: S108 nothing here asks whether it is durable
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        database = Database(Path(folder) / "hub.db")
        try:
            yield SqliteTable(database, Stream(database), START.timestamp)
        finally:
            database.close()


def play(script: list[Saying], steps: list[Step]) -> None:
    with fresh_table() as table:
        world = World(table, script, config())
        for step in steps:
            if step.end == "merge":
                world.merge_newest()
            elif step.end:
                world.end_newest(step.end)
            else:
                world.take(step.event, step.fault)
        world.finish()
        check(world)


@QUICK
@given(SCRIPTS, STEPS)
def test_whatever_happens_what_is_recorded_is_right(script: list[Saying], steps: list[Step]) -> None:
    play(script, steps)


@pytest.mark.slow
@LONG
@given(SCRIPTS, STEPS)
def test_whatever_happens_what_is_recorded_is_right_at_length(script: list[Saying], steps: list[Step]) -> None:
    play(script, steps)
