"""The command line and the API speak of the same things."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_a_customer_is_shown_by_identity_and_by_id(hub: Any, hilo: Callable[..., Any]) -> None:
    hub.add_customer("c-1")
    [found] = hilo("customer", "show", "phone:+593991234567")["customers"]
    assert hilo("customer", "show", "c-1")["customers"] == [found]
    assert found["display_name"] == "Ana Ejemplo"


def test_a_timeline_has_every_case(hub: Any, hilo: Callable[..., Any]) -> None:
    hub.add_customer("c-1")
    for number in range(25):
        hub.add_case(f"k-{number:02}", "c-1")
        hub.add_entry(f"k-{number:02}", 1, text="Hola")
    cases = hilo("customer", "timeline", "phone:0991234567")["cases"]
    assert [case["id"] for case in cases] == [f"k-{number:02}" for number in reversed(range(25))]
    assert all(case["interactions"][0]["text"] == "Hola" for case in cases)


def test_dead_letters_are_listed_shown_and_sent_back(hub: Any, hilo: Callable[..., Any]) -> None:
    for index in range(3):
        hub.add_letter(f'{{"index": {index}}}')
    listed = hilo("dlq", "list")["dead_letters"]
    assert len(listed) == 3
    shown = hilo("dlq", "show", listed[0]["id"])
    assert shown == listed[0] | {"body": shown["body"]}
    assert hilo("dlq", "redrive", listed[0]["id"])["redriven"] == 1
    assert hilo("dlq", "redrive", "--reason", "no messages") == {"redriven": 2, "refused": []}
    assert hilo("dlq", "list") == {"dead_letters": []}
