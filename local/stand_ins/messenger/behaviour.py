"""How the stand-in is just now. People and tests change it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Final, Literal

Echo = Literal["before", "after", "never"]
Order = Literal["in_order", "reversed"]
LONGEST_S: Final = 3600.0


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
    known = {each.name for each in fields(Behaviour)}
    for name, value in wanted.items():
        if name not in known or not _fits(name, value):
            raise ValueError(f"{name} cannot be that")
    lists = {name: tuple(value) for name, value in wanted.items() if isinstance(value, list)}
    return replace(was, **{**wanted, **lists})


def _fits(name: str, value: Any) -> bool:
    match name:
        case "answers_after_s":
            return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LONGEST_S
        case "loses" | "copies":
            return isinstance(value, int) and not isinstance(value, bool) and value >= 0
        case "refuses" | "receipts":
            return isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)
        case "echo":
            return value in ("before", "after", "never")
        case _:
            return value in ("in_order", "reversed")
