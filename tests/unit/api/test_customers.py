from __future__ import annotations

from typing import Any

import pytest

from shared.store import keys

PHONE = "+593991234567"


@pytest.mark.parametrize(
    "query",
    [
        "identity=phone:+593991234567",
        "identity=phone:%2B593991234567",
        "identity=phone%3A%2B593991234567",
        "identity=phone:%20593991234567",
        "identity=phone:593991234567",
        "identity=phone:0991234567",
        "identity=phone:099%20123%204567",
    ],
)
def test_a_phone_is_found_however_it_is_written(hub: Any, query: str) -> None:
    hub.add_customer("c-1", PHONE)
    answer = hub.ask("/v1/customers", query)
    assert answer.status == 200
    [customer] = answer.json["customers"]
    assert customer["id"] == "c-1"
    assert customer["identities"][0]["value"] == PHONE


def test_another_spelling_of_the_same_line_finds_it(hub: Any) -> None:
    hub.add_customer("c-1", "+551187654321")
    answer = hub.ask("/v1/customers", "identity=phone:%2B5511987654321")
    assert [one["id"] for one in answer.json["customers"]] == ["c-1"]


def test_another_line_that_is_spelled_like_its_alias_is_somebody_else(hub: Any) -> None:
    hub.add_customer("c-mobile", "+5491123456789")
    hub.add_customer("c-fixed", "+541123456789")
    for phone, holder in (("+5491123456789", "c-mobile"), ("+541123456789", "c-fixed")):
        answer = hub.ask("/v1/customers", f"identity=phone:{phone}")
        assert [one["id"] for one in answer.json["customers"]] == [holder]


def test_a_number_that_no_plan_knows_is_found_where_the_channel_gave_it(hub: Any) -> None:
    hub.add_customer("c-1", "+59399123456")
    assert len(hub.ask("/v1/customers", "identity=phone:+59399123456").json["customers"]) == 1


@pytest.mark.parametrize(
    ("kind", "namespace", "value"),
    [
        ("whatsapp", "retail", "EC.1a2b3c"),
        ("whatsapp", "parent", "EC.ENT.1a2b3c"),
        ("whatsapp", "default", "EC.1a2b3c"),
        ("email", None, "ana@example.com"),
        ("email", "unverified", "ana@example.com"),
        ("messenger", "300000000000001", "1234567890"),
        ("phone", "whatsapp:200000000000001", "+5931800123456"),
    ],
)
def test_an_identity_is_found_in_whichever_namespace_it_is_locked(
    hub: Any, kind: str, namespace: str | None, value: str
) -> None:
    hub.add_customer("c-1", None)
    hub.put(keys.identity(kind, namespace, value), customer="c-1")
    assert [one["id"] for one in hub.ask("/v1/customers", f"identity={kind}:{value}").json["customers"]] == ["c-1"]


def test_a_plus_in_an_email_address_is_a_plus(hub: Any) -> None:
    hub.add_customer("c-1", None)
    hub.put(keys.identity("email", None, "ana+shop@example.com"), customer="c-1")
    for written in ("ana+shop@example.com", "ana%2Bshop@example.com", "ana%20shop@example.com"):
        assert len(hub.ask("/v1/customers", f"identity=email:{written}").json["customers"]) == 1


def test_an_identity_that_nobody_has_gives_an_empty_list(hub: Any) -> None:
    answer = hub.ask("/v1/customers", "identity=phone:+12025550123")
    assert (answer.status, answer.json) == (200, {"customers": []})


@pytest.mark.parametrize("query", ["", "identity=", "identity=phone", "identity=phone:", "identity=fax:1", "cursor=x"])
def test_what_is_no_identity_is_refused_by_the_name_of_the_parameter(hub: Any, query: str) -> None:
    answer = hub.ask("/v1/customers", query)
    assert answer.status == 400
    assert answer.json["error"]["message"].startswith("identity:")


def test_a_merged_customer_answers_as_the_one_that_survived(hub: Any) -> None:
    hub.add_customer("c-1", PHONE, merged_into="c-2")
    hub.add_customer("c-2", "+593991234568", merged_into="c-3")
    hub.add_customer("c-3", None)
    assert hub.ask("/v1/customers/c-1").json["id"] == "c-3"
    assert hub.ask("/v1/customers/c-1/timeline").json["customer"]["id"] == "c-3"
    assert [one["id"] for one in hub.ask("/v1/customers", f"identity=phone:{PHONE}").json["customers"]] == ["c-3"]


def test_merges_that_go_round_in_a_circle_end_as_not_found(hub: Any) -> None:
    hub.add_customer("c-1", PHONE, merged_into="c-2")
    hub.add_customer("c-2", None, merged_into="c-1")
    assert hub.ask("/v1/customers/c-1").status == 404
    assert hub.ask("/v1/customers", f"identity=phone:{PHONE}").json == {"customers": []}


@pytest.mark.parametrize("path", ["/v1/customers/nobody", "/v1/customers/nobody/timeline", "/v1/customers/%00"])
def test_a_customer_who_does_not_exist_is_not_found(hub: Any, path: str) -> None:
    assert hub.ask(path).status == 404
