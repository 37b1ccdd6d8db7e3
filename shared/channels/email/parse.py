"""Reads one mail. Pure: no clock, no network, no store.

Sources: RFC 5322 and those named in the modules beside this one; what mails in the field do instead.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import mktime_tz, parsedate_tz
from typing import Any, Final, Literal

from pydantic import ValidationError

from shared.channels.email import automation, bounce
from shared.channels.email.addresses import Sender, sender_of
from shared.channels.email.authentication import verdict
from shared.channels.email.mime import Mail, Part, read
from shared.channels.email.parts import Contents, contents_of
from shared.channels.email.people import identity_of, name_of, notes_on, recipient_of
from shared.channels.email.wording import wording_of
from shared.domain.element import digest
from shared.domain.event import Attachment, Author, Event, Kind
from shared.domain.media_names import plain_type, safe_name

CHANNEL: Final = "email"
LONGEST_SUBJECT: Final = 1000
LONGEST_ID: Final = 250
MOST_REFERENCES: Final = 50
MOST_FILES: Final = 100
"""Attachments of one event; the raw mail keeps the others."""

OLDEST: Final = timedelta(days=30)
AHEAD: Final = timedelta(days=1)
"""How far a mail's own date may lie from when it was received."""

_ID = re.compile(r"<\s*([^<>\s]+)\s*>")
_BARE_ID = re.compile(r"[^\s<>,;\"]+@[^\s<>,;\"]+")

Said = dict[str, Any]
FileKind = Literal["image", "audio", "video", "document"]


def parse(raw: Mapping[str, Any]) -> Event:
    """The event of one mail: `raw["mail"]` are its bytes, `raw["receipt"]` what the receiving server said of it,
    `raw["install"]` the id that this hub's own mails carry.

    Never raises. Whoever wrote it is named, if need be as an unknown sender. What is too large to be read comes back
    as `unsupported` with a reason and its sender; what is no mail at all as `unsupported` with the flag `malformed`.
    """
    body, receipt = raw.get("mail"), raw.get("receipt")
    receipt = receipt if isinstance(receipt, Mapping) else {}
    if not isinstance(body, bytes | bytearray) or not body.strip():
        return _malformed(str(receipt.get("ses_id") or "-"), "there is no mail")
    mail = read(bytes(body))
    try:
        return _event(mail, receipt, raw.get("install"))
    except ValidationError as invalid:
        where = ", ".join(sorted({".".join(map(str, error["loc"])) for error in invalid.errors()}))
        return _malformed(mail.digest, f"not of the form that the hub keeps: {where}")


def _malformed(message: str, reason: str) -> Event:
    return Event(
        channel=CHANNEL,
        account="-",
        kind="unsupported",
        message_id=digest("mail", message),
        author=Author(type="system"),
        flags=["malformed"],
        provider_type="mail",
        reason=reason,
    )


def _event(mail: Mail, receipt: Mapping[str, Any], install: str | None) -> Event:
    sender = sender_of(mail)
    frame, flags = _frame(mail, sender, receipt)
    if _failed(receipt, "virus"):
        said: Said = {"kind": "ignored", "reason": "the receiving server found a virus in it"}
        flags = ["virus", *flags]
    elif "too_large" in mail.defects:
        size = f"{mail.size // (1024 * 1024)} MB"
        said = {"kind": "unsupported", "reason": f"too large to be read: {size}; it is kept as it came"}
        said |= {"subject": _subject(mail)} | _thread(mail)
    else:
        said = _said(mail, flags, install)
    told = [*flags, *(defect for defect in mail.defects if defect not in flags)]
    return Event.model_validate({**frame, **said, "flags": list(dict.fromkeys(told))})


def _frame(mail: Mail, sender: Sender, receipt: Mapping[str, Any]) -> tuple[Said, list[str]]:
    """What every event of a mail has, and the flags about people."""
    message_id = _message_id(mail, sender)
    identity = identity_of(sender, verdict(mail, receipt or None), message_id)
    recipient = recipient_of(mail, receipt)
    moment, is_claimed = _moment(mail, receipt)
    flags = list(notes_on(mail, sender, identity))
    flags += ["suspected_spam"] if _failed(receipt, "spam") else []
    flags += [] if is_claimed else ["date_unusable"]
    frame: Said = {
        "channel": CHANNEL,
        "account": recipient.account,
        "token": recipient.token,
        "message_id": message_id,
        "author": Author(type="customer"),
        "occurred_at": moment,
        "identities": [identity],
        "display_name": name_of(sender),
        "provider_type": plain_type(mail.mime_type) or "mail",
    }
    return frame, flags


def _said(mail: Mail, flags: list[str], install: str | None) -> Said:
    """What the mail says, and of which kind it is. Adds to the flags."""
    contents, subject = contents_of(mail), _subject(mail)
    wording = wording_of(contents, subject)
    returned = bounce.bounce_of(mail)
    auto = automation.automation(mail, install=install)
    marks = {"bulk": auto.is_bulk, "no_auto_reply": not auto.answers, "loop": auto.is_loop}
    flags += [name for name, is_so in marks.items() if is_so]
    flags += [*contents.flags, *wording.flags]
    kind = _kind(returned, auto.is_auto or contents.is_answer)
    said: Said = {
        "kind": kind,
        "subject": subject,
        "text": wording.text,
        "quoted_text": wording.quoted,
        "html": wording.html,
        "forwarded": wording.is_forward,
        "attachments": _attachments(contents, flags),
        **_thread(mail),
    }
    if kind != "message":
        said |= {"author": Author(type="system"), "reason": auto.reason}
    if returned is not None:
        said |= _of_bounce(returned, said)
    return said


def _kind(returned: bounce.Bounce | None, is_auto: bool) -> Kind:
    """A report of a delay, or of a delivery, is a machine's news and no failure."""
    if returned is not None and returned.is_failure:
        return "bounce"
    return "auto_reply" if is_auto or returned is not None else "message"


def _of_bounce(returned: bounce.Bounce, said: Said) -> Said:
    """A returned mail belongs where the mail that it returns does."""
    found: Said = {"in_reply_to": returned.original or said["in_reply_to"]}
    told = [f"{one.action} {one.status or ''}".strip() for one in returned.recipients]
    found |= {"reason": ", ".join(dict.fromkeys(told))[:200]} if told else {}
    return found | ({"token": returned.token} if returned.token else {})


def _failed(receipt: Mapping[str, Any], what: str) -> bool:
    verdicts = receipt.get("verdicts")
    return isinstance(verdicts, Mapping) and str(verdicts.get(what)).upper() == "FAIL"


def _message_id(mail: Mail, sender: Sender) -> str:
    """What makes that mail that mail: the same through two rules, two aliases or Bcc. Never the Message-ID alone."""
    usable = sender.address.value if sender.address and sender.address.canonical else None
    who = usable or " ".join(mail.undecoded("from")).lower()
    return digest("mail", who, mail.header("message-id") or "", mail.header("date") or "", mail.digest)


def _subject(mail: Mail) -> str | None:
    return (mail.header("subject") or "")[:LONGEST_SUBJECT] or None


def _thread(mail: Mail) -> Said:
    """The names by which mails refer to each other. A reply without references continues what it replies to."""
    own, answered = _ids(mail, "message-id"), _ids(mail, "in-reply-to")
    before = _ids(mail, "references") or answered
    if len(before) > MOST_REFERENCES:
        before = [before[0], *before[-MOST_REFERENCES + 1 :]]
    return {
        "message_ref": own[0] if own else None,
        "in_reply_to": answered[0] if answered else None,
        "references": before,
    }


def _ids(mail: Mail, name: str) -> list[str]:
    """Message ids of the first header of this name, without their brackets, each once; never an empty one."""
    value = next(iter(mail.undecoded(name)), "")
    found = _ID.findall(value) or _BARE_ID.findall(value)
    return [one for one in dict.fromkeys(found) if len(one) <= LONGEST_ID]


def _moment(mail: Mail, receipt: Mapping[str, Any]) -> tuple[datetime | None, bool]:
    """When it was written, and whether the mail's own date says so: else when it was received, or nothing."""
    claimed, received = _date(mail.header("date")), _iso(receipt.get("at"))
    if claimed is None:
        return received, mail.header("date") is None
    if received and not received - OLDEST <= claimed <= received + AHEAD:
        return received, False
    return claimed, True


def _date(value: str | None) -> datetime | None:
    try:
        parsed = parsedate_tz(value or "")
        found = datetime.fromtimestamp(mktime_tz(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, TypeError, IndexError, OSError):
        return None
    return found if found and 1990 <= found.year <= 2100 else None


def _iso(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found.astimezone(UTC) if found and found.tzinfo else None


def _attachments(contents: Contents, flags: list[str]) -> list[Attachment]:
    if len(contents.files) > MOST_FILES:
        flags.append("too_many_parts")
    return [_attachment(number, part) for number, part in enumerate(contents.files[:MOST_FILES])]


def _attachment(number: int, part: Part) -> Attachment:
    mime_type = plain_type(part.mime_type) or "application/octet-stream"
    return Attachment(
        kind=_file_kind(mime_type),
        mime_type=mime_type,
        filename=safe_name(part.filename, "attachment", number, mime_type),
        size=len(part.content),
        sha256=hashlib.sha256(part.content).hexdigest(),
        content_id=part.content_id[:LONGEST_ID] if part.content_id else None,
        provider_id=part.path,
        failed="its encoding is damaged" if part.damaged else None,
    )


def _file_kind(mime_type: str) -> FileKind:
    kinds: Mapping[str, FileKind] = {"image": "image", "audio": "audio", "video": "video"}
    return kinds.get(mime_type.partition("/")[0], "document")
