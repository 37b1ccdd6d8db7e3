"""A tool's contact after a merge: the one that is there is linked, none is made twice, and each has theirs again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shared.application.trigger import Trigger
from shared.domain.case import Case
from shared.domain.customer import Customer
from shared.ports.connectors import Remote
from shared.ports.table import Update
from shared.store import keys


@dataclass
class Linking:
    """A tool that says what it was told of contacts: whom, and which contact it knew."""

    name: str
    told: list[tuple[str, str | None]]
    opened: list[tuple[str, str]]

    def put_contact(self, customer: Customer, version: int, known: Remote | None, *, retry: bool) -> Remote:
        self.told.append((customer.id, known.id if known else None))
        return known or Remote(f"contact-{customer.id}", adopted=customer.id == "found")

    def open_case(self, case: Case, customer: Customer, contact: Remote, *, retry: bool) -> Remote:
        self.opened.append((case.id, contact.id))
        return Remote(f"ticket-{case.id}")

    def append(self, *_: Any, retry: bool) -> str:
        return "comment"


def linking(world: Any) -> Linking:
    world.tool = Linking("demo", [], [])
    return world.tool


def merged(world: Any, survivor: str, loser: str, version: int = 2) -> None:
    """As a merge leaves them."""
    said = {"family": [loser], "merged": 1, "contact_version": version, "version": version}
    world.table.table.transact(
        [
            Update(keys.customer(survivor), set=said),
            Update(keys.customer(loser), set={"merged_into": survivor, "merge": f"{survivor}~1"}),
        ]
    )


def parted(world: Any, survivor: str, loser: str, version: int = 3) -> None:
    said = {"contact_version": version, "version": version}
    world.table.table.transact(
        [
            Update(keys.customer(survivor), set=said, remove=("family", "merged")),
            Update(keys.customer(loser), set=said, remove=("merged_into", "merge")),
        ]
    )


def behind(world: Any, remote: str) -> str:
    return str(world.item(keys.remote("demo", "contact", remote))["customer"])


def test_a_survivor_nobody_told_of_is_linked_to_the_losers_contact(world: Any) -> None:
    tool = linking(world)
    world.sync(world.case(entries=1, case="k1", customer="loser"))
    world.customer("survivor")
    merged(world, "survivor", "loser")
    assert world.sync(Trigger("demo", "survivor", version=2)) == "pushed"
    assert tool.told == [("loser", None), ("survivor", "contact-loser")]
    found = world.contact("survivor")
    assert (found["remote_id"], found["lender"], found["version"]) == ("contact-loser", "loser", 2)
    assert behind(world, "contact-loser") == "loser"
    world.sync(world.case(entries=1, case="k2", customer="survivor"))
    assert tool.opened == [("k1", "contact-loser"), ("k2", "contact-loser")]


def test_a_case_of_the_survivors_links_it_first(world: Any) -> None:
    tool = linking(world)
    world.sync(world.case(entries=1, case="k1", customer="loser"))
    world.customer("survivor")
    merged(world, "survivor", "loser")
    world.sync(world.case(entries=1, case="k2", customer="survivor"))
    assert tool.told == [("loser", None), ("survivor", "contact-loser")]
    assert tool.opened[-1] == ("k2", "contact-loser")


def test_of_two_contacts_each_stays_and_the_survivors_is_told(world: Any) -> None:
    tool = linking(world)
    for who, case in (("survivor", "k1"), ("loser", "k2")):
        world.sync(world.case(entries=1, case=case, customer=who))
    merged(world, "survivor", "loser")
    assert world.sync(Trigger("demo", "survivor", version=2)) == "pushed"
    assert world.sync(Trigger("demo", "loser", version=2)) == "level"
    assert tool.told[-1] == ("survivor", "contact-survivor")
    assert world.contact("loser")["remote_id"] == "contact-loser"
    assert world.sync(world.say("k2")) == "pushed"


def test_after_the_end_of_a_merge_each_has_their_own(world: Any) -> None:
    tool = linking(world)
    world.sync(world.case(entries=1, case="k1", customer="loser"))
    world.customer("survivor")
    merged(world, "survivor", "loser")
    world.sync(Trigger("demo", "survivor", version=2))
    parted(world, "survivor", "loser")
    assert world.sync(Trigger("demo", "loser", version=3)) == "pushed"
    assert tool.told[-1] == ("loser", "contact-loser")
    assert world.sync(Trigger("demo", "survivor", version=3)) == "level"  # told with their next case
    world.sync(world.case(entries=1, case="k2", customer="survivor"))
    assert tool.told[-1] == ("survivor", None)
    assert tool.opened[-1] == ("k2", "contact-survivor")
    found = world.contact("survivor")
    assert (found["remote_id"], "lender" in found) == ("contact-survivor", False)
    assert behind(world, "contact-survivor") == "survivor"


def test_a_contact_that_was_there_before_is_marked(world: Any) -> None:
    linking(world)
    world.sync(world.case(entries=1, case="k1", customer="found"))
    world.sync(world.case(entries=1, case="k2", customer="made"))
    assert world.contact("found")["adopted"] is True
    assert "adopted" not in world.contact("made")


def test_a_merged_customers_next_entry_costs_what_any_does(world: Any) -> None:
    linking(world)
    process = world.process()
    world.sync(world.case(entries=1, case="k1", customer="survivor"), means=process)
    world.customer("loser")
    merged(world, "survivor", "loser", version=1)
    trigger = world.say("k1")
    world.table.reads = world.table.writes = 0
    assert world.sync(trigger, means=process) == "pushed"
    assert (world.table.reads, world.table.writes) == (5, 2)
