"""How the stand-in is just now. People and tests change it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from local.stand_ins import wishes
from local.stand_ins.wishes import are, is_count, is_text, is_time

Order = Literal["in_order", "reversed", "shuffled"]

ERRORS: Final[Mapping[str, tuple[int, str, str]]] = {
    "too_many": (429, "TooManyRequestsException", "Too many requests have been made to the operation."),
    "rate": (400, "ThrottlingException", "Maximum sending rate exceeded."),
    "quota": (400, "LimitExceededException", "Daily message quota exceeded."),
    "paused": (400, "SendingPausedException", "Sending is paused for this configuration set."),
    "suspended": (400, "AccountSuspendedException", "The account's ability to send email is permanently restricted."),
    "rejected": (400, "MessageRejected", "The message can't be sent because it contains invalid content."),
    "mail_from": (400, "MailFromDomainNotVerifiedException", "The sending domain isn't verified."),
    "internal": (500, "InternalServiceErrorException", "The request couldn't be completed."),
    "denied": (403, "AccessDeniedException", "User is not authorized to perform ses:SendEmail"),
    "bare_500": (500, "", ""),
}
"""By name: status, error type, words."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """`answers_after_s`: it takes a mail and answers only then. `loses`: so many next mails are taken and never
    answered. `refuses`: names in `ERRORS` with which the next requests are refused, one each. `tells`: the events told
    of every mail that arrives, each `copies` times, in this `order`. `complains`: whoever gets a mail calls it spam.
    `is_sandbox`: only verified addresses get mail."""

    answers_after_s: float = 0.0
    loses: int = 0
    refuses: tuple[str, ...] = ()
    tells: tuple[str, ...] = ("Send", "Delivery")
    copies: int = 1
    order: Order = "in_order"
    complains: bool = False
    is_sandbox: bool = False


def changed(was: Behaviour, wanted: dict[str, Any]) -> Behaviour:
    """What is named changes, the rest stays. Raises ValueError naming what cannot be."""
    return wishes.changed(was, wanted, _fits)


def _fits(name: str, value: Any) -> bool:
    match name:
        case "answers_after_s":
            return is_time(value)
        case "loses" | "copies":
            return is_count(value)
        case "refuses":
            return are(value, ERRORS.__contains__)
        case "tells":
            return are(value, is_text)
        case "complains" | "is_sandbox":
            return isinstance(value, bool)
        case _:
            return value in get_args(Order)
