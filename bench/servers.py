"""Servers for the length of a measure, each in a process of its own, on 127.0.0.1 and a random port."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Final

START_S: Final = 30
MOTO: Final = "import sys; from moto.server import main; main(sys.argv[1:])"


@contextmanager
def moto() -> Iterator[str]:
    """AWS's services as moto plays them. Yields their address."""
    port = _free_port()
    with _running([sys.executable, "-c", MOTO, "-H", "127.0.0.1", "-p", str(port)], port):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def receiver() -> Iterator[str]:
    """A connected tool. Yields its address."""
    port = _free_port()
    with _running([sys.executable, "-m", "bench.receiver", str(port)], port):
        yield f"http://127.0.0.1:{port}/"


@contextmanager
def _running(command: list[str], port: int) -> Iterator[None]:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait_for(port, server)
            yield
        finally:
            server.terminate()


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"a server ended with {server.returncode}")
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"a server did not answer within {START_S} s")
