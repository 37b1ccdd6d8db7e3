"""`make bench`: measures everything in one run, prints it, and writes `bench/results.json`."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any, Final

from bench import beside_dead, cold_start, embedded, mail, money, report

RESULTS: Final = Path(__file__).parent / "results.json"
PEOPLE: Final = 16
MESSAGES: Final = 4
"""Of each of them; the first is that of a new customer."""
ROUNDS: Final = 7


def main() -> None:
    began = time.monotonic()
    _say("one message after the other through every function, against moto")
    deployed = _walk("moto")
    _say("the same on the embedded engines, which count units as DynamoDB does")
    counted = _walk("embedded")
    _say("cold starts")
    cold = cold_start.measure(ROUNDS)
    _say("reading a mail")
    read = mail.measure()
    _say("the embedded hub over HTTP")
    hub = embedded.measure()
    _say("a healthy tool beside a dead one")
    beside = beside_dead.measure()
    results = _results(deployed, counted) | {"cold_start": cold, "mail": read, "embedded": hub}
    results |= {"beside_dead": beside, "machine": _machine()}
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    print(report.shown(results))
    _say(f"{time.monotonic() - began:.0f} s; all of it is in {RESULTS.relative_to(Path.cwd())}")


def _walk(place: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.walk", place, str(PEOPLE), str(MESSAGES)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    walked: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return walked


def _results(deployed: dict[str, Any], counted: dict[str, Any]) -> dict[str, Any]:
    prices, memory = money.read_prices(), money.memory_mb()
    bare_ms = {kind: median(taken) for kind, taken in deployed["bare"].items()}
    cpu: dict[str, Any] = {"bare_ms": bare_ms}
    usd, units = {}, {}
    for who in ("known", "new"):
        spent, true_counts = report.typical(deployed[who]), report.typical(counted[who])
        cpu[who] = report.ratios(spent, bare_ms)
        units[who] = report.units(true_counts)
        priced = {stage: {**true_counts[stage], "cpu_ms": one["cpu_ms"]} for stage, one in spent.items()}
        usd[who] = money.per_million(priced, prices, memory)
    return {"cpu": cpu, "units": units, "usd_per_million": usd, "prices_as_of": str(prices["as_of"])}


def _machine() -> dict[str, Any]:
    return {"cores": os.cpu_count(), "python": platform.python_version(), "machine": platform.machine()}


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
