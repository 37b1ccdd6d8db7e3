"""A mail as bytes, from what `render` made of an answer. Pure.

No Message-ID and no Date: SES writes its own, and refuses a second Message-ID. Source: email.md §5, §10, 2026-11.
"""

from __future__ import annotations

from collections.abc import Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Any, Final

from shared.channels.email.render import LONGEST_NAME
from shared.domain.answer import Body
from shared.domain.subject import one_line

LOOP: Final = "X-Hub-Loop"
"""By which the hub knows a mail of its own that comes back."""
LONGEST_LOCAL: Final = 64
"""Before the `@`, with the token: RFC 5321, 4.5.3.1.1."""

_NAMES_OF_MAILS: Final = frozenset({"in-reply-to", "references", "list-unsubscribe"})
"""Fields of names and of an address for programs: they stand as they are, however long."""
_NOT_IN_A_NAME: Final = str.maketrans(dict.fromkeys('",;:<>@()[]\\', " "))
"""What would need quotes in an address: programs differ in how they read those beside encoded words."""


class _OneNameALine(EmailPolicy):
    """As the standard's, but names of mails are never encoded: the standard library encodes those over 78 characters,
    and nobody would know them again."""

    def fold(self, name: str, value: Any) -> str:
        if name.lower() in _NAMES_OF_MAILS:
            names = [one for one in str(value).split() if len(one) <= LONGEST_NAME + 2]
            return f"{name}: {self.linesep.join([*names[:1], *(f' {one}' for one in names[1:])])}{self.linesep}"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() in _NAMES_OF_MAILS:
            return self.fold(name, value).encode("ascii")
        return super().fold_binary(name, value)


POLICY: Final = _OneNameALine(linesep="\r\n", max_line_length=78)


def compose(body: Body, mailbox: str, company: str | None, install: str, contents: Sequence[bytes] = ()) -> bytes:
    """The whole message. `mailbox`: ours, as configured, and `company` as customers read it. `install`: an id of this
    hub. `contents`: of the body's files, in their order."""
    mail = EmailMessage(policy=POLICY)
    mail["From"] = _sender(body["name"], company, mailbox)
    mail["To"] = body["to"]
    if reply_to := _reply_to(mailbox, body["token"]):
        mail["Reply-To"] = reply_to
    mail["Subject"] = body["subject"]
    if body["in_reply_to"]:
        mail["In-Reply-To"] = body["in_reply_to"]
    if body["references"]:
        mail["References"] = " ".join(body["references"])
    for name, value in _automation(install, body).items():
        mail[name] = value
    for name, value in _unsubscribing(body.get("stop_url")).items():
        mail[name] = value
    mail.set_content(body["text"], cte="quoted-printable")
    mail.add_alternative(body["html"], subtype="html", cte="quoted-printable")
    for file, content in zip(body["files"], contents, strict=True):
        kind, _, subtype = _type(file["mime_type"])
        mail.add_attachment(content, maintype=kind, subtype=subtype, filename=file["filename"])
    return mail.as_bytes()


def _sender(agent: str | None, company: str | None, mailbox: str) -> Address:
    said = " - ".join(one_line(name.translate(_NOT_IN_A_NAME)) for name in (agent, company) if name)
    return Address(display_name=said[:100].strip(" -"), addr_spec=mailbox)


def _reply_to(mailbox: str, token: str | None) -> str | None:
    """With the token of the case; without one, or where it would be too long, replies go to the mailbox by itself."""
    local, _, domain = mailbox.rpartition("@")
    tagged = f"{local}+{token}"
    return f"{tagged}@{domain}" if token and len(tagged) <= LONGEST_LOCAL else None


def _automation(install: str, body: Body) -> dict[str, str]:
    """What keeps machines from answering: RFC 3834, and Exchange's own word for it. Only what answers a mail is
    `auto-replied`; what does not, such as a report, is `auto-generated` (RFC 3834, 5)."""
    if body["is_automatic"]:
        kind = "auto-replied" if body["in_reply_to"] else "auto-generated"
        return {"Auto-Submitted": kind, "X-Auto-Response-Suppress": "All", LOOP: install}
    return {"X-Auto-Response-Suppress": "OOF, AutoReply", LOOP: install}


def _unsubscribing(url: str | None) -> dict[str, str]:
    """One click and no more of these: RFC 8058. SES signs both fields."""
    if url is None:
        return {}
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _type(mime_type: str) -> tuple[str, str, str]:
    """A type that can stand in a header. A mail within a mail, or what has parts, goes as bytes."""
    kind, slash, subtype = mime_type.partition(";")[0].strip().lower().partition("/")
    is_plain = all(
        part.isascii() and part.replace("-", "").replace(".", "").replace("+", "").isalnum() for part in (kind, subtype)
    )
    if not slash or not is_plain or kind in ("multipart", "message"):
        return "application", "/", "octet-stream"
    return kind, slash, subtype
