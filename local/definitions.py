"""What the template says, as far as the embedded run needs it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FunctionDefinition:
    """`handler` as in the template (`functions.intake.app.handler`); `environment`: literal values only."""

    logical_id: str
    name: str
    handler: str
    timeout_s: float
    memory_mb: int = 128
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Route:
    """`path` as in the template, with `{name}` and a last `{name+}`; `method` may be `ANY`."""

    method: str
    path: str
    function: str


@dataclass(frozen=True, slots=True)
class QueueDefinition:
    """`name`: as the `Queues` port knows it; `full_name`: as SQS would (the last part of its ARN).

    `dead_letters`: the name of the queue for what was received more than `max_receives` times.
    """

    name: str
    full_name: str
    fifo: bool = True
    visibility_s: float = 30
    dead_letters: str | None = None
    max_receives: int | None = None


@dataclass(frozen=True, slots=True)
class QueueSource:
    """A queue's messages go to a function. `partial`: it may answer `batchItemFailures`."""

    function: str
    queue: str
    batch_size: int
    concurrency: int
    partial: bool


@dataclass(frozen=True, slots=True)
class StreamSource:
    """The table's changes go to a function. `retries` None: for ever. `failures`: the queue for what was given up.
    `in_windows`: it is told its shard, and answers with a state."""

    reader: str
    function: str
    batch_size: int
    lanes: int
    partial: bool
    bisect: bool
    retries: int | None
    failures: str | None
    in_windows: bool = False


@dataclass(frozen=True, slots=True)
class ScheduleSource:
    """A function is called every `every_s` seconds, with `input` (JSON text) when the template gives one."""

    name: str
    function: str
    every_s: float
    input: str | None = None


@dataclass(frozen=True, slots=True)
class Hub:
    """Everything that the embedded run takes from the template."""

    functions: dict[str, FunctionDefinition]
    routes: tuple[Route, ...]
    queues: dict[str, QueueDefinition]
    queue_sources: tuple[QueueSource, ...]
    stream_sources: tuple[StreamSource, ...]
    schedules: tuple[ScheduleSource, ...]
