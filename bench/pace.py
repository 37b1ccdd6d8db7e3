"""How fast this machine is just now, so that a limit of time judges the code and not the machine it runs on.

A limit in CPU time holds for the machine on which the figures of `docs/performance.md` were taken. Another one, or the
same with a busy neighbour, takes twice as long for the same work and is allowed as much.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any, Final

REFERENCE_MS: Final = 20.0
"""What the work below takes on that machine when it is quiet, CPU-ms."""

ROUNDS: Final = 3
WORDS: Final = re.compile(r"\w+")


def slowness(work_ms: Callable[[], float] | None = None) -> float:
    """How many times as long as there the same work takes here and now; 1 on a faster machine. Takes some 60 CPU-ms.

    `work_ms` does the work and says what it took."""
    return max(1.0, min((work_ms or _work_ms)() for _ in range(ROUNDS)) / REFERENCE_MS)


def _work_ms() -> float:
    """Text, dictionaries and JSON: what reading a message is made of."""
    began = time.process_time()
    read: dict[str, Any] = {}
    for number in range(800):
        text = f"Hola, ¿dónde está mi pedido {number}? El lunes me dijeron que llegaba mañana. " * 4
        read[str(number)] = {word.lower(): len(word) for word in WORDS.findall(text)}
        json.loads(json.dumps({"text": text, "words": read[str(number)]}))
    return (time.process_time() - began) * 1000
