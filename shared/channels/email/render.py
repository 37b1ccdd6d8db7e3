"""An answer as a mail: what it says and to whom, not yet as bytes. Pure.

The mailbox it goes out from is known only where it is sent, and the bytes of files are fetched there: see `compose`.
Source: email.md §4, §5, §10, 2026-11.
"""

from __future__ import annotations

import re
from html import escape, unescape
from pathlib import PurePosixPath
from typing import Any, Final

from shared.channels.email.reply_marks import MARKERS
from shared.channels.email.tags import tags_of
from shared.domain.answer import Address, Answer, Body, Heard, Language, Stored
from shared.domain.errors import Permanent
from shared.domain.event import Attachment
from shared.domain.mail_names import bare
from shared.domain.subject import answering, one_line

FILES_SIZE: Final = 7 * 1024 * 1024
"""Bytes of files in one mail; above 10 MB in Base64 SES gets slow."""
MOST_REFERENCES: Final = 20
LONGEST_NAME: Final = 900
"""Characters of a Message-ID that is repeated: with its brackets it stays below a line's 998 bytes."""
LONGEST_HISTORY: Final = 16_000
"""Characters of the customer's own words that are quoted."""
NO_AUTOMATIC: Final = frozenset({"no_auto_reply", "loop", "bulk"})
"""Flags of a mail that no machine may answer."""

_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_DOMAIN: Final = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+(?:[A-Za-z]{2,63}|xn--[a-z0-9-]{1,59})"
)
_UNWANTED: Final = re.compile("[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_PROGRAMS: Final = (
    "ade adp app bas bat chm cmd com cpl crt dll exe hlp hta inf ins isp jar js jse lib lnk mde msc msi msp pif prg "
    "ps1 reg scf scr sct shb sys vb vbe vbs vxd wsc wsf wsh"
)
"""Endings that SES takes and then rejects."""

_WROTE: Final[dict[Language, str]] = {
    "es": "El {at}, {who} escribió:",
    "pt": "Em {at}, {who} escreveu:",
    "en": "On {at}, {who} wrote:",
}
_NOBODY: Final[dict[Language, str]] = {"es": "usted", "pt": "você", "en": "you"}
_CLOCK: Final[dict[Language, str]] = {"es": "%d/%m/%Y %H:%M", "pt": "%d/%m/%Y %H:%M", "en": "%Y-%m-%d %H:%M"}
_FILES: Final[dict[Language, str]] = {"es": "Archivos:", "pt": "Arquivos:", "en": "Files:"}


def render(answer: Answer, to: Address, mark: str, token: str | None = None) -> list[Body]:
    """The one mail that says it, marked `<mark>:0`: `to`, `name` (who says it), `token` (for Reply-To), `subject`,
    `in_reply_to`, `references`, `text`, `html`, `files`, `is_automatic`, `tags`, `stop_url`.

    Choices are numbered lines. A file the hub keeps goes along up to 7 MB in all; any other as a link where it has a
    public address. Raises `Permanent` for what a mail cannot say, naming what.
    """
    heard = answer.heard
    if answer.template is not None:
        raise Permanent("mail has no templates")
    if answer.is_automatic and heard and heard.flags & NO_AUTOMATIC:
        raise Permanent("the mail it answers asks that no machine answers it")
    text = _said(answer)
    files, links = _files(answer)
    if not (text or files or links):
        raise Permanent("an answer with neither text nor file")
    shown = answer.html if answer.html and not answer.options else None
    history = _history(answer, heard) if heard else []
    name = answer.author.name
    return [
        {
            "to": _address(to),
            "name": one_line(name) if name and "@" not in name else None,
            "token": token,
            "subject": answering(heard.subject if heard and heard.subject else _named(answer)),
            "in_reply_to": _message_id(heard.message_ref) if heard else None,
            "references": _references(heard) if heard else [],
            "text": _text(text, links, history, answer.language),
            "html": _html(shown, text, links, history, answer.language),
            "files": files,
            "is_automatic": answer.is_automatic,
            "tags": tags_of(f"{mark}:0"),
            **({"stop_url": answer.stop_url} if answer.stop_url else {}),
        }
    ]


def _named(answer: Answer) -> str | None:
    return f"[{answer.reference}]" if answer.reference else None


def _address(to: Address) -> str:
    """The address as a mail's envelope takes it. It is one that wrote to us; what a header could misread is none."""
    local, at, domain = to.value.strip().rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode("ascii") if one_line(domain) == domain else ""
    except UnicodeError:
        ascii_domain = ""
    is_right = bool(at) and bool(_LOCAL.fullmatch(local)) and bool(_DOMAIN.fullmatch(ascii_domain))
    if to.kind != "email" or not is_right or ".." in local or local[0] == "." or local[-1] == ".":
        raise Permanent("the customer's address is not one that mail can be sent to")
    return f"{local}@{ascii_domain}"


def _said(answer: Answer) -> str:
    text = answer.text or ""
    if not text.strip() and answer.html:
        text = _plain(answer.html)
    lines = [_clean(text).strip()]
    if answer.options:
        titles = (": ".join(filter(None, (one.title, one.description))) for one in answer.options)
        lines += ["", *(f"{number}. {title}" for number, title in enumerate(titles, 1))]
    return "\n".join(lines).strip()


def _plain(html: str) -> str:
    """The text of an answer that has none beside its HTML."""
    import nh3

    broken = re.sub(r"(?i)<br\s{0,9}/?>|</(?:p|div|li|tr|h[1-6])>", "\n", html)
    return re.sub(r"\n{3,}", "\n\n", unescape(nh3.clean(broken, tags=set())))


def _clean(text: str) -> str:
    """Lines ended alike, and nothing that a relay or a reader would misread."""
    lined = text.replace("\r\n", "\n").replace("\r", "\n").replace("\N{NO-BREAK SPACE}", " ")
    return _UNWANTED.sub("", lined)


def _message_id(name: str | None) -> str | None:
    found = bare(name)
    is_plain = found and found.isascii() and found.isprintable() and len(found) <= LONGEST_NAME
    return f"<{found}>" if is_plain and not set(found or "") & set("<> ") else None


def _references(heard: Heard) -> list[str]:
    """RFC 5322, 3.6.4: those of the mail, else what it answers, and then the mail itself. Of too many the first and the
    last stay."""
    before = heard.references or ((heard.in_reply_to,) if heard.in_reply_to else ())
    names = [name for name in map(_message_id, (*before, heard.message_ref)) if name]
    distinct = list(dict.fromkeys(reversed(names)))[::-1]  # a name that is there twice counts where it stood last
    return distinct if len(distinct) <= MOST_REFERENCES else [distinct[0], *distinct[-(MOST_REFERENCES - 1) :]]


def _files(answer: Answer) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    """The files that go along, and the links to the others (what each is called, where it is)."""
    files: list[dict[str, Any]] = []
    links: list[tuple[str, str]] = []
    room = FILES_SIZE
    for number, attachment in enumerate(answer.attachments):
        kept = answer.stored.get(number)
        if kept and kept.size <= room:
            room -= kept.size
            files.append(_file(kept, attachment, number))
        else:
            links.append(_link(attachment, is_kept=kept is not None, number=number))
    return files, links


def _file(kept: Stored, attachment: Attachment, number: int) -> dict[str, Any]:
    name = _filename(kept.filename or attachment.filename, number)
    if PurePosixPath(name).suffix.lstrip(".").lower() in _PROGRAMS.split():
        raise Permanent(f"mail carries no programs: {name}")
    return {"key": kept.key, "filename": name, "mime_type": kept.mime_type or "application/octet-stream"}


def _filename(name: str | None, number: int) -> str:
    last = one_line(name or "").replace("\\", "/").rsplit("/", 1)[-1].replace('"', "'").lstrip(".").strip()
    return last[-150:] or f"attachment-{number + 1}"


def _link(attachment: Attachment, *, is_kept: bool, number: int) -> tuple[str, str]:
    name, url = _filename(attachment.filename, number), attachment.url or ""
    if url.startswith("https://") and url.isascii() and url.isprintable() and not set(url) & set(' <>"'):
        return name, url
    if is_kept:
        raise Permanent(f"the files are more than 7 MB together: send {name} as a link, or in an answer of its own")
    raise Permanent(f"the hub does not have the file {name}, and it has no public address: send a link to it")


def _history(answer: Answer, heard: Heard) -> list[str]:
    """Who wrote what when: the customer's own words of the mail that is answered, and nobody else's. A machine repeats
    nothing to an address that nobody vouches for."""
    if not (heard.text or "").strip() or (answer.is_automatic and "unauthenticated" in heard.flags):
        return []
    who = one_line(heard.name or "") or _NOBODY[answer.language]
    at = heard.said.strftime(_CLOCK[answer.language])
    quoted = _clean(heard.text or "").strip()[:LONGEST_HISTORY]
    return [_WROTE[answer.language].format(at=at, who=who), *quoted.split("\n")]


def _text(text: str, links: list[tuple[str, str]], history: list[str], language: Language) -> str:
    blocks = [text] if text else []
    if links:
        blocks.append("\n".join([_FILES[language], *(f"{name}: {url}" for name, url in links)]))
    if history:
        quoted = "\n".join(f"> {line}".rstrip() for line in history[1:])
        blocks.append(f"{MARKERS[language]}\n\n{history[0]}\n{quoted}")
    return "\n\n".join(blocks) + "\n"


def _html(shown: str | None, text: str, links: list[tuple[str, str]], history: list[str], language: Language) -> str:
    blocks = [_safe(shown) if shown else f"<div>{_lines(text)}</div>"]
    if links:
        items = "".join(f'<li><a href="{escape(url)}">{escape(name)}</a></li>' for name, url in links)
        blocks.append(f"<p>{_FILES[language]}</p><ul>{items}</ul>")
    if history:
        blocks.append(f'<p style="color:#777">{escape(MARKERS[language])}</p>')
        quoted = _lines("\n".join(history[1:]))
        blocks.append(f'<p>{escape(history[0])}</p><blockquote type="cite">{quoted}</blockquote>')
    return f'<!DOCTYPE html><html lang="{language}"><body>{"".join(blocks)}</body></html>\n'


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>\n")


def _safe(html: str) -> str:
    import nh3

    return f"<div>{nh3.clean(_clean(html), url_schemes={'http', 'https', 'mailto', 'tel'})}</div>"
