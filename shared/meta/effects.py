"""What a failure of the Graph API means for a send, in rows: those that hold in every product of Meta's, and how a row
becomes an outcome. Each product has a table of its own beside them. Pure.

Decided on the codes alone: the status is no class (throttling comes as 400, some refusals as 500).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from shared.domain.answer import Later, Lost, Refused, SendOutcome
from shared.meta.graph import GraphError

Effect = Literal[
    "throttled", "recipient_throttled", "passes", "once", "stops", "window", "refused", "ambiguous"
]  # fmt: skip
"""`throttled`: nobody can be sent to for a while; `recipient_throttled`: this person. `passes`: try again a few times;
`once`: with care. `stops`: nothing goes until a person mends it. `window`: the customer wrote too long ago.
`ambiguous`: it may have gone out all the same."""

FILE_S: Final = 300.0
"""Before a file that could not be fetched is tried again."""
RECIPIENT_S: Final = 6.0
"""To one person one message in so many seconds, beyond a burst."""


@dataclass(frozen=True, slots=True)
class Row:
    """`means`: which of the advices."""

    effect: Effect
    means: str


UNKNOWN: Final = Row("refused", "unknown")

COMMON: Final[Mapping[str, Row]] = {
    "3": Row("stops", "credentials"),
    "4": Row("throttled", "busy"),
    "10": Row("stops", "credentials"),
    "100": Row("refused", "our_fault"),
    "190": Row("stops", "credentials"),
    "368": Row("stops", "locked"),
    # our own words, where the provider gave no code
    "unreached": Row("passes", "passing"),
    "no_token": Row("stops", "credentials"),
    "redirected": Row("stops", "credentials"),
    "misconfigured": Row("stops", "credentials"),
    "http_401": Row("stops", "credentials"),
    "http_403": Row("stops", "credentials"),
    "http_429": Row("throttled", "busy"),
}
RIGHTS: Final = range(200, 300)
"""Codes of rights that the token lacks."""


def number_of(code: str) -> int:
    """A code as a number; -1 for a word."""
    return int(code) if code.isascii() and code.isdigit() and len(code) <= 10 else -1


def outcome_of(
    status: int, error: GraphError, row_of: Callable[[str], Row], code: str | None, asked_s: float | None
) -> SendOutcome:
    """What a failure means. `code`: what the product decides on, None where the provider gave none. `asked_s`: how long
    it asks us to wait. A failure of the server's that nobody has described leaves the outcome open."""
    if code is None:
        if status >= 500:
            return Lost(f"http_{status}")
        code = "redirected" if 300 <= status < 400 else f"http_{status}"
        return by_row(row_of(code), code, None, asked_s)
    row = row_of(code)
    if status >= 500 and row is UNKNOWN:
        return Lost(code)
    return by_row(row, code, error.detail, asked_s)


def by_row(row: Row, code: str, detail: str | None, asked_s: float | None) -> SendOutcome:
    """A row as an outcome."""
    match row.effect:
        case "throttled":
            return Later(code, asked_s, whole_account=True)
        case "recipient_throttled":
            return Later(code, asked_s or RECIPIENT_S)
        case "passes":
            return Later(code, asked_s)
        case "once":
            return Later(code, asked_s or FILE_S)
        case "stops":
            return Later(code, asked_s, whole_account=True, stops=True)
        case "ambiguous":
            return Lost(code)
        case "window":
            return Refused(code, detail, window=True)
        case "refused":
            return Refused(code, detail)
