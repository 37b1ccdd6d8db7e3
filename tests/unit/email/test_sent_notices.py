"""What SES says became of our mails: one receipt for each recipient, the same id however it is told."""

from __future__ import annotations

from typing import Any

import pytest

from shared.channels.email.bounce import events_of_notice
from shared.domain.errors import Malformed
from shared.domain.event import Event

MAIL: dict[str, Any] = {
    "messageId": "0100exampleid",
    "timestamp": "2026-11-16T15:20:00.000Z",
    "source": "Soporte <soporte+x@example.com>",
    "destination": ["ana@example.net"],
    "tags": {"answer": ["4K7T2"], "ses:configuration-set": ["hub"]},
}
ANA = {"emailAddress": "ana@example.net"}
FAILED = ANA | {"action": "failed", "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 <ana@example.net> unknown"}


def events(kind: str, part: str | None = None, content: Any = None, **mail: Any) -> list[Event]:
    body = {"eventType": kind, "mail": MAIL | mail} | ({part: content} if part else {})
    told_otherwise = {"notificationType" if name == "eventType" else name: value for name, value in body.items()}
    assert events_of_notice(told_otherwise) == events_of_notice({"detail": body}) == events_of_notice(body)
    return events_of_notice(body)


def bounce(kind: str, sub: str, *recipients: dict[str, Any]) -> dict[str, Any]:
    return {"bounceType": kind, "bounceSubType": sub, "bouncedRecipients": list(recipients), "feedbackId": "fb-1"}


@pytest.mark.parametrize(
    ("kind", "sub", "retryable", "flags"),
    [
        ("Permanent", "General", False, ["address_undeliverable"]),
        ("Permanent", "NoEmail", False, ["address_undeliverable"]),
        ("Permanent", "Suppressed", False, ["address_undeliverable"]),
        ("Permanent", "OnAccountSuppressionList", False, ["address_undeliverable"]),
        ("Permanent", "Something", False, []),
        ("Transient", "General", True, ["transient"]),
        ("Transient", "MailboxFull", True, []),
        ("Transient", "MessageTooLarge", True, []),
        ("Transient", "ContentRejected", True, []),
        ("Transient", "AttachmentRejected", True, []),
        ("Undetermined", "Undetermined", True, ["undetermined"]),
    ],
)
def test_a_bounce_fails_the_answer(kind: str, sub: str, retryable: bool, flags: list[str]) -> None:
    (event,) = events("Bounce", "bounce", bounce(kind, sub, FAILED) | {"timestamp": "2026-11-16T15:20:02.000Z"})

    assert event.receipt is not None
    assert event.receipt.error is not None
    assert (event.receipt.state, event.receipt.target) == ("failed", "0100exampleid")
    assert (event.receipt.error.code, event.receipt.error.retryable) == (f"{kind}.{sub}", retryable)
    assert (event.receipt.error.title, event.receipt.error.detail) == ("5.1.1", "smtp; 550 5.1.1 <…> unknown")
    assert (event.kind, event.message_id, event.account) == ("receipt", "0100exampleid:failed", "soporte@example.com")
    assert (event.flags, event.references) == (flags, ["4K7T2"])
    assert [one.value for one in event.identities] == ["ana@example.net"]
    assert event.dump()["occurred_at"].startswith("2026-11-16T15:20:02")


@pytest.mark.parametrize(
    ("kind", "part", "content", "state", "message_id", "flags"),
    [
        ("Send", "send", {}, "sent", "0100exampleid:sent", []),
        ("Delivery", "delivery", {"recipients": ["ana@example.net"]}, "delivered", "0100exampleid:delivered", []),
        ("Delivery", "delivery", {}, "delivered", "0100exampleid:delivered", []),
        (
            "DeliveryDelay",
            "deliveryDelay",
            {"delayType": "MailboxFull", "delayedRecipients": [ANA]},
            "sent",
            "0100exampleid:delayed",
            ["delayed"],
        ),
        ("Reject", "reject", {"reason": "Bad content"}, "failed", "0100exampleid:failed", []),
        ("Rendering Failure", "failure", {"errorMessage": "x"}, "failed", "0100exampleid:failed", []),
        (
            "Complaint",
            "complaint",
            {"complainedRecipients": [ANA], "complaintFeedbackType": "abuse"},
            "delivered",
            "0100exampleid:complaint",
            ["complaint"],
        ),
        (
            "Complaint",
            "complaint",
            {"complainedRecipients": [ANA]},
            "delivered",
            "0100exampleid:complaint",
            ["complaint"],
        ),
        (
            "Complaint",
            "complaint",
            {"complainedRecipients": [ANA], "complaintFeedbackType": "not-spam"},
            "delivered",
            "0100exampleid:not_spam",
            ["not_spam"],
        ),
        (
            "Complaint",
            "complaint",
            {"complainedRecipients": [ANA], "complaintSubType": "OnAccountSuppressionList"},
            "failed",
            "0100exampleid:failed",
            ["complaint"],
        ),
        ("Brand New", None, None, "unknown", "0100exampleid:brandnew", []),
    ],
)
def test_each_type_has_its_state(
    kind: str, part: str | None, content: Any, state: str, message_id: str, flags: list[str]
) -> None:
    (event,) = events(kind, part, content)

    assert event.receipt is not None
    assert (event.receipt.state, event.message_id, event.flags) == (state, message_id, flags)


@pytest.mark.parametrize("kind", ["Open", "Click", "Subscription"])
def test_what_says_nothing_about_a_delivery_is_no_receipt(kind: str) -> None:
    assert events(kind, kind.lower(), {}) == []


def test_each_recipient_has_a_receipt_whose_id_names_nobody() -> None:
    addresses = ["ana@example.net", "luis@example.net"]
    both = [{"emailAddress": address} for address in addresses]
    found = events(
        "Bounce", "bounce", bounce("Permanent", "General", *both), destination=[one["emailAddress"] for one in both]
    )

    assert len({event.message_id for event in found}) == 2
    assert not any("@" in event.message_id for event in found)


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        {},
        {"bouncedRecipients": None},
        {"bouncedRecipients": ["x", 5]},
        {"bounceType": 5, "timestamp": "yesterday"},
    ],
)
def test_a_bounce_with_nothing_in_it_still_fails_the_answer(content: Any) -> None:
    (event,) = events("Bounce", "bounce", content)

    assert event.receipt is not None
    assert (event.receipt.state, event.message_id) == ("failed", "0100exampleid:failed")


@pytest.mark.parametrize(
    "mail", [{"destination": None}, {"destination": ["no address"]}, {"source": 5}, {"tags": 5}, {"timestamp": 5}]
)
def test_a_mail_may_lack_everything_but_its_id(mail: dict[str, Any]) -> None:
    (event,) = events("Delivery", "delivery", {}, **mail)

    assert event.message_id == "0100exampleid:delivered"


@pytest.mark.parametrize(
    "notice", [{}, {"eventType": "Bounce"}, {"mail": MAIL}, {"eventType": "Bounce", "mail": {"messageId": ""}}]
)
def test_a_notice_about_nothing_is_refused(notice: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        events_of_notice(notice)
