"""Files of answers, brought to WhatsApp before the message that names them: `POST /{phone number id}/media`.

An upload delivers nothing, so it may be repeated; its id lives 30 days. Source: whatsapp.md, "Media", 2026-11.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final, Protocol

from shared.channels.whatsapp import errors, limits
from shared.channels.whatsapp.render import UPLOAD
from shared.domain.answer import Body, Later, Lost, Refused, Uploaded
from shared.domain.errors import HubError, Misconfigured, Transient
from shared.domain.long_text import pieces
from shared.domain.media_names import ENDINGS
from shared.http.form import FileChanged, FileForm
from shared.meta import effects
from shared.meta.graph import GRAPH, VERSION, Tokens, error_in, said_by

if TYPE_CHECKING:
    from shared.http.client import Answer as Heard
    from shared.ports.surroundings import Secrets

AS_LINK: Final = ""
"""Instead of an id: WhatsApp does not take the file, which goes as a link."""
TIMEOUT_S: Final = 30.0

Piece = Callable[[str, int, int], bytes | None]
"""By a file's key, from which byte on, and how many: as `Files.piece`."""


class Brings(Protocol):
    """As `shared.http.client.Client` does."""

    def exchange(
        self, method: str, url: str, *, headers: Mapping[str, str], body: FileForm, timeout_s: float
    ) -> Heard: ...

    def asked_s(self, answer: Heard) -> float | None: ...


class Uploader:
    """`secret_of`: by account the name of its secret. `root`: where the API is; elsewhere only for a stand-in.
    `boundary`: draws what no file holds."""

    def __init__(
        self,
        http: Brings,
        secrets: Secrets,
        secret_of: Callable[[str], str | None],
        piece: Piece,
        root: str = GRAPH,
        boundary: Callable[[], str] = token_hex,
    ) -> None:
        self._http = http
        self._tokens = Tokens(secrets, secret_of)
        self._piece = piece
        self._boundary = boundary
        self._root = root.rstrip("/")

    def upload(self, account: str, body: Body) -> Uploaded | Later | Refused | None:
        """Bring the file of a request there; None for one that has none. Raises nothing of the hub's own errors."""
        file = body.get(UPLOAD)
        if file is None:
            return None
        try:
            return self._outcome(account, file)
        except Misconfigured:
            return Later("no_token", whole_account=True, stops=True)
        except HubError:
            return Later("unreached")
        except FileChanged:
            return Refused("file_gone")

    def _outcome(self, account: str, file: Mapping[str, Any]) -> Uploaded | Later | Refused:
        key, mime_type = file["key"], file["mime_type"]
        form = FileForm(
            {"messaging_product": "whatsapp", "type": mime_type},
            f"file.{ENDINGS.get(mime_type, 'bin')}",
            mime_type,
            file["size"],
            lambda at, length: self._piece(key, at, length),
            self._boundary(),
        )
        headers = {"authorization": f"Bearer {self._tokens.of(account)}", "content-type": form.content_type}
        url = f"{self._root}/{VERSION}/{account}/media"
        heard = self._http.exchange("POST", url, headers=headers, body=form, timeout_s=TIMEOUT_S)
        said = said_by(heard)
        if 200 <= heard.status < 300:
            id_ = said.get("id")
            if isinstance(id_, str) and id_:
                return Uploaded(id_)
            raise Transient("WhatsApp took a file, and gave no id")
        error = error_in(said)
        meant = effects.outcome_of(heard.status, error, errors.row_of, error.code, self._http.asked_s(heard))
        if isinstance(meant, Refused):
            return Uploaded(AS_LINK) if file.get("link") else Refused("file", meant.detail)
        return Later(meant.code) if isinstance(meant, Lost) else meant  # type: ignore[return-value]


def with_file(body: Body, id_: str) -> Body:
    """The request that names the file by its id; for `AS_LINK` one that says where it is, in words."""
    file = body[UPLOAD]
    asked = {name: value for name, value in body.items() if name != UPLOAD}
    kind = asked["type"]
    if id_ != AS_LINK:
        return {**asked, kind: {"id": id_, **asked[kind]}}
    text = "\n\n".join(filter(None, [asked.pop(kind).get("caption"), file["link"]]))
    [said, *_] = pieces(text, limits.TEXT)
    return {**asked, "type": "text", "text": {"body": said, "preview_url": False}}
