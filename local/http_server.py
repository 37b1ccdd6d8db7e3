"""The gateway on a socket, by waitress."""

from __future__ import annotations

import socket
import threading
from typing import Any, Final

from waitress.server import create_server  # type: ignore[import-untyped]

from local.gateway import MAX_BODY_BYTES, Gateway

THREADS: Final = 16
LOOP_S: Final = 1.0
READ_BYTES: Final = 8 * MAX_BODY_BYTES
"""What is read of a body that is too large, so that its sender gets the gateway's answer and not a reset."""


class HttpServer:
    """Serves a bound socket until stopped."""

    def __init__(self, gateway: Gateway, bound: socket.socket) -> None:
        self._server: Any = create_server(
            gateway,
            sockets=[bound],
            threads=THREADS,
            max_request_body_size=READ_BYTES,
            connection_limit=1000,
            channel_timeout=60,
            ident="hilo",
            asyncore_use_poll=True,
            clear_untrusted_proxy_headers=True,
        )
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="http", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, patience_s: float) -> None:
        """Let the requests that run end within `patience_s`, then close: who waits for an answer sees it at once."""
        self._server.task_dispatcher.shutdown(cancel_pending=True, timeout=patience_s)
        self._stop.set()
        self._server.pull_trigger()
        self._thread.join(patience_s)
        for channel in list(self._server.active_channels.values()):
            channel.handle_close()
        # only now: the thread's last round may end by itself, and the trigger must still be there to pull
        self._server.close()

    def _serve(self) -> None:
        # As the server's own `run`, but one that ends when it is told to.
        while not self._stop.is_set():
            self._server.asyncore.loop(timeout=LOOP_S, map=self._server._map, use_poll=True, count=1)
