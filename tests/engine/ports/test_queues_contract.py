"""What `shared.ports.queues.Queues` promises, seen from the far side of the queue."""

from __future__ import annotations

import pytest
from engines.bench import MAX_RECEIVES, QUEUES, QueueBench

from shared.domain.errors import Misconfigured
from shared.ports.queues import MAX_BATCH, MAX_BATCH_BYTES, MAX_ID, Message, QueueDepth


def message(n: int, group: str = "g", deduplication: str | None = None) -> Message:
    return Message(body=f'{{"n":{n}}}', group=group, deduplication=deduplication or f"{group}-{n}")


def bodies(bench: QueueBench, queue: str = "inbound", most: int = 10, visibility_s: int = 60) -> list[str]:
    return [received.body for received in bench.receive(queue, most, visibility_s)]


def drain(bench: QueueBench, queue: str = "inbound") -> list[tuple[str, str]]:
    """(group, body) of all there is, each acknowledged."""
    found = []
    while batch := bench.receive(queue):
        for received in batch:
            found.append((received.group, received.body))
            bench.ack(queue, received.handle)
    return found


class TestSend:
    def test_what_was_sent_is_received_as_it_went(self, queues: QueueBench) -> None:
        body = '{"text":"Hola 👩🏽‍🚀 \\u0000 <b>&amp;</b>","n":[1,2]}'
        assert queues.port.send("inbound", [Message(body, "group", "copy")]) == ()
        (received,) = queues.receive("inbound")
        assert (received.body, received.group, received.receives) == (body, "group", 1)

    def test_a_full_batch_is_taken_in_order(self, queues: QueueBench) -> None:
        assert queues.port.send("inbound", [message(n) for n in range(MAX_BATCH)]) == ()
        assert drain(queues) == [("g", f'{{"n":{n}}}') for n in range(MAX_BATCH)]

    def test_as_many_bytes_as_promised_are_taken(self, queues: QueueBench) -> None:
        half = MAX_BATCH_BYTES // 2
        assert queues.port.send("inbound", [Message("a" * half, "g", "1"), Message("b" * half, "g", "2")]) == ()
        assert [len(body) for body in bodies(queues)] == [half, half]

    def test_an_empty_batch_sends_nothing(self, queues: QueueBench) -> None:
        assert queues.port.send("inbound", []) == ()
        assert bodies(queues) == []

    def test_queues_are_apart(self, queues: QueueBench) -> None:
        queues.port.send("inbound", [message(1)])
        queues.port.send("sync", [message(2)])
        assert bodies(queues, "sync") == ['{"n":2}']
        assert bodies(queues, "inbound") == ['{"n":1}']

    def test_a_queue_nobody_named_is_misconfigured(self, queues: QueueBench) -> None:
        with pytest.raises(Misconfigured, match="elsewhere"):
            queues.port.send("elsewhere", [message(1)])

    @pytest.mark.parametrize(
        "batch",
        [
            pytest.param([message(n) for n in range(MAX_BATCH + 1)], id="too_many"),
            pytest.param([Message("a" * (MAX_BATCH_BYTES + 1), "g", "1")], id="too_large"),
            pytest.param([Message("é" * (MAX_BATCH_BYTES // 2), "g", "1"), message(2)], id="too_many_bytes"),
            pytest.param([message(1), Message("", "g", "2")], id="empty_body"),
            pytest.param([message(1), Message("a", "", "2")], id="no_group"),
            pytest.param([message(1), Message("a", "g", "")], id="no_deduplication"),
            pytest.param([message(1), Message("a", "g" * (MAX_ID + 1), "2")], id="long_group"),
            pytest.param([message(1), Message("a", "g", "d" * (MAX_ID + 1))], id="long_deduplication"),
        ],
    )
    def test_what_no_queue_takes_is_refused_whole(self, queues: QueueBench, batch: list[Message]) -> None:
        with pytest.raises(ValueError):
            queues.port.send("inbound", batch)
        assert bodies(queues) == []


class TestDeduplication:
    def test_a_copy_is_dropped(self, queues: QueueBench) -> None:
        first = Message('{"n":1}', "g", "same")
        queues.port.send("inbound", [first])
        assert queues.port.send("inbound", [Message('{"n":2}', "g", "same")]) == ()
        assert drain(queues) == [("g", '{"n":1}')]

    def test_a_copy_in_the_same_batch_is_dropped(self, queues: QueueBench) -> None:
        assert queues.port.send("inbound", [Message('{"n":1}', "g", "same"), Message('{"n":2}', "g", "same")]) == ()
        assert drain(queues) == [("g", '{"n":1}')]

    def test_a_copy_is_dropped_after_the_first_was_done(self, queues_on_our_clock: QueueBench) -> None:
        bench = queues_on_our_clock
        bench.port.send("inbound", [message(1)])
        assert drain(bench) == [("g", '{"n":1}')]
        bench.port.send("inbound", [message(1)])
        assert drain(bench) == []

    def test_equal_bodies_are_no_copies(self, queues: QueueBench) -> None:
        queues.port.send("inbound", [Message("{}", "g", "1"), Message("{}", "g", "2")])
        assert len(drain(queues)) == 2

    def test_each_queue_remembers_for_itself(self, queues: QueueBench) -> None:
        for queue in QUEUES:
            queues.port.send(queue, [message(1)])
        assert [drain(queues, queue) for queue in QUEUES] == [[("g", '{"n":1}')]] * 2

    def test_after_five_minutes_it_is_no_copy_any_more(self, queues_on_our_clock: QueueBench) -> None:
        bench = queues_on_our_clock
        bench.port.send("inbound", [message(1)])
        bench.advance(299)
        bench.port.send("inbound", [message(1)])
        assert len(drain(bench)) == 1
        bench.advance(2)
        bench.port.send("inbound", [message(1)])
        assert len(drain(bench)) == 1


class TestGroups:
    def test_each_group_keeps_its_order(self, queues: QueueBench) -> None:
        for n in range(4):
            queues.port.send("inbound", [message(n, group) for group in ("a", "b", "c")])
        found = drain(queues)
        for group in ("a", "b", "c"):
            assert [body for of, body in found if of == group] == [f'{{"n":{n}}}' for n in range(4)]

    def test_what_is_in_flight_holds_up_its_group_and_no_other(self, queues: QueueBench) -> None:
        queues.port.send("inbound", [message(1, "a"), message(2, "a")])
        (head,) = queues.receive("inbound", most=1)
        queues.port.send("inbound", [message(3, "b")])
        assert bodies(queues) == ['{"n":3}']
        queues.ack("inbound", head.handle)
        assert bodies(queues) == ['{"n":2}']

    def test_one_receive_may_take_several_of_a_group_in_order(self, queues: QueueBench) -> None:
        queues.port.send("inbound", [message(n) for n in range(3)])
        assert bodies(queues) == [f'{{"n":{n}}}' for n in range(3)]
        assert bodies(queues) == []

    def test_a_released_message_comes_again_before_its_successor(self, queues: QueueBench) -> None:
        queues.port.send("inbound", [message(1), message(2)])
        (head,) = queues.receive("inbound", most=1)
        queues.release("inbound", head.handle)
        (again,) = queues.receive("inbound", most=1)
        assert (again.body, again.receives) == (head.body, 2)

    def test_a_message_comes_again_when_its_time_in_flight_is_over(self, queues: QueueBench) -> None:
        queues.port.send("inbound", [message(1), message(2)])
        assert bodies(queues, most=1, visibility_s=1) == ['{"n":1}']
        assert bodies(queues, most=1) == []
        queues.advance(1.5)
        (again,) = queues.receive("inbound", most=1)
        assert (again.body, again.receives) == ('{"n":1}', 2)

    def test_what_was_done_never_comes_again(self, queues: QueueBench) -> None:
        queues.port.send("inbound", [message(1)])
        (head,) = queues.receive("inbound", visibility_s=1)
        queues.ack("inbound", head.handle)
        queues.advance(1.5)
        assert bodies(queues) == []


class TestRedrive:
    def exhaust(self, bench: QueueBench) -> None:
        for n in range(1, MAX_RECEIVES + 1):
            (head,) = bench.receive("inbound", most=1)
            assert head.receives == n
            bench.release("inbound", head.handle)

    def test_after_its_last_receive_a_message_is_dead_and_the_next_comes(self, queues: QueueBench) -> None:
        queues.port.send("inbound", [message(1), message(2)])
        self.exhaust(queues)
        # The receive that moves the dead one away may come back empty.
        assert bodies(queues, most=1) + bodies(queues, most=1) == ['{"n":2}']
        assert queues.dead("inbound") == ['{"n":1}']

    def test_until_then_nothing_is_dead(self, queues: QueueBench) -> None:
        queues.port.send("inbound", [message(1)])
        for _ in range(MAX_RECEIVES - 1):
            (head,) = queues.receive("inbound")
            queues.release("inbound", head.handle)
        assert queues.dead("inbound") == []
        assert bodies(queues) == ['{"n":1}']


class TestDepths:
    def test_every_known_queue_says_how_full_it_is(self, queues: QueueBench) -> None:
        def depths() -> dict[str, QueueDepth]:
            known = queues.port.depths()
            return {queue: known[queue] for queue in QUEUES}

        assert depths() == dict.fromkeys(QUEUES, QueueDepth(0, 0))
        queues.port.send("inbound", [message(n, group=str(n)) for n in range(3)])
        (first,) = queues.receive("inbound", most=1)
        assert depths() == {"inbound": QueueDepth(2, 1), "sync": QueueDepth(0, 0)}
        queues.ack("inbound", first.handle)
        assert queues.port.depths()["inbound"] == QueueDepth(2, 0)
