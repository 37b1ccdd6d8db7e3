"""Files as WhatsApp keeps them: an id, a link to it for five minutes, the bytes for whoever shows the token."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import HTTP
from typing import Any, Final
from uuid import uuid4

LINK_S: Final = 300.0
ID_S: Final = 7 * 86_400.0
"""Of a file that a person sent; one that was uploaded lives 30 days, which no test waits for."""
KEPT_BYTES: Final = 256 * 1024 * 1024
"""The oldest files go when there are more."""


@dataclass(frozen=True, slots=True)
class Kept:
    content: bytes
    mime_type: str
    filename: str | None
    at: float


class Shelf:
    """Files by id. Threads may share it. `url`: where the links lie."""

    def __init__(self, clock: Callable[[], float], new_id: Callable[[], str] = lambda: str(uuid4().int)[:16]) -> None:
        self.url = ""
        self._clock = clock
        self._new_id = new_id
        self._files: OrderedDict[str, Kept] = OrderedDict()
        self._links: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def put(self, content: bytes, mime_type: str, filename: str | None = None) -> dict[str, Any]:
        """What a message says of it: `id`, `mime_type`, `sha256`, `filename` where it has one."""
        with self._lock:
            id_ = self._new_id()
            self._files[id_] = Kept(content, mime_type, filename, self._clock())
            while sum(len(one.content) for one in self._files.values()) > KEPT_BYTES:
                self._files.popitem(last=False)
        return {"id": id_, **_described(self._files[id_])}

    def about(self, id_: str) -> dict[str, Any] | None:
        """`GET /{version}/{id}`: with a new link."""
        with self._lock:
            kept = self._kept(id_)
            if kept is None:
                return None
            name = uuid4().hex
            self._links = {link: held for link, held in self._links.items() if held[1] > self._clock()}
            self._links[name] = id_, self._clock() + LINK_S
            size = len(kept.content)
        said = {
            "messaging_product": "whatsapp",
            "url": f"{self.url}/stand-in/file/{name}",
            "file_size": size,
            "id": id_,
        }
        return said | {"mime_type": kept.mime_type, "sha256": hashlib.sha256(kept.content).hexdigest()}

    def behind(self, link: str) -> Kept | None:
        """The file that a link leads to, while it does."""
        with self._lock:
            id_, until = self._links.get(link, ("", 0.0))
            return self._kept(id_) if until > self._clock() else None

    def kept(self, id_: str) -> Kept | None:
        """The file of this id."""
        with self._lock:
            return self._kept(id_)

    def _kept(self, id_: str) -> Kept | None:
        kept = self._files.get(id_)
        return kept if kept is not None and kept.at + ID_S > self._clock() else None


def _described(kept: Kept) -> dict[str, Any]:
    hashed = base64.b64encode(hashlib.sha256(kept.content).digest()).decode("ascii")
    said = {"mime_type": kept.mime_type, "sha256": hashed}
    return said | ({"filename": kept.filename} if kept.filename else {})


def uploaded(content_type: str, body: bytes) -> tuple[bytes, str, str | None] | None:
    """Content, type and name of the `file` in a form that is an upload of WhatsApp's; None for any other."""
    form = message_from_bytes(b"content-type: " + content_type.encode() + b"\r\n\r\n" + body, policy=HTTP)
    if not form.is_multipart():
        return None
    fields = {str(part.get_param("name", header="content-disposition")): part for part in form.iter_parts()}
    file, product = fields.get("file"), fields.get("messaging_product")
    if file is None or product is None or product.get_payload(decode=True) != b"whatsapp":
        return None
    content = file.get_payload(decode=True)
    return (content, file.get_content_type(), file.get_filename()) if isinstance(content, bytes) else None


_WORD: Final = "application/vnd.openxmlformats-officedocument."
TAKEN: Final = {
    **dict.fromkeys(("image/jpeg", "image/png"), 5),
    **dict.fromkeys(("video/mp4", "video/3gpp"), 100),
    **dict.fromkeys(("audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"), 100),
    **dict.fromkeys(("text/plain", "application/pdf", "application/msword"), 100),
    **dict.fromkeys(("application/vnd.ms-excel", "application/vnd.ms-powerpoint"), 100),
    f"{_WORD}wordprocessingml.document": 100,
    f"{_WORD}spreadsheetml.sheet": 100,
    f"{_WORD}presentationml.presentation": 100,
    "image/webp": 0.5,
}
"""Types that are taken, and how many megabytes of each: as what a file goes is said only by the message."""


def fault_of(content: bytes, mime_type: str) -> str | None:
    """Why an upload is not taken; None for one that is."""
    most = TAKEN.get(mime_type)
    if most is None:
        return f"Param file must be a file with one of the following types: {', '.join(TAKEN)}."
    return "Media size is too large" if len(content) > most * 1024 * 1024 else None
