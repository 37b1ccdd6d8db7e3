"""Whatever is written, merged and parted in whatever order: nothing is lost, doubled or mixed, and in the end each has
their own again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from local.memory.table import MemoryTable
from shared.application.record.merge import merge
from shared.application.record.unmerge import unmerge
from shared.application.record.who import living_profile
from shared.domain.merging import family_of
from shared.store import merges
from tests.engine.record.bench import CountedTable, Hub, said
from tests.engine.record.people import PHONES, STAFF, People, steady

WHO = st.sampled_from("abcd")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), WHO, st.integers(0, 3)),
        st.tuples(st.just("rename"), WHO, st.integers(0, 2)),
        st.tuples(st.just("merge"), WHO, WHO),
        st.tuples(st.just("part"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("close"), WHO, st.just(0)),
        st.tuples(st.just("join"), WHO, WHO),
        st.tuples(st.just("say_state"), WHO, st.sampled_from(["open", "pending_customer", "resolved", "spam"])),
    ),
    max_size=16,
)


class Script:
    def __init__(self) -> None:
        self.people = People(Hub(CountedTable(MemoryTable(lambda: 0.0))), said)
        self.wrote: dict[str, list[str]] = {who: [] for who in "abcd"}
        self.names = {who: who.upper() for who in "abcd"}
        self.last: dict[str, Any] = {}
        self.merges: list[str] = []
        self.deeds = 0
        for who in "abcd":
            self.write(who, 0)

    def write(self, who: str, minutes: int) -> None:
        text = f"{who}-{sum(map(len, self.wrote.values()))}"
        self.last[who] = self.people.writes(who, text, timedelta(minutes=minutes), name=self.names[who])
        self.wrote[who].append(text)

    def rename(self, who: str, number: int) -> None:
        """They write under a name that nobody else has."""
        self.names[who] = f"{who.upper()}{number}"
        self.write(who, number)

    def merge(self, one: str, other: str) -> None:
        if one != other:
            ids = self.people.ids
            done = merge(self.people.hub.context, ids[one], ids[other], STAFF)
            self.people.hub.seconds += 1
            if done.result == "merged":
                self.merges.append(done.merge or "")

    def part(self, number: int, _: int = 0) -> None:
        if self.merges:
            unmerge(self.people.hub.context, self.merges.pop(number % len(self.merges)), by="api")

    def close(self, who: str, _: int) -> None:
        self.people.closes(self.last[who])

    def join(self, who: str, other: str) -> None:
        """People join the last case of the one to that of the other."""
        case, into = self.last[who].case, self.last[other].case
        if case != into:
            self.in_hub(case, into, "merge")

    def say_state(self, who: str, state: str) -> None:
        self.in_hub(self.last[who].case, state, "state")

    def in_hub(self, case: str, text: str, what: str) -> None:
        self.deeds += 1
        parts: dict[str, Any] = {"channel": "hub", "account": "hub", "thread": case, "direction": "outbound"}
        parts |= {"kind": "state_change", "provider_type": what, "author": {"type": "agent", "id": "eva"}}
        at = timedelta(minutes=3, seconds=self.deeds)
        self.people.hub.record(said(f"deed{self.deeds}", text, phone=None, name=None, at=at, **parts))
        self.people.hub.seconds += 1

    def members(self, who: str) -> list[str]:
        living = living_profile(self.people.hub.table, self.people.ids[who])
        named = {customer: letter for letter, customer in self.people.ids.items()}
        return [named[one] for one in family_of(living)]

    def check(self) -> None:
        for who in "abcd":
            members = self.members(who)
            assert who in members
            texts = [text for one in members for text in self.wrote[one]]
            assert sorted(self.people.everything(who)) == sorted(texts)

    def nobody_is_led_to_another(self) -> None:
        """Once all are parted: cases, lists of cases and conversations of each lead to their own."""
        table = self.people.hub.table.table
        for who, customer in self.people.ids.items():
            profile = self.people.profile(who)
            cases = [one["pk"].removeprefix("CAS#") for one in table.query(profile["pk"], index="cases").items]
            joined = [case["merged_into"] for one in cases if (case := self.people.hub.case(one))["state"] == "merged"]
            home = [table.get((str(key), "CNV")).item for key in profile["conversations"]]
            for led_to in (*profile["cases"], *joined, *(one["case"] for one in home if one)):
                assert self.people.hub.case(led_to)["customer"] == customer


@settings(max_examples=50, deadline=None)
@given(STEPS, st.randoms(use_true_random=False))
def test_nothing_is_lost_doubled_or_mixed(steps: list[tuple[str, Any, Any]], chance: Any) -> None:
    script = Script()
    for step, first, second in steps:
        getattr(script, step)(first, second)
    script.check()
    while script.merges:
        script.part(chance.randrange(100))
    script.check()
    script.nobody_is_led_to_another()
    for who in "abcd":
        assert script.members(who) == [who]
        assert script.people.held(who) == [PHONES[who]]
        profile = script.people.profile(who)
        assert not {"family", "merged", "merged_at", "other_fields", "merged_into", "merge"} & set(profile)
        assert profile["display_name"] == script.names[who]
        assert not any("holder" in place for place in profile["cases"].values())
        for record in merges.records_of(script.people.hub.table, profile["id"]):
            assert (record["status"], "due_pk" in record) == ("undone", False)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(WHO, WHO), max_size=6), st.lists(st.integers(0, 4), min_size=4, max_size=4), st.randoms())
def test_merged_and_parted_without_anything_in_between_all_are_as_they_were(
    pairs: list[tuple[str, str]], weights: list[int], chance: Any
) -> None:
    script = Script()
    for who, weight in zip("abcd", weights, strict=True):
        script.people.knows(who, weight)
    before = {who: steady(script.people.profile(who)) for who in "abcd"}
    for one, other in pairs:
        script.merge(one, other)
    while script.merges:
        script.part(chance.randrange(100))
    for who in "abcd":
        now = steady(script.people.profile(who))
        assert now == before[who]
