"""Servers for the length of a measure, each in a process of its own, on 127.0.0.1 and a random port."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
START_S: Final = 30
MOTO: Final = "import sys; from moto.server import main; main(sys.argv[1:])"


@contextmanager
def moto() -> Iterator[str]:
    """AWS's services as moto plays them. Yields their address."""
    port = free_port()
    with running([sys.executable, "-c", MOTO, "-H", "127.0.0.1", "-p", str(port)], port):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def receiver() -> Iterator[str]:
    """A connected tool. Yields its address."""
    with tool() as running:
        yield running.url


@dataclass(frozen=True, slots=True)
class Tool:
    """A connected tool, and its two ways to die."""

    url: str
    process: subprocess.Popen[bytes]

    def refuse(self) -> None:
        """Nobody listens any more: every connection is refused."""
        self.process.kill()

    def hang(self) -> None:
        """It stands still: connections are taken, and nothing ever comes."""
        self.process.send_signal(signal.SIGSTOP)


@contextmanager
def tool() -> Iterator[Tool]:
    """As `receiver`, with a way to let it die."""
    port = free_port()
    with running([sys.executable, "-m", "bench.receiver", str(port)], port) as process:
        yield Tool(f"http://127.0.0.1:{port}/", process)


@contextmanager
def running(command: list[str], port: int, folder: Path = ROOT) -> Iterator[subprocess.Popen[bytes]]:
    """A server, from when it answers on this port until the end of the block. Raises RuntimeError when it does not."""
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait_for(port, server)
            yield server
        finally:
            server.kill()  # one that stands still hears no other signal


def free_port() -> int:
    """A port of 127.0.0.1 that nobody has at this moment."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"a server ({server.args!r}) ended with {server.returncode}")
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"a server did not answer within {START_S} s")
