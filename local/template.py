"""What the embedded run takes from the template: functions, routes, queues, streams and schedules.

What it does not understand it refuses, naming the file and the logical id: nothing runs locally in another way
than deployed without saying so. Three things are left out on purpose: throttling (there is one caller), the
greatest age of a stream's records (a laptop sleeps; its records wait), and what only AWS has (roles, alarms).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from local.cloudformation import Document, Unresolved
from local.definitions import (
    FunctionDefinition,
    Hub,
    QueueDefinition,
    QueueSource,
    Route,
    ScheduleSource,
    StreamSource,
)
from shared.domain.errors import Misconfigured

MOST_WORKERS: Final = 8
"""Threads that a queue gets at most, whatever it would get deployed."""
MOST_LANES: Final = 4

_RATE: Final = re.compile(r"rate\((\d+) (second|minute|hour|day)s?\)")
_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_QUEUE_URL: Final = "_QUEUE_URL"


def read_template(path: Path) -> Hub:
    """Raises `Misconfigured` for what cannot be read, naming file and logical id."""
    return _Reader(Document(path)).hub()


class _Reader:
    def __init__(self, document: Document) -> None:
        self._document = document
        self._functions = document.resources_of("AWS::Serverless::Function")
        self._queues = document.resources_of("AWS::SQS::Queue")
        self._names = self._queue_names()

    def hub(self) -> Hub:
        functions = {logical_id: self._function(logical_id) for logical_id in self._functions}
        routes: list[Route] = []
        queue_sources: list[QueueSource] = []
        stream_sources: list[StreamSource] = []
        schedules: list[ScheduleSource] = []
        for logical_id, name, kind, properties in self._events():
            where = f"{logical_id}.{name}"
            match kind:
                case "HttpApi":
                    routes.append(self._route(logical_id, where, properties))
                case "SQS":
                    queue_sources.append(self._queue_source(logical_id, where, properties))
                case "DynamoDB":
                    stream_sources.append(self._stream_source(logical_id, where, properties))
                case "Schedule" | "ScheduleV2":
                    schedules.append(self._schedule(logical_id, where, properties))
                case _:
                    raise self._fault(where, f"the embedded run has no events of type {kind}")
        queues = {self._names[logical_id]: self._queue(logical_id) for logical_id in self._queues}
        return Hub(functions, tuple(routes), queues, tuple(queue_sources), tuple(stream_sources), tuple(schedules))

    def _events(self) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
        for logical_id, properties in self._functions.items():
            for name, event in (properties.get("Events") or {}).items():
                yield logical_id, name, event.get("Type"), event.get("Properties") or {}

    def _fault(self, where: str, what: str) -> Misconfigured:
        return Misconfigured(f"{self._document.path}: {where}: {what}")

    def _literal(self, where: str, properties: dict[str, Any], name: str, default: Any = None) -> Any:
        """A property whose value must be known here."""
        try:
            value = self._document.literal(properties.get(name, default))
        except Unresolved as error:
            raise self._fault(where, f"{name} depends on {error}, which only a deployment knows") from error
        if value is None:
            raise self._fault(where, f"{name} is missing")
        return value

    def _only(self, where: str, properties: dict[str, Any], known: set[str]) -> None:
        strange = sorted(set(properties) - known)
        if strange:
            raise self._fault(where, f"the embedded run does not know {', '.join(strange)}")

    def _function(self, logical_id: str) -> FunctionDefinition:
        properties = {**self._document.globals, **self._functions[logical_id]}
        return FunctionDefinition(
            logical_id=logical_id,
            name=str(self._literal(logical_id, properties, "FunctionName", logical_id)),
            handler=str(self._literal(logical_id, properties, "Handler")),
            timeout_s=float(self._literal(logical_id, properties, "Timeout", 3)),
            memory_mb=int(self._literal(logical_id, properties, "MemorySize", 128)),
            environment=self._environment(logical_id),
        )

    def _variables(self, logical_id: str) -> dict[str, Any]:
        shared = (self._document.globals.get("Environment") or {}).get("Variables") or {}
        own = (self._functions[logical_id].get("Environment") or {}).get("Variables") or {}
        return {**shared, **own}

    def _environment(self, logical_id: str) -> dict[str, str]:
        """The variables that have a value without a deployment."""
        found = {name: self._variable(value) for name, value in self._variables(logical_id).items()}
        return {name: value for name, value in found.items() if value is not None}

    def _variable(self, value: Any) -> str | None:
        """None for a URL or a name of something in AWS: the embedded run has its own."""
        try:
            return _as_variable(self._document.literal(value))
        except Unresolved:
            return None

    def _queue_names(self) -> dict[str, str]:
        """A queue's name for the `Queues` port is that of its variable (`INBOUND_QUEUE_URL`: `inbound`).

        A queue that no function sends to goes by its full name.
        """
        names = {logical_id: self._full_name(logical_id) for logical_id in self._queues}
        for function in self._functions:
            for variable, value in self._variables(function).items():
                named = self._document.resource_named_by(value)
                if variable.endswith(_QUEUE_URL) and named in names:
                    names[named] = variable.removesuffix(_QUEUE_URL).lower()
        if len(set(names.values())) != len(names):
            raise self._fault("Resources", "two queues have the same name")
        return names

    def _full_name(self, logical_id: str) -> str:
        return str(self._literal(logical_id, self._queues[logical_id], "QueueName", logical_id))

    def _queue(self, logical_id: str) -> QueueDefinition:
        properties = self._queues[logical_id]
        fifo = bool(self._literal(logical_id, properties, "FifoQueue", False))
        if fifo and self._literal(logical_id, properties, "ContentBasedDeduplication", False):
            raise self._fault(logical_id, "the embedded run has no ContentBasedDeduplication")
        if "DelaySeconds" in properties:
            raise self._fault(logical_id, "the embedded run has no DelaySeconds")
        redrive = properties.get("RedrivePolicy")
        return QueueDefinition(
            name=self._names[logical_id],
            full_name=self._full_name(logical_id),
            fifo=fifo,
            visibility_s=float(self._literal(logical_id, properties, "VisibilityTimeout", 30)),
            dead_letters=redrive and self._queue_named_by(logical_id, redrive.get("deadLetterTargetArn")),
            max_receives=redrive and int(self._literal(logical_id, redrive, "maxReceiveCount")),
        )

    def _queue_named_by(self, where: str, value: Any) -> str:
        logical_id = self._document.resource_named_by(value)
        if logical_id not in self._names:
            raise self._fault(where, "a queue is named that is not in this template")
        return self._names[logical_id]

    def _route(self, function: str, where: str, properties: dict[str, Any]) -> Route:
        self._only(where, properties, {"ApiId", "Method", "Path", "PayloadFormatVersion", "TimeoutInMillis", "Auth"})
        if str(self._literal(where, properties, "PayloadFormatVersion", "2.0")) != "2.0":
            raise self._fault(where, "the embedded run speaks PayloadFormatVersion 2.0 alone")
        method = str(self._literal(where, properties, "Method", "ANY")).upper()
        if method == "X-AMAZON-APIGATEWAY-ANY-METHOD":
            method = "ANY"
        return Route(method, self._path(where, properties), function)

    def _path(self, where: str, properties: dict[str, Any]) -> str:
        path = str(self._literal(where, properties, "Path"))
        if not path.startswith("/"):
            raise self._fault(where, "Path does not begin with /")
        return path

    def _partial(self, where: str, properties: dict[str, Any]) -> bool:
        types = self._literal(where, properties, "FunctionResponseTypes", [])
        if types not in ([], ["ReportBatchItemFailures"]):
            raise self._fault(where, f"FunctionResponseTypes {types} is unknown")
        return bool(types)

    def _queue_source(self, function: str, where: str, properties: dict[str, Any]) -> QueueSource:
        known = {"Queue", "BatchSize", "FunctionResponseTypes", "ScalingConfig", "Enabled"}
        self._only(where, properties, known)
        scaling = self._literal(where, properties, "ScalingConfig", {})
        return QueueSource(
            function=function,
            queue=self._queue_named_by(where, properties.get("Queue")),
            batch_size=min(10, int(self._literal(where, properties, "BatchSize", 10))),
            concurrency=min(MOST_WORKERS, int(scaling.get("MaximumConcurrency", MOST_WORKERS))),
            partial=self._partial(where, properties),
        )

    def _stream_source(self, function: str, where: str, properties: dict[str, Any]) -> StreamSource:
        known = {
            "Stream", "StartingPosition", "BatchSize", "FunctionResponseTypes", "BisectBatchOnFunctionError",
            "MaximumRetryAttempts", "MaximumRecordAgeInSeconds", "MaximumBatchingWindowInSeconds",
            "ParallelizationFactor", "DestinationConfig", "Enabled", "TumblingWindowInSeconds",
        }  # fmt: skip
        self._only(where, properties, known)
        named = self._document.resource_named_by(properties.get("Stream"))
        if named is None or self._document.resources[named].get("Type") != "AWS::DynamoDB::Table":
            raise self._fault(where, "Stream is not that of a table in this template")
        if self._literal(where, properties, "StartingPosition") != "TRIM_HORIZON":
            raise self._fault(where, "the embedded run reads streams from TRIM_HORIZON alone")
        retries = int(self._literal(where, properties, "MaximumRetryAttempts", -1))
        failure = (properties.get("DestinationConfig") or {}).get("OnFailure")
        return StreamSource(
            reader=where,
            function=function,
            batch_size=int(self._literal(where, properties, "BatchSize", 100)),
            lanes=min(MOST_LANES, int(self._literal(where, properties, "ParallelizationFactor", 1))),
            partial=self._partial(where, properties),
            bisect=bool(self._literal(where, properties, "BisectBatchOnFunctionError", False)),
            retries=None if retries < 0 else retries,
            failures=failure and self._queue_named_by(where, failure.get("Destination")),
            in_windows=int(self._literal(where, properties, "TumblingWindowInSeconds", 0)) > 0,
        )

    def _schedule(self, function: str, where: str, properties: dict[str, Any]) -> ScheduleSource:
        expression = properties.get("ScheduleExpression") or properties.get("Schedule")
        match = _RATE.fullmatch(str(expression))
        if not match:
            raise self._fault(where, f"the embedded run understands rate(…) alone, not {expression}")
        input_ = properties.get("Input")
        return ScheduleSource(
            name=where,
            function=function,
            every_s=float(int(match[1]) * _SECONDS[match[2]]),
            input=json.dumps(input_) if isinstance(input_, dict) else input_,
        )


def _as_variable(value: Any) -> str:
    """As CloudFormation writes it into an environment."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def shared_environment(hub: Hub) -> dict[str, str]:
    """One process has one environment: the variables to which all functions that have them give the same value.

    The others (a prefix of secrets, say) choose between things in AWS; a function that reads such a variable
    itself fails here with its name.
    """
    values: dict[str, set[str]] = {}
    for function in hub.functions.values():
        for name, value in function.environment.items():
            values.setdefault(name, set()).add(value)
    return {name: next(iter(given)) for name, given in values.items() if len(given) == 1}
