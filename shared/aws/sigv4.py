"""AWS Signature Version 4, as a pure function of the request.

Follows AWS's "Create a signed AWS API request" (docs.aws.amazon.com/IAM/latest/UserGuide, read 2026-11).
Standard library alone: webhooks sign with it and import no SDK.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import quote

ALGORITHM = "AWS4-HMAC-SHA256"
_UNRESERVED = "-_.~"


@dataclass(frozen=True, slots=True)
class Credentials:
    access_key: str
    secret_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Scope:
    """For whom a signature is made."""

    region: str
    service: str


@dataclass(frozen=True, slots=True)
class Request:
    """What is signed. `path` is as it goes over the wire (percent-encoded), `query` is not encoded yet.

    `headers` are all signed; they must hold `host`.
    """

    method: str
    path: str
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    payload_hash: str | None = None
    """In hexadecimal, of a body that is not held in memory."""


def encode_query(query: Sequence[tuple[str, str]]) -> str:
    """The query string in the order and encoding that signatures want."""
    pairs = sorted((quote(name, safe=_UNRESERVED), quote(value, safe=_UNRESERVED)) for name, value in query)
    return "&".join(f"{name}={value}" for name, value in pairs)


def sign(request: Request, credentials: Credentials, scope: Scope, amz_date: str) -> dict[str, str]:
    """The headers to add to the request. `amz_date` is the moment of signing, `20150830T123600Z`."""
    added = {"X-Amz-Date": amz_date}
    if credentials.session_token:
        added["X-Amz-Security-Token"] = credentials.session_token
    payload_hash = request.payload_hash or hashlib.sha256(request.body).hexdigest()
    if scope.service == "s3":
        added["X-Amz-Content-Sha256"] = payload_hash
    headers = _canonical_headers({**request.headers, **added})
    names = ";".join(headers)
    place = _place(amz_date, scope)
    signature = _signature(request, request.query, headers, payload_hash, credentials, scope, amz_date)
    added["Authorization"] = (
        f"{ALGORITHM} Credential={credentials.access_key}/{place}, SignedHeaders={names}, Signature={signature}"
    )
    return added


def presigned(request: Request, credentials: Credentials, scope: Scope, amz_date: str, seconds: int) -> str:
    """The query string by which anybody may make this request for so long. Its host is the one header; its body, if
    any, is not signed. Good no longer than the credentials themselves."""
    headers = _canonical_headers(request.headers)
    query = [
        *request.query,
        ("X-Amz-Algorithm", ALGORITHM),
        ("X-Amz-Credential", f"{credentials.access_key}/{_place(amz_date, scope)}"),
        ("X-Amz-Date", amz_date),
        ("X-Amz-Expires", str(seconds)),
        ("X-Amz-SignedHeaders", ";".join(headers)),
    ]
    if credentials.session_token:
        query.append(("X-Amz-Security-Token", credentials.session_token))
    signature = _signature(request, query, headers, "UNSIGNED-PAYLOAD", credentials, scope, amz_date)
    return f"{encode_query(query)}&X-Amz-Signature={signature}"


def _place(amz_date: str, scope: Scope) -> str:
    return f"{amz_date[:8]}/{scope.region}/{scope.service}/aws4_request"


def _signature(
    request: Request,
    query: Sequence[tuple[str, str]],
    headers: Mapping[str, str],
    payload_hash: str,
    credentials: Credentials,
    scope: Scope,
    amz_date: str,
) -> str:
    canonical = "\n".join(
        (
            request.method,
            _canonical_path(request.path, scope.service),
            encode_query(query),
            *(f"{name}:{value}" for name, value in headers.items()),
            "",
            ";".join(headers),
            payload_hash,
        )
    )
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"{ALGORITHM}\n{amz_date}\n{_place(amz_date, scope)}\n{hashed}"
    key = _signing_key(credentials.secret_key, amz_date[:8], scope)
    return hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()


def _canonical_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Names in lower case and sorted, runs of spaces in values made one."""
    return {name.lower(): " ".join(headers[name].split()) for name in sorted(headers, key=str.lower)}


def _canonical_path(path: str, service: str) -> str:
    """S3 signs the path as it goes over the wire; every other service normalises it and encodes it once more."""
    if service == "s3":
        return path
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in {"", "."}:
            parts.append(part)
    trailing = "/" if parts and path.endswith("/") else ""
    return quote("/" + "/".join(parts) + trailing, safe="/" + _UNRESERVED)


@lru_cache(maxsize=8)
def _signing_key(secret_key: str, day: str, scope: Scope) -> bytes:
    """Good for a day: four hashes that need not be made for every request."""
    key = ("AWS4" + secret_key).encode()
    for part in (day, scope.region, scope.service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key
