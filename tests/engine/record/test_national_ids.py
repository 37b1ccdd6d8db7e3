"""National ids that staff have seen: identity.md §4 and M10 of §8. No number stands anywhere in clear."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from shared.application.inquire_errors import BadQuestion, NotFound, NotPossible
from shared.application.record import Context
from shared.application.record.merge import Blocked, Cause, merge, merge_now
from shared.application.record.national_ids import customer_by_national_id, note_national_id
from shared.application.record.shared_lines import mark_shared
from shared.configuration import parse
from shared.domain.errors import Misconfigured
from shared.domain.event import Event
from shared.store import keys
from shared.store.candidates import candidates_of
from tests.engine.record.bench import CONFIG

Say = Callable[..., Event]
CEDULA, OTHER = "1700000001", "0900000001"
SECRETS = SimpleNamespace(get=lambda name: {"people": {"national_id_key": "k" * 32}}[name])
KEPT = "identity: {national_ids: [EC-cedula, EC-RUC], secret: people}"


def desk(hub: Any, more: str = KEPT) -> Context:
    return dataclasses.replace(hub.context, config=parse(CONFIG + more, "test", {}))


def note(hub: Any, customer: str, value: str = CEDULA, type_: str = "EC-cedula", **more: Any) -> Any:
    return note_national_id(desk(hub), more.pop("secrets", SECRETS), customer, type_, value, by="Eva", **more)


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


def test_what_staff_call_shared_merges_nobody(hub: Any, say: Say) -> None:
    by_phone = hub.case(hub.record(say("m1")).case)["customer"]
    assert mark_shared(hub.context, "phone", "+593991234567", None, shared=True, by="Eva") == by_phone
    by_id = hub.case(hub.record(say("m2", phone=None, bsuid="EC.1")).case)["customer"]
    hub.record(say("m3", bsuid="EC.1"))
    assert "customers_merged" not in hub.counters
    assert [one["other"] for one in candidates_of(hub.table.table, by_id)] == [by_phone]
    with pytest.raises(NotFound):
        mark_shared(hub.context, "phone", "+593990000000", None, shared=True, by="Eva")
