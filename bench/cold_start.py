"""What a function imports, and what that costs: each measure is of an interpreter of its own.

CPU time of the process, from before the import of the handler to when everything it uses at its first message is
made. Run as `python -m bench.cold_start FOLDER MAKERS` this module is the interpreter that is measured.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
CLIENT: Final = "boto3"
"""In place of a function's folder: importing boto3 and making one client, which everything is compared with."""

MAKERS: Final[dict[str, tuple[str, ...]]] = {
    "whatsapp_webhook": ("secrets", "queues", "files", "metrics", "clock"),
    "social_ingest": ("secrets", "queues", "files", "metrics", "clock"),
    "helpdesk_webhook": ("secrets", "queues", "lookup", "metrics", "clock", "hook"),
    "helpdesk_pull": ("logs", "config", "backs", "table", "queues", "files", "metrics", "clock"),
    "email_ingest": ("logs", "table", "files", "queues", "metrics", "clock", "pause"),
    "intake": ("logs", "table", "files", "metrics", "config", "clock", "channel"),
    "relay": ("logs", "connectors_of", "queues", "metrics"),
    "kpi_aggregator": ("logs", "measuring", "metrics"),
    "crm_sync": ("logs", "config", "connectors", "table", "queues", "metrics", "clock"),
    "fetch_media": ("logs", "config", "fetcher", "table", "queues", "files", "metrics", "clock"),
    "outbound_dispatch": ("logs", "config", "way_out", "table", "queues", "files", "metrics", "clock"),
    "clock": ("logs", "config", "table", "queues", "files", "metrics", "clock", "channel"),
    "park": ("logs", "table", "metrics", "clock"),
    "api": ("secrets", "table", "queues", "config", "clock"),
}
"""What each function asks of `shared.bootstrap` for its first message, by its folder."""

ARGUMENTS: Final[dict[str, tuple[str, ...]]] = {
    "channel": ("whatsapp",),
    "way_out": ("whatsapp",),
    "fetcher": ("whatsapp",),
    "hook": ("request_tracker",),
    "connectors_of": ("acme",),
}

ENVIRONMENT: Final = {
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "example",
    "AWS_SECRET_ACCESS_KEY": "example",
    "TABLE_NAME": "hub",
    "BUCKET_NAME": "hub",
    "SECRET_PREFIX": "hub",
    "INBOUND_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/000000000000/inbound.fifo",
    "SYNC_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/000000000000/sync.fifo",
    "TOOLS_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/000000000000/tools.fifo",
    "CONNECTORS": "demo:generic_webhook:demo",
    "HUB_CONFIG": str(ROOT / "config" / "demo.yaml"),
}


@dataclass(frozen=True, slots=True)
class ColdStart:
    """`import_ms`: importing the handler; `ready_ms`: that, and making what it uses. `packages`: without Python's."""

    import_ms: float
    ready_ms: float
    packages: frozenset[str]


def cold_start(folder: str) -> ColdStart:
    """One measure of a function, or of `CLIENT`, in a fresh interpreter. Nothing leaves this machine."""
    command = [sys.executable, "-m", "bench.cold_start", folder, ",".join(MAKERS.get(folder, ()))]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment = {**inherited, **ENVIRONMENT, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    measured = json.loads(done.stdout.splitlines()[-1])
    return ColdStart(measured["import_ms"], measured["ready_ms"], frozenset(measured["packages"]))


def measure(rounds: int) -> dict[str, Any]:
    """Medians by function, in ms, and their ratio to `CLIENT`. The rounds go through all of them, so that a busy
    moment of the machine touches all alike."""
    taken: dict[str, list[ColdStart]] = {folder: [] for folder in (CLIENT, *MAKERS)}
    for _ in range(rounds):
        for folder, measures in taken.items():
            measures.append(cold_start(folder))
    client_ms = median(one.ready_ms for one in taken[CLIENT])
    return {folder: _medians(measures, client_ms) for folder, measures in taken.items()}


def _medians(measures: Sequence[ColdStart], client_ms: float) -> dict[str, float]:
    import_ms, ready_ms = median(one.import_ms for one in measures), median(one.ready_ms for one in measures)
    return {"import_ms": import_ms, "ready_ms": ready_ms, "ratio": ready_ms / client_ms}


def _run(folder: str, makers: Sequence[str]) -> dict[str, Any]:
    before = set(sys.modules)
    began = time.process_time()
    if folder == CLIENT:
        import boto3

        boto3.client("dynamodb")
        imported = time.process_time()
    else:
        import_module(f"functions.{folder}.app")
        imported = time.process_time()
        bootstrap = import_module("shared.bootstrap")
        for maker in makers:
            make = getattr(bootstrap, maker)
            make(*ARGUMENTS.get(maker, ()))
    ready = time.process_time()
    own = sys.stdlib_module_names | {"__mp_main__", "bench"}
    packages = {name.partition(".")[0] for name in set(sys.modules) - before} - own
    return {
        "import_ms": (imported - began) * 1000,
        "ready_ms": (ready - began) * 1000,
        "packages": sorted(package for package in packages if not package.startswith(("_", "cython_runtime"))),
    }


if __name__ == "__main__":
    print(json.dumps(_run(sys.argv[1], [maker for maker in sys.argv[2].split(",") if maker])))
