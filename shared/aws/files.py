"""Files in one S3 bucket. Standard library alone."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import BinaryIO
from urllib.parse import quote, unquote_plus

from shared.aws.answers import Answer, error_for
from shared.aws.http import AwsClient, region_of
from shared.ports.files import MAX_NAMES, check_file_key, check_listing

_NOT_FOUND = frozenset({404})
_NO_SUCH_RANGE = frozenset({416})
_KEY = re.compile(rb"<Contents>\s*<Key>([^<]+)</Key>")


class S3Files:
    """`Files` on S3. Encryption and expiry are the bucket's own.

    A reader needs `s3:ListBucket` beside `s3:GetObject`: without it S3 answers 403 for what is absent, which
    is read here as a missing permission.
    """

    def __init__(self, client: AwsClient, bucket: str) -> None:
        self._client = client
        # A bucket's own host name carries no dots under AWS's certificate; elsewhere the bucket leads the path.
        in_host = client.endpoint.host.startswith(f"{bucket}.s3.")
        self._base = "/" if in_host else f"/{bucket}/"

    @property
    def host(self) -> str:
        return self._client.endpoint.authority

    @classmethod
    def connect(cls, bucket: str, environ: Mapping[str, str] = os.environ) -> S3Files:
        host = None
        if "." not in bucket:
            region = region_of(environ)
            host = f"{bucket}.s3.{region}.amazonaws.com" + (".cn" if region.startswith("cn-") else "")
        return cls(AwsClient.connect("s3", "S3", environ, host=host), bucket)

    def put(self, key: str, content: bytes, content_type: str = "application/octet-stream") -> None:
        """Durable when it returns. The content's hash is part of the signature: what arrives is what was sent."""
        self._client.request("PUT", self.path(key), headers={"Content-Type": content_type}, body=content)

    def put_stream(self, key: str, content: BinaryIO, content_type: str = "application/octet-stream") -> None:
        """As `put`; read twice, for its hash and to be sent."""
        self._client.upload(self.path(key), content, {"Content-Type": content_type})

    def link(self, key: str, seconds: int, content_type: str, disposition: str) -> str:
        """A presigned URL: good for so long, and no longer than the function's credentials (some hours)."""
        said = [("response-content-type", content_type), ("response-content-disposition", disposition)]
        return self._client.presigned(self.path(key), said, seconds)

    def get(self, key: str) -> bytes | None:
        """The content, or None when there is no such object."""
        return self._got(self._client.request("GET", self.path(key), accept=_NOT_FOUND))

    def start(self, key: str, length: int) -> bytes | None:
        """As the port says: one request, of this range alone. An empty object has no range to give."""
        return self.piece(key, 0, length)

    def piece(self, key: str, at: int, length: int) -> bytes | None:
        """As the port says: one request, of this range alone."""
        wanted = {"Range": f"bytes={at}-{at + length - 1}"}
        answer = self._client.request("GET", self.path(key), headers=wanted, accept=_NOT_FOUND | _NO_SUCH_RANGE)
        return b"" if answer.status in _NO_SUCH_RANGE else self._got(answer)

    @staticmethod
    def _got(answer: Answer) -> bytes | None:
        if answer.status == 404:
            if answer.code != "NoSuchKey":
                raise error_for(answer, "s3")
            return None
        return answer.body

    def delete(self, key: str) -> None:
        """Gone when it returns, whether it was there or not."""
        self._client.request("DELETE", self.path(key))

    def list(self, prefix: str, after: str = "", limit: int = MAX_NAMES) -> Sequence[str]:
        """As the port says. S3 orders keys by their UTF-8 bytes, and encodes them here as a form does."""
        check_listing(limit)
        asked = [("list-type", "2"), ("encoding-type", "url"), ("prefix", prefix), ("max-keys", str(limit))]
        if after:
            asked.append(("start-after", after))
        body = self._client.request("GET", self._base, query=asked).body
        return [unquote_plus(key.decode("ascii")) for key in _KEY.findall(body)]

    def path(self, key: str) -> str:
        """The object's path under `host`, percent-encoded."""
        check_file_key(key)
        return self._base + quote(key, safe="/-_.~")
