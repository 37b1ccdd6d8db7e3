"""How the stand-in is just now. People and tests change it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from local.stand_ins import wishes
from local.stand_ins.wishes import are, is_count, is_text, is_time

Order = Literal["in_order", "reversed", "shuffled"]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """`answers_after_s`: it takes a message and answers only then. `loses`: so many next messages are taken and never
    answered; `loses_every`: each so-maniest of all, too (0: none). `refuses`: codes with which the next messages are
    refused, one each. `fails_later`: the code that receipts give every message that was taken, None for those that
    arrive. `window_fails_later`: outside the window a message is taken, and its failure comes as a receipt.
    `receipts`: the states that are reported, each `copies` times, in this `order`."""

    answers_after_s: float = 0.0
    loses: int = 0
    loses_every: int = 0
    refuses: tuple[int, ...] = ()
    fails_later: int | None = None
    window_fails_later: bool = False
    receipts: tuple[str, ...] = ("sent", "delivered", "read")
    copies: int = 1
    order: Order = "in_order"


def changed(was: Behaviour, wanted: dict[str, Any]) -> Behaviour:
    """What is named changes, the rest stays. Raises ValueError naming what cannot be."""
    return wishes.changed(was, wanted, _fits)


def _fits(name: str, value: Any) -> bool:
    match name:
        case "answers_after_s":
            return is_time(value)
        case "loses" | "loses_every" | "copies":
            return is_count(value)
        case "refuses":
            return are(value, is_count)
        case "fails_later":
            return value is None or is_count(value)
        case "window_fails_later":
            return isinstance(value, bool)
        case "receipts":
            return are(value, is_text)
        case _:
            return value in get_args(Order)
