"""How a delivery is taken apart."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from shared.channels.whatsapp.parse import parse
from shared.channels.whatsapp.webhook import split
from shared.domain.errors import Malformed

FIXTURES = sorted((Path(__file__).parents[2] / "fixtures" / "whatsapp").glob("*.json"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"hola",
        b"\xff\xfe{}",
        b'{"a":"\xc3"}',
        b"\xef\xbb\xbf{}",
        b"null",
        b"[]",
        b'"x"',
        b"7",
        b"9" * 5000,
        b"[" * 200_000,
        b'{"object":' * 200_000,
        b"[" * 200_000 + b"]" * 200_000,
        b'{"a":' + b"[" * 200_000 + b"]" * 199_999 + b"}",
    ],
    ids=lambda body: repr(body[:12]),
)
def test_what_is_no_json_object_is_malformed(body):
    with pytest.raises(Malformed):
        split(body)


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_an_element_alone_is_a_delivery_with_itself(path):
    for element in split(path.read_bytes()):
        if not element.unreadable:
            (alone,) = split(json.dumps(element.raw).encode())
            assert alone.raw == element.raw
            assert (alone.account, alone.person, alone.deduplication) == (
                element.account,
                element.person,
                element.deduplication,
            )


def test_order_is_entries_changes_lists_items(payload):
    elements = split(payload("envelope__two_entries_two_changes_three_messages"))
    texts = [parse(element.raw).text for element in elements]
    assert texts == [f"{entry}.{change}.{item}" for entry in (1, 2) for change in (1, 2) for item in (1, 2, 3)]


def test_lists_within_a_change_have_their_own_order(delivery):
    names = ["messages", "statuses", "message_echoes", "calls", "user_preferences", "user_id_update"]
    names += ["state_sync", "history", "groups", "errors"]
    elements = split(delivery(**{name: [{"n": 1}, {"n": 2}] for name in reversed(names)}))
    found = [
        next(key for key in element.raw["entry"][0]["changes"][0]["value"] if key in names) for element in elements
    ]
    assert found == [name for name in names for _ in range(2)]


@pytest.mark.parametrize(
    ("field", "value", "person"),
    [
        ("messages", {"messages": [{"from": "1", "from_user_id": "US.1"}]}, "US.1"),
        ("messages", {"messages": [{"from": "1"}]}, "1"),
        ("messages", {"messages": [{"from": "1"}], "contacts": [{"wa_id": "1", "user_id": "US.1"}]}, "US.1"),
        ("messages", {"messages": [{"from": "1"}], "contacts": [{"wa_id": "2", "user_id": "US.2"}]}, "1"),
        ("messages", {"messages": [{"from": ""}]}, "-"),
        ("messages", {"messages": [{}], "contacts": [{"user_id": "US.1"}]}, "US.1"),
        ("messages", {"messages": [{}], "contacts": [{"user_id": "US.1"}, {"user_id": "US.2"}]}, "-"),
        ("messages", {"messages": [{"from": ["x"], "from_user_id": {"a": 1}}]}, "-"),
        ("messages", {"messages": ["x"]}, "-"),
        ("messages", {"messages": [{"type": "system", "system": {"user_id": "US.2"}}]}, "US.2"),
        ("messages", {"statuses": [{"recipient_id": "1", "recipient_user_id": "US.1"}]}, "US.1"),
        ("messages", {"statuses": [{"recipient_id": "1"}], "contacts": [{"wa_id": "1", "user_id": "US.1"}]}, "US.1"),
        ("messages", {"statuses": [{"recipient_id": "G", "recipient_participant_id": "1"}]}, "1"),
        ("smb_message_echoes", {"message_echoes": [{"from": "9", "to": "1", "to_user_id": "US.1"}]}, "US.1"),
        ("smb_message_echoes", {"message_echoes": [{"from": "9", "to": "1"}]}, "1"),
        ("calls", {"calls": [{"from": "1", "to": "9", "direction": "USER_INITIATED"}]}, "1"),
        ("calls", {"calls": [{"from": "9", "to": "1", "direction": "BUSINESS_INITIATED"}]}, "1"),
        ("user_preferences", {"user_preferences": [{"wa_id": "1", "user_id": "US.1"}]}, "US.1"),
        ("user_id_update", {"user_id_update": [{"user_id": {"previous": "US.1", "current": "US.2"}}]}, "US.2"),
        ("account_update", {"event": "x"}, "-"),
    ],
)
def test_person_is_the_scoped_id_else_the_other(field, value, person, delivery):
    assert [element.person for element in split(delivery(field, **value))] == [person]


def test_only_the_contact_it_belongs_to_travels_along(delivery):
    contacts = [{"wa_id": str(n), "user_id": f"US.{n}"} for n in range(5)]
    messages = [{"from": "3"}, {"from_user_id": "US.1"}, {"from": "9"}, {}]
    found = [
        element.raw["entry"][0]["changes"][0]["value"].get("contacts")
        for element in split(delivery(contacts=contacts, messages=messages))
    ]
    assert found == [[contacts[3]], [contacts[1]], None, None]


@pytest.mark.parametrize("contacts", [None, "x", {}, [None], [1, "x"], [{}], [{"wa_id": [], "user_id": None}]])
def test_odd_contacts_lose_no_message(contacts, delivery):
    (element,) = split(delivery(contacts=contacts, messages=[{"from": "1", "id": "w", "type": "text"}]))
    assert element.person == "1"


SAME = {"id": "wamid.1", "from": "1", "type": "text", "text": {"body": "Hola"}}


def test_a_copy_is_told_from_a_change(delivery):
    (first,), (copy,) = split(delivery(messages=[SAME])), split(delivery(messages=[dict(reversed(SAME.items()))]))
    (changed,) = split(delivery(messages=[{**SAME, "text": {"body": "Otra"}}]))
    assert first.deduplication == copy.deduplication != changed.deduplication


def test_a_status_is_what_it_says_of_whom(delivery):
    status = {"id": "wamid.1", "status": "read", "recipient_type": "group"}
    statuses = [
        status,
        {**status, "pricing": {"billable": True}},
        {**status, "status": "delivered"},
        {**status, "recipient_participant_id": "1"},
        {**status, "recipient_participant_id": "2"},
    ]
    ids = [element.deduplication for element in split(delivery(statuses=statuses))]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 4


def test_a_call_is_its_id_and_step(delivery):
    calls = [{"id": "wacid.1", "event": "connect"}, {"id": "wacid.1", "event": "terminate"}]
    again = [*calls, {"id": "wacid.1", "event": "terminate", "duration": 3}]
    ids = [element.deduplication for element in split(delivery("calls", calls=again))]
    assert ids[0] != ids[1] == ids[2]


def test_group_and_deduplication_hold_no_personal_data(delivery):
    (element,) = split(delivery(messages=[{**SAME, "from": "12025550142"}]))
    assert len(element.group) == len(element.deduplication) == 64


def test_an_element_nested_too_deep_is_kept_apart(payload):
    before, deep, after = split(payload("envelope__one_too_deep"))
    assert (before.unreadable, after.unreadable) == (None, None)
    assert deep.unreadable == "nested deeper than 64 levels"
    assert deep.raw == {}


@pytest.mark.parametrize("depth", [70, 990, 5_000, 200_000])
def test_an_element_nested_without_end_costs_its_siblings_nothing(depth, delivery):
    tricky = {"id": "w2", "text": {"body": 'brackets "[[[{{{\\" in a text'}}
    body = delivery(messages=[{"id": "w1", "from": "1"}, {"deep": "@"}, tricky, {"deep": "#"}])
    body = body.replace(b'"@"', b"[" * depth + b"]" * depth).replace(b'"#"', b'{"x":' * depth + b"1" + b"}" * depth)
    elements = split(body)
    assert [bool(element.unreadable) for element in elements] == [False, True, False, True]
    assert elements[2].raw["entry"][0]["changes"][0]["value"]["messages"] == [tricky]


def test_nan_infinity_and_endless_numbers_are_kept_as_text(delivery):
    body = delivery(messages=[{"a": "@", "b": "#", "c": "!"}])
    body = body.replace(b'"@"', b"NaN").replace(b'"#"', b"1e999").replace(b'"!"', b"9" * 5000)
    (element,) = split(body)
    message = element.raw["entry"][0]["changes"][0]["value"]["messages"][0]
    assert message == {"a": "NaN", "b": "1e999", "c": "9" * 5000}


def _heavy(count: int) -> bytes:
    filler = "x" * 2400
    contacts = [{"wa_id": f"1202555{n:04}", "user_id": f"US.{n}", "profile": {"name": f"N{n}"}} for n in range(count)]
    messages = [
        {"from": f"1202555{n:04}", "id": f"w{n}", "timestamp": "1", "type": "text", "text": {"body": filler}}
        for n in range(count)
    ]
    value = {"metadata": {"phone_number_id": "2"}, "contacts": contacts[::-1], "messages": messages}
    entry = [{"id": "1", "changes": [{"field": "messages", "value": value}]}]
    return json.dumps({"object": "whatsapp_business_account", "entry": entry}).encode()


def test_a_full_delivery_is_taken_apart_in_linear_time():
    def cpu_s(count: int) -> float:
        body = _heavy(count)
        started = time.process_time()
        elements = split(body)
        spent = time.process_time() - started
        assert len(elements) == count
        assert all(element.raw["entry"][0]["changes"][0]["value"]["contacts"] for element in elements)
        return spent

    assert len(_heavy(1000)) > 2_500_000
    few, many = min(cpu_s(250) for _ in range(3)), min(cpu_s(1000) for _ in range(3))
    assert many < 10 * few + 0.05
    assert many < 2
