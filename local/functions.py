"""Lambda's side of a function: import its handler, call it with a context, tell a failure without its data."""

from __future__ import annotations

import logging
import os
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Final, TypeAlias
from uuid import uuid4

from local.definitions import FunctionDefinition
from shared.domain.errors import HubError, Misconfigured

LOG: Final = logging.getLogger("hilo")

REGION: Final = "us-east-1"
ACCOUNT: Final = "000000000000"

Handler: TypeAlias = Callable[[dict[str, Any], "Context"], Any]


@dataclass(frozen=True, slots=True)
class Context:
    """What Lambda hands to a handler besides the event."""

    function_name: str
    memory_limit_in_mb: str
    deadline: float
    aws_request_id: str = field(default_factory=lambda: str(uuid4()))
    function_version: str = "$LATEST"

    @property
    def invoked_function_arn(self) -> str:
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.function_name}"

    @property
    def log_group_name(self) -> str:
        return f"/aws/lambda/{self.function_name}"

    @property
    def log_stream_name(self) -> str:
        return f"embedded/{os.getpid()}"

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self.deadline - time.monotonic()) * 1000))


class Function:
    """A function that can be called. Its time limit is told to it, not enforced: a thread cannot be ended."""

    def __init__(self, definition: FunctionDefinition, handler: Handler) -> None:
        self.definition = definition
        self._handler = handler

    @property
    def name(self) -> str:
        return self.definition.logical_id

    def __call__(self, event: dict[str, Any]) -> Any:
        """What the handler answers. Raises what it raises."""
        limits = self.definition
        context = Context(limits.name, str(limits.memory_mb), time.monotonic() + limits.timeout_s)
        return self._handler(event, context)


def load_handlers(definitions: Mapping[str, FunctionDefinition]) -> dict[str, Handler]:
    """Import every handler. Raises `Misconfigured` with the logical id of one that cannot be imported."""
    return {logical_id: _load(definition) for logical_id, definition in definitions.items()}


def _load(definition: FunctionDefinition) -> Handler:
    module, _, name = definition.handler.rpartition(".")
    try:
        handler: Handler = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise Misconfigured(
            f"{definition.logical_id}: its handler {definition.handler} cannot be imported: {error}"
        ) from error
    return handler


def told(error: BaseException) -> str:
    """An error in words without anybody's data: its class and place; the reason only of the hub's own errors."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    reason = f": {error.reason}" if isinstance(error, HubError) else ""
    return f"{type(error).__name__}{reason}{place}"


def failed_items(answer: Any, known: list[str]) -> set[str]:
    """The identifiers in `batchItemFailures`.

    As Lambda does it: no answer or an empty list is success; an identifier that is empty or not of this batch
    fails the whole batch. Source: "Handling errors for an SQS event source in Lambda".
    """
    failures = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    if not failures:
        return set()
    failed = {str(failure.get("itemIdentifier") or "") for failure in failures}
    return failed if failed <= set(known) else set(known)


def report(what: str, error: BaseException) -> None:
    """One line in the log. Never a traceback: its texts could name a person."""
    LOG.error("%s: %s", what, told(error))
