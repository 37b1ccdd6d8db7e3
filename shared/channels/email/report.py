"""A report of the hub's own to one of the staff: a page, the same as text, and a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.channels.email.compose import compose
from shared.channels.email.send import posted
from shared.domain.answer import Body, SendOutcome

if TYPE_CHECKING:
    from shared.ports.mail import Mailer


def send_report(
    mailer: Mailer,
    install: str,
    company: str | None,
    *,
    sender: str,
    to: str,
    subject: str,
    text: str,
    html: str,
    file: tuple[str, bytes],
) -> SendOutcome:
    """One request, never repeated. No machine is to answer it. Raises nothing of the hub's own errors."""
    name, content = file
    files = [{"filename": name, "mime_type": "text/csv"}]
    body: Body = {
        "to": to, "name": None, "token": None, "subject": subject, "in_reply_to": None, "references": [],
        "text": text, "html": html, "files": files, "is_automatic": True,
    }  # fmt: skip
    mail = compose(body, sender, company, install, [content])
    return posted(mailer, mail, sender=sender, to=to, tags={})
