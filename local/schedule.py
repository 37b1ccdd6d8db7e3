"""Calls a function every so often, as EventBridge does."""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from local.definitions import ScheduleSource
from local.functions import ACCOUNT, REGION, Function, report

FIRST_S: Final = 1.0
"""The first call comes soon after the start: things fell due while the hub was down."""


class Schedule:
    """One thread: a call that takes longer than the period delays the next, they never overlap."""

    def __init__(self, source: ScheduleSource, function: Function, stop: threading.Event) -> None:
        self._source = source
        self._function = function
        self._stop = stop
        self.threads = [threading.Thread(target=self._tick, name=source.name, daemon=True)]

    def wake(self) -> None:
        """It waits for the stop itself."""

    def _tick(self) -> None:
        period = self._source.every_s
        due = time.monotonic() + min(FIRST_S, period)
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            self._call()
            due = max(due + period, time.monotonic())

    def _call(self) -> None:
        try:
            self._function(self._event())
        except Exception as error:  # noqa: BLE001  as Lambda: the next call comes whatever this one raised
            report(f"{self._function.name} failed", error)

    def _event(self) -> dict[str, Any]:
        if self._source.input is not None:
            given: dict[str, Any] = json.loads(self._source.input)
            return given
        return {
            "version": "0",
            "id": str(uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": ACCOUNT,
            "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": REGION,
            "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{self._source.name}"],
            "detail": {},
        }
