"""Whoever is parted has their own name again, whoever of the family has written since under another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.application.inquire_merges import explain
from shared.application.record.unmerge import unmerge
from shared.domain.event import Event
from tests.engine.record.people import People

Say = Callable[..., Event]
LATER = timedelta(minutes=5)


@pytest.fixture
def people(hub: Any, say: Say) -> People:
    found = People(hub, say)
    for who in "abc":
        found.closes(found.writes(who))
    return found


def part(people: People, *merges: str) -> None:
    for merge in merges:
        unmerge(people.hub.context, merge, by="api")


def names(people: People) -> list[str | None]:
    return [people.profile(who).get("display_name") for who in "abc"]


def test_the_survivor_s_own_name_outlasts_what_a_merged_one_writes_under_theirs(people: People) -> None:
    first = people.merge("b", "c")
    second = people.merge("a", "b")
    assert people.lives_as("a") == "b"  # who has more identities
    part(people, first)
    people.writes("a", "a2", LATER)
    assert people.profile("b")["display_name"] == "A"
    part(people, second)
    assert names(people) == ["A", "B", "C"]
    assert not any("other_fields" in people.profile(who) for who in "abc")


def test_a_chain_parted_from_above_keeps_the_middle_one_s_name(people: People) -> None:
    people.knows("a", 5)
    people.knows("b", 2)
    first = people.merge("b", "c")
    second = people.merge("a", "b")
    people.closes(people.writes("b", "b2", LATER, name="Benita"))
    people.writes("c", "c2", LATER * 2, name="Carla")
    part(people, second)
    assert names(people)[:2] == ["A", "Carla"]
    part(people, first)
    assert names(people) == ["A", "Benita", "Carla"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_name_first_said_after_the_merge_is_theirs_though_another_s_followed(hub: Any, say: Say, order: Any) -> None:
    people = People(hub, say)
    for who, name in (("a", "A"), ("b", None), ("c", None)):
        people.closes(people.writes(who, name=name))
    merges = [people.merge("a", "b"), people.merge("a", "c")]
    people.closes(people.writes("b", "b2", LATER, name="Benita"))
    people.writes("c", "c2", LATER * 2, name="Carla")
    assert people.profile("a")["display_name"] == "Carla"
    shown = [(one["value"], one["shown"]) for one in explain(people.hub.table, people.ids["a"])["fields"]]
    assert set(shown) == {("Carla", True), ("Benita", False), ("A", False)}
    part(people, *(merges[one] for one in order))
    assert names(people) == ["A", "Benita", "Carla"]
