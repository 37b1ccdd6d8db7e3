"""Several workers, one at a time: at every port call a chooser says who goes on. The same choices, the same run.

A worker is a plain function that works through watched ports (`Turns.around`). It runs in a thread of its own, but
holds the baton while it does: no two ever run at once, and nothing sleeps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Semaphore, Thread
from typing import Final, Generic, TypeVar

T = TypeVar("T")
Answer = TypeVar("Answer")

Choose = Callable[[int], int]
"""Given how many workers could go on (two or more; the one that just ran is the first, unless it ended): which does."""

HANGS_S: Final = 60.0
"""A worker that gives no sign for so long hangs on something that is no port."""


@dataclass(slots=True)
class Ended(Generic[T]):
    """How a worker ended: with a value, or with what it raised."""

    value: T | None = None
    error: BaseException | None = None


@dataclass(slots=True)
class _Worker(Generic[T]):
    work: Callable[[], T]
    baton: Semaphore = field(default_factory=lambda: Semaphore(0))
    ended: Ended[T] | None = None


class Turns:
    """The order in which workers take their turns. `choose` is called in the workers' threads, one call at a time."""

    def __init__(self, choose: Choose) -> None:
        self._choose = choose
        self._workers: list[_Worker[object]] = []
        self._current: _Worker[object] | None = None
        self._over = Semaphore(0)

    def around(self, _: str, call: Callable[[], Answer]) -> Answer:
        """For watched ports: let somebody else go on first, perhaps."""
        self.switch()
        return call()

    def pause(self, _: float) -> None:
        """For whoever waits a moment: others may go on. No time passes."""
        self.switch()

    def switch(self) -> None:
        """Let the chooser say who goes on. Outside of `run` nothing happens."""
        current = self._current
        if current is None:
            return
        chosen = self._next(current)
        if chosen is not current:
            self._hand_over(chosen)
            current.baton.acquire()

    def run(self, workers: Sequence[Callable[[], T]]) -> list[Ended[T]]:
        """Run them all to their ends, whatever they raise; how each ended, in their order."""
        made = [_Worker(work) for work in workers]
        self._workers = list(made)  # type: ignore[arg-type]  # which value each returns is of no interest here
        threads = [Thread(target=self._carry, args=(worker,), daemon=True) for worker in made]
        for thread in threads:
            thread.start()
        first = self._next(None)
        if first is not None:
            self._hand_over(first)
            if not self._over.acquire(timeout=HANGS_S * len(made)):
                raise RuntimeError("the workers hang on something that is no port")
        self._current = None
        for thread in threads:
            thread.join()
        return [worker.ended or Ended() for worker in made]

    def _carry(self, worker: _Worker[object]) -> None:
        worker.baton.acquire()
        try:
            worker.ended = Ended(worker.work())
        except BaseException as error:  # noqa: BLE001  it is handed to who called `run`: also a worker's death
            worker.ended = Ended(error=error)
        following = self._next(worker)
        if following is None:
            self._over.release()
        else:
            self._hand_over(following)

    def _next(self, current: _Worker[object] | None) -> _Worker[object] | None:
        able = [worker for worker in self._workers if worker.ended is None]
        if current in able:
            able.remove(current)
            able.insert(0, current)
        if len(able) < 2:
            return able[0] if able else None
        return able[self._choose(len(able)) % len(able)]

    def _hand_over(self, worker: _Worker[object] | None) -> None:
        self._current = worker
        if worker is not None:
            worker.baton.release()


def by_list(choices: Sequence[int]) -> Choose:
    """These choices one after the other; then whoever runs goes on."""
    left = iter(choices)
    return lambda _: next(left, 0)


def every_order(run: Callable[[Choose], None], *, switches: int) -> Iterator[list[int]]:
    """Call `run` once for each order of turns in which the first that could go on does, but for `switches` times.

    `run` must do the same things given the same choices. Yields the choices of each run, after it.
    """
    waiting: list[tuple[list[int], int]] = [([], switches)]
    while waiting:
        given, left = waiting.pop()
        options: list[int] = []
        run(_recording(given, options))
        for place in range(len(given), len(options)):
            if left:
                waiting += [
                    ([*given, *[0] * (place - len(given)), other], left - 1) for other in range(1, options[place])
                ]
        yield given


def _recording(given: Sequence[int], options: list[int]) -> Choose:
    def choose(able: int) -> int:
        options.append(able)
        place = len(options) - 1
        return given[place] if place < len(given) else 0

    return choose
