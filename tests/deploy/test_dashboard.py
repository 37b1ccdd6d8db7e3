"""The dashboard shows what exists: metrics that the code counts or AWS has, of every queue and every function."""

from __future__ import annotations

import ast
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

Resources = dict[str, dict[str, Any]]
Shown = list[tuple[str, str, dict[str, str]]]
"""Namespace, metric, dimensions."""

AWS: dict[str, dict[str, set[str]]] = {
    "AWS/ApiGateway": {name: {"ApiId"} for name in ("Count", "4xx", "5xx", "Latency")},
    "AWS/SQS": {
        name: {"QueueName"}
        for name in (
            "ApproximateNumberOfMessagesVisible",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateAgeOfOldestMessage",
        )
    },
    "AWS/Lambda": {name: {"FunctionName"} for name in ("Errors", "Throttles", "Duration", "IteratorAge")},
    "AWS/DynamoDB": {
        name: {"TableName", "GlobalSecondaryIndexName"}
        for name in (
            "ConsumedReadCapacityUnits",
            "ConsumedWriteCapacityUnits",
            "ReadThrottleEvents",
            "WriteThrottleEvents",
        )
    },
}
"""AWS's own metrics that we show, with the dimensions they have (CloudWatch metrics reference of each service)."""

SEARCH = re.compile(r"""SEARCH\('\{(\w+)((?:,\w+)*)\} MetricName="(\w+)"', '(\w+)', (\d+)\)""")


@pytest.fixture(scope="module")
def widgets(template: dict[str, Any]) -> list[dict[str, Any]]:
    body = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    found: list[dict[str, Any]] = json.loads(body)["widgets"]
    return found


@pytest.fixture(scope="module")
def shown(widgets: list[dict[str, Any]]) -> Shown:
    return [metric for widget in widgets for metric in metrics_of(widget["properties"]["metrics"])]


def metrics_of(rows: list[list[Any]]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Each metric written out: `.` stands for the same part of the row above, `...` for all but its end."""
    above: list[str] = []
    for row in rows:
        parts = [part for part in row if isinstance(part, str)]
        if not parts:
            searched = SEARCH.fullmatch(row[0]["expression"])
            assert searched, row
            yield searched[1], searched[3], dict.fromkeys(searched[2].split(",")[1:], "*")
            continue
        if parts[0] == "...":
            parts = above[: len(above) - len(parts) + 1] + parts[1:]
        parts = [above[place] if part == "." else part for place, part in enumerate(parts)]
        above = parts
        yield parts[0], parts[1], dict(zip(parts[2::2], parts[3::2], strict=True))


@pytest.fixture(scope="module")
def counted(root: Path) -> dict[str, list[set[str]]]:
    """What the code counts: name to the sets of dimensions it is counted with."""
    found: dict[str, list[set[str]]] = defaultdict(list)
    for folder in ("functions", "shared"):
        for path in (root / folder).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
                for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                    if isinstance(call.func, ast.Attribute) and call.func.attr == "count" and call.args:
                        for name in names(call.args[0], function):
                            found[name].append({str(keyword.arg) for keyword in call.keywords})
    return found


def names(argument: ast.expr, function: ast.FunctionDef) -> list[str]:
    """The texts that an argument may be: written there, or given to that variable in the same function."""
    if isinstance(argument, ast.Name):
        given = [
            node.value
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and ast.dump(node.targets[0]).startswith(f"Name(id='{argument.id}'")
        ]
        return [name for value in given for name in names(value, function)]
    if isinstance(argument, ast.IfExp):
        return names(argument.body, function) + names(argument.orelse, function)
    return [argument.value] if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else []


def test_the_reading_of_the_code_finds_what_it_counts(counted: dict[str, list[set[str]]]) -> None:
    assert counted["webhook_accepted"] == counted["webhook_ignored"]
    assert {"channel"} in counted["webhook_accepted"]
    assert {"connector", "error"} in counted["sync_failed"]


def test_every_metric_of_ours_is_counted_with_these_dimensions(
    shown: Shown, counted: dict[str, list[set[str]]]
) -> None:
    ours = [(name, set(dimensions)) for namespace, name, dimensions in shown if namespace == "Hilo"]
    assert len(ours) >= 10
    for name, dimensions in ours:
        assert dimensions in counted[name], f"nobody counts {name} by {sorted(dimensions)}"


def test_every_other_metric_is_one_that_aws_has(shown: Shown) -> None:
    for namespace, name, dimensions in shown:
        if namespace != "Hilo":
            assert set(dimensions) <= AWS[namespace][name], (namespace, name)
            assert dimensions


def test_what_needs_a_look_is_shown(shown: Shown) -> None:
    """Acknowledgements and rejections, dead letters, what each connector was told, its breaker, a late stream."""
    names = {name for namespace, name, _ in shown if namespace == "Hilo"}
    assert names >= {
        "webhook_accepted", "webhook_rejected", "webhook_unavailable", "dead_letters", "sync_pushed", "sync_failed",
        "breaker_opened", "connector_stopped", "relay_returned", "pulled", "echo_dropped",
        "found_by_sweep", "pull_failed", "sent", "send_failed", "send_unknown", "send_put_off", "loop_suspected",
    }  # fmt: skip
    for reader in ("Relay", "KpiAggregator"):
        assert ("AWS/Lambda", "IteratorAge", {"FunctionName": f"${{{reader}}}"}) in shown
    table = {name for namespace, name, _ in shown if namespace == "AWS/DynamoDB"}
    assert table == set(AWS["AWS/DynamoDB"])


def values(shown: Shown, metric: str, dimension: str) -> set[str]:
    return {dimensions[dimension].strip("${}") for _, name, dimensions in shown if name == metric}


def test_every_queue_is_shown(shown: Shown, queues: Resources) -> None:
    named = {f"{name}.QueueName" for name in queues}
    assert values(shown, "ApproximateNumberOfMessagesVisible", "QueueName") == named
    assert values(shown, "ApproximateAgeOfOldestMessage", "QueueName") == {
        "InboundQueue.QueueName",
        "SyncQueue.QueueName",
        "ToolsQueue.QueueName",
        "MailQueue.QueueName",
        "OutboundQueue.QueueName",
        "MediaQueue.QueueName",
    }


@pytest.mark.parametrize("metric", ["Errors", "Throttles", "Duration"])
def test_every_function_is_shown(shown: Shown, functions: Resources, metric: str) -> None:
    assert values(shown, metric, "FunctionName") == set(functions)


def test_every_index_is_shown(shown: Shown, template: dict[str, Any]) -> None:
    indexes = {index["IndexName"] for index in template["Resources"]["Table"]["Properties"]["GlobalSecondaryIndexes"]}
    dimensions = [dimensions for _, name, dimensions in shown if name == "ConsumedWriteCapacityUnits"]
    assert {each.get("GlobalSecondaryIndexName") for each in dimensions} == {None, *indexes}


def test_widgets_neither_overlap_nor_leave_the_page(widgets: list[dict[str, Any]]) -> None:
    taken: set[tuple[int, int]] = set()
    for widget in widgets:
        cells = {
            (column, row)
            for column in range(widget["x"], widget["x"] + widget["width"])
            for row in range(widget["y"], widget["y"] + widget["height"])
        }
        assert not cells & taken, widget["properties"]["title"]
        assert max(column for column, _ in cells) < 24
        assert widget["properties"]["region"] == "${AWS::Region}"
        taken |= cells
