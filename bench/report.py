"""What was measured, as a table for people and as numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any, Final

BARE: Final = {
    "table.read": "read",
    "table.write": "write",
    "table.transact": "transact",
    "queue.send": "send",
    "files.put": "put",
    "files.get": "put",
    "tool.calls": "send",
}
"""Each kind of call that the meter counts, and the bare call that stands for it."""

Message = Mapping[str, Mapping[str, Any]]


def typical(messages: Sequence[Message]) -> dict[str, dict[str, Any]]:
    """By stage: the median of the CPU time, the mean of everything that is counted."""
    return {stage: _typical([message[stage] for message in messages]) for stage in messages[0]}


def _typical(spent: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    kinds = sorted({kind for one in spent for kind in one["counts"]})
    return {
        "cpu_ms": median(one["cpu_ms"] for one in spent),
        "invocations": sum(one["invocations"] for one in spent) / len(spent),
        "counts": {kind: sum(one["counts"].get(kind, 0) for one in spent) / len(spent) for kind in kinds},
    }


def ratios(stages: Mapping[str, Mapping[str, Any]], bare_ms: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """By stage: CPU-ms, that of as many bare calls, their ratio."""
    found = {}
    for stage, spent in stages.items():
        bare = sum(number * bare_ms[BARE[kind]] for kind, number in spent["counts"].items() if kind in BARE)
        calls = sum(number for kind, number in spent["counts"].items() if kind in BARE)
        found[stage] = {"cpu_ms": spent["cpu_ms"], "calls": calls, "bare_ms": bare, "ratio": spent["cpu_ms"] / bare}
    return found


def units(stages: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Read and write units by stage."""
    return {
        stage: {"reads": spent["counts"].get("rru", 0.0), "writes": spent["counts"].get("wru", 0.0)}
        for stage, spent in stages.items()
    }


def shown(results: Mapping[str, Any]) -> str:
    """Tables in Markdown."""
    return "\n\n".join(
        [
            _cpu(results["cpu"]),
            _cold(results["cold_start"]),
            _mail(results["mail"]),
            _units(results["units"]),
            _money(results["usd_per_million"], results["prices_as_of"]),
            _hub(results["embedded"]),
            _beside(results["beside_dead"]),
        ]
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    cells = [head, ["-" * width for width in widths], *rows]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in cells
    )


def _cpu(cpu: Mapping[str, Any]) -> str:
    rows = [
        [
            f"{stage}, {who} customer",
            f"{one['cpu_ms']:.2f}",
            f"{one['calls']:.1f}",
            f"{one['bare_ms']:.2f}",
            f"{one['ratio']:.2f}",
        ]
        for who in ("known", "new")
        for stage, one in cpu[who].items()
    ]
    head = ["CPU of one message", "CPU-ms", "calls", "bare boto3 CPU-ms", "ratio"]
    bare = ", ".join(f"{kind} {ms:.2f}" for kind, ms in cpu["bare_ms"].items())
    return f"{_table(head, rows)}\n\nOne bare boto3 call, CPU-ms: {bare}."


def _cold(cold: Mapping[str, Any]) -> str:
    rows = [
        [name, f"{one['import_ms']:.0f}", f"{one['ready_ms']:.0f}", f"{one['ratio']:.2f}"] for name, one in cold.items()
    ]
    return _table(["cold start", "import CPU-ms", "ready CPU-ms", "ratio to boto3 and a client"], rows)


def _mail(mail: Mapping[str, float]) -> str:
    row = [f"{mail['mail_bytes'] / 1000:.0f} KB, text and HTML, a reply", f"{mail['parse_ms']:.2f}"]
    return _table(["reading one mail", "CPU-ms"], [row])


def _units(by_customer: Mapping[str, Any]) -> str:
    rows = [
        [f"{stage}, {who} customer", f"{stages[stage]['reads']:.1f}", f"{stages[stage]['writes']:.1f}"]
        for who, stages in by_customer.items()
        for stage in ("intake", "sync")
    ]
    return _table(["units of the table, a message", "reads", "writes"], rows)


def _money(usd: Mapping[str, Mapping[str, float]], as_of: str) -> str:
    rows = [[line, f"{usd['known'][line]:.2f}", f"{usd['new'][line]:.2f}"] for line in usd["known"]]
    return _table([f"USD a million messages, {as_of}", "known customer", "new customer"], rows)


def _hub(hub: Mapping[str, Any]) -> str:
    paced, flood = hub["paced"], hub["flood"]
    rows = [
        [
            f"{paced['per_second']:.0f} messages a second: acknowledged",
            f"p50 {paced['p50_ms']:.1f} ms, p99 {paced['p99_ms']:.1f} ms",
        ],
        [f"{flood['connections']} at once: acknowledged", f"{flood['acknowledged_per_second']:.0f} a second"],
        [
            f"{flood['connections']} at once: acknowledged",
            f"p50 {flood['p50_ms']:.1f} ms, p99 {flood['p99_ms']:.1f} ms",
        ],
        [f"{flood['messages']} messages, all told to the tool", f"{flood['told_per_second']:.0f} a second"],
    ]
    return _table(["embedded hub over HTTP", ""], rows)


def _beside(by_way: Mapping[str, Any]) -> str:
    rows = [
        [
            f"it {way}",
            f"{one['well_per_second']:.0f}",
            f"{one['beside_per_second']:.0f}",
            f"{one['ratio']:.2f}",
            f"{one['ratio_as_it_dies']:.2f}",
        ]
        for way, one in by_way.items()
    ]
    head = ["one of two tools is dead", "a second before", "a second beside it", "ratio", "ratio as it dies"]
    return _table(head, rows)
