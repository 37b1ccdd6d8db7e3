"""What SES refuses: read from its pages, independently of the hub.

Sources: SES developer guide, "Service quotas", "Header fields", "Sending raw email"; API v2 reference, `SendEmail`.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import getaddresses
from typing import Any, Final

LARGEST: Final = 40 * 1024 * 1024
MOST_RECIPIENTS: Final = 50
MOST_PARTS: Final = 500
MOST_TAGS: Final = 50
LONGEST_LINE: Final = 998
ONCE: Final = ("from", "to", "cc", "subject", "date", "message-id", "reply-to", "in-reply-to", "references", "sender")
BLOCKED: Final = (".exe", ".bat", ".cmd", ".com", ".js", ".vbs", ".scr", ".jar", ".msi", ".ps1", ".lnk", ".reg", ".hta")

_TAG: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")
_SIGNED: Final = re.compile(
    r"AWS4-HMAC-SHA256 Credential=[A-Za-z0-9]+/\d{8}/(?P<region>[a-z0-9-]+)/(?P<service>[a-z0-9]+)/aws4_request, ?"
    r"SignedHeaders=(?P<headers>[a-z0-9;-]+), ?Signature=[0-9a-f]{64}"
)


class Fault(Exception):
    """A refusal: status, type and words of SES."""

    def __init__(self, status: int, code: str, words: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.words = words


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is right in form."""

    sender: str
    to: tuple[str, ...]
    raw: bytes
    mail: EmailMessage
    tags: Mapping[str, str]
    configuration_set: str | None


def signed(authorization: str | None, amz_date: str | None) -> str:
    """The region that a request was signed for. Raises `Fault` for one that is not signed for SES."""
    if not authorization:
        raise Fault(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
    found = _SIGNED.fullmatch(authorization)
    if found is None or not amz_date or "host" not in found["headers"].split(";"):
        raise Fault(403, "IncompleteSignature", "The request signature does not conform to AWS standards.")
    if found["service"] != "ses":
        raise Fault(403, "InvalidSignatureException", "Credential should be scoped to correct service: 'ses'.")
    return found["region"]


def read(asked: Any, sets: Collection[str]) -> Asked:
    """Raises `Fault` for what `SendEmail` does not take."""
    raw = _raw(asked)
    to = _recipients(asked)
    mail = message_from_bytes(raw, policy=SMTP)
    _check_headers(raw)
    if sum(1 for _ in mail.walk()) > MOST_PARTS:
        raise Fault(400, "MessageRejected", "Too many MIME parts.")
    named = asked.get("ConfigurationSetName")
    if named is not None and named not in sets:
        raise Fault(404, "NotFoundException", f"Configuration set <{named}> does not exist.")
    written = [address.lower() for _, address in getaddresses(mail.get_all("from", []))]
    if len(written) != 1 or "@" not in written[0]:
        raise Fault(400, "BadRequestException", "Missing or wrong From header.")
    given = str(asked.get("FromEmailAddress") or written[0]).lower()
    if given != written[0]:
        raise Fault(400, "MessageRejected", "The From header is not the address given.")
    return Asked(given, to, raw, mail, _tags(asked), named)


def _raw(asked: Any) -> bytes:
    try:
        raw = b64decode(asked["Content"]["Raw"]["Data"], validate=True)
    except (KeyError, TypeError, Error, ValueError):
        raise Fault(400, "BadRequestException", "Content.Raw.Data is missing or no Base64.") from None
    if len(raw) > LARGEST:
        raise Fault(400, "MessageRejected", f"Message length is more than {LARGEST} bytes long.")
    return raw


def _recipients(asked: Mapping[str, Any]) -> tuple[str, ...]:
    destination = asked.get("Destination") or {}
    to = [
        *destination.get("ToAddresses", []),
        *destination.get("CcAddresses", []),
        *destination.get("BccAddresses", []),
    ]
    if not to or len(to) > MOST_RECIPIENTS:
        raise Fault(400, "BadRequestException", "There are no recipients, or more than 50.")
    for address in to:
        if not isinstance(address, str) or not address.isascii() or address.count("@") != 1 or " " in address:
            raise Fault(400, "BadRequestException", "Illegal address")
    return tuple(str(address).lower() for address in to)


def _check_headers(raw: bytes) -> None:
    head, gap, body = raw.partition(b"\r\n\r\n")
    if not gap:
        raise Fault(400, "BadRequestException", "The message has no end of its headers.")
    if not head.isascii() or re.search(rb"(?<!\r)\n|\r(?!\n)", head):
        raise Fault(400, "BadRequestException", "Headers hold 8-bit characters or bare line ends.")
    if any(len(line) > LONGEST_LINE for line in (*head.split(b"\r\n"), *body.split(b"\r\n"))):
        raise Fault(400, "MessageRejected", "A line is longer than 998 characters.")
    lines = [line for line in head.split(b"\r\n") if line[:1] not in (b" ", b"\t")]
    names = Counter(line.partition(b":")[0].decode("ascii").lower() for line in lines)
    for name in ONCE:
        if names[name] > 1:
            raise Fault(400, "BadRequestException", f"Duplicate header '{name}'.")


def _tags(asked: Mapping[str, Any]) -> dict[str, str]:
    given = asked.get("EmailTags") or []
    if len(given) > MOST_TAGS:
        raise Fault(400, "BadRequestException", "Too many tags.")
    for one in given:
        if not (_TAG.fullmatch(str(one.get("Name"))) and _TAG.fullmatch(str(one.get("Value")))):
            raise Fault(400, "BadRequestException", "Invalid tag name or value.")
    return {str(one["Name"]): str(one["Value"]) for one in given}


def is_blocked(mail: EmailMessage) -> bool:
    """Whether a part is a program: taken, and then rejected."""
    names = (part.get_filename() or "" for part in mail.walk())
    return any(name.lower().endswith(BLOCKED) for name in names)
