"""One connector's share of a process' workers: waited for while calls are quick, refused while they are slow."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack

import pytest

from shared.application.places import SLOW_S, NoPlace, Places, share


@pytest.mark.parametrize(
    ("workers", "connectors", "places"),
    [(1, 3, None), (8, 1, None), (8, 0, None), (8, 2, 4), (8, 3, 2), (2, 5, 1)],
)
def test_all_connectors_have_the_same_share(workers: int, connectors: int, places: int | None) -> None:
    assert share(workers, connectors) == places


def test_calls_that_hang_hold_their_share_and_no_more() -> None:
    now = [100.0]
    places = Places(2, lambda: now[0])
    with ExitStack() as hanging:
        hanging.enter_context(places.place())
        hanging.enter_context(places.place())
        now[0] += SLOW_S + 0.1
        with pytest.raises(NoPlace), places.place():
            pytest.fail("a third one got in")
    with places.place():
        now[0] += 1


def test_a_place_that_comes_free_soon_is_waited_for() -> None:
    places = Places(1, time.monotonic)
    inside, leave, got = threading.Event(), threading.Event(), []

    def quick() -> None:
        with places.place():
            inside.set()
            leave.wait(5)

    def next_one() -> None:
        with places.place():
            got.append(leave.is_set())

    threads = [threading.Thread(target=work) for work in (quick, next_one)]
    threads[0].start()
    assert inside.wait(5)
    threads[1].start()
    leave.set()
    for thread in threads:
        thread.join(5)
    assert got == [True]


def test_a_call_that_fails_gives_its_place_back() -> None:
    places = Places(1, time.monotonic)
    with pytest.raises(OSError, match="gone"), places.place():
        raise OSError("gone")
    with places.place():
        pass
