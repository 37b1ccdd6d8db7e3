"""The figures of a running hub: counted as messages come in, through sudden death, and the same as its logs say."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

Eventually = Callable[..., Any]
PEOPLE = 12


def told(hub: Any, *arguments: str) -> Any:
    """What `hilo kpi recompute … --json` says of the hub."""
    command = [sys.executable, "-c", "from cli.main import main; main()", "kpi", "recompute", *arguments, "--json"]
    done = subprocess.run([*command, "--data", str(hub.data)], capture_output=True, text=True, timeout=60, check=False)
    return json.loads(done.stdout)


def is_in_step(hub: Any) -> bool:
    found = told(hub, "--check")
    return bool(found["cases"] == PEOPLE and found["cells"] and not found["difference"])


def test_what_was_counted_is_what_the_logs_say_through_a_sudden_death(hub_process: Any, eventually: Eventually) -> None:
    hub_process.start()
    for number in range(PEOPLE):
        assert hub_process.write(f"59399123450{number:02}", "Hola", f"wamid.{number}") == 200
        if number == PEOPLE // 2:
            hub_process.end(signal.SIGKILL)
            hub_process.start()
    eventually(lambda: is_in_step(hub_process), timeout_s=40)
    assert told(hub_process)["cases"] == PEOPLE
    eventually(lambda: is_in_step(hub_process), timeout_s=40)
