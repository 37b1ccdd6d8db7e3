"""What reviews are sent with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from shared.bootstrap.channels import mailer
from shared.bootstrap.engine import clock, config, files, table

if TYPE_CHECKING:
    from shared.application.reviews import Mail
    from shared.domain.answer import SendOutcome


def send_reviews() -> int:
    """Send the reviews that are due; how many mails were taken. Nothing is loaded, and nothing read, where none is
    configured."""
    if not config().reviews:
        return 0
    from shared.application.reviews import Sending, send_due

    now = datetime.fromtimestamp(int(clock()()), UTC)
    return send_due(Sending(table(), files(), config(), _post, now))


def _post(mail: Mail) -> SendOutcome:
    from shared.channels.email.report import send_report
    from shared.channels.email.way_out import install_of

    account = config().account("email", mail.sender)
    return send_report(
        mailer(),
        install_of(config()),
        account.display_name if account else None,
        sender=mail.sender,
        to=mail.to,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        file=mail.file,
    )
