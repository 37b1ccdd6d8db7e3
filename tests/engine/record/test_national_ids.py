"""National ids that staff have seen: identity.md §4 and M10 of §8. No number stands anywhere in clear."""

from __future__ import annotations

import dataclasses
import logging
from base64 import b64encode
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from shared.application.inquire_errors import BadQuestion, NotFound, NotPossible
from shared.application.record import Context
from shared.application.record.merge import Blocked, Cause, merge, merge_now
from shared.application.record.national_ids import customer_by_national_id, note_national_id, show_national_id
from shared.application.record.shared_lines import mark_shared
from shared.application.record.unmerge import unmerge
from shared.configuration import parse
from shared.domain.errors import Conflict, Misconfigured
from shared.domain.event import Event
from shared.domain.identity.sealing import about, unseal
from shared.ports.table import Update
from shared.store import keys
from shared.store.candidates import candidates_of
from tests.engine.record.bench import CONFIG

Say = Callable[..., Event]
CEDULA, OTHER = "1700000001", "0900000001"
OLD, NEW = (b64encode(letter * 32).decode() for letter in (b"o", b"n"))


def holding(*encryption_keys: Any, **more: Any) -> Any:
    secret = {"national_id_key": "k" * 32, "encryption_keys": list(encryption_keys), **more}
    return SimpleNamespace(get=lambda name: {"people": secret}[name])


SECRETS = holding(OLD)
KEPT = "identity: {national_ids: [EC-cedula, EC-RUC], secret: people}"


def desk(hub: Any, more: str = KEPT) -> Context:
    return dataclasses.replace(hub.context, config=parse(CONFIG + more, "test", {}))


def note(hub: Any, customer: str, value: str = CEDULA, type_: str = "EC-cedula", **more: Any) -> Any:
    return note_national_id(desk(hub), more.pop("secrets", SECRETS), customer, type_, value, by="Eva", **more)


def show(hub: Any, customer: str, secrets: Any = SECRETS, type_: str = "EC-cedula") -> str:
    return show_national_id(desk(hub), secrets, customer, type_, by="Eva").value


def tamper(hub: Any, customer: str, **changes: Any) -> None:
    """What somebody with the table in hand might write."""
    [held] = hub.profile(customer)["national_ids"]
    hub.table.transact([Update(keys.customer(customer), set={"national_ids": [{**held, **changes}]})])


@pytest.fixture
def two(hub: Any, say: Say) -> list[str]:
    said = [hub.record(say("m1")), hub.record(say("m2", phone="593987654321", name="Luis"))]
    return [hub.case(one.case)["customer"] for one in said]


def test_it_finds_the_customer_and_stands_nowhere_in_clear(hub: Any, two: list[str]) -> None:
    noted = note(hub, two[0])
    assert (noted.customer, noted.mask, noted.same) == (two[0], "17••••••01", None)
    assert customer_by_national_id(desk(hub), SECRETS, "EC-RUC", "1700000001001") == two[0], "the same person's"
    assert customer_by_national_id(desk(hub), SECRETS, "EC-cedula", OTHER) is None
    [held] = hub.profile(two[0])["national_ids"]
    assert (held["type"], held["mask"], held["level"], held["by"]) == ("EC-cedula", "17••••••01", "staff", "Eva")
    lock = hub.table.table.get(keys.identity("national_id", "EC-cedula", held["digest"])).item
    assert lock["customer"] == two[0]
    everything = [str(operation) for operations in hub.table.transactions for operation in operations]
    assert CEDULA not in "".join(everything)
    assert unseal((b"o" * 32,), held["sealed"], about("national_id", "EC-cedula", two[0])) == CEDULA


def test_staff_see_it_in_clear_and_that_they_did_is_kept(
    hub: Any, two: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    note(hub, two[0])
    shown = show_national_id(desk(hub), SECRETS, two[0], "EC-cedula", by="Eva")
    assert shown.value == CEDULA
    assert CEDULA not in repr(shown)
    assert show(hub, two[0]) == CEDULA
    records = hub.table.table.query(keys.customer(two[0])[0], "SHOWN#").items
    assert [(one["what"], one["type"], one["by"]) for one in records] == [("national_id", "EC-cedula", "Eva")] * 2
    assert hub.counters["national_id_shown"] == 2
    assert CEDULA not in caplog.text + str(records) + str(hub.counters)


def test_it_is_shown_to_nobody_when_that_cannot_be_kept(hub: Any, two: list[str]) -> None:
    note(hub, two[0])
    same = dataclasses.replace(desk(hub), new_id=lambda: "the-same")
    show_national_id(same, SECRETS, two[0], "EC-cedula", by="Eva")
    with pytest.raises(Conflict):
        show_national_id(same, SECRETS, two[0], "EC-cedula", by="Eva")


def test_an_encrypted_id_does_not_open_for_another_customer(hub: Any, two: list[str]) -> None:
    note(hub, two[0])
    note(hub, two[1], OTHER)
    [anas] = hub.profile(two[0])["national_ids"]
    tamper(hub, two[1], sealed=anas["sealed"])
    with pytest.raises(Misconfigured, match="cannot be opened: it was changed, or belongs to somebody else"):
        show(hub, two[1])
    tamper(hub, two[1], sealed=anas["sealed"], origin=two[0])
    with pytest.raises(Misconfigured, match="nobody who was merged into its customer"):
        show(hub, two[1])
    assert show(hub, two[0]) == CEDULA


def test_keys_are_changed_without_losing_one(hub: Any, two: list[str]) -> None:
    note(hub, two[0])
    assert show(hub, two[0], holding(NEW, OLD)) == CEDULA
    with pytest.raises(Misconfigured, match="its key is not among those in force"):
        show(hub, two[0], holding(NEW))
    note(hub, two[0], secrets=holding(NEW, OLD))
    assert show(hub, two[0], holding(NEW)) == CEDULA
    before = hub.profile(two[0])
    note(hub, two[0], secrets=holding(NEW, OLD))
    assert hub.profile(two[0]) == before


def test_what_was_noted_without_is_encrypted_when_it_is_noted_again(hub: Any, two: list[str]) -> None:
    note(hub, two[0])
    [held] = hub.profile(two[0])["national_ids"]
    bare = {name: value for name, value in held.items() if name != "sealed"}
    hub.table.transact([Update(keys.customer(two[0]), set={"national_ids": [bare]})])
    with pytest.raises(NotPossible, match="only hash and mask are kept: note it again"):
        show(hub, two[0])
    note(hub, two[0])
    assert show(hub, two[0]) == CEDULA
    [again] = hub.profile(two[0])["national_ids"]
    assert {**again, "sealed": 0} == {**held, "sealed": 0}


def test_a_merge_carries_it_and_parting_takes_it_along(hub: Any, two: list[str]) -> None:
    """Noted of one before, of the other by a type of their own; sealed anew while they are one."""
    note(hub, two[0])
    note(hub, two[1], "1790012345001", "EC-RUC")
    done = merge(hub.context, *two, Cause("staff", "Eva"))
    for asked in two:
        assert show(hub, asked) == CEDULA
        assert show(hub, asked, type_="EC-RUC") == "1790012345001"
    note(hub, done.survivor, secrets=holding(NEW, OLD))
    note(hub, done.survivor, "1790012345001", "EC-RUC", secrets=holding(NEW, OLD))
    unmerge(hub.context, done.merge, by="Eva")
    assert show(hub, two[0], holding(NEW)) == CEDULA
    assert show(hub, two[1], holding(NEW), "EC-RUC") == "1790012345001"
    with pytest.raises(NotPossible, match="kept are: EC-RUC"):
        show(hub, two[1])


def test_an_id_that_is_kept_in_no_way(hub: Any, two: list[str]) -> None:
    with pytest.raises(NotPossible, match="kept are: none"):
        show(hub, two[0])
    with pytest.raises(NotPossible, match="national ids are not kept"):
        show_national_id(desk(hub, ""), SECRETS, two[0], "EC-cedula", by="Eva")


def test_it_is_noted_once(hub: Any, two: list[str]) -> None:
    note(hub, two[0])
    before = hub.profile(two[0])
    note(hub, two[0], "170000000-1")
    assert hub.profile(two[0]) == before


def test_one_person_has_one_of_a_type(hub: Any, two: list[str]) -> None:
    note(hub, two[0])
    with pytest.raises(NotPossible, match="another EC-cedula"):
        note(hub, two[0], OTHER)


def test_two_customers_with_the_same_id_are_a_candidate(hub: Any, two: list[str]) -> None:
    note(hub, two[0])
    assert note(hub, two[1]).same == two[0]
    [candidate] = candidates_of(hub.table.table, two[1])
    assert (candidate["other"], candidate["rule"], candidate["evidence"]) == (
        two[0],
        "national_id",
        ["national id: EC-cedula"],
    )
    assert merge(hub.context, *two, Cause("national_id", "Eva")).result == "merged"


def test_m10_two_customers_with_different_ids_are_never_merged(hub: Any, two: list[str]) -> None:
    note(hub, two[0])
    note(hub, two[1], OTHER)
    with pytest.raises(Blocked) as blocked:
        merge(hub.context, *two, Cause("staff", "Eva"))
    assert blocked.value.conflict == "national_id"
    assert not merge_now(hub.context, *two, "one_event_two_customers", ["phone"])
    assert hub.counters["merge_blocked"] >= 1, "an alarm says so"
    assert hub.profile(two[0]).get("merged_into") is None


@pytest.mark.parametrize(
    ("type_", "value", "error", "reason"),
    [
        ("EC-cedula", "1700000002", BadQuestion, "check digit"),
        ("BR-CPF", "12345678909", NotPossible, "kept are EC-cedula, EC-RUC"),
    ],
)
def test_what_is_none_or_not_kept_is_refused(
    hub: Any, two: list[str], type_: str, value: str, error: type[Exception], reason: str
) -> None:
    with pytest.raises(error, match=reason) as refused:
        note(hub, two[0], value, type_)
    assert value not in str(refused.value)
    assert "national_ids" not in hub.profile(two[0])


def test_nothing_is_kept_by_default(hub: Any, two: list[str]) -> None:
    with pytest.raises(NotPossible, match="none: name them"):
        note_national_id(desk(hub, ""), SECRETS, two[0], "EC-cedula", CEDULA, by="Eva")


@pytest.mark.parametrize("secret", [{}, {"national_id_key": "short"}])
def test_a_key_that_is_missing_or_short_is_named(hub: Any, two: list[str], secret: dict[str, str]) -> None:
    with pytest.raises(Misconfigured, match=r"secret people: national_id_key: .* at least 32 bytes"):
        note(hub, two[0], secrets=SimpleNamespace(get=lambda _: secret))


@pytest.mark.parametrize(
    ("secrets", "reason"),
    [
        (holding(), "a list of keys, the newest first"),
        (holding("short-and-secret"), "each key is 32 bytes, written as base64"),
        (holding(OLD, 1), "each key is 32 bytes, written as base64"),
        (holding(NEW, OLD, national_id_key=OLD), "one of them is national_id_key, which has to be another"),
    ],
)
def test_encryption_keys_that_are_none_are_named_and_not_repeated(
    hub: Any, two: list[str], secrets: Any, reason: str
) -> None:
    with pytest.raises(Misconfigured, match=f"secret people: encryption_keys: {reason}") as refused:
        note(hub, two[0], secrets=secrets)
    assert "short-and" not in str(refused.value)
    assert OLD not in str(refused.value)
    assert "national_ids" not in hub.profile(two[0])


def test_finding_needs_no_key_that_opens(hub: Any, two: list[str]) -> None:
    note(hub, two[0])
    assert customer_by_national_id(desk(hub), holding(), "EC-cedula", CEDULA) == two[0]


def test_what_staff_call_shared_merges_nobody(hub: Any, say: Say) -> None:
    by_phone = hub.case(hub.record(say("m1")).case)["customer"]
    assert mark_shared(hub.context, "phone", "+593991234567", None, shared=True, by="Eva") == by_phone
    by_id = hub.case(hub.record(say("m2", phone=None, bsuid="EC.1")).case)["customer"]
    hub.record(say("m3", bsuid="EC.1"))
    assert "customers_merged" not in hub.counters
    assert [one["other"] for one in candidates_of(hub.table.table, by_id)] == [by_phone]
    with pytest.raises(NotFound):
        mark_shared(hub.context, "phone", "+593990000000", None, shared=True, by="Eva")
