"""An answer in the words of the Cloud API: `POST /{version}/{phone number id}/messages`. Pure.

Source: whatsapp.md, "Sending", 2026-11.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from shared.channels.whatsapp import limits
from shared.domain.answer import Address, Answer, Body, Option, Stored, Template
from shared.domain.errors import Permanent
from shared.domain.event import Attachment
from shared.domain.long_text import pieces, utf16

UPLOAD: Final = "upload"
"""In a request: which of the hub's files it names, as `key`, `size`, `mime_type`, and `link` for people where there is
one. No word of the API's."""
LIST_BUTTON: Final = "☰"
"""What opens a list where the answer does not say: a sign, since nobody says in which language it is."""


def render(answer: Answer, to: Address, mark: str) -> list[Body]:
    """The requests that say it, in order, each marked `<mark>:<number from 0>`. The first one quotes.

    A text too long is cut at paragraphs; where a text fits the first file's caption it is that. Choices are buttons,
    else a list, else numbered lines. A file that the hub keeps stands under `upload`, which is no word of the API: who
    sends brings it there first, and puts its id in. Of any other a `provider_id` is its id at WhatsApp, preferred to
    its `url`. Raises `Permanent` for what WhatsApp cannot say, naming what and what it takes instead.
    """
    contents = _free(answer) if answer.template is None else [_template(answer.template)]
    if not contents:
        raise Permanent("an answer with neither text nor file")
    common = {"messaging_product": "whatsapp", "recipient_type": "individual", **_addressed(to)}
    bodies = []
    for number, content in enumerate(contents):
        body = {**common, **content, "biz_opaque_callback_data": _marked(mark, number)}
        if number == 0 and answer.in_reply_to and answer.template is None:
            body["context"] = {"message_id": answer.in_reply_to}
        bodies.append(body)
    return bodies


def _addressed(to: Address) -> dict[str, str]:
    """A phone with its plus sign, or the provider may put the business number's country before it."""
    if to.kind == "whatsapp":
        return {"recipient": to.value}
    digits = to.value.removeprefix("+")
    if to.kind != "phone" or not (digits.isascii() and digits.isdigit()):
        raise Permanent(f"WhatsApp reaches a phone number or its own id of a person, not this {to.kind}")
    return {"to": f"+{digits}"}


def _marked(mark: str, number: int) -> str:
    marked = f"{mark}:{number}"
    if len(marked.encode()) > limits.CALLBACK:
        raise Permanent(f"our own id of the send is longer than {limits.CALLBACK} bytes")
    return marked


def _free(answer: Answer) -> list[Body]:
    text = (answer.text or "").strip()
    files = [_file(each, answer.stored.get(number)) for number, each in enumerate(answer.attachments)]
    if answer.options:
        if not text:
            raise Permanent("choices without a text: WhatsApp shows them below one")
        return [*files, *_choices(text, answer.options, answer.choose or LIST_BUTTON)]
    if files and text and utf16(text) <= limits.CAPTION:
        kind = files[0]["type"]
        if kind in limits.MEDIA and limits.MEDIA[kind].caption:
            files[0][kind]["caption"] = text
            return files
    return [*_texts(text), *files]


def _texts(text: str) -> list[Body]:
    return [_text(piece) for piece in pieces(text, limits.TEXT)]


def _text(text: str) -> Body:
    return {"type": "text", "text": {"body": text, "preview_url": False}}


def _file(file: Attachment, stored: Stored | None) -> Body:
    if file.failed:
        raise Permanent("a file that never came in cannot be sent on")
    if stored is not None:
        return _uploaded(file, stored)
    if file.kind not in limits.MEDIA:
        if file.url:
            return _text(file.url)  # what is shared by its address alone
        raise Permanent(f"WhatsApp cannot send what is a {file.kind} elsewhere")
    _check_file(file)
    where = {"id": file.provider_id} if file.provider_id else {"link": _link(file)}
    if file.kind == "document" and file.filename:
        where["filename"] = file.filename
    return {"type": file.kind, file.kind: where}


def _uploaded(file: Attachment, stored: Stored) -> Body:
    """A file of the hub's, as what WhatsApp takes it for: what fits no kind is a document, what is too large for that a
    link."""
    link = file.url if file.url and file.url.startswith("https://") else None
    mime_type = (stored.mime_type or "application/octet-stream").partition(";")[0].strip().lower()
    kind = limits.kind_of(mime_type, stored.size, is_sticker=file.kind == "sticker")
    if kind is None:
        if link:
            return _text(link)
        raise Permanent(f"a file does not go: WhatsApp takes {limits.MEDIA['document'].called}")
    about: dict[str, Any] = {"key": stored.key, "size": stored.size, "mime_type": mime_type}
    named = {"filename": stored.filename} if kind == "document" and stored.filename else {}
    return {"type": kind, kind: named, UPLOAD: about | ({"link": link} if link else {})}


def _link(file: Attachment) -> str:
    if file.url is None or not file.url.lower().startswith(("https://", "http://")):
        raise Permanent(f"a {file.kind} that is neither uploaded nor at a public address")
    return file.url


def _check_file(file: Attachment) -> None:
    """What is known of it; what is not, the provider judges."""
    takes = limits.MEDIA[file.kind]
    kind = (file.mime_type or "").partition(";")[0].strip().lower()
    largest = limits.STILL_STICKER if file.kind == "sticker" and file.animated is False else takes.largest
    if (kind and kind not in takes.types) or (file.size or 0) > largest:
        raise Permanent(f"this {file.kind} does not go: WhatsApp takes {takes.called}")


def _choices(text: str, options: Sequence[Option], button: str) -> list[Body]:
    if _are_told_apart(options) and _fit_buttons(options):
        return _with_body(text, limits.BUTTON_BODY, _buttons(options))
    if _are_told_apart(options) and _fit_list(options):
        return _with_body(text, limits.LIST_BODY, _list(options, button))
    return _texts("\n\n".join((text, "\n".join(_numbered(options)))))


def _with_body(text: str, limit: int, interactive: dict[str, Any]) -> list[Body]:
    """The end of the text stands above the choices; what is too long for that goes before."""
    *before, last = pieces(text, limits.TEXT)
    *more, body = pieces(last, limit)
    content = {"type": "interactive", "interactive": {**interactive, "body": {"text": body}}}
    return [*map(_text, (*before, *more)), content]


def _are_told_apart(options: Sequence[Option]) -> bool:
    ids, titles = {one.id for one in options}, {one.title.strip() for one in options}
    return len(ids) == len(titles) == len(options) and "" not in ids | titles


def _fit_buttons(options: Sequence[Option]) -> bool:
    return len(options) <= limits.BUTTONS and all(
        one.description is None and utf16(one.title) <= limits.BUTTON_TITLE and len(one.id) <= limits.BUTTON_ID
        for one in options
    )


def _fit_list(options: Sequence[Option]) -> bool:
    return len(options) <= limits.ROWS and all(
        utf16(one.title) <= limits.ROW_TITLE
        and utf16(one.description or "") <= limits.ROW_DESCRIPTION
        and len(one.id) <= limits.ROW_ID
        for one in options
    )


def _buttons(options: Sequence[Option]) -> dict[str, Any]:
    buttons = [{"type": "reply", "reply": {"id": one.id, "title": one.title}} for one in options]
    return {"type": "button", "action": {"buttons": buttons}}


def _list(options: Sequence[Option], button: str) -> dict[str, Any]:
    rows = [
        {"id": one.id, "title": one.title} | ({"description": one.description} if one.description else {})
        for one in options
    ]
    return {"type": "list", "action": {"button": button, "sections": [{"rows": rows}]}}


def _numbered(options: Sequence[Option]) -> list[str]:
    said = ("".join((one.title, f": {one.description}" if one.description else "")) for one in options)
    return [f"{number}. {line}" for number, line in enumerate(said, 1)]


def _template(template: Template) -> Body:
    content: dict[str, Any] = {"name": template.name, "language": {"code": template.language}}
    if parameters := _parameters(template):
        content["components"] = [{"type": "body", "parameters": parameters}]
    return {"type": "template", "template": content}


def _parameters(template: Template) -> list[dict[str, str]]:
    given = template.parameters
    if isinstance(given, Mapping):
        return [{"type": "text", "parameter_name": name, "text": _line(text, name)} for name, text in given.items()]
    return [{"type": "text", "text": _line(text, str(place))} for place, text in enumerate(given, 1)]


def _line(text: str, name: str) -> str:
    """In a template's parameter no line may end and no spaces may run on."""
    line = " ".join(text.split())
    if not line:
        raise Permanent(f"the template's parameter {name} is empty")
    return line
