"""What a person wrote in a mail: out of its text or its HTML, without what their program quoted, and within bounds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from shared.channels.email import reply
from shared.channels.email.parts import FEW_WORDS, MANY_WORDS, Contents
from shared.channels.email.reply_marks import is_forward_subject

LONGEST_TEXT: Final = 64 * 1024
"""Bytes of text, and of what was quoted."""
LONGEST_HTML: Final = 100 * 1024
"""Bytes of safe HTML."""


@dataclass(slots=True)
class Wording:
    text: str | None = None
    quoted: str | None = None
    html: str | None = None
    is_forward: bool = False
    flags: list[str] = field(default_factory=list)


def wording_of(contents: Contents, subject: str | None) -> Wording:
    """The visible reply, what was cut from it, and the whole mail as HTML that is safe to show."""
    wording = Wording(is_forward=contents.is_enclosed)
    page = _page_as_text(contents)
    if page is not None:
        _read_page(wording, contents.html or "", page, subject)
    elif contents.text and contents.text.strip():
        _read_text(wording, contents.text, subject)
    wording.text = wording.text or contents.told
    if wording.text is None and contents.text:
        wording.text = contents.text.strip() or None
    wording.text = _bounded(wording, wording.text)
    wording.quoted = _bounded(wording, wording.quoted)
    _add_html(wording, contents.html)
    return wording


def _page_as_text(contents: Contents) -> str | None:
    """The text of the HTML, where it is to be read instead of the text that is there."""
    if not contents.html:
        return None
    few = len((contents.text or "").split(None, FEW_WORDS)) < FEW_WORDS
    if not few:
        return None
    from shared.channels.email.html import text_of

    text = text_of(contents.html)
    has_text = bool((contents.text or "").strip())
    return text if not has_text or len(text.split(None, MANY_WORDS)) > MANY_WORDS else None


def _read_text(wording: Wording, text: str, subject: str | None) -> None:
    found = reply.visible(text, subject=subject)
    wording.text = found.visible.strip("\n").rstrip() or None
    wording.quoted = _joined(found.signature, found.quoted)
    wording.is_forward = wording.is_forward or found.is_forward


def _read_page(wording: Wording, html: str, whole: str, subject: str | None) -> None:
    from shared.channels.email.html import text_of, without_quotes

    own, quoted = without_quotes(html, is_forward=is_forward_subject(subject))
    text = whole if quoted is None else text_of(own)
    if text.strip():
        _read_text(wording, text, subject)
        wording.quoted = _joined(wording.quoted, text_of(quoted) if quoted else None)
    else:
        wording.text = whole.strip() or None


def _joined(*said: str | None) -> str | None:
    return "\n\n".join(one.strip("\n") for one in said if one and one.strip()) or None


def _bounded(wording: Wording, text: str | None) -> str | None:
    if text is None or len(text) * 4 <= LONGEST_TEXT:
        return text
    data = text.encode("utf-8", "replace")
    if len(data) <= LONGEST_TEXT:
        return text
    _flag(wording, "text_cut")
    return data[:LONGEST_TEXT].decode("utf-8", "ignore")


def _add_html(wording: Wording, html: str | None) -> None:
    if not html:
        return
    from shared.channels.email.html import sanitised

    safe = sanitised(html)
    if len(safe.encode("utf-8", "replace")) > LONGEST_HTML:
        _flag(wording, "html_left_out")
    else:
        wording.html = safe.strip() or None


def _flag(wording: Wording, name: str) -> None:
    if name not in wording.flags:
        wording.flags.append(name)
