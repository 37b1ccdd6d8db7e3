"""How the stand-in is just now. People and tests change it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Final, Literal, get_args

Order = Literal["in_order", "reversed", "shuffled"]
LONGEST_S: Final = 3600.0


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
    known = {each.name for each in fields(Behaviour)}
    for name, value in wanted.items():
        if name not in known or not _fits(name, value):
            raise ValueError(f"{name} cannot be that")
    lists = {name: tuple(value) for name, value in wanted.items() if isinstance(value, list)}
    return replace(was, **{**wanted, **lists})


def _fits(name: str, value: Any) -> bool:
    match name:
        case "answers_after_s":
            return _is_number(value) and 0 <= value <= LONGEST_S
        case "loses" | "loses_every" | "copies":
            return _is_count(value)
        case "refuses":
            return isinstance(value, list | tuple) and all(_is_count(each) for each in value)
        case "fails_later":
            return value is None or _is_count(value)
        case "window_fails_later":
            return isinstance(value, bool)
        case "receipts":
            return isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)
        case _:
            return value in get_args(Order)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
