"""What was of no use when it came, and is of use to the parser of today: sent back, and recorded by its own time."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from shared.domain.event import Event
from tests.engine.replay.conftest import World

REQUEST = {"type": "request_welcome"}


def understands(event: Event) -> Event:
    """A parser that reads a request for a welcome as a message."""
    if event.kind != "ignored":
        return event
    return event.model_copy(update={"kind": "message", "text": "(hola)", "reason": None})


@pytest.fixture
def ignored(world: World) -> str:
    """The file of something that came before anything else and was of no use."""
    outcome = world.say("wamid.0", **REQUEST)
    assert outcome.result == "ignored"
    [key] = world.hub.files
    world.hub.seconds += 60
    return key


def test_what_is_still_of_no_use_stays_where_it_is(world: World, ignored: str) -> None:
    before = dict(world.hub.files)
    outcome = world.replay()
    assert (outcome.read, outcome.same, outcome.requeued) == (1, 1, 0)
    assert world.inbound.sent == []
    assert world.hub.files == before


def test_what_is_of_use_now_is_sent_back_once_and_recorded_by_its_time(world: World, ignored: str) -> None:
    world.change = understands
    outcome = world.replay()
    assert (outcome.read, outcome.requeued, outcome.unreadable) == (1, 1, [])
    [message] = world.inbound.sent
    recorded = world.take(message.body)
    assert recorded.result == "recorded"
    [entry] = world.hub.log(recorded.case)
    assert (entry.text, entry.message_id) == ("(hola)", "wamid.0")
    assert entry.dump()["occurred_at"] == entry.dump()["received_at"] == "2026-11-22T10:00:00Z"
    assert ignored not in world.hub.files
    again = world.replay()
    assert (again.read, again.same, again.requeued) == (1, 1, 0)
    assert len(world.inbound.sent) == 1
    assert world.take(message.body).result == "copy"


def test_it_keeps_its_turn_among_the_messages_of_its_person(world: World, ignored: str) -> None:
    from shared.domain.element import digest

    world.change = understands
    world.replay()
    assert [one.group for one in world.inbound.sent] == [
        digest("person", "whatsapp", "200000000000001", "593991234567")
    ]


def test_a_dry_run_says_what_would_be_sent_back(world: World, ignored: str) -> None:
    world.change = understands
    assert world.replay(dry=True).requeued == 1
    assert world.inbound.sent == []
    assert ignored in world.hub.files


def test_what_the_queue_refuses_is_named_and_stays(world: World, ignored: str) -> None:
    world.change = understands
    world.inbound.refuses = True
    outcome = world.replay()
    assert (outcome.requeued, [one["file"] for one in outcome.unreadable]) == (0, [ignored])
    world.inbound.refuses = False
    assert world.replay().requeued == 1


def test_what_is_too_large_for_a_queue_goes_by_a_pointer(world: World) -> None:
    welcome = {**REQUEST, "padding": "x" * 250_000}
    assert world.say("wamid.0", **welcome).result == "ignored"
    world.change = understands
    assert world.replay().requeued == 1
    [message] = world.inbound.sent
    assert len(message.body) < 1_000
    recorded = world.take(message.body)
    assert world.hub.log(recorded.case)[0].text == "(hola)"


ODD: dict[str, Callable[[dict[str, Any]], bytes]] = {
    "before events were kept": lambda kept: json.dumps({**kept, "event": None}).encode(),
    "no JSON": lambda _: b"{",
    "no object": lambda _: b"[]",
    "no raw": lambda kept: json.dumps({**kept, "raw": None}).encode(),
    "another shape": lambda kept: json.dumps({**kept, "event": "{}"}).encode(),
    "another channel": lambda kept: json.dumps({**kept, "channel": "email"}).encode(),
    "of before": lambda kept: json.dumps({name: kept[name] for name in ("reason", "kind", "raw")}).encode(),
}


@pytest.mark.parametrize("name", ODD)
def test_a_file_of_no_known_form_is_named_and_stops_nothing(world: World, ignored: str, name: str) -> None:
    assert world.say("wamid.9", "593990000009", **REQUEST).result == "ignored"
    world.hub.files[ignored] = ODD[name](json.loads(world.hub.files[ignored]))
    world.change = understands
    outcome = world.replay()
    assert [one["file"] for one in outcome.unreadable] == [ignored]
    assert (outcome.read, outcome.requeued) == (2, 1)


def test_files_are_gone_through_page_by_page(world: World) -> None:
    for number in range(7):
        world.say(f"wamid.{number}", f"5939900000{number:02}", **REQUEST)
    world.change = understands
    cursor, requeued = None, 0
    for _ in range(20):
        page = world.page(cursor, end=0)
        requeued, cursor = requeued + page.requeued, page.next
        if cursor is None:
            break
    assert requeued == len(world.inbound.sent) == 7
