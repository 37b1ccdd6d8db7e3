"""Two or three workers who meet: every order of their port calls, up to so many switches, ends as the model says.

Each order is told anew from nothing; then comes what always comes in the end: the clock, and a copy of everything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from local.memory.interleave import Choose, every_order
from shared.domain.event import Event
from shared.ports.table import Put
from shared.store import keys
from tests.engine.record.bench import OTHER_NUMBER, START, said
from tests.property.hub_people import PeopleWrite
from tests.property.hub_staff import StaffWork
from tests.property.jobs import Job
from tests.property.whole_hub import TOOL

ANA, BEA, EVA = "593991234567", "593987654321", "593982345678"
DAY_S = 24 * 3600.0


class Story(PeopleWrite, StaffWork):
    """What came before, told by `knows`; then the jobs that meet."""

    def says(self, phone: str | None = ANA, *, name: str | None = None, at_s: float = 0, **more: Any) -> int:
        """Something came in. Its number."""
        self.hub.pass_time(1)
        text = more.pop("text", "Hola")
        called = name or {ANA: "Ana", BEA: "Bea", EVA: "Eva"}.get(phone or "", "Ana")
        return self.add(said(f"m{len(self.events)}", text, phone=phone, name=called, at=self.moment(), **more))

    def knows(self, phone: str | None = ANA, **more: Any) -> int:
        """Something came in and was recorded."""
        number = self.says(phone, **more)
        self.at_once([("deliver", number, 0)], [])
        return number

    def staff(self, deed: str, which: int = 0) -> int:
        self.hub.pass_time(1)
        return self.add(self._deed(sorted(self.model.cases)[which], deed))

    def in_tool(self, text: str) -> int:
        """An agent changed the state of the first case's ticket."""
        self.hub.pass_time(1)
        case = min(self.model.cases)
        pk, sk = keys.remote(TOOL, "case", f"ticket-{case}")
        self.hub.table.transact([Put({"pk": pk, "sk": sk, "case": case, "customer": self.model.cases[case].customer})])
        parts: dict[str, Any] = {"channel": TOOL, "account": TOOL, "thread": f"ticket-{case}"}
        parts |= {"message_id": f"t{len(self.events)}", "kind": "state_change", "direction": "outbound", "text": text}
        parts |= {"author": {"type": "agent", "id": "a1"}, "provider_type": "state"}
        return self.add(Event.model_validate(parts | {"occurred_at": START + self.moment()}))

    def receipt(self, target: int, state: str) -> int:
        self.hub.pass_time(1)
        message = self.events[target].message_id
        more: dict[str, Any] = {"receipt": {"state": state, "target": message}, "author": {"type": "system"}}
        return self.add(said(f"{message}:{state}", None, kind="receipt", at=self.moment(), **more))

    def two(self) -> None:
        """Ana has a case; Bea, who wrote to the other number, another."""
        self.knows(ANA)
        self.knows(BEA, account=OTHER_NUMBER)

    def merged(self) -> None:
        self.two()
        self.at_once([("merge", 0, 1)], [])

    def across(self, **more: Any) -> int:
        """After the merge the loser writes, or is answered, in the survivor's case."""
        self.merged()
        [loser] = self.model.into
        names = sorted(name for name, by in self.model.holder.items() if by == loser)
        quoted = next(event for event in self.events if self.model.said_by[event.message_id] != loser)
        more |= {"in_reply_to": quoted.message_id, "account": quoted.account}
        return self.knows(names[0][2].removeprefix("+"), **more)


ANSWER: dict[str, Any] = {"direction": "outbound", "author": {"type": "agent"}}


def two_first_contacts(story: Story) -> list[Job]:
    return deliveries(story.says(bsuid="EC.1"), story.says(bsuid="EC.1"))


def first_contacts_by_different_ids(story: Story) -> list[Job]:
    return deliveries(story.says(bsuid="EC.1"), story.says())


def two_known_who_are_one(story: Story) -> list[Job]:
    story.knows(None, bsuid="EC.1", name="Ana")
    story.knows(ANA)
    return deliveries(story.says(ANA, bsuid="EC.1"), story.says(ANA, bsuid="EC.1"))


def next_holder_and_former_one(story: Story) -> list[Job]:
    story.knows(ANA, bsuid="EC.1")
    return deliveries(story.says(ANA, bsuid="EC.2", name="Carlos"), story.says(None, bsuid="EC.1"))


def message_and_its_edit(story: Story) -> list[Job]:
    message = story.says()
    edit = story.says(kind="edit", in_reply_to=story.events[message].message_id)
    return deliveries(edit, message)


def message_and_merge(story: Story) -> list[Job]:
    story.two()
    return [*deliveries(story.says(BEA)), ("merge", 0, 1)]


def first_contact_and_merge(story: Story) -> list[Job]:
    story.two()
    return [*deliveries(story.says(BEA, bsuid="EC.2")), ("merge", 0, 1)]


def merge_and_merge_reversed(story: Story) -> list[Job]:
    story.two()
    return [("merge", 0, 1), ("merge", 1, 0)]


def opt_out_and_merge(story: Story) -> list[Job]:
    story.two()
    return [*deliveries(story.says(BEA, text="BAJA")), ("merge", 0, 1)]


def resolved_in_the_tool_and_message(story: Story) -> list[Job]:
    story.knows()
    return deliveries(story.in_tool("resolved"), story.says())


def closed_by_the_clock_and_message(story: Story) -> list[Job]:
    story.knows()
    story.at_once(deliveries(story.staff("resolved")), [])
    story.hub.pass_time(8 * DAY_S)
    return [("clock", 0, 0), *deliveries(story.says())]


def parted_and_message(story: Story) -> list[Job]:
    story.across()
    return [("unmerge", 0, 0), *deliveries(story.says(BEA), story.says(ANA))[:1]]


def parted_and_message_in_the_others_case(story: Story) -> list[Job]:
    across = story.events[story.across()]
    [phone] = [one.address for one in across.identities]
    quote = story.says(phone, in_reply_to=across.in_reply_to, account=across.account)
    return [("unmerge", 0, 0), *deliveries(quote)]


def parted_and_receipt(story: Story) -> list[Job]:
    answer = story.across(**ANSWER)
    receipt = story.receipt(answer, "read")
    return [("unmerge", 0, 0), *deliveries(receipt)]


def parted_and_failure(story: Story) -> list[Job]:
    answer = story.across(**ANSWER)
    return [("unmerge", 0, 0), *deliveries(story.receipt(answer, "failed"))]


def parted_and_deletion(story: Story) -> list[Job]:
    across = story.events[story.across()]
    number = story.says(None, bsuid="EC.9", kind="deletion", in_reply_to=across.message_id, account=across.account)
    return [("unmerge", 0, 0), *deliveries(number)]


def parted_twice(story: Story) -> list[Job]:
    story.across()
    return [("unmerge", 0, 0), ("unmerge", 0, 0)]


def number_changed_and_message(story: Story) -> list[Job]:
    story.knows(ANA, bsuid="EC.1")
    old = [{"kind": "phone", "value": f"+{ANA}", "address": ANA, "level": "channel"}]
    more: dict[str, Any] = {"author": {"type": "system"}, "previous_identities": old}
    change = story.says(BEA, name="Ana", kind="identity_change", provider_type="system", text=None, **more)
    return deliveries(change, story.says(BEA, bsuid="EC.2", name="Ana"))


def three_first_contacts(story: Story) -> list[Job]:
    return deliveries(story.says(bsuid="EC.1"), story.says(bsuid="EC.1"), story.says())


def parted_and_merged_with_a_third(story: Story) -> list[Job]:
    story.knows(EVA)
    story.across()
    return [("unmerge", 0, 0), ("merge", 0, 1)]


def message_resolve_and_merge(story: Story) -> list[Job]:
    story.two()
    return [*deliveries(story.in_tool("resolved"), story.says(ANA)), ("merge", 0, 1)]


def deliveries(*numbers: int) -> list[Job]:
    return [("deliver", number, 0) for number in numbers]


LONG = {
    two_known_who_are_one,
    parted_twice,
    parted_and_message,
    parted_and_message_in_the_others_case,
    parted_and_receipt,
    parted_and_failure,
    parted_and_deletion,
    number_changed_and_message,
}
"""Of many calls: fewer switches visit as many orders."""

SMALL = [
    two_first_contacts,
    first_contacts_by_different_ids,
    two_known_who_are_one,
    next_holder_and_former_one,
    message_and_its_edit,
    message_and_merge,
    first_contact_and_merge,
    merge_and_merge_reversed,
    opt_out_and_merge,
    resolved_in_the_tool_and_message,
    closed_by_the_clock_and_message,
    parted_and_message,
    parted_and_message_in_the_others_case,
    parted_and_receipt,
    parted_and_failure,
    parted_and_deletion,
    parted_twice,
    number_changed_and_message,
]
LARGE = [three_first_contacts, parted_and_merged_with_a_third, message_resolve_and_merge]
"""Of three workers, or after much else."""


def visited(scenario: Callable[[Story], list[Job]], switches: int) -> int:
    """How many orders there were, each of which ended well."""
    told: list[int] = []

    def tell(choose: Choose) -> None:
        told.clear()
        story = Story()
        jobs = scenario(story)
        story.in_turns(jobs, lambda able: told.append(choose(able)) or told[-1])  # type: ignore[func-returns-value]
        story.promises_hold()
        story.teardown()

    orders = every_order(tell, switches=switches)
    try:
        return sum(1 for _ in orders)
    except BaseException as error:
        error.add_note(f"in the order {told}")
        raise


@pytest.mark.parametrize("scenario", SMALL, ids=lambda one: one.__name__)
def test_whoever_is_quicker(scenario: Callable[[Story], list[Job]]) -> None:
    assert visited(scenario, switches=1 if scenario in LONG else 2) >= 10


@pytest.mark.slow
@pytest.mark.parametrize("scenario", [*SMALL, *LARGE], ids=lambda one: one.__name__)
def test_whoever_is_quicker_again_and_again(scenario: Callable[[Story], list[Job]]) -> None:
    assert visited(scenario, switches=2 if scenario in LONG or scenario in LARGE else 3) >= 30  # the shortest has 35
