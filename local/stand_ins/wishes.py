"""Changing how a stand-in is just now, by what people and tests wish for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any, Final, TypeVar

One = TypeVar("One")

LONGEST_S: Final = 3600.0


def changed(was: One, wanted: Mapping[str, Any], fits: Callable[[str, Any], bool]) -> One:
    """What is named changes, the rest stays. `was`: a dataclass. Raises ValueError naming what cannot be."""
    known = {each.name for each in fields(was)}  # type: ignore[arg-type]
    for name, value in wanted.items():
        if name not in known or not fits(name, value):
            raise ValueError(f"{name} cannot be that")
    return replace(was, **{name: tuple(one) if isinstance(one, list) else one for name, one in wanted.items()})  # type: ignore[type-var]


def is_time(value: Any) -> bool:
    """Seconds."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LONGEST_S


def is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def are(value: Any, each: Callable[[Any], bool]) -> bool:
    """Whether it is a list of these."""
    return isinstance(value, list | tuple) and all(each(one) for one in value)


def is_text(value: Any) -> bool:
    return isinstance(value, str)
