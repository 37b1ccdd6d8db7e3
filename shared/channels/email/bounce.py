"""Mails that came back, as mails: which answer of ours it was about, for whom, and for how long. Pure.

Standard ones are read by RFC 3464; others by a null return path or a mail system's desk, and the Message-ID of what
came back anywhere in the first 64 KB. SES's own notices about the same are read in `sent_notices.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from shared.channels.email.automation import is_from_mail_system, is_null_return_path
from shared.channels.email.sent_notices import events_of_notice, without_addresses
from shared.domain.address_token import LENGTH

if TYPE_CHECKING:
    from shared.channels.email.mime import Mail, Part

__all__ = ["Action", "Bounce", "BouncedRecipient", "Permanence", "bounce_of", "events_of_notice"]

SCANNED: Final = 64 * 1024
"""Bytes of all parts together in which the original is looked for."""
MOST_RECIPIENTS: Final = 50

Action = Literal["failed", "delayed", "delivered", "relayed", "expanded"]
Permanence = Literal["permanent", "transient", "unknown"]


@dataclass(frozen=True, slots=True)
class BouncedRecipient:
    """`status`: as RFC 3463 writes it, `5.1.1`. `diagnostic`: the mail system's words, without addresses."""

    address: str | None
    action: Action
    status: str | None = None
    diagnostic: str | None = None

    @property
    def permanence(self) -> Permanence:
        first = (self.status or "")[:1]
        return "permanent" if first == "5" else "transient" if first == "4" else "unknown"


@dataclass(frozen=True, slots=True)
class Bounce:
    """`original`: the Message-ID of what came back, without its brackets. `token`: of the case, from the address that
    it was sent from. `is_standard`: it was read by RFC 3464."""

    recipients: tuple[BouncedRecipient, ...]
    original: str | None
    token: str | None
    is_standard: bool

    @property
    def is_failure(self) -> bool:
        """Whether the answer did not arrive: delayed is not failed."""
        return not self.recipients or any(one.action == "failed" for one in self.recipients)


def bounce_of(mail: Mail) -> Bounce | None:
    """What came back; None where the mail is nothing of the kind. Never raises."""
    if recipients := tuple(_recipients(mail)):
        return Bounce(recipients, *_original(mail), is_standard=True)
    if not (is_null_return_path(mail) or is_from_mail_system(mail)) or _is_other_report(mail) or _is_away(mail):
        return None
    original, token = _original(mail)
    if original is None and token is None and not _SUBJECT.match(mail.header("subject") or ""):
        return None
    return Bounce(tuple(_guessed(mail)), original, token, is_standard=False)


_STATUS: Final = ("message/delivery-status", "message/global-delivery-status")
_SUBJECT = re.compile(
    r".{0,40}?(?:undeliver|delivery (?:status|failure|has failed|incomplete|delayed)|mail delivery|returned mail"
    r"|failure notice|message (?:not|could not be) delivered"
    r"|no se (?:pudo|ha podido|puede) entregar|no entregad"
    r"|correo devuelto|mensaje devuelto|error (?:de|en la) entrega|fallo (?:de|en la) entrega|devuelto al remitente"
    r"|n[aã]o (?:foi )?entregue|n[aã]o p[oô]de ser entregue|falha na entrega|mensagem devolvida"
    r"|notifica[cç][aã]o de falha)",
    re.IGNORECASE,
)
_DELAYED = re.compile(
    r"\b(?:delayed|will (?:be retried|retry|continue)|warning: message|still being retried|retras|demorad|atrasad"
    r"|se seguir[aá] intentando|continuar[aá] (?:a tentar|tentando))",
    re.IGNORECASE,
)
_MESSAGE_ID = re.compile(
    r"^[>|\s]*(?:x-)?(?:original-)?message-id\s*:\s*<([^<>\s]{1,900})>", re.IGNORECASE | re.MULTILINE
)
_TOKEN = re.compile(rf"\+([a-z2-7]{{{LENGTH}}})@", re.IGNORECASE)
_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.])([45])\d\d[ -](?!\d)")
_ADDRESS = re.compile(r"[^\s<>@\"'(),;:]{1,64}@[^\s<>@\"'(),;:]{1,255}")
_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,60})\s*:\s*(.*)")


def _is_other_report(mail: Mail) -> bool:
    """That somebody read a mail, or complained about it."""
    kinds = {part.mime_type for part in mail.parts}
    return not kinds.isdisjoint(("message/disposition-notification", "message/feedback-report"))


def _is_away(mail: Mail) -> bool:
    """Vacation notices come with a null return path as well, and name the mail that they answer."""
    is_person = not is_from_mail_system(mail) and not _SUBJECT.match(mail.header("subject") or "")
    tools = ("x-autoreply", "x-autorespond", "x-auto-response-suppress", "in-reply-to")
    return is_person and any(mail.undecoded(name) for name in tools)


def _recipients(mail: Mail) -> Iterator[BouncedRecipient]:
    """Each recipient of the report; groups that ran together are parted where the next recipient begins."""
    count = 0
    for part in mail.parts:
        if part.mime_type not in _STATUS:
            continue
        for group in _groups(part.content[:SCANNED].decode("utf-8", "replace")):
            if ("final-recipient" in group or "original-recipient" in group) and count < MOST_RECIPIENTS:
                count += 1
                yield _recipient(group)


def _groups(text: str) -> Iterator[dict[str, str]]:
    group: dict[str, str] = {}
    last = ""
    for line in text.splitlines():
        if line[:1] in (" ", "\t") and last:
            group[last] += " " + line.strip()
        elif field := _FIELD.match(line):
            last = field[1].lower()
            if last in group and last in ("final-recipient", "original-recipient"):
                yield group
                group = {}
            group.setdefault(last, field[2].strip())
        elif not line.strip() and group:
            yield group
            group, last = {}, ""
    if group:
        yield group


def _recipient(group: dict[str, str]) -> BouncedRecipient:
    address = _ADDRESS.search(group.get("final-recipient", "")) or _ADDRESS.search(group.get("original-recipient", ""))
    status = _ENHANCED.search(group.get("status", "")) or _ENHANCED.search(group.get("diagnostic-code", ""))
    return BouncedRecipient(
        address=address[0] if address else None,
        action=_action(group.get("action", ""), status[1] if status else ""),
        status=status[0] if status else None,
        diagnostic=without_addresses(group.get("diagnostic-code")),
    )


def _action(word: str, status_class: str) -> Action:
    """As stated; where it is not, what the status says."""
    known: dict[str, Action] = {
        "failed": "failed",
        "delayed": "delayed",
        "delivered": "delivered",
        "relayed": "relayed",
        "expanded": "expanded",
    }
    by_status: dict[str, Action] = {"2": "delivered", "4": "delayed"}
    return known.get(word.split(" ")[0].strip(";,").lower()) or by_status.get(status_class, "failed")


def _original(mail: Mail) -> tuple[str | None, str | None]:
    """Message-ID and token of what came back: of the mail inside if there is one, else wherever they are written."""
    inside = [
        part for part in mail.parts if part.mime_type in ("message/rfc822", "text/rfc822-headers", "message/global")
    ]
    ids, tokens = [], []
    for text in _texts([*inside, *(part for part in mail.parts if part not in inside)]):
        ids += _MESSAGE_ID.findall(text)
        tokens += _TOKEN.findall(text)
    ids += [found for value in mail.undecoded("in-reply-to") for found in re.findall(r"<([^<>\s]+)>", value)]
    tokens += [
        found
        for name in ("to", "delivered-to", "x-original-to")
        for found in _TOKEN.findall(" ".join(mail.undecoded(name)))
    ]
    own = " ".join(mail.undecoded("message-id"))
    return next((one for one in ids if f"<{one}>" not in own), None), next((one.lower() for one in tokens), None)


def _texts(parts: list[Part]) -> Iterator[str]:
    left = SCANNED
    for part in parts:
        if left <= 0:
            return
        yield part.content[:left].decode("utf-8", "replace")
        left -= len(part.content)


def _guessed(mail: Mail) -> Iterator[BouncedRecipient]:
    """What a bounce of no standard says of whom: each named recipient, else the one that is written in it."""
    text = "\n".join(_texts([part for part in mail.parts if part.mime_type.startswith("text/")]))
    text = _MESSAGE_ID.sub("", text)
    enhanced, reply = _ENHANCED.search(text), _REPLY.search(text)
    status = enhanced[0] if enhanced else f"{reply[1]}.0.0" if reply else None
    is_delayed = _DELAYED.search(mail.header("subject") or "") is not None or (status or "")[:1] == "4"
    named = _ADDRESS.findall(" ".join(mail.undecoded("x-failed-recipients"))) or _ADDRESS.findall(text)[:1]
    action: Action = "delayed" if is_delayed else "failed"
    for address in named[:MOST_RECIPIENTS] or [None]:
        yield BouncedRecipient(address, action, status)
