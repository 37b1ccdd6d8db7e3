"""A small signed HTTP client for AWS over `http.client`: about a tenth of what a boto3 call costs in time.

Standard library alone, so that webhooks start fast. One client per service, safe to share between threads:
each request takes a kept-alive connection out of the pool and puts it back after a whole answer.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from threading import Lock
from typing import Any, BinaryIO, TypeAlias
from urllib.parse import urlsplit

from shared.aws.answers import Answer, error_for, is_passing
from shared.aws.sigv4 import Credentials, Request, Scope, encode_query, presigned, sign
from shared.domain.errors import Misconfigured, Transient, Unsent

CONNECT_TIMEOUT_S = 2.0
READ_TIMEOUT_S = 5.0
IDLE_LIMIT_S = 20.0
"""A connection that lay longer is not used again: after a freeze of the process it may be dead without a sign."""
POOL_SIZE = 16
PIECE = 256 * 1024
"""Bytes of an open file that are read at a time."""
_CLOSED_MEANWHILE = (ConnectionError, ssl.SSLError)
"""What a kept connection says when the server closed it while it lay idle. All our calls bear a repetition."""
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

Identify: TypeAlias = Callable[[], Credentials]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a service answers. `overridden`: named by the environment instead of by AWS's rule."""

    host: str
    port: int | None = None
    secure: bool = True
    overridden: bool = False

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    @classmethod
    def of(cls, service: str, variable: str, environ: Mapping[str, str]) -> Endpoint:
        """Of a service, by `AWS_ENDPOINT_URL_<variable>`, `AWS_ENDPOINT_URL`, or AWS's rule for the region.

        Raises `Misconfigured` for an override that would send signed requests in clear beyond this machine.
        """
        given = environ.get(f"AWS_ENDPOINT_URL_{variable}") or environ.get("AWS_ENDPOINT_URL")
        if not given:
            region = region_of(environ)
            suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
            return cls(f"{service}.{region}.{suffix}")
        url = urlsplit(given)
        if url.scheme not in {"http", "https"} or not url.hostname:
            raise Misconfigured(f"the endpoint of {service} is no URL")
        if url.scheme == "http" and url.hostname not in _LOOPBACK:
            raise Misconfigured(f"the endpoint of {service} is plain HTTP and not on this machine")
        return cls(url.hostname, url.port, secure=url.scheme == "https", overridden=True)


def region_of(environ: Mapping[str, str]) -> str:
    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
    if not region:
        raise Misconfigured("AWS_REGION is not set")
    return region


def environment_credentials(environ: Mapping[str, str]) -> Credentials:
    """As Lambda gives them. Raises `Misconfigured` when they are missing."""
    try:
        return Credentials(
            environ["AWS_ACCESS_KEY_ID"], environ["AWS_SECRET_ACCESS_KEY"], environ.get("AWS_SESSION_TOKEN") or None
        )
    except KeyError as missing:
        raise Misconfigured(f"{missing.args[0]} is not set") from None


class AwsClient:
    """Signed requests to one service."""

    def __init__(
        self,
        endpoint: Endpoint,
        scope: Scope,
        identify: Identify,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[float, float], float] = random.uniform,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        read_timeout_s: float = READ_TIMEOUT_S,
    ) -> None:
        self.endpoint = endpoint
        self._scope = scope
        self._identify = identify
        self._clock = clock
        self._sleep = sleep
        self._jitter = jitter
        self._connect_timeout_s = connect_timeout_s
        self._read_timeout_s = read_timeout_s
        self._idle: list[tuple[float, HTTPConnection]] = []
        self._lock = Lock()

    @classmethod
    def connect(
        cls, service: str, variable: str, environ: Mapping[str, str] = os.environ, *, host: str | None = None
    ) -> AwsClient:
        """For `service`, by the environment. `variable` is its name in `AWS_ENDPOINT_URL_<variable>`.

        `host` replaces AWS's own host name where no override is given (a bucket's, for example).
        """
        endpoint = Endpoint.of(service, variable, environ)
        if host is not None and not endpoint.overridden:
            endpoint = Endpoint(host)
        return cls(endpoint, Scope(region_of(environ), service), lambda: environment_credentials(environ))

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        accept: frozenset[int] = frozenset(),
    ) -> Answer:
        """One request, tried once more after a moment when the service stumbles or throttles.

        `path` is percent-encoded. Answers outside 2xx and `accept` are raised as `Transient`, `Misconfigured`
        or `Permanent`; their text is AWS's error code and request id, nothing of ours.
        """
        request = Request(method, path, query, {**(headers or {}), "Host": self.endpoint.authority}, body)
        answer = self._answer(request)
        if is_passing(answer):
            self._sleep(self._jitter(0.05, 0.25))
            answer = self._answer(request)
        if 200 <= answer.status < 300 or answer.status in accept:
            return answer
        raise error_for(answer, self._scope.service)

    def once(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Answer:
        """One request over a connection of its own, whatever comes of it: for what does not bear a repetition.

        Returns the answer of whatever status. Raises `Unsent` where nothing of it left this machine, else `Transient`
        where no whole answer came: it may have arrived.
        """
        request = Request(method, path, (), {**(headers or {}), "Host": self.endpoint.authority}, body)
        self._identify()  # without credentials nothing is opened
        try:
            connection = self._open()
        except (HTTPException, OSError) as error:
            raise Unsent(f"{self._scope.service} is unreachable: {type(error).__name__}") from error
        try:
            response = self._ask(connection, request)
            content = response.read()
        except (HTTPException, OSError) as error:
            raise Transient(f"{self._scope.service} did not answer: {type(error).__name__}") from error
        finally:
            connection.close()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, content)

    def upload(self, path: str, content: BinaryIO, headers: Mapping[str, str]) -> Answer:
        """PUT what stands in an open file, read twice: for its hash, which is signed, and to be sent. Else as
        `request`."""
        content.seek(0)
        hashed, length = hashlib.sha256(), 0
        while piece := content.read(PIECE):
            hashed.update(piece)
            length += len(piece)
        named = {**headers, "Host": self.endpoint.authority, "Content-Length": str(length)}
        request = Request("PUT", path, (), named, payload_hash=hashed.hexdigest())
        answer = self._answer(request, content)
        if is_passing(answer):
            self._sleep(self._jitter(0.05, 0.25))
            answer = self._answer(request, content)
        if 200 <= answer.status < 300:
            return answer
        raise error_for(answer, self._scope.service)

    def presigned(self, path: str, query: Sequence[tuple[str, str]], seconds: int) -> str:
        """A URL by which anybody may GET this for so long. Asks nobody."""
        amz_date = self._amz_date()
        request = Request("GET", path, query, {"Host": self.endpoint.authority})
        asked = presigned(request, self._identify(), self._scope, amz_date, seconds)
        return f"{'https' if self.endpoint.secure else 'http'}://{self.endpoint.authority}{path}?{asked}"

    def _amz_date(self) -> str:
        return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self._clock()))

    def call(self, target: str, version: str, content: Mapping[str, Any], accept: frozenset[int] = frozenset()) -> Any:
        """One call of an AWS JSON API, `AmazonSQS.SendMessageBatch` for example. Returns what it answered.

        With `accept`, a refusal among those statuses is returned as its `Answer`.
        """
        headers = {"Content-Type": f"application/x-amz-json-{version}", "X-Amz-Target": target}
        answer = self.request("POST", "/", headers=headers, body=json.dumps(content).encode(), accept=accept)
        if answer.status in accept:
            return answer
        try:
            return json.loads(answer.body)
        except ValueError:
            raise Transient(f"{self._scope.service}: the answer is no JSON (request {answer.request_id})") from None

    def _answer(self, request: Request, stream: BinaryIO | None = None) -> Answer:
        """The answer over a kept connection, or over a new one when the kept one proves to be closed."""
        try:
            kept = self._take()
            if kept is not None:
                try:
                    response = self._ask(kept, request, stream)
                except _CLOSED_MEANWHILE:
                    kept.close()
                else:
                    return self._whole(kept, response)
            connection = self._open()
            return self._whole(connection, self._ask(connection, request, stream))
        except (HTTPException, OSError) as error:
            raise Transient(f"{self._scope.service} is unreachable: {type(error).__name__}") from error

    def _ask(self, connection: HTTPConnection, request: Request, stream: BinaryIO | None = None) -> HTTPResponse:
        """Send the request and wait for the head of its answer. `stream`: its body, from the beginning."""
        signed = {**request.headers, **sign(request, self._identify(), self._scope, self._amz_date())}
        if stream is not None:
            stream.seek(0)
        query = encode_query(request.query)
        url = f"{request.path}?{query}" if query else request.path
        try:
            connection.request(request.method, url, body=stream or request.body or None, headers=signed)
            return connection.getresponse()
        except BaseException:
            connection.close()
            raise

    def _whole(self, connection: HTTPConnection, response: HTTPResponse) -> Answer:
        """Read the answer to its end and keep the connection if the server does."""
        try:
            body = response.read()
        except BaseException:
            connection.close()
            raise
        if response.will_close:
            connection.close()
        else:
            self._keep(connection)
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, body)

    def _open(self) -> HTTPConnection:
        host, port = self.endpoint.host, self.endpoint.port
        connection = (
            HTTPSConnection(host, port, timeout=self._connect_timeout_s, context=_tls())
            if self.endpoint.secure
            else HTTPConnection(host, port, timeout=self._connect_timeout_s)
        )
        connection.connect()
        connection.sock.settimeout(self._read_timeout_s)
        return connection

    def _take(self) -> HTTPConnection | None:
        oldest = self._clock() - IDLE_LIMIT_S
        with self._lock:
            while self._idle:
                since, connection = self._idle.pop()
                if since >= oldest:
                    return connection
                connection.close()
        return None

    def _keep(self, connection: HTTPConnection) -> None:
        with self._lock:
            if len(self._idle) < POOL_SIZE:
                self._idle.append((self._clock(), connection))
                return
        connection.close()

    def close(self) -> None:
        """Close the idle connections."""
        with self._lock:
            while self._idle:
                self._idle.pop()[1].close()


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
