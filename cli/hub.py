"""Finding a hub and asking it, over HTTP alone."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import click

from cli.faults import BadInput, Failed

NOT_RUNNING: Final = "no hub is running here: start one with make run"
TIMEOUT_S: Final = 30
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})

Command = TypeVar("Command", bound=Callable[..., Any])


def hub_options(command: Command) -> Command:
    """`--url` and `--data`: which hub a command speaks to."""
    url = click.option("--url", metavar="URL", help="A hub elsewhere; its token in HILO_TOKEN.")
    data = click.option("--data", metavar="DIR", default=".hilo", show_default=True, help="Of the hub running here.")
    return url(data(command))


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Hub:
    """A hub at `url`. `local`: what its `run.json` says, empty for a hub elsewhere."""

    url: str
    token: str | None
    local: Mapping[str, Any]

    def get(self, path: str, **query: str | int | None) -> Any:
        """The JSON at a path. Raises `Failed`, `BadInput`."""
        return self._json("GET", _with(path, query), None)

    def text(self, path: str, **query: str | int | None) -> str:
        """What stands at a path, as it is. Raises `Failed`, `BadInput`."""
        reply = self._reply("GET", _with(path, query), None)
        if reply.status >= 300:
            _read(reply)
        return reply.body.decode("utf-8", "replace")

    def post(self, path: str, wish: Any) -> Any:
        return self._json("POST", path, json.dumps(wish).encode())

    def pages(self, path: str, part: str, **query: str | int | None) -> Iterator[Any]:
        """Every item of a list, page after page."""
        cursor = None
        while True:
            page = self.get(path, **query, cursor=cursor)
            yield from page[part]
            cursor = page["next"]
            if cursor is None:
                return

    def _json(self, method: str, path: str, body: bytes | None) -> Any:
        return _read(self._reply(method, path, body))

    def _reply(self, method: str, path: str, body: bytes | None) -> Reply:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return send(method, self.url + path, body, headers, self.nobody_there)

    @property
    def nobody_there(self) -> str:
        return NOT_RUNNING if self.local else f"nothing answers at {self.url}"


def hub_at(url: str | None, data: str) -> Hub:
    """The hub at `url`, or the one that runs with this data folder. Raises `Failed`, `BadInput`.

    The token in `HILO_TOKEN` goes before the one in `run.json`, which is only ever told to its own hub.
    """
    local = _running(Path(data), needed=url is None)
    token = os.environ.get("HILO_TOKEN")
    if url is None or (local and _address(url) == str(local["url"]).rstrip("/")):
        return Hub(str(local["url"]).rstrip("/"), token or local.get("token"), local)
    return Hub(_address(url), token, {})


def _with(path: str, query: Mapping[str, str | int | None]) -> str:
    """A path with its query. A blank goes as `%20`: a hub takes a plus for a plus.

    Raises `BadInput` for an empty value, such as a variable that a script forgot to set: a hub would take it for none.
    """
    asked = {name: value for name, value in query.items() if value is not None}
    if empty := [f"--{name}" for name, value in asked.items() if value == ""]:
        raise BadInput(f"{', '.join(empty)}: is empty: say a value, or leave the option out")
    return path + ("?" + urlencode(asked, quote_via=quote) if asked else "")


def segment(text: str) -> str:
    """The text as one segment of a path."""
    return quote(text, safe="")


def send(method: str, url: str, body: bytes | None, headers: Mapping[str, str], nobody_there: str) -> Reply:
    """One request. No redirect is followed: a token is told to nobody else. Raises `Failed`."""
    from http.client import HTTPException
    from urllib.error import HTTPError, URLError
    from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

    class Stay(HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            return None

    through = [ProxyHandler({})] if urlsplit(url).hostname in _LOOPBACK else []
    request = Request(url, data=body, headers=dict(headers), method=method)  # noqa: S310 - _address allows http(s) alone
    try:
        with build_opener(Stay, *through).open(request, timeout=TIMEOUT_S) as answer:
            return Reply(answer.status, answer.read())
    except HTTPError as refused:
        with refused:
            return Reply(refused.code, refused.read())
    except TimeoutError as slow:
        raise Failed(f"no answer from {_origin(url)} within {TIMEOUT_S} s") from slow
    except URLError as fault:
        if isinstance(fault.reason, ConnectionRefusedError):
            raise Failed(nobody_there) from fault
        raise Failed(f"cannot reach {_origin(url)}: {fault.reason}") from fault
    except (OSError, HTTPException) as fault:
        raise Failed(f"the connection to {_origin(url)} broke: {type(fault).__name__}") from fault


def _running(data: Path, *, needed: bool) -> dict[str, Any]:
    file = data / "run.json"
    try:
        found = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        if needed:
            raise Failed(NOT_RUNNING) from None
        return {}
    except (OSError, ValueError) as fault:
        raise Failed(f"{file} cannot be read: {type(fault).__name__}") from fault
    if not isinstance(found, dict) or not isinstance(found.get("url"), str):
        raise Failed(f"{file} does not say where the hub is")
    return found


def _address(url: str) -> str:
    """The address of a hub, without a slash at its end. Raises `BadInput`."""
    try:
        parts = urlsplit(url)
        is_fit = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError as fault:
        raise BadInput(f"--url: {fault}") from fault
    if not is_fit or any(character <= " " for character in url):
        raise BadInput("--url: say it as https://hub.example.com")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise BadInput("--url: only https leaves this machine")
    return url.rstrip("/")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _read(reply: Reply) -> Any:
    try:
        value = json.loads(reply.body)
    except ValueError:
        raise Failed(f"the hub answered {reply.status} without JSON") from None
    if reply.status < 300:
        return value
    error = value.get("error") if isinstance(value, dict) else None
    if not isinstance(error, dict):
        raise Failed(f"the hub answered {reply.status}")
    if reply.status == 400:
        raise BadInput(str(error.get("message")))
    if reply.status == 401:
        raise Failed("the hub does not know this token: set HILO_TOKEN to one that it knows")
    trace = f" (trace {error.get('trace_id')})" if reply.status >= 500 else ""
    raise Failed(f"{error.get('message')}{trace}")
