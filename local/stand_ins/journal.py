"""Who wrote when, on disk: so that a restart of a stand-in closes no window."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Journal:
    """A file of one JSON list a line, from which a new process goes on.

    `matters`: asked of each line that is there, in order; what it says no to, or raises ValueError of, is dropped. So
    is what a sudden end cut short. No write is forced to the disk: after a power cut a window is closed too early, and
    nothing else.
    """

    def __init__(self, path: Path, matters: Callable[[list[Any]], bool]) -> None:
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        kept = [line for line in lines if _matters(line, matters)]
        fresh = path.with_suffix(".new")
        fresh.write_text("".join(f"{line}\n" for line in kept), "utf-8")
        fresh.chmod(0o600)
        fresh.replace(path)
        self._file = path.open("a", encoding="utf-8", buffering=1)

    def add(self, *values: Any) -> None:
        self._file.write(json.dumps(values) + "\n")


def _matters(line: str, matters: Callable[[list[Any]], bool]) -> bool:
    try:
        return matters(json.loads(line))
    except ValueError:
        return False
