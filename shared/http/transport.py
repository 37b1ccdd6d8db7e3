"""How bytes travel to a tool or provider: to the address that was checked, within a time, and nowhere else.

A name is resolved once for each connection, every address it has is checked, and the connection is made to
one of those very addresses; TLS still names and verifies the host. So a name that changes its address between
the check and the connection (DNS rebinding) gains nothing. A kept connection stays with the address it was
checked for.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from http.client import HTTPResponse
from http.cookiejar import DefaultCookiePolicy
from logging import Filter, LogRecord, getLogger
from types import TracebackType
from typing import Any, Self, TypeAlias

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from shared.http.addresses import refusal

Resolver: TypeAlias = Callable[[str, int], Sequence[str]]
"""Host and port to IP addresses, best first. Raises OSError when the name cannot be resolved."""

Connect: TypeAlias = Callable[[tuple[str, int], float], socket.socket]
"""(address, port) and a timeout in seconds to a connected socket. Raises OSError."""


class AddressRefused(Exception):
    """The host has an address that the hub does not connect to. `reason` says of which sort."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def system_resolver(host: str, port: int) -> list[str]:
    """The addresses that the operating system knows for the host."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError("not a host name") from error
    return list(dict.fromkeys(str(address[4][0]) for address in found))


@dataclass(frozen=True, slots=True)
class Dialer:
    """Opens connections to checked addresses. `allow_private` lifts the check (a receiver on the same machine).

    `keeps`: whether a connection serves more than one request.
    """

    resolve: Resolver = system_resolver
    connect: Connect = socket.create_connection
    allow_private: bool = False
    keeps: bool = True

    def dial(self, host: str, port: int, timeout_s: float) -> socket.socket:
        """A socket connected to one of the host's addresses, all of which were found good.

        Raises AddressRefused when any of them is not, OSError when none answers in time.
        """
        ends = time.monotonic() + timeout_s
        addresses = self.resolve(host, port)
        if not self.allow_private:
            for address in addresses:
                if reason := refusal(address):
                    raise AddressRefused(reason)
        failure = OSError("the name has no address")
        for address in addresses:
            try:
                connected = self.connect((address, port), max(ends - time.monotonic(), 0.001))
            except OSError as error:
                failure = error
            else:
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return connected
        raise failure


class Deadline:
    """The whole time of one request. When it is up, the request's connections are cut.

    A socket's own timeout starts anew with every byte, so a receiver that drips would hold us for hours.
    Not cut: the resolver of the operating system, which has its own limits.
    """

    def __init__(self, seconds: float) -> None:
        self.has_passed = False
        self.has_spoken = False
        """Whether anything of the request left this machine."""
        self._lock = threading.Lock()
        self._handles: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._outer = _deadline.set(self)
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._timer.cancel()
        _deadline.reset(self._outer)
        with self._lock:
            for handle in self._handles:
                handle.close()
            self._handles.clear()

    def watch(self, connection: socket.socket) -> None:
        """Cut this connection too. A second handle is kept: TLS and `Connection: close` both take the first away."""
        handle = socket.socket(fileno=os.dup(connection.fileno()))
        with self._lock:
            self._handles.append(handle)
            if self.has_passed:
                _hang_up(handle)

    def _cut(self) -> None:
        with self._lock:
            self.has_passed = True
            for handle in self._handles:
                _hang_up(handle)


def _hang_up(handle: socket.socket) -> None:
    with suppress(OSError):  # the other side hung up first: nothing is left to cut
        handle.shutdown(socket.SHUT_RDWR)


_deadline: ContextVar[Deadline] = ContextVar("deadline")


class _Last(HTTPResponse):
    """The last answer on its connection, whether the other side says so or not."""

    def begin(self) -> None:
        super().begin()
        self.will_close = True


class _Checked(HTTPConnection):
    """What both kinds of connection do otherwise than urllib3's."""

    dialer: Dialer

    def _new_conn(self) -> socket.socket:
        return _dialled(self.dialer, self)

    def request(self, *args: Any, **settings: Any) -> None:
        _watch_kept(self)
        super().request(*args, **settings)

    def send(self, data: Any) -> None:
        if self.sock is None:  # as http.client would: the connection first, so that what fails here was not said
            self.connect()
        _deadline.get().has_spoken = True
        super().send(data)


class _CheckedHTTP(_Checked):
    def __init__(self, dialer: Dialer, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        _attach(self, dialer)


class _CheckedHTTPS(_Checked, HTTPSConnection):
    def __init__(self, dialer: Dialer, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        _attach(self, dialer)


def _attach(connection: _Checked, dialer: Dialer) -> None:
    connection.dialer = dialer
    if not dialer.keeps:
        connection.response_class = _Last


def _dialled(dialer: Dialer, connection: HTTPConnection) -> socket.socket:
    # A request always comes with a number of seconds: Http.send gives it.
    opened = dialer.dial(connection.host, connection.port, float(connection.timeout or 0))
    _deadline.get().watch(opened)
    return opened


def _watch_kept(connection: HTTPConnection) -> None:
    if connection.sock is not None:
        _deadline.get().watch(connection.sock)


class _CheckedPools(PoolManager):
    def __init__(self, dialer: Dialer, **settings: Any) -> None:
        super().__init__(**settings)
        self._dialer = dialer

    def _new_pool(
        self, scheme: str, host: str, port: int, request_context: dict[str, Any] | None = None
    ) -> HTTPConnectionPool:
        pool = super()._new_pool(scheme, host, port, request_context)
        connection: Any = _CheckedHTTPS if scheme == "https" else _CheckedHTTP
        made: Any = partial(connection, self._dialer)
        pool.ConnectionCls = made
        return pool


class _CheckedAdapter(HTTPAdapter):
    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer
        super().__init__(max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **settings: Any) -> None:
        self.poolmanager = _CheckedPools(self._dialer, num_pools=connections, maxsize=maxsize, block=block, **settings)


class _Silence(Filter):
    def filter(self, record: LogRecord) -> bool:  # noqa: ARG002
        return False


_silence = _Silence()


class CheckedSession(requests.Session):
    """A requests session that dials through a Dialer, and neither follows, remembers nor tells anything.

    No redirects, no cookies, nothing from the environment (proxies, netrc, certificate bundles). urllib3's log of
    requests is silenced: it prints path and query, where receivers such as automation tools keep their secret.
    Certificates are verified against certifi's list, or against `ca_file`.
    """

    def __init__(self, dialer: Dialer, ca_file: str | None = None) -> None:
        super().__init__()
        self.trust_env = False
        if ca_file is not None:
            self.verify = ca_file
        self.headers.clear()
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            self.mount(scheme, _CheckedAdapter(dialer))
        for logger in ("urllib3.connectionpool", "urllib3.util.retry"):
            getLogger(logger).addFilter(_silence)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: no answer leads elsewhere (and requests does not read the whole of a redirect's body)."""
