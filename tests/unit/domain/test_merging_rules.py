"""Who survives, which value is shown, what leaves again: tables."""

from __future__ import annotations

from typing import Any

import pytest

from shared.domain.merged_fields import best
from shared.domain.merging import (
    agent_entered,
    before_of,
    family_of,
    given_back,
    share_of,
    survivor_of,
    united,
    without,
)

AT = "2026-11-22T10:00:00Z"
LATER = "2026-11-22T12:00:00Z"


def held(value: str, **more: Any) -> dict[str, Any]:
    return {"kind": "phone", "value": value, "level": "channel", "source": "whatsapp", "since": AT, **more}


def profile(name: str, *identities: dict[str, Any], created_at: str = AT, **more: Any) -> dict[str, Any]:
    parts = {"conversations": [f"CNV#{name}"], "cases": {f"case-{name}": {"brand": "acme", "conversation": "x"}}}
    return {"id": name, "created_at": created_at, "identities": list(identities), "fields": {}, **parts, **more}


@pytest.mark.parametrize(
    ("first", "second", "survives"),
    [
        (profile("b", held("1"), held("2")), profile("a", held("3")), "b"),  # more attested identities
        (profile("b", held("1"), created_at=AT), profile("a", held("2"), created_at=LATER), "b"),  # the older
        (profile("b", held("1")), profile("a", held("2")), "a"),  # the smaller id
        (profile("b", held("1"), held("2", level="claimed")), profile("a", held("3")), "a"),  # a claim does not count
        (profile("b", held("1"), held("2", until=AT)), profile("a", held("3")), "a"),  # nor what is no longer theirs
        (profile("b", held("1", level="staff")), profile("a", held("2")), "a"),  # nor how well it was verified
    ],
)
def test_the_same_one_survives_whichever_comes_first(first: Any, second: Any, survives: str) -> None:
    assert survivor_of(first, second)[0]["id"] == survives
    assert survivor_of(second, first)[0]["id"] == survives


def said(value: str, source: str, at: str = AT, level: str | None = None) -> dict[str, Any]:
    return {"value": value, "source": source, "at": at, **({"level": level} if level else {})}


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([said("a", "inferred", LATER), said("b", "typed")], "b"),
        ([said("a", "typed", LATER), said("b", "whatsapp")], "b"),
        ([said("a", "whatsapp", LATER), said("b", "app")], "b"),
        ([said("a", "app", LATER), said("b", "crm")], "b"),
        ([said("a", "crm", LATER), said("b", "staff")], "b"),
        ([said("a", "staff", LATER), said("b", "typed", AT, "confirmed")], "b"),  # verification before source
        ([said("a", "staff", LATER, "confirmed"), said("b", "typed", AT, "staff")], "b"),
        ([said("a", "whatsapp"), said("b", "instagram", LATER)], "b"),  # of equals the latest
        ([said("a", "whatsapp"), said("b", "instagram")], "a"),  # of the very same the first
    ],
)
def test_a_field_is_chosen_by_verification_then_source_then_time(values: list[Any], shown: str) -> None:
    assert best(values, {"crm"})["value"] == shown


def test_a_merge_lists_both_and_says_whose_each_thing_is() -> None:
    first = profile("a", held("1"), display_name="A", fields={"display_name": said("A", "crm")})
    second = profile(
        "b", held("2"), display_name="B", fields={"display_name": said("B", "whatsapp"), "city": said("Q", "crm")}
    )
    changes = united(first, second, AT, {"crm"})
    assert [(one["value"], one.get("origin")) for one in changes["identities"]] == [("1", None), ("2", "b")]
    assert changes["conversations"] == ["CNV#b", "CNV#a"]
    assert {case: place.get("holder") for case, place in changes["cases"].items()} == {"case-a": None, "case-b": "b"}
    assert changes["display_name"] == "A"
    assert (changes["fields"]["city"]["value"], changes["fields"]["city"]["origin"]) == ("Q", "b")
    assert (changes["family"], changes["merged"], changes["merged_at"]) == (["b"], 1, AT)


def test_what_was_merged_before_keeps_its_origin() -> None:
    second = profile("b", held("2"), held("3", origin="c"), family=["c"])
    changes = united(profile("a", held("1")), second, AT)
    assert [one.get("origin") for one in changes["identities"]] == [None, "b", "c"]
    assert changes["family"] == ["b", "c"]


def test_of_too_many_identities_the_ended_ones_go_first_and_are_kept_in_the_record() -> None:
    mine = [held(f"a{n}", **({"until": AT} if n < 3 else {})) for n in range(15)]
    theirs = [held(f"b{n}") for n in range(9)]
    first, second = profile("a", *mine), profile("b", *theirs)
    changes = united(first, second, AT)
    assert len(changes["identities"]) == 20
    assert not any(one.get("until") for one in changes["identities"])
    assert [one["value"] for one in changes["identities"]][-1] == "b7"
    assert [one["value"] for one in before_of(first, second)["identities"]] == ["a0", "a1", "a2"]
    merged = {**first, **changes}
    record = {"survivor": "a", "at": AT, "before": before_of(first, second)}
    alone, gone = without(merged, second, record)
    assert sorted(one["value"] for one in alone["identities"]) == sorted(one["value"] for one in mine)
    assert set(gone) == {"family", "merged", "merged_at"}


def test_a_doubt_about_either_is_a_doubt_about_both_and_leaves_with_its_own() -> None:
    first, second = (
        profile("a", held("1")),
        profile("b", held("2"), needs_verification={"source": "whatsapp", "at": AT}),
    )
    changes = united(first, second, AT)
    assert changes["needs_verification"]["origin"] == "b"
    merged = {**first, **changes}
    record = {"survivor": "a", "at": AT, "before": before_of(first, second)}
    _, gone = without(merged, second, record)
    assert "needs_verification" in gone
    assert given_back(second, merged)["needs_verification"] == second["needs_verification"]


def test_conversations_since_begun_go_by_the_identity_in_their_key() -> None:
    first, second = profile("a", held("1")), profile("b", held("2"))
    merged = {**first, **united(first, second, AT)}
    by_b, by_a = "CNV#whatsapp#9#phone:-:2", "CNV#webchat#9#phone:-:1#thread"
    merged["conversations"] = [*merged["conversations"], by_b, by_a, "CNV#x#9#phone:-:22"]
    assert given_back(second, merged)["conversations"] == ["CNV#b", by_b]
    record = {"survivor": "a", "at": AT, "before": before_of(first, second)}
    assert without(merged, second, record)[0]["conversations"] == ["CNV#a", by_a, "CNV#x#9#phone:-:22"]


def test_a_value_that_leaves_makes_room_for_the_best_of_those_who_stay() -> None:
    first = profile("a", held("1"), fields={"city": said("Quito", "typed")})
    second = profile("b", held("2"), fields={"city": said("Loja", "staff")})
    merged = {**first, **united(first, second, AT)}
    assert merged["fields"]["city"]["value"] == "Loja"
    record = {"survivor": "a", "at": AT, "before": before_of(first, second)}
    third = {"id": "c", "fields": {"city": said("Cuenca", "whatsapp")}}
    merged["family"] = ["b", "c"]
    changes, _ = without(merged, second, record, [third])
    assert (changes["fields"]["city"]["value"], changes["fields"]["city"]["origin"]) == ("Cuenca", "c")


def test_who_leaves_takes_along_who_was_merged_into_them_and_still_is() -> None:
    loser = profile("b", family=["c", "d"])
    assert share_of(loser, profile("a", family=["b", "c"])) == ["b", "c"]
    assert family_of(profile("a", family=["b", "c"])) == ["a", "b", "c"]


def test_what_people_entered_since_is_named_for_review() -> None:
    fields = {
        "old": said("x", "staff", "2026-11-21T10:00:00Z"),
        "entered": said("x", "staff", LATER),
        "by crm": said("x", "crm", LATER),
        "theirs": {**said("x", "staff", LATER), "origin": "b"},
        "channel": said("x", "whatsapp", LATER),
    }
    assert agent_entered(profile("a", fields=fields), AT, {"staff", "crm"}) == ["by crm", "entered"]
