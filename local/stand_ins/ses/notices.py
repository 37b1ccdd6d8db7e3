"""What SES tells of mails that it took, as a configuration set's event destination puts it on SNS: in any order, at
least once, from a thread of its own."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from local.stand_ins.teller import Teller, mixed

if TYPE_CHECKING:
    from local.stand_ins.ses.behaviour import Behaviour
    from local.stand_ins.ses.provider import Delivered

Deliver: TypeAlias = Callable[[str], object]
"""Takes one message of the topic (SNS's own JSON around SES's event)."""


class Notices(Teller[str]):
    """Nothing is told before `start`."""

    def __init__(self, deliver: Deliver, chance: random.Random | None = None) -> None:
        super().__init__("ses-notices")
        self._deliver = deliver
        self._chance = chance or random.Random()  # noqa: S311  an order, no secret

    def tell(self, mail: Delivered, kinds: Sequence[str], behaviour: Behaviour) -> None:
        """Queue the events of one mail, in the order and as often as the behaviour says."""
        for kind in mixed(kinds, behaviour, self._chance):
            self._put(on_topic(event_of(mail, kind)))

    def _tell(self, one: str) -> None:
        self._deliver(one)


def on_topic(event: Mapping[str, Any]) -> str:
    """As SNS hands a message of a topic to a queue."""
    return json.dumps({"Type": "Notification", "Message": json.dumps(event)})


def event_of(mail: Delivered, kind: str) -> dict[str, Any]:
    """One event, by its type, of one mail."""
    at = datetime.fromtimestamp(mail.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    about = {
        "timestamp": at,
        "source": mail.sender,
        "messageId": mail.id,
        "destination": list(mail.to),
        "headersTruncated": False,
        "commonHeaders": {"from": [mail.sender], "to": list(mail.to), "messageId": mail.id, "subject": mail.subject},
        "tags": {"ses:configuration-set": ["hub"], **{name: [value] for name, value in mail.tags.items()}},
    }
    return {"eventType": kind, "mail": about, **_part(mail, kind, at)}


def _part(mail: Delivered, kind: str, at: str) -> dict[str, Any]:
    whom = [{"emailAddress": address} for address in mail.to]
    match kind:
        case "Delivery":
            said = {"timestamp": at, "recipients": list(mail.to), "smtpResponse": "250 ok", "reportingMTA": "a.example"}
            return {"delivery": said}
        case "Bounce":
            said = {"bounceType": "Permanent", "bounceSubType": mail.bounces or "General", "timestamp": at}
            failed = {"action": "failed", "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 unknown user"}
            return {
                "bounce": {**said, "feedbackId": f"fb-{mail.id}", "bouncedRecipients": [one | failed for one in whom]}
            }
        case "Complaint":
            said = {"timestamp": at, "feedbackId": f"fc-{mail.id}", "complaintFeedbackType": "abuse"}
            return {"complaint": {**said, "complainedRecipients": whom}}
        case "Reject":
            return {"reject": {"reason": "Bad content"}}
        case _:
            return {kind[:1].lower() + kind[1:]: {}}
