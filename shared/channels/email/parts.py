"""Which parts of a mail are what was written, and which are files.

Sources: RFC 2046 (alternative, related, mixed), RFC 2387, RFC 3676 (flowed); what Apple's, Google's and Microsoft's
programs make of them.
"""

from __future__ import annotations

import html as markup
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from shared.channels.email import calendar
from shared.channels.email.charsets import decoded
from shared.channels.email.contained import INSIDE, is_packed, with_contained
from shared.channels.email.mime import MAX_DEPTH, Mail, Part, read

MAX_TEXT: Final = 1024 * 1024
"""Bytes of one text or HTML part that are read; the raw mail keeps the rest."""
MAX_BODIES: Final = 50
"""Parts that are joined to one text."""
FEW_WORDS: Final = 5
MANY_WORDS: Final = 20
"""A text of fewer words beside HTML of more is a notice that there is HTML."""

ENCRYPTED: Final = "This mail is encrypted and cannot be read here. It is kept as it came."
_ENCRYPTED_TYPES: Final = ("application/pgp-encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")
_BODIES: Final = ("text/plain", "text/html")
_CALENDARS: Final = ("text/calendar", "application/ics")
_REPORTS: Final = {
    "message/delivery-status": "delivery-status.txt",
    "message/global-delivery-status": "delivery-status.txt",
    "message/disposition-notification": "disposition-notification.txt",
    "message/feedback-report": "feedback-report.txt",
    "text/rfc822-headers": "headers.txt",
    "message/global-headers": "headers.txt",
}
_ARMOUR = b"-----BEGIN PGP MESSAGE-----"
_CID = re.compile(r"cid:([^\s\"'<>)]{1,300})", re.IGNORECASE)
_NO_BODY: Final = ("text/x-amp-html", "text/watch-html")


@dataclass(slots=True)
class Contents:
    """`text`, `html`: as they were written, before anything is cut. `told`: what the hub says where nobody wrote
    anything. `is_enclosed`: nothing was written but a mail was enclosed, whose text this is."""

    text: str | None = None
    html: str | None = None
    told: str | None = None
    files: list[Part] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    is_enclosed: bool = False
    is_answer: bool = False

    def flag(self, name: str) -> None:
        if name not in self.flags:
            self.flags.append(name)


def contents_of(mail: Mail, depth: int = 0) -> Contents:
    """What is written in a mail, and its files. Linear; of enclosed mails one is opened where nothing else is there."""
    contents = Contents()
    parts = [part for part in with_contained(mail.parts) if part.mime_type not in _NO_BODY]
    bodies = _bodies(parts)
    chosen = {id(part) for part in bodies}
    _write(contents, bodies)
    contents.files = [_as_file(part) for part in parts if id(part) not in chosen]
    _note_encryption(contents, mail, bodies)
    _note_invitation(contents)
    if not contents.told and not _is_written(contents) and depth < MAX_DEPTH:
        _open_enclosed(contents, depth)
    contents.files = _without_pixels(_once(contents.files), contents.html or "")
    return contents


def _bodies(parts: Sequence[Part]) -> list[Part]:
    found = [part for part in parts if _is_body(part)]
    if not found:  # a body with a name; nothing else could be one
        found = [part for part in parts if part.mime_type in _BODIES and part.disposition != "attachment"][:1]
    if not any(part.content.strip() for part in found if INSIDE not in part.path):
        return found[:MAX_BODIES]
    return [part for part in found if INSIDE not in part.path][:MAX_BODIES]


def _is_body(part: Part) -> bool:
    if part.mime_type not in _BODIES or part.disposition == "attachment" or part.filename:
        return False
    is_frame = part.within[-1:] == ("multipart/related",) and not part.path.endswith(".1") and part.path != "1"
    return not (is_frame and part.content_id)


def _write(contents: Contents, bodies: Sequence[Part]) -> None:
    """The texts in order, and the HTML. What stands in one form alone, beside others, is in both."""
    texts: list[str] = []
    pages: list[str] = []
    is_mixed = len({part.mime_type for part in bodies}) > 1
    for part in bodies:
        said = _text_of(part, contents)
        is_alone = is_mixed and "multipart/alternative" not in part.within
        if part.mime_type == "text/plain":
            texts.append(said)
            pages += [f"<pre>{markup.escape(said)}</pre>"] if is_alone and said.strip() else []
        else:
            pages.append(said)
            texts += _also_as_text(said, texts) if is_alone else []
    contents.text = "\n\n".join(text.rstrip() for text in texts if text.strip()) or None
    has_page = any(part.mime_type == "text/html" for part in bodies)
    contents.html = ("\n".join(page for page in pages if page.strip()) or None) if has_page else None


def _also_as_text(page: str, texts: Sequence[str]) -> list[str]:
    """The text of a page that says anything new."""
    from shared.channels.email.html import text_of

    text = text_of(page)
    known = {_gist(one) for one in texts}
    return [] if _gist(text) in known else [text]


def _gist(text: str) -> str:
    return " ".join(text[:2000].split())[:500]


def _text_of(part: Part, contents: Contents) -> str:
    if len(part.content) > MAX_TEXT:
        contents.flag("text_cut")
    if part.damaged:
        contents.flag("partial")
    text = decoded(part.content[:MAX_TEXT], part.charset).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    if part.mime_type == "text/html":
        return text
    if part.parameters.get("format", "").lower() == "flowed":
        return unflowed(text, part.parameters.get("delsp", "").lower() == "yes")
    return text


def unflowed(text: str, delete_space: bool = False) -> str:
    """Soft line breaks taken out, as RFC 3676 has it: a line that ends in a space goes on in the next."""
    out: list[str] = []
    goes_on, before = False, 0
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content[1:] if content.startswith(" ") else content
        if goes_on and depth == before:
            out[-1] += content
        else:
            out.append(">" * depth + (" " if depth else "") + content)
        goes_on = content.endswith(" ") and content != "-- "
        if goes_on and delete_space:
            out[-1] = out[-1][:-1]
        before = depth
    return "\n".join(out)


def _note_encryption(contents: Contents, mail: Mail, bodies: Sequence[Part]) -> None:
    types = {mail.mime_type, *(part.mime_type for part in mail.parts)}
    is_sealed = mail.mime_type == "multipart/encrypted" or not types.isdisjoint(_ENCRYPTED_TYPES)
    if is_sealed or any(_ARMOUR in part.content[:4096] for part in bodies):
        contents.flag("encrypted")
        contents.told = ENCRYPTED if is_sealed and not _is_written(contents) else None


def _is_written(contents: Contents) -> bool:
    return bool((contents.text or "").strip() or (contents.html or "").strip())


def _note_invitation(contents: Contents) -> None:
    for part in contents.files:
        is_calendar = part.mime_type in _CALENDARS or (part.filename or "").lower().endswith(".ics")
        invite = is_calendar and calendar.invite_of(part.content, part.charset, part.parameters.get("method"))
        if invite:
            contents.is_answer = contents.is_answer or invite.is_answer
            if not _is_written(contents):
                contents.told = contents.told or invite.line


def _open_enclosed(contents: Contents, depth: int) -> None:
    enclosed = next((part for part in contents.files if part.mime_type == "message/rfc822"), None)
    if enclosed is None:
        return
    inner = contents_of(read(enclosed.content), depth + 1)
    contents.text, contents.html, contents.told = inner.text, inner.html, inner.told
    contents.is_enclosed = _is_written(inner) or bool(inner.told)
    for name in inner.flags:
        contents.flag(name)


def _as_file(part: Part) -> Part:
    """With the name that says what it is, where it has none."""
    from dataclasses import replace

    if part.filename:
        return part
    if part.mime_type in _REPORTS:
        return replace(part, filename=_REPORTS[part.mime_type], mime_type="text/plain")
    if part.mime_type in _CALENDARS:
        return replace(part, filename="invite.ics")
    if part.mime_type == "message/rfc822":
        from shared.channels.email.headers import decoded as header_text
        from shared.channels.email.headers import read_block

        fields = read_block(part.content).fields
        subject = next((header_text(one.value) for one in fields if one.name == "subject"), "")
        return replace(part, filename=f"{subject[:100] or 'message'}.eml".replace("/", "-").replace("\\", "-"))
    if is_packed(part):
        return replace(part, filename="winmail.dat")
    return part


def _once(files: list[Part]) -> list[Part]:
    """Of an invitation that is there twice, as a body and as a file, one."""
    seen: set[bytes] = set()
    kept = []
    for part in files:
        if part.mime_type in _CALENDARS:
            key = part.content.strip()
            if key in seen:
                continue
            seen.add(key)
        kept.append(part)
    return kept


def _without_pixels(files: list[Part], page: str) -> list[Part]:
    """Without images of one pixel that show nothing but that the mail was opened, or hold a column's width."""
    shown = {name.strip("<>") for name in _CID.findall(page)}
    return [
        part
        for part in files
        if not (
            part.mime_type.startswith("image/")
            and (part.disposition != "attachment" or part.content_id in shown)
            and _is_pixel(part.content)
        )
    ]


def _is_pixel(image: bytes) -> bool:
    if image[:3] == b"GIF":
        return image[6:10] == b"\x01\x00\x01\x00"
    if image[:8] == b"\x89PNG\r\n\x1a\n":
        return image[16:24] == b"\x00\x00\x00\x01\x00\x00\x00\x01"
    return False
