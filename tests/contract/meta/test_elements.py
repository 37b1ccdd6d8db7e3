"""How a delivery of Messenger or Instagram is taken apart: whose, and by what a copy is known."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import pytest

from shared.domain.element import Element
from shared.domain.errors import Malformed
from tests.contract.meta.tables import fixtures

PAGE, ACCOUNT, ANA = "400000000000001", "17840000000000001", "5000000000000001"
CHANNELS = ("messenger", "instagram")


def split(channel: str, body: Any) -> list[Element]:
    taken = import_module(f"shared.channels.{channel}.webhook").split
    elements: list[Element] = taken(body if isinstance(body, bytes) else json.dumps(body).encode())
    return elements


def delivered(channel: str, item: Any, key: str = "messaging", **entry: Any) -> list[Element]:
    head = {"id": PAGE if channel == "messenger" else ACCOUNT, **entry}
    product = "page" if channel == "messenger" else "instagram"
    return split(channel, {"object": product, "entry": [{**head, key: [item]}]})


def said(**more: Any) -> dict[str, Any]:
    return {"sender": {"id": ANA}, "recipient": {"id": PAGE}, "timestamp": 1790000000123, **more}


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b"7", b"[" * 200_000], ids=lambda body: repr(body[:8]))
def test_what_is_no_json_object_is_malformed(channel: str, body: bytes) -> None:
    with pytest.raises(Malformed):
        split(channel, body)


@pytest.mark.parametrize("channel", CHANNELS)
def test_an_element_alone_is_a_delivery_with_itself(channel: str) -> None:
    for name, body in fixtures(channel).items():
        for element in split(channel, body):
            [alone] = split(channel, element.raw)
            assert (alone.raw, alone.group, alone.deduplication) == (
                element.raw,
                element.group,
                element.deduplication,
            ), name


PEOPLE: list[tuple[str, dict[str, Any], str, str]] = [
    ("messenger", said(message={"mid": "m", "text": "x"}), PAGE, ANA),
    ("messenger", {"sender": {"id": PAGE}, "recipient": {"id": ANA}, "message": {"is_echo": True}}, PAGE, ANA),
    ("messenger", {"sender": {"id": PAGE}, "recipient": {"id": ANA}, "reaction": {"mid": "m"}}, PAGE, ANA),
    ("messenger", {"sender": {"user_ref": "r"}, "recipient": {"id": PAGE}, "optin": {}}, PAGE, "r"),
    ("messenger", {"timestamp": 1, "message_edit": {"mid": "m"}}, PAGE, "-"),
    ("messenger", {"sender": {"id": int(ANA)}, "recipient": {"id": int(PAGE)}, "message": {}}, PAGE, ANA),
    ("instagram", {"sender": {"id": "6"}, "recipient": {"id": ACCOUNT}, "message": {"mid": "m"}}, ACCOUNT, "6"),
]


@pytest.mark.parametrize(("channel", "item", "account", "person"), PEOPLE)
def test_each_element_is_one_persons_on_one_account(
    channel: str, item: dict[str, Any], account: str, person: str
) -> None:
    [element] = delivered(channel, item)
    assert (element.account, element.person) == (account, person)


def test_a_page_in_the_entry_is_not_taken_for_the_instagram_account() -> None:
    item = {"sender": {"id": "6"}, "recipient": {"id": ACCOUNT}, "message": {"mid": "m"}}
    [by_account], [by_page] = delivered("instagram", item), delivered("instagram", item, id=PAGE)
    assert by_page.account == ACCOUNT
    assert by_page.group == by_account.group


def test_without_an_id_the_entry_is_the_recipients() -> None:
    [element] = delivered("messenger", said(message={"mid": "m"}), id=None)
    assert element.account == PAGE


READ, DELIVERED = {"watermark": 1790000000000}, {"mids": ["m1"], "watermark": 1790000000000}
SAME: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (said(message={"mid": "m", "text": "a"}), said(message={"mid": "m", "text": "a"}, timestamp=1)),
    (said(postback={"mid": "m", "title": "a"}), said(postback={"mid": "m"})),
    (said(read=READ), said(read=READ, timestamp=5)),
    (said(message_edit={"mid": "m", "num_edit": 1}), said(message_edit={"mid": "m", "num_edit": "1", "text": "x"})),
]
OTHER: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (said(message={"mid": "m", "text": "a"}), said(message={"mid": "n", "text": "a"})),
    (said(message={"mid": "m", "text": "a"}), said(message={"mid": "m", "is_deleted": True})),
    (said(message_edit={"mid": "m", "num_edit": 1}), said(message_edit={"mid": "m", "num_edit": 2})),
    (said(reaction={"mid": "m", "action": "react"}), said(reaction={"mid": "m", "action": "unreact"})),
    (said(reaction={"mid": "m", "action": "react"}), said(reaction={"mid": "m", "action": "react"}, timestamp=1)),
    (said(postback={"title": "a"}), said(postback={"title": "b"})),
    (said(read=READ), said(delivery=READ)),
    (said(delivery=READ), said(delivery=DELIVERED)),
    (said(take_thread_control={}), said(pass_thread_control={})),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_a_copy_is_known(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert delivered("messenger", one)[0].deduplication == delivered("messenger", other)[0].deduplication


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_what_says_something_else_is_no_copy(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert delivered("messenger", one)[0].deduplication != delivered("messenger", other)[0].deduplication


def test_a_comment_is_its_id_its_verb_and_its_wording() -> None:
    def comment(**more: Any) -> str:
        value = {"item": "comment", "verb": "add", "comment_id": "1_2", "message": "Hola", **more}
        return delivered("messenger", {"field": "feed", "value": value}, "changes")[0].deduplication

    assert comment() == comment(ad_id="900")
    assert len({comment(), comment(verb="edit"), comment(verb="remove"), comment(message="Hola!")}) == 4


def test_one_element_too_deep_costs_no_other() -> None:
    nested = "[" * 300 + "]" * 300
    deep = said(message={"mid": "m", "x": json.loads(nested)})
    entries = [{"id": PAGE, "messaging": [deep, said(message={"mid": "n", "text": "x"})]}]
    found = split("messenger", {"object": "page", "entry": entries})
    assert [bool(one.unreadable) for one in found] == [True, False]
