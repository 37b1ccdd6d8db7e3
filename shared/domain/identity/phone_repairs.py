"""What national plans changed and people, files and WhatsApp ids did not: repairs and aliases, by digits alone.

WhatsApp ids keep old forms for years: Meta says of Brazil and Mexico that the extra prefix may differ and is no bug.
The caller accepts a repair only when it is valid.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final


def _brazil(national: str) -> Iterator[str]:
    # Mobiles gained a 9 after the area code; a subscriber beginning 2-5 is a landline and never does.
    if match := re.fullmatch(r"(\d\d)([6-9]\d{7})", national):
        yield f"{match[1]}9{match[2]}"


def _mexico(national: str) -> Iterator[str]:
    # Mobile and trunk prefixes were abolished in 2019; old WhatsApp ids keep the 1.
    if match := re.fullmatch(r"(?:1|01|044|045)(\d{10})", national):
        yield match[1]


def _argentina(national: str) -> Iterator[str]:
    # The domestic 15 after the area code (2 to 4 digits) and the trunk 0 do not follow the 9 from abroad.
    if match := re.fullmatch(r"9(0?)(\d{10,12})", national):
        rest = match[2]
        if match[1] and len(rest) == 10:
            yield "9" + rest
        for area in (2, 3, 4):
            if len(rest) == 12 and rest[area : area + 2] == "15":
                yield "9" + rest[:area] + rest[area + 2 :]


def _chile(national: str) -> Iterator[str]:
    # The trunk 0 was abolished.
    if match := re.fullmatch(r"0(\d{9})", national):
        yield match[1]


def _colombia(national: str) -> Iterator[str]:
    # Landlines were renumbered to 60 + city + seven digits.
    if re.fullmatch(r"[124-8]\d{7}", national):
        yield "60" + national


_REPAIRS: Final[dict[int, Callable[[str], Iterator[str]]]] = {
    52: _mexico,
    54: _argentina,
    55: _brazil,
    56: _chile,
    57: _colombia,
}

_ALIASES: Final = (
    (re.compile(r"\+55([1-9][1-9])9([6-9]\d{7})"), r"+55\1\2"),
    (re.compile(r"\+55([1-9][1-9])([6-9]\d{7})"), r"+55\g<1>9\2"),
    (re.compile(r"\+52(?![89]00)(\d{10})"), r"+521\1"),
    (re.compile(r"\+521(\d{10})"), r"+52\1"),
    (re.compile(r"\+549(\d{10})"), r"+54\1"),
)
"""Brazil with and without the 9, Mexico with and without the 1, Argentina without the 9. A form without the 9
in Argentina may be a real landline: it gains no alias."""


def repairs(country_code: int, national: str) -> list[str]:
    """National numbers that `national` may have meant, without the country code."""
    repair = _REPAIRS.get(country_code)
    return list(repair(national)) if repair else []


def phone_aliases(e164: str) -> tuple[str, ...]:
    """Other forms under which the same line can arrive, for look-up only, the number itself excluded.

    Between two numbers that a channel attested, a hit on an alias is the same line. A hit of Argentina's
    form without the 9 on a number that was typed is a candidate only.
    """
    return tuple(pattern.sub(form, e164) for pattern, form in _ALIASES if pattern.fullmatch(e164))
