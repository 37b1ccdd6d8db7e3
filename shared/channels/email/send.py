"""Sending by Amazon SES: one mail, one outcome.

`SendEmail` has no idempotency key. A request that may have arrived without our hearing of it is `Lost`, and is never
sent again blindly: what SES tells of the mail carries its tags. Source: email.md §10, 2026-11.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from shared.channels.email import advice as advices
from shared.channels.email.compose import compose
from shared.channels.email.render import render
from shared.domain.answer import Accepted, Address, Answer, Body, Language, Later, Lost, Refused, SendOutcome
from shared.domain.errors import HubError, Misconfigured, Transient, Unsent

if TYPE_CHECKING:
    from shared.ports.mail import Mailer, MailSaid

LARGEST: Final = 40_000_000
"""Bytes of a whole mail that SES takes, in its Base64 (40 MB)."""
QUOTA_S: Final = 3600.0
"""Before it is looked whether the last 24 hours' quota has room again."""

_THROTTLED: Final = frozenset(
    {"TooManyRequestsException", "Throttling", "ThrottlingException", "LimitExceededException", "RequestThrottled"}
)
_PASSING: Final = frozenset({"InternalServiceErrorException", "InternalServiceError", "InternalFailure"}) | {
    "InternalError",
    "InternalServerError",
    "ServiceUnavailable",
    "ServiceUnavailableException",
}
_STOPPED: Final = frozenset({"AccountSuspendedException", "SendingPausedException"})
_REFUSED: Final = frozenset(
    {"MessageRejected", "BadRequestException", "MailFromDomainNotVerifiedException", "NotFoundException"}
)
_CREDENTIALS: Final = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "NotAuthorized",
        "OptInRequired",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)


class EmailOut:
    """A `WayOut`. `token_of`: the token of a case for Reply-To, None without keys. `company_of`: by mailbox, what
    customers read beside the agent's name. `content`: a file's bytes by its key. `install`: an id of this hub."""

    def __init__(
        self,
        mailer: Mailer,
        token_of: Callable[[str], str | None],
        company_of: Callable[[str], str | None],
        content: Callable[[str], bytes | None],
        install: str,
    ) -> None:
        self._mailer = mailer
        self._token_of = token_of
        self._company_of = company_of
        self._content = content
        self._install = install

    def render(self, answer: Answer, to: Address, mark: str) -> list[Body]:
        """See `render.render`."""
        return render(answer, to, mark, self._token_of(answer.case) if answer.case else None)

    def advice(self, code: str, language: Language) -> str:
        """See `advice.advice`."""
        return advices.advice(code, language)

    def send(self, account: str, body: Body) -> SendOutcome:
        """One request. Raises nothing of the hub's own errors: they are outcomes too."""
        try:
            contents = [self._content(file["key"]) for file in body["files"]]
        except HubError:
            return Later("files_unreached")
        held = [content for content in contents if content is not None]
        if len(held) < len(contents):
            return Refused("file_gone")
        mail = compose(body, account, self._company_of(account), self._install, held)
        if len(mail) > LARGEST:
            return Refused("too_large")
        return posted(self._mailer, mail, sender=account, to=body["to"], tags=body["tags"])


def posted(mailer: Mailer, mail: bytes, *, sender: str, to: str, tags: Mapping[str, str]) -> SendOutcome:
    """One request, never repeated. Raises nothing of the hub's own errors: they are outcomes too."""
    try:
        return outcome_of(mailer.send(mail, sender=sender, to=to, tags=tags))
    except Unsent:
        return Later("unreached")
    except Transient:
        return Lost("no_answer")
    except Misconfigured:
        return Later("credentials", whole_account=True, stops=True)


def outcome_of(said: MailSaid) -> SendOutcome:
    """What an answer means: the sheet's table of errors."""
    if 200 <= said.status < 300:
        return Accepted(said.id) if said.id else Lost("no_id")
    words = said.message.lower()
    if "daily message quota" in words:
        return Later("daily_quota", QUOTA_S, whole_account=True)
    if said.code in _THROTTLED or said.status == 429 or "maximum sending rate" in words:
        return Later(said.code or "throttled", whole_account=True)
    if "email address is not verified" in words:
        return Refused("not_verified")
    for codes, outcome in _BY_CODE:
        if said.code in codes:
            return outcome(said)
    return _without_code(said)


def _without_code(said: MailSaid) -> SendOutcome:
    """What nobody has described: a failure leaves open what was done, a refusal does not."""
    if said.status >= 500:
        return Lost(said.code or f"http_{said.status}")
    if said.status in (401, 403):
        return Later("credentials", whole_account=True, stops=True)
    return Refused(said.code or f"http_{said.status}", said.message or None)


def _stopped(said: MailSaid) -> SendOutcome:
    return Later(said.code, whole_account=True, stops=True)


def _credentials(_: MailSaid) -> SendOutcome:
    return Later("credentials", whole_account=True, stops=True)


def _passing(said: MailSaid) -> SendOutcome:
    return Later(said.code)


def _refused(said: MailSaid) -> SendOutcome:
    return Refused(said.code, said.message or None)


_BY_CODE: Final[tuple[tuple[frozenset[str], Callable[[MailSaid], SendOutcome]], ...]] = (
    (_STOPPED, _stopped),
    (_CREDENTIALS, _credentials),
    (_PASSING, _passing),
    (_REFUSED, _refused),
)
