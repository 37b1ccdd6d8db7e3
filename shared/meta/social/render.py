"""An answer in the words of the Send API: `POST /{version}/{page or account}/messages`. Pure.

A file that the hub keeps is named by its key under `stored`, which is no word of the API: who sends puts an address in
its place. Source: messenger_instagram.md, "Comments", "Sending", "Windows and tags", 2026-11.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from shared.domain.answer import Address, Answer, Body, Option, Stored
from shared.domain.errors import Permanent
from shared.domain.event import Attachment
from shared.domain.long_text import pieces, utf16
from shared.meta.social.limits import METADATA, QUICK_REPLIES, QUICK_REPLY_PAYLOAD, QUICK_REPLY_TITLE, Limits

ON_PUBLIC: Final = {"comment": "comment_id", "post": "post_id"}
"""By which field the author of public words is named, by the kind of address."""
_KINDS: Final = {"image": "image", "sticker": "image", "video": "video", "audio": "audio", "document": "file"}
_LONGEST_QUOTE: Final = 100
_Part = dict[str, Any]


def render(limits: Limits, answer: Answer, to: Address, mark: str) -> list[Body]:
    """The requests that say it, in order, each marked `<mark>:<number from 0>` in its `metadata`. The first one quotes.

    A text too long is cut where a person would cut it, never inside a character. Each file is a message of its own,
    after the text; where there are choices before it, since those stand below the last message. Choices are quick
    replies, else numbered lines. To somebody who wrote in public goes one message of text. Raises `Permanent` for what
    the network cannot say, naming what and what it takes instead.
    """
    if answer.template is not None:
        raise Permanent(f"{limits.network} has no approved templates")
    if to.kind in ON_PUBLIC:
        return [_private_reply(limits, answer, to, mark)]
    if to.kind != limits.channel:
        raise Permanent(f"{limits.network} reaches its own id of a person, not this {to.kind}")
    parts = _parts(limits, answer)
    if not parts:
        raise Permanent("an answer with neither text nor file")
    around = {"recipient": {"id": to.value}, **_type(answer)}
    bodies = []
    for number, part in enumerate(parts):
        stored = {"stored": part.pop("stored")} if "stored" in part else {}
        bodies.append({**around, "message": {**part, "metadata": _marked(mark, number)}, **stored})
    if answer.in_reply_to:
        bodies[0]["reply_to"] = {"mid": answer.in_reply_to}
    return bodies


def _type(answer: Answer) -> dict[str, str]:
    """Within the window an answer; after it only what a person wrote, as such."""
    if answer.permit != "human":
        return {"messaging_type": "RESPONSE"}
    if answer.is_automatic:
        raise Permanent("after 24 hours only a person may answer, no machine")
    return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}


def _marked(mark: str, number: int) -> str:
    marked = f"{mark}:{number}"
    if len(marked) > METADATA:
        raise Permanent(f"our own id of the send is longer than {METADATA} characters")
    return marked


def _private_reply(limits: Limits, answer: Answer, to: Address, mark: str) -> Body:
    text = "\n\n".join(filter(None, [(answer.text or "").strip(), "\n".join(_numbered(answer.options))]))
    if answer.attachments:
        raise Permanent("the first private answer to a comment is text alone: send files once the customer writes back")
    if not text:
        raise Permanent("an answer with neither text nor file")
    if limits.measure(text) > limits.text:
        raise Permanent(f"the first private answer to a comment is one message of at most {limits.text_called}")
    return {
        "recipient": {ON_PUBLIC[to.kind]: to.value},
        "message": {"text": text, "metadata": _marked(mark, 0)},
    }


def _parts(limits: Limits, answer: Answer) -> list[_Part]:
    text = "\n\n".join(filter(None, [_quote(answer.quoted), (answer.text or "").strip()]))
    files = [_file(limits, each, answer.stored.get(number)) for number, each in enumerate(answer.attachments)]
    if not answer.options:
        return [*_texts(limits, text), *files]
    if not (answer.text or "").strip():
        raise Permanent(f"choices without a text: {limits.network} shows them below one")
    if not _fit(answer.options):
        return [*files, *_texts(limits, "\n\n".join((text, "\n".join(_numbered(answer.options)))))]
    texts = _texts(limits, text)
    texts[-1]["quick_replies"] = [
        {"content_type": "text", "title": one.title.strip(), "payload": one.id} for one in answer.options
    ]
    return [*files, *texts]


def _texts(limits: Limits, text: str) -> list[_Part]:
    return [{"text": piece} for piece in pieces(text, limits.text, limits.measure)]


def _quote(words: str | None) -> str:
    """What is answered, in one line, where the network is not to be told its id."""
    line = " ".join((words or "").split())
    if not line:
        return ""
    return f"> {line if utf16(line) <= _LONGEST_QUOTE else pieces(line, _LONGEST_QUOTE)[0] + '…'}"


def _file(limits: Limits, file: Attachment, stored: Stored | None) -> _Part:
    if file.failed:
        raise Permanent("a file that never came in cannot be sent on")
    kind = _KINDS.get(file.kind)
    if kind is None:
        if file.url:
            return {"text": file.url}  # what is shared by its address alone
        raise Permanent(f"{limits.network} cannot send what is a {file.kind} elsewhere")
    _check_file(limits, kind, file, stored)
    if stored:
        named = {"key": stored.key, "mime_type": stored.mime_type or file.mime_type or "application/octet-stream"}
        return {"attachment": {"type": kind, "payload": {}}, "stored": named}
    if file.url is None or not file.url.lower().startswith("https://"):
        name = file.filename or f"this {file.kind}"
        raise Permanent(f"the hub does not have the file {name}, and it has no public address: send a link to it")
    return {"attachment": {"type": kind, "payload": {"url": file.url}}}


def _check_file(limits: Limits, kind: str, file: Attachment, stored: Stored | None) -> None:
    """What is known of it; what is not, the provider judges."""
    takes = limits.files[kind]
    given = ((stored.mime_type if stored else None) or file.mime_type or "").partition(";")[0].strip().lower()
    size = stored.size if stored else file.size or 0
    if size > takes.largest or (given and takes.types is not None and given not in takes.types):
        raise Permanent(f"this {file.kind} does not go: {limits.network} takes {takes.called}")


def _fit(options: Sequence[Option]) -> bool:
    titles, ids = {one.title.strip() for one in options}, {one.id for one in options}
    told_apart = len(titles) == len(ids) == len(options) and "" not in titles | ids
    return told_apart and len(options) <= QUICK_REPLIES and all(map(_fits, options))


def _fits(one: Option) -> bool:
    is_short = utf16(one.title.strip()) <= QUICK_REPLY_TITLE and len(one.id) <= QUICK_REPLY_PAYLOAD
    return is_short and one.description is None


def _numbered(options: Sequence[Option]) -> list[str]:
    said = ("".join((one.title, f": {one.description}" if one.description else "")) for one in options)
    return [f"{number}. {line}" for number, line in enumerate(said, 1)]
