"""A wrapper that lets no unchecked value out of a stranger's JSON.

Every reader gives the value in the type asked for, or None. A field that is there with a wrong type is dropped and
remembered in `flags` as `partial`. An empty string is an absent one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from shared.domain.errors import Malformed

_SECONDS: Final = re.compile(r"[0-9]{1,12}")
_LAST_SECOND: Final = 253_402_300_799
"""9999-12-31T23:59:59Z: the end of the calendar."""
_MAX_DIGITS: Final = 40


@dataclass(frozen=True, slots=True)
class Fields:
    """One JSON object. `flags` is shared by all objects of an element."""

    content: Mapping[str, Any] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.content)

    def flag(self, name: str) -> None:
        """Remember this of the whole element, once."""
        if name not in self.flags:
            self.flags.append(name)

    def _partial(self) -> None:
        self.flag("partial")

    def has(self, key: str) -> bool:
        return self.content.get(key) is not None

    def text(self, key: str) -> str | None:
        """What somebody wrote, untouched."""
        value = self.content.get(key)
        if isinstance(value, str):
            return value or None
        self._dropped(value)
        return None

    def id(self, key: str) -> str | None:
        """An id: text, or a whole number as text."""
        value = self.content.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**_MAX_DIGITS:
            return str(value)
        return self.text(key)

    def whole(self, key: str) -> int | None:
        """A whole number, also written as text or as `2.0`."""
        value = self.content.get(key)
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
            return int(value)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63:
            return value
        if isinstance(value, str) and _SECONDS.fullmatch(value):
            return int(value)
        self._dropped(value)
        return None

    def decimal(self, key: str) -> Decimal | None:
        """A price, as exact as it was written."""
        value = self.content.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float | str) or value == "":
            self._dropped(value)
            return None
        try:
            price = Decimal(str(value))
        except (InvalidOperation, ValueError):
            self._dropped(value)
            return None
        if price.is_finite() and abs(price.adjusted()) < _MAX_DIGITS:
            return price
        self._dropped(value)
        return None

    def yes(self, key: str) -> bool | None:
        value = self.content.get(key)
        if isinstance(value, bool):
            return value
        self._dropped(value)
        return None

    def part(self, key: str) -> Fields:
        """The object under this key, empty when there is none."""
        value = self.content.get(key)
        return Fields(value, self.flags) if isinstance(value, Mapping) else self._empty(value)

    def parts(self, key: str) -> list[Fields]:
        """The objects of the list under this key; what is no object is passed over."""
        items = self.items(key)
        found = [Fields(item, self.flags) for item in items if isinstance(item, Mapping)]
        if len(found) < len(items):
            self._partial()
        return found

    def items(self, key: str) -> Sequence[Any]:
        value = self.content.get(key)
        if isinstance(value, list | tuple):
            return value
        self._dropped(value)
        return ()

    def moment(self, key: str) -> datetime | None:
        """Seconds since 1970, as number or as text; dropped when it is neither."""
        try:
            return self.exact_moment(key)
        except Malformed:
            self._partial()
            return None

    def exact_moment(self, key: str) -> datetime | None:
        """As `moment`, but raises Malformed for what is no time: a message may not move to another day."""
        value = self.content.get(key)
        if value is None or value == "":
            return None
        if isinstance(value, str) and _SECONDS.fullmatch(value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise Malformed(f"{key} is not a number of seconds")
        if not 0 <= value <= _LAST_SECOND:
            raise Malformed(f"{key} lies beyond the calendar")
        return datetime.fromtimestamp(value, UTC)

    def degrees(self, key: str, limit: int) -> float:
        """A coordinate within ±limit; 0 is one. Raises Malformed for anything else."""
        value = self.content.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Malformed(f"{key} is missing or not a number")
        if not -limit <= value <= limit or not math.isfinite(value):
            raise Malformed(f"{key} lies beyond the globe")
        return float(value)

    def _empty(self, value: Any) -> Fields:
        self._dropped(value)
        return Fields({}, self.flags)

    def _dropped(self, value: Any) -> None:
        if value is not None and value != "":
            self._partial()
