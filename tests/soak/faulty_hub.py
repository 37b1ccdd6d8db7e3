"""The embedded hub as it is, but that every call to its table, queues and files may fail after its effect.

`python -m tests.soak.faulty_hub PORT DATA_DIR CONFIG CLOCK_EVERY TEMPLATE RATE SEED`
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from local.memory.watched import WatchedFiles, WatchedQueues, WatchedTable
from local.run import run
from local.storage import Storage
from shared.domain.errors import Transient

Answer = TypeVar("Answer")


class Failing:
    """Something takes effect, and its answer is lost: so often in a hundred."""

    def __init__(self, rate: float, seed: int) -> None:
        self._rate = rate
        self._random = Random(seed)

    def around(self, _: str, call: Callable[[], Answer]) -> Answer:
        answer = call()
        if self._random.random() < self._rate:
            raise Transient("its answer was lost")
        return answer

    def ports(self, storage: Storage) -> dict[str, Any]:
        return {
            "table": WatchedTable(storage.table, self.around),
            "queues": WatchedQueues(storage.queues, self.around),
            "files": WatchedFiles(storage.files, self.around),
        }


def main() -> int:
    port, folder, config, clock_every, template, rate, seed = sys.argv[1:]
    failing = Failing(float(rate), int(seed))
    return run(int(port), folder, config, clock_every=float(clock_every), template=Path(template), ports=failing.ports)


if __name__ == "__main__":
    sys.exit(main())
