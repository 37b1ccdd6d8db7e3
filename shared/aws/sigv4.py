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


def encode_query(query: Sequence[tuple[str, str]]) -> str:
    """The query string in the order and encoding that signatures want."""
    pairs = sorted((quote(name, safe=_UNRESERVED), quote(value, safe=_UNRESERVED)) for name, value in query)
    return "&".join(f"{name}={value}" for name, value in pairs)


def sign(request: Request, credentials: Credentials, scope: Scope, amz_date: str) -> dict[str, str]:
    """The headers to add to the request. `amz_date` is the moment of signing, `20150830T123600Z`."""
    added = {"X-Amz-Date": amz_date}
    if credentials.session_token:
        added["X-Amz-Security-Token"] = credentials.session_token
    payload_hash = hashlib.sha256(request.body).hexdigest()
    if scope.service == "s3":
        added["X-Amz-Content-Sha256"] = payload_hash
    headers = _canonical_headers({**request.headers, **added})
    names = ";".join(headers)
    canonical = "\n".join(
        (
            request.method,
            _canonical_path(request.path, scope.service),
            encode_query(request.query),
            *(f"{name}:{value}" for name, value in headers.items()),
            "",
            names,
            payload_hash,
        )
    )
    day = amz_date[:8]
    place = f"{day}/{scope.region}/{scope.service}/aws4_request"
    to_sign = f"{ALGORITHM}\n{amz_date}\n{place}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = _signing_key(credentials.secret_key, day, scope)
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    added["Authorization"] = (
        f"{ALGORITHM} Credential={credentials.access_key}/{place}, SignedHeaders={names}, Signature={signature}"
    )
    return added


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
