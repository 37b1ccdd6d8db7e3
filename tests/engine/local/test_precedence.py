"""While a burst of deliveries waits for answers, the work they bring goes on slowly; afterwards at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from local.definitions import QueueDefinition, QueueSource, Route
from local.precedence import BURST
from shared.ports.queues import Message

TOTAL = 40


def test_a_burst_goes_first_and_the_work_is_done_after_it(
    started: Callable[..., Any], eventually: Callable[..., None]
) -> None:
    answers = threading.Event()
    waiting = threading.Semaphore(0)
    done: list[str] = []

    def accept(_event: Any, _context: Any) -> dict[str, Any]:
        waiting.release()
        answers.wait(10)
        return {"statusCode": 200}

    def work(event: dict[str, Any], _context: Any) -> None:
        time.sleep(0.03)
        done.append(event["Records"][0]["body"])

    hub = started(
        {"accept": accept, "work": work},
        routes=(Route("POST", "/", "accept"),),
        queues={"inbound": QueueDefinition("inbound", "inbound.fifo")},
        queue_sources=(QueueSource("work", "inbound", 1, 4, partial=False),),
    )
    callers = [threading.Thread(target=hub.ask, args=("POST", "/", b"x")) for _ in range(BURST)]
    for caller in callers:
        caller.start()
    for _ in callers:
        assert waiting.acquire(timeout=5)
    for n in range(0, TOTAL, 10):
        hub.storage.queues.send("inbound", [Message(str(m), f"g{m}", str(m)) for m in range(n, n + 10)])
    time.sleep(0.7)
    in_the_burst = len(done)
    answers.set()
    eventually(lambda: len(done) == TOTAL)
    for caller in callers:
        caller.join(5)
    # Four workers without a burst would have done all forty in a third of a second.
    assert 1 <= in_the_burst <= 10
