"""Whether a machine wrote a mail, and whether a machine of ours may answer it. Pure.

One row of the table for each sign, so that two machines never answer each other and no word of a person is taken for
a machine's. Sources: RFC 3834; RFC 5230, 4.6; MS-OXCMAIL, 2.2.3.2.14.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from shared.channels.email.addresses import listed
from shared.domain.identity import email_flags

if TYPE_CHECKING:
    from shared.channels.email.mime import Mail

LOOP_HEADER: Final = "X-Hub-Loop"
"""Every mail that the hub sends carries the id of its installation here."""

Effect = Literal["loop", "auto", "bulk", "silent", "weak"]
"""`loop`: we wrote it. `auto`: a machine wrote it. `bulk`: written to many. `silent`: nothing automatic is to answer.
`weak`: means `auto` only next to another sign."""


@dataclass(frozen=True, slots=True)
class Automation:
    """`is_auto`: no person wrote it: it never reopens or counts as a first contact. `is_bulk`: it went to many.
    `answers`: it may be answered automatically. `is_loop`: it is our own. `reason`: the first sign that said so."""

    is_auto: bool
    is_bulk: bool
    answers: bool
    is_loop: bool
    reason: str | None


def automation(mail: Mail, *, install: str | None = None, own: Collection[str] = ()) -> Automation:
    """What the signs on a mail say together.

    `install`: the id that our own mails carry. `own`: the hub's own addresses, canonical.
    """
    found = [(effect, reason) for reason, effect, is_there in _SIGNS if is_there(mail)]
    if _is_own(mail, install, own):
        found.insert(0, ("loop", "own_mail"))
    effects = {effect for effect, _ in found}
    is_auto = "auto" in effects or ("weak" in effects and len(effects) > 1)
    reason = next((why for effect, why in found if effect != "weak" or len(found) == 1 or is_auto), None)
    is_quiet = bool(effects - {"weak"})
    return Automation(is_auto, "bulk" in effects, not (is_quiet or is_auto), "loop" in effects, reason)


def is_null_return_path(mail: Mail) -> bool:
    """Whether it was sent from `<>`: nothing that answers it arrives anywhere."""
    return any(value.strip() == "<>" for value in mail.undecoded("return-path"))


def is_from_mail_system(mail: Mail) -> bool:
    """Whether a mail server's own desk sent it."""
    return any(local in _SYSTEM for local in _locals(mail, "return-path", "from"))


_SYSTEM: Final = frozenset(("mailer-daemon", "mailer_daemon", "mailerdaemon", "postmaster"))
_BULK: Final = frozenset(("bulk", "junk", "list"))
_SUPPRESSED: Final = frozenset(("all", "oof", "autoreply", "dr"))
_TOOLS: Final = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-response")
_TO_MANY: Final = ("list-id", "list-unsubscribe", "feedback-id")
_AWAY = re.compile(
    r"\s*(?:respuesta autom[aá]tica|respuesta de ausencia|fuera de (?:la )?oficina|ausente de la oficina"
    r"|resposta autom[aá]tica|aus[eê]ncia tempor[aá]ria|fora do escrit[oó]rio|mensagem de aus[eê]ncia"
    r"|automatic reply|auto-?reply|auto-?response|out of (?:the )?office)",
    re.IGNORECASE,
)


def _locals(mail: Mail, *names: str) -> list[str]:
    """What stands before the @ in the addresses of these headers."""
    found = [address.spec for name in names for address in listed(mail.undecoded(name))]
    return [spec.partition("@")[0].lower() for spec in found]


def _words(mail: Mail, *names: str) -> set[str]:
    """The words of these headers, small."""
    return {word for name in names for value in mail.undecoded(name) for word in re.split(r"[\s,;]+", value.lower())}


def _is_submitted(mail: Mail) -> bool:
    """`no`, with whatever parameters or comment, is what a person's program says."""
    said = [re.split(r"[;(]", value)[0].strip().lower() for value in mail.undecoded("auto-submitted")]
    return any(word not in ("", "no") for word in said)


def _is_calendar_reply(mail: Mail) -> bool:
    return any(
        part.mime_type == "text/calendar" and part.parameters.get("method", "").lower() == "reply"
        for part in mail.parts
    )


def _has_any(mail: Mail, names: Collection[str]) -> bool:
    return any(value.strip() for name in names for value in mail.undecoded(name))


def _is_no_reply(mail: Mail) -> bool:
    found = [address.canonical for address in listed(mail.undecoded("from"))]
    return any(one is not None and "no_reply" in email_flags(one.value) for one in found)


_SIGNS: Final[tuple[tuple[str, Effect, Callable[[Mail], bool]], ...]] = (
    ("null_return_path", "auto", is_null_return_path),
    ("mail_system", "auto", is_from_mail_system),
    ("report", "auto", lambda mail: mail.mime_type == "multipart/report"),
    ("auto_submitted", "auto", _is_submitted),
    ("autoresponder", "auto", lambda mail: _has_any(mail, _TOOLS)),
    ("precedence_auto_reply", "auto", lambda mail: "auto_reply" in _words(mail, "precedence", "x-precedence")),
    ("calendar_reply", "auto", _is_calendar_reply),
    ("precedence_bulk", "bulk", lambda mail: bool(_BULK & _words(mail, "precedence", "x-precedence"))),
    ("mailing_list", "bulk", lambda mail: _has_any(mail, _TO_MANY)),
    ("asks_for_silence", "silent", lambda mail: bool(_SUPPRESSED & _words(mail, "x-auto-response-suppress"))),
    ("no_reply_address", "silent", _is_no_reply),
    ("away_subject", "weak", lambda mail: _AWAY.match(mail.header("subject") or "") is not None),
)
"""The name of each sign, what it means, and how it is seen. The first that is seen gives the reason."""


def _is_own(mail: Mail, install: str | None, own: Collection[str]) -> bool:
    """Another installation's mark is another company's: a person there may have written it."""
    if install is not None and any(value.strip() == install for value in mail.undecoded(LOOP_HEADER)):
        return True
    found = [address.canonical for address in listed(mail.undecoded("from"))]
    return any(one is not None and one.value in own for one in found)
