"""An entry's files on every engine: claimed by one, settled once, fetched into Files whole, put off, given up."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.fetch_media.content import examine
from shared.application.media import WAITS_S, Fetching, fetch_media
from shared.application.media_trigger import MediaTrigger
from shared.application.retry import due_text
from shared.domain.errors import Conflict, Malformed, Permanent, Transient
from shared.domain.event import Event
from shared.domain.media import Ended, Limits
from shared.ports.files import Files
from shared.ports.media import Sink, Wanted
from shared.ports.queues import Message
from shared.ports.table import Put, Table
from shared.store import cursors, items, keys, media
from shared.store.media import File

NOW = 1_800_000_000.0
PAGE = b"<html><script>x</script></html>"


def test_one_worker_alone_claims_a_file_and_a_settled_one_is_never_claimed(table: Table) -> None:
    first = media.claim(table, File("c1", 7, 0), 100, "2027-01-15T08:01:40Z")
    with pytest.raises(Conflict):
        media.claim(table, File("c1", 7, 0), 100, "2027-01-15T08:01:40Z")
    seen = media.of_entry(table, "c1", 7)[0]
    second = media.claim(table, seen, 200, "2027-01-15T08:03:20Z")
    assert second.attempts == 2
    with pytest.raises(Conflict):
        media.settle(table, first, {"state": "gone", "filename": "a"})
    media.settle(table, second, {"state": "gone", "filename": "a", "declared_type": "image/png", "size": None})
    settled = media.of_entry(table, "c1", 7)[0]
    assert (settled.state, settled.lease, settled.due_sk, settled.view().filename) == ("gone", None, None, "a")
    with pytest.raises(Conflict):
        media.claim(table, settled, 300, "2027-01-15T08:05:00Z")


def test_files_of_an_entry_are_not_another_s(table: Table) -> None:
    for case, sequence in (("c1", 7), ("c1", 70), ("c2", 7)):
        media.claim(table, File(case, sequence, 0), 100, "2027-01-15T08:01:40Z")
    assert list(media.of_entry(table, "c1", 7)) == [0]


@dataclass
class Provider:
    answers: list[Any]
    asked: int = 0

    def fetch(self, wanted: Wanted, sink: Sink, timeout_s: float) -> None:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            sink.write(b"part of it")
            raise answer
        sink.write(answer)


@dataclass
class World:
    table: Table
    files: Files
    provider: Provider
    now: float = NOW
    sent: list[tuple[str, Message]] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)

    def send(self, queue: str, batch: list[Message]) -> tuple[int, ...]:
        self.sent += [(queue, one) for one in batch]
        return ()

    def count(self, name: str, value: float = 1, **dimensions: str) -> None:
        self.counted[name] += int(value)

    def entry(self, *attachments: dict[str, Any]) -> None:
        parts: dict[str, Any] = {"channel": "whatsapp", "account": "1", "kind": "message", "message_id": "m"}
        parts |= {"author": {"type": "customer"}, "provider_type": "image", "attachments": list(attachments)}
        event = Event.model_validate(parts)
        self.table.transact([Put(items.entry_item("c1", 7, event, "2027-01-15T08:00:00Z", {}))])

    def run(self, trigger: MediaTrigger | None = None, *, limits: Limits | None = None, left_s: float = 120) -> str:
        means = Fetching(
            table=self.table,
            queues=self,  # type: ignore[arg-type]
            files=self.files,
            metrics=self,
            clock=lambda: self.now,
            draw=lambda: 0.0,
            limits=limits or Limits(),
            fetcher_of=lambda name: self.provider if name == "whatsapp" else None,
            examine=examine,
            remaining_s=lambda: left_s,
        )
        return fetch_media((trigger or MediaTrigger("c1", 7)).message.body, means)

    def states(self) -> list[str]:
        return [file.state for _, file in sorted(media.of_entry(self.table, "c1", 7).items())]


IMAGE = {"kind": "image", "provider_id": "1", "mime_type": "image/jpeg", "filename": "../foto\u202e.jpg"}


def test_an_image_that_is_a_page_is_kept_with_its_danger(table: Table, files: Files) -> None:
    world = World(table, files, Provider([PAGE]))
    world.entry(IMAGE)
    assert world.run() == "settled"
    stored = media.of_entry(table, "c1", 7)[0].view()
    assert (stored.dangerous, stored.filename, stored.size) == ("active_content", "foto.jpg", len(PAGE))
    assert files.get("media/c1/7/0") == PAGE
    assert world.run() == "settled"
    assert world.provider.asked == 1


def test_what_may_pass_is_tried_again_by_the_clock_and_given_up_at_last(table: Table, files: Files) -> None:
    world = World(table, files, Provider([Transient("busy", 7.0)]))
    world.entry(IMAGE)
    for wait in WAITS_S:
        assert world.run(MediaTrigger("c1", 7, due=due_text(world.now))) == "waiting"
        due = media.of_entry(table, "c1", 7)[0].due_at
        assert due == due_text(world.now + max(wait, 7))
        assert world.run() == "waiting", "a copy of the trigger does not try sooner"
        world.now = datetime.fromisoformat(str(due)).replace(tzinfo=UTC).timestamp()
    assert world.run(MediaTrigger("c1", 7, due=due_text(world.now))) == "settled"
    assert (world.states(), world.provider.asked) == (["failed"], len(WAITS_S) + 1)
    assert files.get("media/c1/7/0") is None


LIMITS = [
    (Limits({"image": 10}, 1000), [b"x" * 11], "too_large"),
    (Limits({"image": 1000}, 10), [b"x" * 11], "too_large"),
    (Limits({"image": 0}), [b"x"], "too_large"),
    (Limits(), [Ended("gone", "no more")], "gone"),
    (Limits(), [Ended("refused", "elsewhere")], "refused"),
    (Limits(), [Permanent("unforeseen")], "failed"),
]


@pytest.mark.parametrize(("limits", "answers", "state"), LIMITS)
def test_how_a_file_ends(table: Table, files: Files, limits: Limits, answers: list[Any], state: str) -> None:
    world = World(table, files, Provider(answers))
    world.entry(IMAGE)
    assert (world.run(limits=limits), world.states()) == ("settled", [state])


def test_a_file_that_says_it_is_too_large_is_not_asked_for(table: Table, files: Files) -> None:
    world = World(table, files, Provider([b"x"]))
    world.entry(IMAGE | {"size": 2**40})
    assert (world.run(), world.states(), world.provider.asked) == ("settled", ["too_large"], 0)


def test_without_time_it_goes_on_later(table: Table, files: Files) -> None:
    world = World(table, files, Provider([b"x"]))
    world.entry(IMAGE, IMAGE)
    assert world.run(left_s=25) == "continued"
    [(queue, message)] = world.sent
    assert (queue, json.loads(message.body)) == ("media", {"case": "c1", "sequence": 7, "more": 1})


def test_who_waits_is_woken_and_who_lacks_it_is_told_once(table: Table, files: Files) -> None:
    world = World(table, files, Provider([b"x"]))
    world.entry(IMAGE)
    for name, more in (
        ("waits", {"pushed": 6}),
        ("lacks", {"pushed": 7, "lacks": [cursors.lacked(7, 0)]}),
        ("has", {"pushed": 7}),
    ):
        pk, sk = keys.cursor("c1", name)
        table.transact([Put({"pk": pk, "sk": sk, "customer": "u1", **more})])
    world.run()
    told = [(queue, json.loads(message.body)) for queue, message in world.sent]
    assert [queue for queue, _ in told] == ["inbound", "sync"]
    event = Event.model_validate(told[0][1]["raw"])
    assert (event.kind, event.in_reply_to, event.flags, event.message_id) == (
        "edit",
        "m",
        ["stored_file"],
        "c1:7:file:0",
    )
    assert told[1][1] == {"connector": "waits", "customer": "u1", "case": "c1", "sequence": 7, "filed": 7}


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"case": "c1"}', '{"case": "c1", "sequence": true}'])
def test_what_is_no_trigger_is_malformed(table: Table, files: Files, body: str) -> None:
    means: Any = None
    with pytest.raises(Malformed):
        fetch_media(body, means)


def test_a_trigger_for_no_entry_is_parked(table: Table, files: Files) -> None:
    with pytest.raises(Permanent):
        World(table, files, Provider([b"x"])).run()
