"""A mail as an element, for what reads mails from files. Standard library alone."""

from __future__ import annotations

import base64
import hashlib
import json

from shared.domain.element import Element
from shared.domain.errors import Malformed


def split(body: bytes) -> list[Element]:
    """The one element of a raw mail. Raises `Malformed` for nothing at all."""
    if not body.strip():
        raise Malformed("there is no mail")
    return [Element("email", "-", "-", (hashlib.sha256(body).hexdigest(),), {"mail": body})]


def payload_of_line(line: bytes) -> bytes:
    """The raw mail in one line of JSON: `{"raw": "<base64>"}`, or the mail as a string. Raises `Malformed`."""
    try:
        said = json.loads(line)
        if isinstance(said, str):
            return said.encode("utf-8", "replace")
        return base64.b64decode(said["raw"], validate=False)
    except (ValueError, KeyError, TypeError, RecursionError) as fault:
        raise Malformed('a line is a JSON string, or {"raw": "<the mail in base64>"}') from fault
