"""Sending by the Cloud API: one request, one outcome.

The API has no idempotency key. A request that may have arrived without our hearing of it is `Lost`, and is never sent
again blindly: the receipt that carries its mark tells. Only what surely did not arrive, or was refused, may go again.
Source: whatsapp.md, "Sending" and "Errors", 2026-11.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from shared.channels.whatsapp import errors
from shared.channels.whatsapp.render import UPLOAD, render
from shared.channels.whatsapp.upload import with_file
from shared.domain.answer import (
    Accepted,
    Address,
    Answer,
    Body,
    Language,
    Later,
    Lost,
    Refused,
    SendOutcome,
    Uploaded,
)
from shared.meta import effects
from shared.meta.graph import GRAPH, VERSION, Exchanges, Tokens, error_in, post, said_by

if TYPE_CHECKING:
    from shared.channels.whatsapp.upload import Uploader
    from shared.http.client import Answer as Heard
    from shared.ports.surroundings import Secrets


NO_FILE: Final = "131053"
"""WhatsApp cannot use the file: it is to be uploaded again."""


class WhatsAppOut:
    """A `WayOut`, with `Uploads`. `secret_of`: by account the name of its secret, whose `access_token` is asked for at
    each send.

    `root`: where the API is; elsewhere only for a stand-in. `uploader`: without it no file of the hub's goes out.
    """

    def __init__(
        self,
        http: Exchanges,
        secrets: Secrets,
        secret_of: Callable[[str], str | None],
        root: str = GRAPH,
        uploader: Uploader | None = None,
    ) -> None:
        self._http = http
        self._tokens = Tokens(secrets, secret_of)
        self._root = root.rstrip("/")
        self._uploader = uploader

    def render(self, answer: Answer, to: Address, mark: str) -> list[Body]:
        """See `render.render`."""
        return render(answer, to, mark)

    def advice(self, code: str, language: Language) -> str:
        """See `errors.advice`."""
        return errors.advice(code, language)

    def upload(self, account: str, body: Body) -> Uploaded | Later | Refused | None:
        """See `upload.Uploader`."""
        if self._uploader is None:
            return Refused("file") if UPLOAD in body else None
        return self._uploader.upload(account, body)

    def with_file(self, body: Body, id_: str) -> Body:
        """See `upload.with_file`."""
        return with_file(body, id_)

    def send(self, account: str, body: Body) -> SendOutcome:
        """One request; a second only where Argentina's test numbers know a phone without its 9. Raises nothing of the
        hub's own errors: they are outcomes too."""
        outcome = self._once(account, body)
        if isinstance(outcome, Refused) and outcome.code == "131030" and str(body.get("to", "")).startswith("+549"):
            shorter = f"+54{body['to'].removeprefix('+549')}"
            again = self._once(account, {**body, "to": shorter})
            if isinstance(again, Accepted):
                return replace(again, learnt=again.learnt or Address("phone", shorter.removeprefix("+")))
        return outcome

    def _once(self, account: str, body: Body) -> SendOutcome:
        url = f"{self._root}/{VERSION}/{account}/messages"
        heard = post(self._http, url, lambda: self._tokens.of(account), body)
        if isinstance(heard, Later | Lost):
            return heard
        return outcome_of(heard, body, self._http.asked_s(heard))


def outcome_of(heard: Heard, body: Body, asked_s: float | None) -> SendOutcome:
    """What an answer means. `asked_s`: how long it asks us to wait."""
    said = said_by(heard)
    if 200 <= heard.status < 300:
        return _accepted(said, body)
    error = error_in(said)
    outcome = effects.outcome_of(heard.status, error, errors.row_of, error.code, asked_s)
    return replace(outcome, file=True) if isinstance(outcome, Later) and outcome.code == NO_FILE else outcome


def _accepted(said: Mapping[str, Any], body: Body) -> SendOutcome:
    """Taken, if it says under which id; else nobody can say."""
    sent = _first(said, "messages").get("id")
    if not isinstance(sent, str) or not sent:
        return Lost("no_id")
    learnt = _first(said, "contacts").get("wa_id")
    asked = str(body.get("to", "")).removeprefix("+")
    is_news = isinstance(learnt, str) and learnt not in ("", asked) and bool(asked)
    return Accepted(sent, Address("phone", str(learnt)) if is_news else None)


def _first(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    several = said.get(name)
    first = several[0] if isinstance(several, list) and several else None
    return first if isinstance(first, dict) else {}
