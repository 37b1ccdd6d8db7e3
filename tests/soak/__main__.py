"""The soak: `make soak`, or `python -m tests.soak --messages 10000 --kills 20`.

Its closing line says what was found beside what was expected; the exit code is 0 only when the two are equal.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.soak.soak import Plan, soak


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--fault-rate", type=float, default=0.002, help="of each call to table, queues and files")
    parser.add_argument("--lost-answers", type=float, default=0.02, help="of what the tool is told")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    plan = Plan(given.messages, given.people, given.kills, given.fault_rate, given.lost_answers, given.seed)
    with tempfile.TemporaryDirectory(prefix="hilo-soak-") as folder:
        result = soak(plan, Path(folder), say=lambda line: print(line, flush=True))
    print(result.line, flush=True)
    return 0 if result.holds else 1


if __name__ == "__main__":
    sys.exit(main())
