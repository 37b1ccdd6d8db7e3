"""What staff do: in cases, and to customers, whom they merge and part while people write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from shared.application.replay import Replay
from shared.application.replay_page import Wish
from shared.domain.event import HUB, Event
from tests.engine.record.bench import START, Told, said
from tests.property.faults import Fault
from tests.property.hub_machine import HubMachine
from tests.property.jobs import FAULTS, JOBS, ORDERS, Job
from tests.property.plain_model import Name

WHICH = st.integers(0, 30)


class StaffWork(HubMachine):
    # in cases

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
        self.add(self._deed(cases[which % len(cases)], deed, late))

    def _deed(self, case: str, deed: str, late: int = 0) -> Event:
        parts: dict[str, Any] = {"channel": HUB, "account": HUB, "thread": case, "message_id": f"h{len(self.events)}"}
        parts |= {"direction": "outbound", "occurred_at": START + self.moment(late)}
        parts |= {"author": {"type": "agent", "id": "a1"}, "provider_type": "state"}
        parts |= {"kind": "message", "text": "Ya sale"} if deed == "reply" else {"kind": "state_change", "text": deed}
        return Event.model_validate(parts)

    # whatever workers take

    @precondition(lambda self: self.owed)
    @rule(order=ORDERS, fault=FAULTS)
    def what_is_new_is_taken_in(self, order: list[int], fault: Fault | None) -> None:
        """The newest deliveries, by a worker each."""
        self.at_once([("deliver", number, 0) for number in sorted(self.owed)[-3:]], order, fault)

    @precondition(lambda self: self.events)
    @rule(jobs=st.lists(JOBS, min_size=1, max_size=3), order=ORDERS, fault=FAULTS)
    def workers_work(self, jobs: list[Job], order: list[int], fault: Fault | None) -> None:
        """Whatever comes, copies too, while staff merge and part customers."""
        self.at_once(jobs, order, fault)

    # to customers

    @precondition(lambda self: len(self.model.alive) > 1)
    @rule(job=JOBS, order=ORDERS, number=WHICH, pair=st.sampled_from([(0, 1), (1, 2), (0, 2)]))
    def staff_merge_meanwhile(self, job: Job, order: list[int], number: int, pair: tuple[int, int]) -> None:
        self.at_once([("merge", *pair), job, ("deliver", number, 0)], order)

    @precondition(lambda self: self.model.into)
    @rule(which=st.integers(0, 3), account=st.sampled_from([0, 0, 1]), quote=WHICH, order=ORDERS, job=JOBS)
    def one_who_was_merged_writes(self, which: int, account: int, quote: int, order: list[int], job: Job) -> None:
        """What came in by an identity of theirs may lie in a case of the other's."""
        self._writes_across(which, quote, order, job, answered=False)

    @precondition(lambda self: self.model.into)
    @rule(which=st.integers(0, 3), quote=WHICH, order=ORDERS, job=JOBS)
    def one_who_was_merged_is_answered(self, which: int, quote: int, order: list[int], job: Job) -> None:
        self._writes_across(which, quote, order, job, answered=True)

    @precondition(lambda self: self.model.into)
    @rule(which=WHICH, job=JOBS, order=ORDERS, fault=FAULTS, number=WHICH)
    def staff_part_them_meanwhile(
        self, which: int, job: Job, order: list[int], fault: Fault | None, number: int
    ) -> None:
        self.at_once([("unmerge", self._in_force(which), 0), job, ("deliver", number, 0)], order, fault)

    @precondition(lambda self: len(self.model.alive) > 1)
    @rule(which=st.integers(0, 3), quotes=st.lists(WHICH, min_size=1, max_size=3), order=ORDERS, job=JOBS)
    def two_are_merged_write_and_part(self, which: int, quotes: list[int], order: list[int], job: Job) -> None:
        """The whole life of a merge that was none."""
        before = set(self.model.into)
        self.at_once([("merge", which, which + 1)], [])
        if before == set(self.model.into):
            return  # something forbids it
        for quote in quotes:
            self._writes_across(which, quote, order, job, answered=quote % 3 == 0)
        if self.model.into:
            self.at_once([("unmerge", self._in_force(-1), 0), ("deliver", len(self.events) - 1, 0), job], order)

    def _in_force(self, which: int) -> int:
        """The place of a merge in force among all merges."""
        losers = {self.hub.found(f"CUS#{one}", "PROFILE")[0]["merge"] for one in self.model.into}
        places = [place for place, merge in enumerate(self.merges) if merge in losers]
        return places[which % len(places)] if places else 0

    def _writes_across(self, which: int, quote: int, order: list[int], job: Job, *, answered: bool) -> None:
        """By an identity of one who was merged, quoting what stands in a case of another of the family."""
        model = self.model
        losers = sorted(model.into)
        if not losers:
            return  # they parted meanwhile
        loser = losers[which % len(losers)]
        names = sorted((name for name, by in model.holder.items() if by == loser), key=str)
        family = [case for case in model.cases.values() if model.living(case.customer) == model.living(loser)]
        said_there = [message for case in family if case.customer != loser for message in case.log]
        others = [one for one in said_there if one in model.account and one not in model.choices]
        if not names or not others:
            return
        quoted = others[quote % len(others)]
        more: dict[str, Any] = {"account": self.model.account[quoted], "at": self.moment(), "in_reply_to": quoted}
        more |= {"direction": "outbound", "author": {"type": "agent"}} if answered else {}
        number = self.add(said(f"m{len(self.events)}", name="Ana", **_by(names[0]), **more))
        self.at_once([("deliver", number, 0), job], order)

    # time, and reading again

    @rule(hours=st.sampled_from([1, 30, 24 * 8]))
    def time_passes(self, hours: int) -> None:
        self.clock_looks(hours * 3600.0)

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


def _by(name: Name) -> dict[str, Any]:
    kind, _, value = name
    return {"bsuid": value, "phone": None} if kind == "whatsapp" else {"phone": value.removeprefix("+")}
