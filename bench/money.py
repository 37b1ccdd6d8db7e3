"""US dollars for a million messages, from what the meter counted and a file of prices."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from local.template import read_template

HERE: Final = Path(__file__).parent
FUNCTIONS: Final = {"acknowledge": "WhatsappWebhook", "intake": "Intake", "relay": "Relay", "sync": "CrmSync"}
QUEUE_READERS: Final = ("intake", "sync")
GB: Final = 1024**3

Stage = Mapping[str, Any]
"""Of one message at one stage: `cpu_ms`, `invocations`, `counts`."""


def read_prices() -> dict[str, Any]:
    prices: dict[str, Any] = yaml.safe_load((HERE / "prices.yaml").read_text("utf-8"))
    return prices


def memory_mb() -> dict[str, int]:
    """Of each stage's function, as the template gives it."""
    functions = read_template(HERE.parent / "template.yaml").functions
    return {stage: functions[name].memory_mb for stage, name in FUNCTIONS.items()}


def per_million(stages: Mapping[str, Stage], prices: Mapping[str, Any], memory: Mapping[str, int]) -> dict[str, float]:
    """US dollars by line of the bill, and their `sum`, when a million messages are as this one."""
    usd, assumed = prices["usd"], prices["assumed"]
    total = _total(stages)
    invocations = sum(stage["invocations"] for stage in stages.values())
    polls = 2 * sum(stages[name]["invocations"] for name in QUEUE_READERS)
    gb_seconds = sum(_gb_seconds(stage, memory[name], assumed) for name, stage in stages.items())
    logged = total.get("log.bytes", 0) + assumed["log_bytes_per_request"]
    logged += assumed["log_bytes_per_invocation"] * invocations
    lines = {
        "gateway requests": usd["gateway_million_requests"],
        "function calls": usd["lambda_million_requests"] * invocations,
        "function time": usd["lambda_gb_second"] * gb_seconds * 1e6,
        "queue requests": usd["sqs_million_requests"] * (total.get("queue.requests", 0) + polls),
        "table reads": usd["dynamodb_million_reads"] * total.get("rru", 0),
        "table writes": usd["dynamodb_million_writes"] * total.get("wru", 0),
        "stream reads": usd["stream_million_reads"] * stages["relay"]["invocations"],
        "files": usd["s3_million_puts"] * total.get("files.put", 0)
        + usd["s3_million_gets"] * total.get("files.get", 0),
        "logs": usd["log_gb"] * logged * 1e6 / GB,
        "out to the tool": usd["transfer_gb"] * total.get("tool.bytes", 0) * 1e6 / GB,
    }
    return {**lines, "sum": sum(lines.values())}


def _total(stages: Mapping[str, Stage]) -> dict[str, float]:
    total: dict[str, float] = {}
    for stage in stages.values():
        for kind, number in stage["counts"].items():
            total[kind] = total.get(kind, 0) + number
    return total


def _gb_seconds(stage: Stage, memory: int, assumed: Mapping[str, Any]) -> float:
    """CPU time on the share of a vCPU that the memory brings, and the waits for what is called."""
    share = min(1.0, memory / assumed["one_vcpu_at_mb"])
    waited_ms = sum(assumed["wait_ms"][where] * calls for where, calls in _calls(stage["counts"]).items())
    seconds = float(stage["cpu_ms"] / share + waited_ms) / 1000
    return seconds * memory / 1024


def _calls(counts: Mapping[str, float]) -> dict[str, float]:
    kinds = {
        "table": ("table.read", "table.write", "table.transact"),
        "queue": ("queue.send",),
        "files": ("files.put", "files.get"),
        "tool": ("tool.calls",),
    }
    return {where: sum(counts.get(kind, 0) for kind in names) for where, names in kinds.items()}
