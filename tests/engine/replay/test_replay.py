"""A parser is changed on purpose: replay revises exactly the entries concerned, once."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.application.relay import Change as Changed
from shared.application.relay import triggers_of
from shared.connectors.generic_webhook.mapping import entry_told
from shared.domain.errors import Conflict
from shared.domain.event import Attachment, Event
from shared.ports.table import Cost, Delete, Item, Page, Table, Update
from shared.store.views import case_view, customer_view, entry_view, event_of
from tests.engine.record.bench import CountedTable, Hub
from tests.engine.replay.conftest import Listed, World

Change = Callable[[Event], Event]


def counts(outcome: Any) -> tuple[int, int, int, int]:
    return outcome.read, outcome.same, outcome.revised, outcome.conflicts


def test_the_same_parser_finds_nothing_and_writes_nothing(world: World) -> None:
    world.say("wamid.1")
    world.photo("wamid.2", "mi pedido")
    before = world.items()
    outcome = world.replay()
    assert counts(outcome) == (2, 2, 0, 0)
    assert (outcome.differences, outcome.unreadable, outcome.next) == ([], [], None)
    assert world.items() == before


def test_a_changed_parser_revises_exactly_the_entries_concerned(world: World, louder: Change) -> None:
    texts = [world.say(f"wamid.t{n}", f"59399000000{n}") for n in range(3)]
    photos = [world.photo(f"wamid.p{n}", f"foto {n}", f"59399000000{n}") for n in range(2)]
    world.change = louder
    outcome = world.replay()
    assert counts(outcome) == (5, 3, 2, 0)
    named = [{"case": one.case, "sequence": one.sequence, "fields": ["text"]} for one in photos]
    assert sorted(outcome.differences, key=str) == sorted(named, key=str)
    for number, photo in enumerate(photos):
        assert [one["text"] for one in world.shown(photo)] == ["Hola", f"FOTO {number}"]
    assert [one["text"] for one in world.shown(texts[2])] == ["Hola"]


def test_the_revision_carries_both_versions_and_the_entry_stays(world: World, louder: Change) -> None:
    photo = world.photo("wamid.1", "mi pedido")
    before = world.entry(photo)
    world.change = louder
    world.replay()
    entry, revision = world.entry(photo), world.entry(photo, 2)
    assert entry == before | {"reparsed": 2}
    event = event_of(revision)
    assert (event.kind, event.author.type, event.in_reply_to) == ("edit", "system", "wamid.1")
    assert event.message_id.startswith("wamid.1:reparsed:")
    assert "reparsed" in event.flags
    assert revision["target"] == photo.sequence
    both = [json.loads(zlib.decompress(revision[name])) for name in ("reading", "previous")]
    assert [one["text"] for one in both] == ["MI PEDIDO", "mi pedido"]
    assert both[0] | {"text": "-"} == both[1] | {"text": "-"}
    assert both[1] == json.loads(before["event"])


def test_people_see_the_new_reading_but_no_edit_by_the_person(world: World, louder: Change) -> None:
    photo = world.photo("wamid.1", "mi pedido")
    [before] = world.shown(photo)
    world.change = louder
    world.hub.seconds += 3600
    world.replay()
    [now] = world.shown(photo)
    at = "2026-11-22T11:00:00Z"
    assert now == before | {"text": "MI PEDIDO", "revisions": [{"sequence": 2, "kind": "edit", "at": at}]}


def test_replaying_twice_revises_once(world: World, louder: Change) -> None:
    world.photo("wamid.1", "mi pedido")
    world.change = louder
    world.replay()
    after_one = world.items()
    outcome = world.replay()
    assert counts(outcome) == (1, 1, 0, 0)
    assert world.items() == after_one


def test_nothing_is_written_when_only_asked_what_would_be(world: World, louder: Change) -> None:
    photo = world.photo("wamid.1", "mi pedido")
    before = world.items()
    world.change = louder
    outcome = world.replay(dry=True)
    assert counts(outcome) == (1, 0, 1, 0)
    assert outcome.differences == [{"case": photo.case, "sequence": 1, "fields": ["text"]}]
    assert world.items() == before


def test_a_parser_changed_back_and_forth_revises_each_time(world: World, louder: Change) -> None:
    photo = world.photo("wamid.1", "mi pedido")
    seen = []
    same: Change = lambda event: event  # noqa: E731
    for change in (louder, same, louder, same):
        world.change = change
        assert counts(world.replay()) == (1, 0, 1, 0)
        [shown] = world.shown(photo)
        seen.append(shown["text"])
    assert seen == ["MI PEDIDO", "mi pedido", "MI PEDIDO", "mi pedido"]
    assert world.hub.case(photo.case)["sequence"] == 5


def test_an_edit_by_the_person_stands_over_a_new_reading_of_the_message(world: World, louder: Change) -> None:
    photo = world.photo("wamid.1", "mi pedido")
    image = {"id": "media-2", "mime_type": "image/jpeg", "caption": "mi otro pedido"}
    edit = {"original_message_id": "wamid.1", "message": {"type": "image", "image": image}}
    world.say("wamid.2", type="edit", edit=edit)
    world.change = lambda event: louder(event) if event.kind == "message" else event
    world.replay()
    [shown] = world.shown(photo)
    assert (shown["text"], shown["edited"]) == ("mi otro pedido", True)


def test_a_new_reading_of_an_edit_changes_what_the_edit_says(world: World, louder: Change) -> None:
    photo = world.photo("wamid.1", "mi pedido")
    image = {"id": "media-2", "mime_type": "image/jpeg", "caption": "mi otro pedido"}
    world.say(
        "wamid.2", type="edit", edit={"original_message_id": "wamid.1", "message": {"type": "image", "image": image}}
    )
    world.change = lambda event: louder(event) if event.kind == "edit" else event
    assert counts(world.replay()) == (2, 1, 1, 0)
    [shown] = world.shown(photo)
    assert (shown["text"], shown["edited"]) == ("MI OTRO PEDIDO", True)


def test_what_was_not_understood_becomes_the_message_it_was(world: World) -> None:
    odd = world.say("wamid.1", type="hologram", hologram={"id": "h-1"})
    [before] = world.shown(odd)
    assert before["kind"] == "unsupported"

    def understands(event: Event) -> Event:
        if event.kind != "unsupported":
            return event
        file = Attachment(kind="video", provider_id="h-1")
        return event.model_copy(update={"kind": "message", "attachments": [file], "reason": None})

    world.change = understands
    outcome = world.replay()
    assert outcome.differences[0]["fields"] == ["kind", "attachments", "reason"]
    [now] = world.shown(odd)
    assert (now["kind"], [one["provider_id"] for one in now["attachments"]]) == ("message", ["h-1"])
    assert "reason" not in now


def test_only_what_was_received_in_the_range_is_looked_at(world: World, louder: Change) -> None:
    world.change = lambda event: event
    start = world.hub.seconds
    outcomes = []
    for hour in range(4):
        world.hub.seconds = start + hour * 3600
        outcomes.append(world.photo(f"wamid.{hour}", "hola"))
    world.change = louder
    since = datetime.fromtimestamp(start + 3600, UTC)
    outcome = world.replay(since=since, until=since + timedelta(hours=2))
    assert [one["sequence"] for one in sorted(outcome.differences, key=lambda one: one["sequence"])] == [2, 3]
    assert outcome.read == 2


def test_only_the_channel_asked_for_is_looked_at(world: World, louder: Change) -> None:
    world.photo("wamid.1", "hola")
    world.change = louder
    assert counts(world.replay(only="email")) == (0, 0, 0, 0)
    assert counts(world.replay(only="whatsapp")) == (1, 0, 1, 0)


def test_an_original_in_files_is_read_there(world: World, louder: Change) -> None:
    noise = "".join(chr(0x4E00 + (n * 7919) % 20000) for n in range(60_000))
    photo = world.photo("wamid.1", "mi pedido " + noise)
    assert "raw_file" in world.entry(photo)
    assert counts(world.replay()) == (1, 1, 0, 0)
    world.change = louder
    assert counts(world.replay()) == (1, 0, 1, 0)
    assert world.shown(photo)[0]["text"].startswith("MI PEDIDO")
    assert counts(world.replay()) == (1, 1, 0, 0)


LOST: dict[str, tuple[Callable[[World, dict[str, Any]], None], str]] = {
    "gone": (lambda world, _: world.hub.files.clear(), "no longer in Files"),
    "no zip": (lambda world, item: world.hub.files.update({item["raw_file"]: b"x"}), "cannot be unpacked"),
    "no JSON": (lambda world, item: world.hub.files.update({item["raw_file"]: zlib.compress(b"{")}), "be unpacked"),
    "no object": (lambda world, item: world.hub.files.update({item["raw_file"]: zlib.compress(b"1")}), "no object"),
}


@pytest.mark.parametrize("name", LOST)
def test_an_original_that_cannot_be_read_is_named_and_stops_nothing(world: World, louder: Change, name: str) -> None:
    noise = "".join(chr(0x4E00 + (n * 7919) % 20000) for n in range(60_000))
    lost, kept = world.photo("wamid.1", noise), world.photo("wamid.2", "mi pedido", "593990000002")
    harm, reason = LOST[name]
    harm(world, world.entry(lost))
    world.change = louder
    outcome = world.replay()
    [named] = outcome.unreadable
    assert (named["case"], named["sequence"]) == (lost.case, lost.sequence)
    assert reason in named["reason"]
    assert [one["case"] for one in outcome.differences] == [kept.case]
    assert outcome.read == 2


def test_a_parser_that_fails_or_reads_less_changes_nothing(world: World) -> None:
    world.say("wamid.1")
    before = world.items()

    def fails(event: Event) -> Event:
        raise LookupError("what Ana said")

    world.change = fails
    assert world.replay().unreadable[0]["reason"] == "its parser failed: LookupError"
    world.change = lambda event: event.model_copy(update={"flags": ["malformed"], "reason": "no text"})
    assert world.replay().unreadable[0]["reason"] == "the parser cannot read it: no text"
    assert world.items() == before


OTHERS: dict[str, tuple[dict[str, Any], str]] = {
    "another id": ({"message_id": "wamid.9"}, "another message"),
    "another account": ({"account": "200000000000002"}, "another message"),
    "another person": (
        {"identities": [{"kind": "phone", "value": "+593990000009", "level": "channel"}]},
        "another sender",
    ),
    "from us": ({"direction": "outbound", "author": {"type": "agent"}}, "another sender"),
    "a reaction": ({"kind": "reaction", "reaction": {"target": "wamid.7"}}, "was a message and is a reaction"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_a_revision_cannot_say_is_left_to_a_person(world: World, name: str) -> None:
    said = world.say("wamid.1")
    before = world.items()
    parts, why = OTHERS[name]
    world.change = lambda event: Event.model_validate(event.dump() | parts)
    outcome = world.replay()
    assert counts(outcome) == (1, 0, 0, 1)
    [named] = outcome.differences
    assert (named["case"], named["sequence"]) == (said.case, said.sequence)
    assert why in named["conflict"]
    assert world.items() == before


def test_a_reading_in_a_log_that_was_moved_is_found_there(world: World, louder: Change) -> None:
    photo = world.photo("wamid.1", "mi pedido")
    world.change = louder
    world.replay()
    entry = world.entry(photo)
    world.hub.table.table.transact([Update((entry["pk"], entry["sk"]), set={"reparsed": 7})])
    assert counts(world.replay()) == (1, 1, 0, 0)
    revision = world.entry(photo, 2)
    world.hub.table.table.transact([Delete((revision["pk"], revision["sk"]))])
    [named] = world.replay().unreadable
    assert named["reason"] == "its latest reading is not in its case"


def test_who_writes_meanwhile_is_read_again(world: World, louder: Change) -> None:
    """Another replay is quicker with the same reading: nothing is written a second time."""
    photo = world.photo("wamid.1", "mi pedido")
    world.change = louder
    table, once = world.hub.table.table, []

    class Overtaken:
        """Like the table; the first write finds that another replay was quicker."""

        def __getattr__(self, name: str) -> Any:
            return getattr(table, name)

        def transact(self, operations: Any) -> Any:
            if not once:
                once.append(True)
                world.hub.table.table = table
                world.replay()
                raise Conflict("somebody was quicker", (0,))
            return table.transact(operations)

    world.hub.table.table = Overtaken()  # type: ignore[assignment]
    outcome = world.replay()
    assert counts(outcome) == (1, 1, 0, 0)
    assert world.hub.case(photo.case)["sequence"] == 2


def test_a_page_ends_by_time_and_the_cursor_leads_through_all(world: World, louder: Change) -> None:
    photos = [world.photo(f"wamid.{n}", f"foto {n}", f"5939900000{n:02}") for n in range(12)]
    world.change = louder
    named: list[Any] = []
    cursor, pages = None, 0
    while True:
        page = world.page(cursor, end=0)
        named += page.differences
        cursor, pages = page.next, pages + 1
        if cursor is None:
            break
    assert pages > 12
    assert sorted(one["case"] for one in named) == sorted(str(one.case) for one in photos)
    assert counts(world.replay()) == (12, 12, 0, 0)


def test_several_may_each_go_through_a_part_of_the_table(world: World, louder: Change) -> None:
    for number in range(9):
        world.photo(f"wamid.{number}", "foto", f"5939900000{number:02}")
    world.say("wamid.9", type="request_welcome")
    world.change = louder
    parts = [world.page(None, segment=number, segments=4) for number in range(4)]
    assert sum(one.revised for one in parts) == 9
    assert sum(one.same for one in parts) == 1
    assert len({one["case"] for part in parts for one in part.differences}) == 9
    assert [one.next for one in parts] == [None] * 4


def test_the_case_moves_on_by_one_and_stays_in_its_state(world: World, louder: Change) -> None:
    photo = world.photo("wamid.1", "mi pedido")
    before = world.hub.case(photo.case)
    world.change = louder
    world.hub.seconds += 60
    world.replay()
    assert world.hub.case(photo.case) == before | {"sequence": 2, "updated_at": "2026-11-22T10:01:00Z"}
    assert [one.sequence for one in world.hub.log(photo.case)] == [1, 2]
    assert entry_view(world.entry(photo, 2)).occurred_at is None


def test_the_tools_are_told_of_a_new_reading_as_an_update(world: World, louder: Change) -> None:
    photo = world.photo("wamid.1", "mi pedido")
    before = world.hub.case(photo.case)
    world.change = louder
    world.replay()
    after = world.hub.case(photo.case)
    [trigger] = triggers_of(Changed(before, after), lambda _: ["demo"])
    assert (trigger.case, trigger.sequence) == (photo.case, 2)
    told = entry_told(
        "demo", case_view(after), entry_view(world.entry(photo, 2)), customer_view(profile_of(world, after))
    )
    body = json.loads(told.body)
    assert body["type"] == "interaction.updated"
    said = body["data"]["interaction"]
    assert (said["text"], said["in_reply_to"], said["author"]) == ("MI PEDIDO", "wamid.1", {"type": "system"})
    assert "reparsed" in said["flags"]


def profile_of(world: World, case: Item) -> Item:
    return world.hub.profile(case["customer"])


def test_a_replay_reads_what_it_scans_and_writes_four_items_for_a_revision(
    priced_transactions: Table, louder: Change
) -> None:
    world = World(Hub(CountedTable(priced_transactions), files=Listed()))
    photo = world.photo("wamid.1", "mi pedido")
    metered = CountedTable(priced_transactions)
    scanned: list[float] = []

    class Scanned:
        def __getattr__(self, name: str) -> Any:
            return getattr(metered, name)

        def scan(self, **how: Any) -> Page:
            page = priced_transactions.scan(**how)
            scanned.append(page.cost.reads)
            return page

    world.hub.table.table = Scanned()  # type: ignore[assignment]
    world.replay()
    assert (sum(scanned), metered.cost) == (0.5, Cost())
    world.change = louder
    world.replay()
    [written] = metered.transactions
    assert (len(written), metered.reads) == (4, 1)
    assert metered.cost == Cost(reads=1, writes=2 * 5, calls=2)  # the revision is larger than a kilobyte
    assert world.hub.case(photo.case)["sequence"] == 2
