"""What SES, SNS and S3 tell about mails: a small receipt of our own, and the key of the raw mail. Pure.

The unit of work is the key of a raw mail, whatever wrote it. Models take every field they do not know, and miss none:
a mail may come without subject, recipient header, Message-ID or return path.
Source: Amazon SES developer guide, "Contents of notifications for email receiving", "Event for the Lambda action";
Amazon S3 user guide, "Event message structure".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote_plus

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.domain.errors import Malformed

SETUP: Final = "AMAZON_SES_SETUP_NOTIFICATION"
"""The object that SES writes once, when its rule is made."""

_DEPTH: Final = 4
"""Envelopes around a notice: SQS, SNS, EventBridge."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A raw mail that waits. `delivery`: SES's id of this receipt of it, else the object's name."""

    key: str
    delivery: str
    bucket: str | None = None
    receipt: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What one message told: mails that came in, and notices of what became of ours (for `events_of_notice`)."""

    incoming: tuple[Incoming, ...] = ()
    sent: tuple[Mapping[str, Any], ...] = ()


class _Open(BaseModel):
    model_config = ConfigDict(extra="allow", populate_by_name=True)


class _Verdict(_Open):
    status: str | None = None


class _Action(_Open):
    type: str | None = None
    bucket: str | None = Field(None, alias="bucketName")
    key: str | None = Field(None, alias="objectKey")
    prefix: str | None = Field(None, alias="objectKeyPrefix")


class _Receipt(_Open):
    timestamp: str | None = None
    recipients: list[str] = Field(default_factory=list)
    spam: _Verdict | None = Field(None, alias="spamVerdict")
    virus: _Verdict | None = Field(None, alias="virusVerdict")
    spf: _Verdict | None = Field(None, alias="spfVerdict")
    dkim: _Verdict | None = Field(None, alias="dkimVerdict")
    dmarc: _Verdict | None = Field(None, alias="dmarcVerdict")
    policy: str | None = Field(None, alias="dmarcPolicy")
    action: _Action | None = None


class _Mail(_Open):
    id: str = Field(alias="messageId", min_length=1)
    timestamp: str | None = None


class _Received(_Open):
    mail: _Mail
    receipt: _Receipt


class _Bucket(_Open):
    name: str | None = None


class _Object(_Open):
    key: str = Field(min_length=1)


class _Stored(_Open):
    bucket: _Bucket = Field(default_factory=_Bucket)
    object: _Object


def told(body: str | bytes | Mapping[str, Any], *, prefix: str = "mail/") -> Told:
    """What a queue's message says, out of whatever envelopes it is in. `prefix`: where the rule writes, for the shape
    of the Lambda action, which names no object. Raises Malformed where it is none of the known shapes.
    """
    message = _opened(body)
    if "Records" in message:
        return Told(incoming=tuple(_recorded(message["Records"], prefix)))
    if message.get("notificationType") == "Received":
        return Told(incoming=tuple(_received(message, prefix)))
    if ("eventType" in message or "notificationType" in message) and isinstance(message.get("mail"), Mapping):
        return Told(sent=(message,))
    if _says_nothing(message):
        return Told()
    raise Malformed("this is no notice of SES, SNS or S3")


def _opened(body: str | bytes | Mapping[str, Any]) -> Mapping[str, Any]:
    """The innermost message."""
    message: Any = body
    for _ in range(_DEPTH):
        if isinstance(message, str | bytes):
            message = _json(message)
        if not isinstance(message, Mapping):
            raise Malformed("the notice is no JSON object")
        if message.get("Type") == "Notification" and "Message" in message:
            message = message["Message"]
        elif "detail-type" in message and isinstance(message.get("detail"), Mapping):
            message = message["detail"]
        else:
            return message
    raise Malformed("the notice is in too many envelopes")


def _json(text: str | bytes) -> Any:
    """SNS tells in plain words that SES may publish to it."""
    if (text if isinstance(text, str) else text.decode("utf-8", "replace")).startswith(
        "Successfully validated SNS topic"
    ):
        return {"Event": "s3:TestEvent"}
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Malformed("the notice is no JSON") from None


def _says_nothing(message: Mapping[str, Any]) -> bool:
    """Tests and set-ups, which announce that a way of telling works."""
    return (
        message.get("Event") == "s3:TestEvent"
        or message.get("notificationType") == SETUP
        or message.get("Type") in ("SubscriptionConfirmation", "UnsubscribeConfirmation")
    )


def _recorded(records: Any, prefix: str) -> list[Incoming]:
    if not isinstance(records, list):
        raise Malformed("the notice has no list of records")
    found: list[Incoming] = []
    for record in records:
        if not isinstance(record, Mapping):
            raise Malformed("a record of the notice is no JSON object")
        if isinstance(record.get("ses"), Mapping):
            found += _received(record["ses"], prefix)
        elif isinstance(record.get("s3"), Mapping):
            found += _stored(record)
        else:
            raise Malformed("a record of the notice is neither of SES nor of S3")
    return found


def _stored(record: Mapping[str, Any]) -> list[Incoming]:
    """S3's own event: the key comes URL-encoded, and nobody judged the mail."""
    if not str(record.get("eventName", "")).removeprefix("s3:").startswith("ObjectCreated"):
        return []
    stored = _validated(_Stored, record["s3"])
    key = unquote_plus(stored.object.key)
    name = key.rpartition("/")[2]
    return [] if not name or name == SETUP else [Incoming(key, name, stored.bucket.name)]


def _received(message: Mapping[str, Any], prefix: str) -> list[Incoming]:
    notice = _validated(_Received, message)
    action = notice.receipt.action or _Action()
    if notice.mail.id == SETUP or (action.key or "").endswith(SETUP):
        return []
    if action.type == "SNS" or (action.type == "S3" and not action.key):
        raise Malformed("the receipt rule must store the mail in S3: this notice names no object")
    key = action.key or f"{prefix}{notice.mail.id}"
    return [Incoming(key, notice.mail.id, action.bucket, _normalised(notice))]


def _normalised(notice: _Received) -> dict[str, Any]:
    """The receipt as the rest of the hub reads it."""
    receipt = notice.receipt
    said = {name: getattr(receipt, name) for name in ("spam", "virus", "spf", "dkim", "dmarc")}
    found: dict[str, Any] = {
        "ses_id": notice.mail.id,
        "recipients": receipt.recipients,
        "at": receipt.timestamp or notice.mail.timestamp,
        "verdicts": {name: one.status.upper() for name, one in said.items() if one is not None and one.status},
        "dmarc_policy": receipt.policy.lower() if receipt.policy else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _validated(model: type[Any], value: Any) -> Any:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        where = ".".join(str(step) for step in error.errors()[0]["loc"])
        raise Malformed(f"the notice lacks {where}, or has something else there") from None
