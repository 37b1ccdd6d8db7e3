"""Whether anything of a request left this machine: what did not may be sent again."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from shared.domain.errors import Misconfigured, Transient
from shared.http.client import Client, Unsent
from shared.http.transport import Dialer

Serve = Callable[[socket.socket], None]


@contextmanager
def served(serve: Serve) -> Iterator[int]:
    """A server on loopback that does this with every connection; its port."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:

        def run() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    serve(connection)

        threading.Thread(target=run, daemon=True).start()
        yield listening.getsockname()[1]


def ask(port: int, scheme: str = "http", times: int = 1, *, keeps: bool = True) -> int:
    client = Client("channel whatsapp", clock=time.time, timeout_s=0.5, dialer=Dialer(allow_private=True, keeps=keeps))
    for _ in range(times):
        status = client.exchange("POST", f"{scheme}://127.0.0.1:{port}/x", headers={}, body=b"Hola").status
    return status


def answer(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 418 No\r\ncontent-length: 0\r\n\r\n")


def test_any_status_is_an_answer() -> None:
    with served(answer) as port:
        assert ask(port) == 418


def test_where_nobody_listens_nothing_was_sent() -> None:
    with closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))
        with pytest.raises(Unsent, match=r"^channel whatsapp: 127\.0\.0\.1 could not be reached"):
            ask(bound.getsockname()[1])


def test_where_no_tls_is_spoken_nothing_was_sent() -> None:
    with served(answer) as port, pytest.raises(Unsent, match="SSLError"):
        ask(port, "https")


def test_where_tls_never_begins_nothing_was_sent() -> None:
    with served(lambda _: time.sleep(1)) as port, pytest.raises(Unsent, match=r"did not answer within 0\.5 s"):
        ask(port, "https")


def hang(connection: socket.socket) -> None:
    connection.recv(65536)
    time.sleep(1)


def hang_up(connection: socket.socket) -> None:
    connection.recv(65536)


@pytest.mark.parametrize("serve", [hang, hang_up])
def test_what_was_sent_and_not_answered_may_have_arrived(serve: Serve) -> None:
    with served(serve) as port, pytest.raises(Transient) as error:
        ask(port)
    assert not isinstance(error.value, Unsent)


def test_a_connection_for_each_request_is_never_found_hung_up() -> None:
    with served(answer) as port:
        assert ask(port, times=3, keeps=False) == 418


def test_a_private_address_is_not_asked() -> None:
    with pytest.raises(Misconfigured, match="https only"):
        Client("channel whatsapp", clock=time.time).exchange("POST", "http://127.0.0.1/", headers={})
