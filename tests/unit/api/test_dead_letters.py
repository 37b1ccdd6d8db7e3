from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from local.sqlite.queues import SqliteQueues
from shared.application.park import park
from shared.domain.errors import Transient
from shared.ports.queues import MAX_BATCH
from shared.store.dead_letters import DeadLetter


class Uncounted:
    """Nobody looks at the figures here."""

    def count(self, name: str, value: float = 1, **dimensions: str) -> None: ...


def redrive(hub: Any, **wish: Any) -> Any:
    return hub.ask("/v1/dead-letters/redrive", method="POST", body=json.dumps(wish))


def received(hub: Any, queue: str = "inbound") -> list[dict[str, Any]]:
    """Takes everything that can be taken."""
    bodies = []
    while messages := hub.parts.queues().receive(queue, 10):
        bodies += [json.loads(message.body) for message in messages]
        hub.parts.queues().delete(queue, [message.receipt for message in messages])
    return bodies


def test_letters_are_listed_newest_day_first_without_what_they_carry(hub: Any) -> None:
    hub.add_letter('{"index": 1, "raw": "secret"}', first_at="2026-11-20T10:00:00Z")
    hub.add_letter('{"index": 2, "raw": "secret"}', first_at="2026-11-22T10:00:00Z", origin="crm_sync")
    answer = hub.ask("/v1/dead-letters")
    assert [one["origin"] for one in answer.json["dead_letters"]] == ["crm_sync", "intake"]
    assert "secret" not in answer.text
    assert answer.json["dead_letters"][0] | {"id": "-"} == {
        "id": "-",
        "origin": "crm_sync",
        "queue": "inbound",
        "error": "Malformed",
        "reason": "no messages",
        "trace_id": "t-1",
        "first_at": "2026-11-22T10:00:00Z",
        "last_at": "2026-11-22T10:00:00Z",
        "attempts": 1,
    }


def test_letters_of_one_origin_alone_can_be_asked_for(hub: Any) -> None:
    hub.add_letter('{"index": 1}')
    hub.add_letter('{"index": 2}', origin="crm_sync")
    listed = hub.ask("/v1/dead-letters", "origin=crm_sync").json["dead_letters"]
    assert [one["origin"] for one in listed] == ["crm_sync"]


def test_pages_of_letters_join_to_the_whole(hub: Any) -> None:
    ids = {
        hub.add_letter(f'{{"index": {day}{number}}}', origin=origin, first_at=f"2026-11-{day}T10:00:00Z").id
        for day in (18, 19, 20)
        for origin in ("intake", "crm_sync")
        for number in range(3)
    }
    seen: list[str] = []
    query = "limit=4"
    for _ in range(9):
        page = hub.ask("/v1/dead-letters", query).json
        seen += [one["id"].rpartition("~")[2] for one in page["dead_letters"]]
        if page["next"] is None:
            break
        query = f"limit=4&cursor={page['next']}"
    assert len(seen) == len(ids) == 18
    assert set(seen) == ids


def test_a_letter_shows_what_it_carried(hub: Any) -> None:
    hub.add_letter('{"index": 1}')
    [listed] = hub.ask("/v1/dead-letters").json["dead_letters"]
    assert hub.ask(f"/v1/dead-letters/{listed['id']}").json["body"] == '{"index": 1}'


@pytest.mark.parametrize("asked", ["x", "2026-11-22~intake~0", "%2e%2e", "~~", "2026-11-22~intake~"])
def test_a_letter_that_does_not_exist_is_not_found(hub: Any, asked: str) -> None:
    assert hub.ask(f"/v1/dead-letters/{asked}").status == 404


def test_redriving_sends_the_message_with_its_attempt_and_removes_the_letter(hub: Any) -> None:
    hub.add_letter('{"channel":"whatsapp","index":1}')
    answer = redrive(hub, all=True)
    assert (answer.status, answer.json) == (200, {"redriven": 1, "refused": [], "more": False})
    assert received(hub) == [{"channel": "whatsapp", "index": 1, "attempt": 2, "first_at": "2026-11-22T10:00:00Z"}]
    assert hub.ask("/v1/dead-letters").json["dead_letters"] == []


def test_a_letter_that_comes_back_within_the_same_second_is_redriven_again(hub: Any) -> None:
    for _ in range(3):
        hub.add_letter('{"index": 1}')
        assert redrive(hub, all=True).json["redriven"] == 1
        assert received(hub) == [{"index": 1, "attempt": 2, "first_at": "2026-11-22T10:00:00Z"}]


def test_letters_go_back_in_the_order_in_which_they_came(hub: Any) -> None:
    for second in (5, 3, 4, 1, 2):
        hub.add_letter(f'{{"index": {second}}}', first_at=f"2026-11-22T09:00:0{second}Z")
    hub.add_letter('{"index": 0}', first_at="2026-11-21T23:00:00Z")
    redrive(hub, all=True)
    assert [one["index"] for one in received(hub)] == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("reason", ["no messages", "Malformed"])
def test_letters_of_one_reason_alone_can_be_redriven(hub: Any, reason: str) -> None:
    hub.add_letter('{"index": 1}')
    hub.add_letter('{"index": 2}', reason="something else", error="Permanent")
    assert redrive(hub, reason=reason).json["redriven"] == 1
    assert [one["index"] for one in received(hub)] == [1]


def test_letters_named_one_by_one_can_be_redriven(hub: Any) -> None:
    for index in range(3):
        hub.add_letter(f'{{"index": {index}}}')
    wanted = [one["id"] for one in hub.ask("/v1/dead-letters").json["dead_letters"]][:2]
    assert redrive(hub, ids=[*wanted, *wanted]).json["redriven"] == 2
    assert len(hub.ask("/v1/dead-letters").json["dead_letters"]) == 1


def test_naming_one_that_does_not_exist_redrives_none(hub: Any) -> None:
    hub.add_letter('{"index": 1}')
    [listed] = hub.ask("/v1/dead-letters").json["dead_letters"]
    assert redrive(hub, ids=[listed["id"], "2026-11-22~intake~abc"]).status == 404
    assert received(hub) == []


def test_many_letters_go_back_in_batches_for_each_queue(hub: Any) -> None:
    for index in range(2 * MAX_BATCH + 3):
        hub.add_letter(f'{{"index": {index}}}', queue=("inbound", "sync")[index % 2], group=f"g-{index}")
    assert redrive(hub, all=True).json["redriven"] == 23
    assert sorted(one["index"] for one in received(hub) + received(hub, "sync")) == list(range(23))


def test_a_letter_without_a_queue_stays_and_says_why(hub: Any) -> None:
    hub.add_letter('{"index": 1}', queue="stream")
    answer = redrive(hub, all=True).json
    assert answer["redriven"] == 0
    assert [one["reason"] for one in answer["refused"]] == ["its queue is not known"]
    assert len(hub.ask("/v1/dead-letters").json["dead_letters"]) == 1


@pytest.mark.parametrize("body", ["not json", "[1]", '"text"', ""])
def test_what_was_no_message_goes_back_as_it_came(hub: Any, body: str) -> None:
    hub.add_letter(body or " ")
    assert redrive(hub, all=True).json["redriven"] == 1
    assert [message.body for message in hub.parts.queues().receive("inbound", 10)] == [body or " "]


def test_a_letter_that_failed_again_meanwhile_stays(hub: Any) -> None:
    hub.add_letter('{"index": 1}')
    queues: SqliteQueues = hub.parts.queues()

    class FailsAtOnce:
        """The message is taken and parked again before the letter could be removed."""

        def send(self, queue: str, batch: Any) -> tuple[int, ...]:
            refused = queues.send(queue, batch)
            hub.add_letter('{"index": 1}')
            return refused

        def depths(self) -> Any:
            return queues.depths()

    hub.parts._queues = FailsAtOnce()
    assert redrive(hub, all=True).json["redriven"] == 1
    [letter] = hub.ask("/v1/dead-letters").json["dead_letters"]
    assert letter["attempts"] == 2


def test_a_letter_stays_when_its_queue_cannot_be_reached(hub: Any) -> None:
    hub.add_letter('{"index": 1}')

    class Unreachable:
        def send(self, queue: str, batch: Any) -> tuple[int, ...]:
            raise Transient("queue inbound: unreachable", 3)

        def depths(self) -> Any:
            return {"inbound": None}

    hub.parts._queues = Unreachable()
    answer = redrive(hub, all=True)
    assert (answer.status, answer.headers["retry-after"]) == (503, "3")
    assert len(hub.ask("/v1/dead-letters").json["dead_letters"]) == 1


def test_a_letter_that_the_queue_refused_stays(hub: Any) -> None:
    for index in range(3):
        hub.add_letter(f'{{"index": {index}}}', first_at=f"2026-11-22T09:00:0{index}Z")

    class RefusesTheSecond:
        def send(self, queue: str, batch: Any) -> tuple[int, ...]:
            return (1,)

        def depths(self) -> Any:
            return {"inbound": None}

    hub.parts._queues = RefusesTheSecond()
    answer = redrive(hub, all=True).json
    assert answer["redriven"] == 2
    [kept] = hub.ask("/v1/dead-letters").json["dead_letters"]
    assert answer["refused"] == [{"id": kept["id"], "reason": "its queue refused it"}]


def test_a_redrive_that_runs_out_of_time_says_that_there_is_more(hub: Any) -> None:
    for index in range(15):
        hub.add_letter(f'{{"index": {index}}}')
    ticks = iter(range(1_795_341_600, 1_795_351_600, 8))
    hub.parts.clock = lambda: lambda: next(ticks)
    answer = redrive(hub, all=True).json
    began = "2026-11-22T10:00:00Z"
    assert answer == {"redriven": 10, "refused": [], "more": True, "began": began}
    assert redrive(hub, all=True).json == {"redriven": 5, "refused": [], "more": False}


def test_what_failed_again_since_a_redrive_began_is_left_for_the_next(hub: Any) -> None:
    hub.add_letter('{"index": 1}')
    hub.add_letter('{"index": 2}', last_at="2026-11-22T10:00:09Z")
    assert redrive(hub, all=True, began="2026-11-22T10:00:05Z").json["redriven"] == 1
    assert [one["index"] for one in received(hub)] == [1]
    assert redrive(hub, all=True, began="2026-11-22T10:00:09Z").json["redriven"] == 1


@pytest.mark.parametrize("began", [5, "", "yesterday", "2026-11-22", {}])
def test_a_beginning_that_no_redrive_answered_is_refused(hub: Any, began: Any) -> None:
    assert redrive(hub, all=True, began=began).status == 400


def test_many_letters_go_in_lanes_and_those_of_a_group_in_their_order(hub: Any) -> None:
    for index in range(150):
        at = f"2026-11-22T09:{index // 60:02}:{index % 60:02}Z"
        hub.add_letter(f'{{"index": {index}}}', group=f"g-{index % 7}", first_at=at)
    assert redrive(hub, all=True).json == {"redriven": 150, "refused": [], "more": False}
    assert hub.ask("/v1/dead-letters").json["dead_letters"] == []
    indexes = [one["index"] for one in received(hub)]
    assert sorted(indexes) == list(range(150))
    for group in range(7):
        ours = [index for index in indexes if index % 7 == group]
        assert ours == sorted(ours)


def test_of_ten_removed_together_only_the_one_that_failed_again_stays(hub: Any) -> None:
    for index in range(MAX_BATCH):
        hub.add_letter(f'{{"index": {index}}}')
    queues: SqliteQueues = hub.parts.queues()

    class FailsOne:
        def send(self, queue: str, batch: Any) -> tuple[int, ...]:
            refused = queues.send(queue, batch)
            hub.add_letter('{"index": 4}')
            return refused

        def depths(self) -> Any:
            return queues.depths()

    hub.parts._queues = FailsOne()
    assert redrive(hub, all=True).json["redriven"] == MAX_BATCH
    [letter] = hub.ask("/v1/dead-letters").json["dead_letters"]
    assert letter["attempts"] == 2
    assert hub.ask(f"/v1/dead-letters/{letter['id']}").json["body"] == '{"index": 4}'


def test_a_letter_counts_how_often_it_failed_and_keeps_its_first_day(hub: Any) -> None:
    """Removed, redriven and failed again, days later: the same letter, once more."""
    queues: SqliteQueues = hub.parts.queues()
    letter = hub.add_letter('{"index": 1}', first_at="2026-11-20T10:00:00Z")
    for attempts in (2, 3):
        assert redrive(hub, all=True).json["redriven"] == 1
        [message] = queues.receive("inbound", 1)
        queues.delete("inbound", [message.receipt])
        again = replace(letter, body=message.body, first_at="2026-11-22T10:00:00Z", last_at="2026-11-22T10:00:00Z")
        park(hub.parts.table(), Uncounted(), again)
        [found] = hub.ask("/v1/dead-letters").json["dead_letters"]
        assert (found["attempts"], found["first_at"]) == (attempts, "2026-11-20T10:00:00Z")
        assert hub.ask(f"/v1/dead-letters/{found['id']}").json["body"] == '{"index":1}'


@pytest.mark.parametrize("said", ['"3"', "true", "-1", "0", "1.5", "[]", "null"])
def test_a_message_that_says_nonsense_of_its_attempts_is_a_letter_all_the_same(hub: Any, said: str) -> None:
    body = f'{{"index": 1, "attempt": {said}, "first_at": {said}}}'
    at = "2026-11-22T10:00:00Z"
    park(
        hub.parts.table(),
        Uncounted(),
        DeadLetter("intake", "inbound", "g", body, "Malformed", "no messages", "t-1", at, last_at=at),
    )
    [found] = hub.ask("/v1/dead-letters").json["dead_letters"]
    assert (found["attempts"], found["first_at"]) == (1, at)


def test_letters_are_counted_by_reason_or_class(hub: Any) -> None:
    for index in range(12):
        reason, error = (("no messages", "Malformed"), ("too old", "Permanent"))[index % 3 == 0]
        hub.add_letter(f'{{"index": {index}}}', reason=reason, error=error, first_at=f"2026-11-{index + 10}T10:00:00Z")
    counted = [hub.ask("/v1/dead-letters/count", query).json["count"] for query in ("", "reason=too%20old")]
    assert counted == [12, 4]
    assert hub.ask("/v1/dead-letters/count", "reason=Malformed").json == {"count": 8, "more": False}


def test_counting_stops_in_time_and_says_so(hub: Any) -> None:
    for index in range(3):
        hub.add_letter(f'{{"index": {index}}}')
    ticks = iter(range(0, 1000, 8))
    hub.parts.clock = lambda: lambda: next(ticks)
    assert hub.ask("/v1/dead-letters/count").json == {"count": 2, "more": True}


@pytest.mark.parametrize(
    "body",
    ["", "x", "[]", "{}", '{"all": false}', '{"all": 1, "ids": []}', '{"ids": []}', '{"ids": [1]}', '{"ids": "x"}',
     '{"reason": 1}', '{"reason": "x", "all": true}', "[" * 100_000, '{"ids": ["' + "x" * 70_000 + '"]}'],
)  # fmt: skip
def test_a_wish_that_is_not_clear_redrives_nothing(hub: Any, body: str) -> None:
    hub.add_letter('{"index": 1}')
    answer = hub.ask("/v1/dead-letters/redrive", method="POST", body=body)
    assert answer.status == 400
    assert answer.json["error"]["message"].startswith("body:")
    assert received(hub) == []


def test_queues_and_breakers_are_shown(hub: Any) -> None:
    hub.add_letter('{"index": 1}')
    redrive(hub, all=True)
    assert hub.ask("/v1/queues").json == {
        "queues": [{"name": "inbound", "waiting": 1, "in_flight": 0}, {"name": "sync", "waiting": 0, "in_flight": 0}]
    }


@pytest.mark.parametrize("seconds", [0, -1, 13, "5", True])
def test_a_redrive_takes_no_longer_than_a_request_may(hub: Any, seconds: Any) -> None:
    hub.add_letter('{"index": 1}')
    answer = redrive(hub, all=True, seconds=seconds)
    assert (answer.status, received(hub)) == (400, [])
    assert redrive(hub, all=True, seconds=0.5).json["redriven"] == 1


def test_on_a_terminal_a_bar_shows_how_many_letters_are_left(hub: Any, hilo: Callable[..., Any]) -> None:
    for index in range(12):
        hub.add_letter(f'{{"index": {index}}}', error="Malformed" if index % 2 else "Permanent")
    told, shown = hilo("dlq", "redrive", "--reason", "Malformed", looking_on=True)
    assert told == {"redriven": 6, "refused": []}
    assert "6/6" in shown
