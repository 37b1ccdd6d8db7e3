"""What the stand-ins beside an embedded hub share: they answer for the accounts that have no token of their own."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from shared.ports.channels import WayOut

if TYPE_CHECKING:
    from shared.domain.answer import Address, Answer, Body, Language, SendOutcome

Way = TypeVar("Way", bound=WayOut)

Handler = Callable[[dict[str, Any], Any], Any]


class EitherWay(Generic[Way]):
    """A `WayOut`: real for accounts that have a token, else played."""

    def __init__(self, real: Way, played: Way, has_token: Callable[[str], bool]) -> None:
        self._real = real
        self._played = played
        self._has_token = has_token

    def render(self, answer: Answer, to: Address, mark: str) -> list[Body]:
        return self._real.render(answer, to, mark)

    def send(self, account: str, body: Body) -> SendOutcome:
        return self._of(account).send(account, body)

    def advice(self, code: str, language: Language) -> str:
        return self._real.advice(code, language)

    def _of(self, account: str) -> Way:
        return self._real if self._has_token(account) else self._played


class OneToken:
    """The secrets of an account that is played: whichever account asks."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get(self, name: str) -> dict[str, Any]:  # noqa: ARG002
        return {"access_token": self._token}


def watching(handler: Handler, saw: Callable[[dict[str, Any], bytes], object]) -> Handler:
    """A webhook's handler; `saw` gets the request, and the body of each delivery that it took."""

    def watched(event: dict[str, Any], context: Any) -> Any:
        answer = handler(event, context)
        if isinstance(answer, dict) and answer.get("statusCode") == 200:
            body = event.get("body") or ""
            saw(event, b64decode(body) if event.get("isBase64Encoded") else body.encode("utf-8", "replace"))
        return answer

    return watched
