"""Whether the hub may send from a mailbox: what SES says of the account and of the identity.

Source: SES API v2 reference, `GetAccount` and `GetEmailIdentity`, 2026-11.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from shared.domain.errors import HubError
from shared.domain.held import Checked

if TYPE_CHECKING:
    from shared.ports.mail import Mailer


class EmailSetup:
    """One mailbox. `played`: a stand-in takes its mails, as in the embedded run."""

    def __init__(self, mailer: Mailer | None, mailbox: str, *, played: bool = False) -> None:
        self._mailer = mailer
        self._mailbox = mailbox
        self._played = played

    def check(self, *, mend: bool) -> list[Checked]:  # noqa: ARG002  SES is set up by its owner
        """See `Setup.check`. 2 requests, 3 where the domain is verified rather than the mailbox."""
        if self._played or self._mailer is None:
            return [Checked("SES", ok=None, detail="a stand-in answers here")]
        found: list[Checked] = []
        try:
            found += _account(self._mailer)
            found += _identity(self._mailer, self._mailbox)
        except HubError as error:
            found.append(Checked("SES", ok=False, detail=error.reason, todo="ask again, or mend the role"))
        return found


def _account(mailer: Mailer) -> Iterator[Checked]:
    said = mailer.account()
    can_send = said.get("SendingEnabled") is True
    todo = "" if can_send else "see the account's health in the SES console: sending is paused there"
    health = str(said.get("EnforcementStatus") or "unknown")
    yield Checked("SES sends", ok=can_send, detail=f"health {health}", todo=todo)
    is_out = said.get("ProductionAccessEnabled") is True
    todo = "" if is_out else "request production access: until then only verified addresses get mail"
    quota = said.get("SendQuota")
    quota = quota if isinstance(quota, dict) else {}
    sent, most = quota.get("SentLast24Hours", 0), quota.get("Max24HourSend", 0)
    yield Checked("out of the sandbox", ok=is_out, detail=f"{sent:g} of {most:g} mails in 24 hours", todo=todo)


def _identity(mailer: Mailer, mailbox: str) -> Iterator[Checked]:
    names = (mailbox, mailbox.rpartition("@")[2])
    found = next((one for one in map(mailer.identity, names) if one is not None), None)
    if found is None:
        todo = "create an identity for its domain in SES and put its DKIM records into the DNS"
        yield Checked("mailbox to send from", ok=False, detail="neither it nor its domain is known", todo=todo)
        return
    is_verified = found.get("VerifiedForSendingStatus") is True
    todo = "" if is_verified else "put the DKIM records that SES shows into the DNS"
    yield Checked("mailbox to send from", ok=is_verified, todo=todo)
    signs = found.get("DkimAttributes")
    status = str(signs.get("Status")) if isinstance(signs, dict) else "unknown"
    todo = "" if status == "SUCCESS" else "turn on DKIM for the identity: without it mails land among spam"
    yield Checked("DKIM", ok=status == "SUCCESS", detail=status.lower(), todo=todo)
