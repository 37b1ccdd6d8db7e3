"""The bench's own arithmetic, and that it still walks a message through all functions."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import money, report
from bench.meter import Meter, MeteredFiles, MeteredLog, MeteredQueues, MeteredTable
from shared.aws.metrics import EmbeddedMetrics
from shared.ports.queues import Message
from shared.ports.table import Absent, Check, Cost, Found, Page, Put

ROOT = Path(__file__).parents[3]
PRICES: dict[str, Any] = {
    "usd": {
        "gateway_million_requests": 1, "lambda_million_requests": 10, "lambda_gb_second": 0.001,
        "sqs_million_requests": 100, "dynamodb_million_reads": 1000, "dynamodb_million_writes": 10000,
        "stream_million_reads": 5, "s3_million_puts": 7, "s3_million_gets": 3, "log_gb": 1024, "transfer_gb": 1024,
    },
    "assumed": {
        "one_vcpu_at_mb": 2048, "wait_ms": {"table": 10, "queue": 1, "files": 1, "tool": 100},
        "log_bytes_per_invocation": 0, "log_bytes_per_request": 0,
    },
}  # fmt: skip


def stage(cpu_ms: float = 0, invocations: float = 0, **counts: float) -> dict[str, Any]:
    return {"cpu_ms": cpu_ms, "invocations": invocations, "counts": {k.replace("_", "."): v for k, v in counts.items()}}


IDLE = {name: stage() for name in money.FUNCTIONS}
SMALL = dict.fromkeys(money.FUNCTIONS, 1024)


@pytest.mark.parametrize(
    ("stages", "line", "usd"),
    [
        ({"acknowledge": stage(invocations=1), "intake": stage(invocations=2)}, "function calls", 30),
        ({"acknowledge": stage(queue_requests=3)}, "queue requests", 300),
        ({"intake": stage(invocations=1), "sync": stage(invocations=2)}, "queue requests", 600),
        ({"relay": stage(invocations=2)}, "stream reads", 10),
        ({"relay": stage(invocations=2)}, "queue requests", 0),
        ({"intake": stage(rru=2), "sync": stage(rru=1)}, "table reads", 3000),
        ({"intake": stage(wru=2)}, "table writes", 20000),
        ({"intake": stage(files_put=2, files_get=1)}, "files", 17),
        ({"sync": stage(tool_bytes=1024)}, "out to the tool", 1000 * 1000 / 1024),
        # 50 ms on half a vCPU are 100, and 2 calls of the table wait 20: 0.12 s of 1 GB, a million times.
        ({"intake": stage(cpu_ms=50, table_read=1, table_transact=1)}, "function time", 120),
    ],
)
def test_a_line_of_the_bill(stages: dict[str, Any], line: str, usd: float) -> None:
    bill = money.per_million(IDLE | stages, PRICES, SMALL)
    assert bill[line] == pytest.approx(usd)
    assert bill["sum"] == pytest.approx(sum(cost for name, cost in bill.items() if name != "sum"))


def test_every_price_and_every_function_is_known() -> None:
    assert money.per_million(IDLE, money.read_prices(), money.memory_mb())["sum"] > 0
    assert set(money.read_prices()["usd"]) == set(PRICES["usd"])


def test_a_ratio_is_to_as_many_bare_calls() -> None:
    spent = {"intake": stage(cpu_ms=9, table_read=2, table_transact=1, rru=40)}
    [found] = report.ratios(spent, {"read": 1, "transact": 4}).values()
    assert (found["calls"], found["bare_ms"], found["ratio"]) == (3, 6, 1.5)


def test_typical_is_a_median_of_time_and_a_mean_of_counts() -> None:
    messages = [{"sync": stage(cpu_ms=ms, invocations=1, tool_calls=ms)} for ms in (1, 2, 30)]
    assert report.typical(messages)["sync"] == {"cpu_ms": 2, "invocations": 1, "counts": {"tool.calls": 11}}


class Engine:
    """Answers whatever it is asked."""

    def get(self, _: Any) -> Found:
        return Found(None, Cost(reads=1))

    def query(self, *_: Any, **__: Any) -> Page:
        return Page([], None, Cost(reads=2))

    def transact(self, operations: Any) -> Cost:
        return Cost(writes=len(operations))

    def send(self, queue: str, batch: Any) -> tuple[int, ...]:
        return ()

    def put(self, *_: Any) -> None:
        """Takes it."""


def test_every_call_is_counted_by_its_kind() -> None:
    meter, engine = Meter(), Engine()
    table, item = MeteredTable(engine, meter), {"pk": "a", "sk": "b"}
    table.get(("a", "b"))
    table.query("a")
    table.transact([Put(item)])
    table.transact([Put(item), Put({"pk": "a", "sk": "c"})])
    table.transact([Check(("a", "b"), (Absent(),))])
    queues = MeteredQueues(engine, meter)
    queues.send("sync", [Message("x" * 64 * 1024, "g", "1"), Message("x", "g", "2")])
    queues.send("sync", [])
    MeteredFiles(engine, meter).put("key", b"12345")
    EmbeddedMetrics(MeteredLog(meter)).count("told")
    taken = meter.taken()
    assert taken.pop("log.bytes") > 50
    assert taken == {
        "table.read": 2, "rru": 3, "table.write": 1, "table.transact": 2, "wru": 4, "queue.send": 1,
        "queue.requests": 2, "messages.sync": 2, "files.put": 1, "files.bytes": 5,
    }  # fmt: skip
    assert meter.taken() == {}


def test_a_message_walks_through_every_function() -> None:
    """The bench is not run by the tests; this much of it is."""
    command = [sys.executable, "-m", "bench.walk", "embedded", "1", "2"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    walked = json.loads(done.stdout.splitlines()[-1])
    [known] = walked["known"]
    [new] = walked["new"]
    assert known["sync"]["counts"]["tool.calls"] == 1
    assert new["sync"]["counts"]["tool.calls"] == 3
    assert new["intake"]["counts"]["wru"] > known["intake"]["counts"]["wru"] > 0
    assert all(one["cpu_ms"] > 0 for one in [*known.values(), *new.values()])
