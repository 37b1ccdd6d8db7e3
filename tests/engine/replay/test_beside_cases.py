"""What is recorded otherwise than as a message: past messages, consents, failures, reactions."""

from __future__ import annotations

import json
from typing import Any

from shared.domain.event import Event
from shared.ports.table import Put
from tests.engine.replay.conftest import AT, World

PHONE = "593991234567"


def past(world: World, *messages: dict[str, Any]) -> None:
    chunk = {
        "metadata": {"phase": 0, "chunk_order": 1, "progress": 10},
        "threads": [{"id": PHONE, "messages": messages}],
    }
    [outcome] = world.deliver({"history": [chunk]}, field_="history")
    assert outcome.result == "recorded"


def text(message: str, body: str) -> dict[str, Any]:
    return {"id": message, "from": PHONE, "timestamp": str(AT - 86_400), "type": "text", "text": {"body": body}}


def shouts(event: Event) -> Event:
    past_messages = [each.model_copy(update={"text": (each.text or "").upper()}) for each in event.history]
    return event.model_copy(update={"history": past_messages}) if past_messages else event


def test_past_messages_are_compared_each_with_its_part_of_the_chunk(world: World) -> None:
    past(world, text("wamid.1", "uno"), text("wamid.2", "DOS"), text("wamid.3", "tres"))
    before = world.items()
    assert world.replay().same == 3
    assert world.items() == before
    world.change = shouts
    outcome = world.replay()
    assert (outcome.read, outcome.same, outcome.revised) == (3, 1, 2)
    assert [one["fields"] for one in outcome.differences] == [["text"], ["text"]]
    assert world.replay().same == 3


def test_a_past_message_that_its_chunk_no_longer_has_is_named(world: World) -> None:
    past(world, text("wamid.1", "uno"))
    world.change = lambda event: event.model_copy(update={"history": []})
    [named] = world.replay().unreadable
    assert "no longer found in the chunk" in named["reason"]


def prefer(world: World, value: str) -> None:
    said = {"category": "marketing_messages", "value": value, "wa_id": PHONE, "timestamp": str(AT)}
    [outcome] = world.deliver({"user_preferences": [said]}, field_="user_preferences")
    assert outcome.result == "recorded"


def test_a_consent_read_differently_is_told_and_never_changed(world: World) -> None:
    prefer(world, "stop")
    before = world.items()
    assert (world.replay().read, world.replay().same) == (1, 1)

    def resumes(event: Event) -> Event:
        assert event.choice
        return event.model_copy(update={"choice": event.choice.model_copy(update={"id": "resume"})})

    world.change = resumes
    outcome = world.replay()
    assert (outcome.conflicts, outcome.revised) == (1, 0)
    [named] = outcome.differences
    assert (named["fields"], named["conflict"]) == (["action"], "a record of consent is never changed")
    assert PHONE not in str(named)
    assert world.items() == before


def test_reactions_and_failures_are_the_same_to_the_same_parser(world: World) -> None:
    world.say("wamid.1")
    reaction = {"type": "reaction", "reaction": {"message_id": "wamid.1", "emoji": "👍"}}
    world.say("wamid.2", **reaction)
    echo = {"from": "15550100001", "to": PHONE, "id": "wamid.3", "timestamp": str(AT), "type": "text"}
    world.deliver({"message_echoes": [{**echo, "text": {"body": "Hola"}}]}, field_="smb_message_echoes")
    failed = {"id": "wamid.3", "status": "failed", "timestamp": str(AT + 5), "recipient_id": PHONE}
    world.deliver({"statuses": [{**failed, "errors": [{"code": 131047, "title": "Re-engagement message"}]}]})
    before = world.items()
    outcome = world.replay()
    assert (outcome.read, outcome.same, outcome.unreadable) == (4, 4, [])
    assert world.items() == before

    def later(event: Event) -> Event:
        return (
            event.model_copy(update={"receipt": event.receipt.model_copy(update={"state": "sent"})})
            if event.receipt
            else event
        )

    world.change = later
    [named] = world.replay().differences
    assert named["conflict"] == "what a receipt changed is not changed back"


def test_a_new_reading_of_a_reaction_shows_another_emoji(world: World) -> None:
    said = world.say("wamid.1")
    world.say("wamid.2", type="reaction", reaction={"message_id": "wamid.1", "emoji": "👍"})

    def hearts(event: Event) -> Event:
        return (
            event.model_copy(update={"reaction": event.reaction.model_copy(update={"emoji": "❤️"})})
            if event.reaction
            else event
        )

    world.change = hearts
    assert world.replay().revised == 1
    [shown] = world.shown(said)
    assert [one["emoji"] for one in shown["reactions"]] == ["❤️"]


def test_a_changed_id_recorded_in_a_case_is_the_same_to_the_same_parser(world: World) -> None:
    world.say("wamid.1")
    changed = {"type": "system", "system": {"type": "user_changed_number", "wa_id": "593990000002", "body": "…"}}
    world.say("wamid.2", **changed)
    before = world.items()
    outcome = world.replay()
    assert (outcome.same, outcome.differences, outcome.unreadable) == (outcome.read, [], [])
    assert outcome.read == 2
    assert world.items() == before


def test_words_that_stop_marketing_are_read_as_before_in_their_entry_and_in_their_consent(world: World) -> None:
    world.say("wamid.1")
    assert world.say("wamid.2", type="text", text={"body": "BAJA"}).result == "recorded"
    before = world.items()
    outcome = world.replay()
    assert (outcome.same, outcome.differences, outcome.unreadable) == (outcome.read, [], [])
    assert outcome.read == 3
    assert world.items() == before


def test_what_no_channel_reads_is_counted_and_left_alone(world: World) -> None:
    said = world.say("wamid.1")
    entry = world.entry(said)
    event = {**json.loads(entry["event"]), "channel": "soporte", "account": "soporte"}
    world.hub.table.table.transact([Put({**entry, "event": json.dumps(event)})])
    outcome = world.replay()
    assert (outcome.read, outcome.no_parser, outcome.unreadable) == (0, 1, [])


def test_what_was_moved_to_another_case_is_read_there_alone(world: World) -> None:
    said = world.say("wamid.1")
    entry = world.entry(said)
    world.hub.table.table.transact([Put({**entry, "moved_to": {"case": "other", "sequence": 1}})])
    world.change = lambda event: event.model_copy(update={"text": "otra cosa"})
    assert world.replay().read == 0
