"""How the stand-in is just now. People and tests change it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from local.stand_ins import wishes
from local.stand_ins.wishes import are, is_count, is_text, is_time

Echo = Literal["before", "after", "never"]
Order = Literal["in_order", "reversed"]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """`answers_after_s`: it takes a message and answers only then. `loses`: so many next messages are taken and never
    answered. `refuses`: codes, or `code/subcode`, with which the next messages are refused, one each. `echo`: when the
    hub hears of its own message, seen from the answer. `receipts`: what is reported, each `copies` times, in this
    `order`."""

    answers_after_s: float = 0.0
    loses: int = 0
    refuses: tuple[str, ...] = ()
    echo: Echo = "after"
    receipts: tuple[str, ...] = ("delivered", "read")
    copies: int = 1
    order: Order = "in_order"


def changed(was: Behaviour, wanted: dict[str, Any]) -> Behaviour:
    """What is named changes, the rest stays. Raises ValueError naming what cannot be."""
    return wishes.changed(was, wanted, _fits)


def _fits(name: str, value: Any) -> bool:
    match name:
        case "answers_after_s":
            return is_time(value)
        case "loses" | "copies":
            return is_count(value)
        case "refuses" | "receipts":
            return are(value, is_text)
        case "echo":
            return value in ("before", "after", "never")
        case _:
            return value in ("in_order", "reversed")
