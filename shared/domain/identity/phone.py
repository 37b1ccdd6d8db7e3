"""Phones: one line, one form. Metadata by libphonenumber (pinned: it changes with every release).

In this order, each step for a failure seen without it: clean the text; read `00` as `+` where that is valid
(national carrier codes swallow it otherwise); read by the country where it was written; repair what national
plans changed, where the result is valid; refuse placeholders; flag what belongs to no person. What a channel
supplied is read with `+` in front and no country, and is never refused.

The library is imported when the first number is read: about 40 ms, then about 40 µs a number.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

from shared.domain.identity.forms import UNMATCHABLE, Canonical, Invalid
from shared.domain.identity.phone_repairs import phone_aliases, repairs

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

LONGEST: Final = 250
"""The library reads no longer text."""
MOST_DIGITS: Final = 20
"""No number, whatever prefixes it came with, has more: not worth reading."""

_SCHEME = re.compile(r"^\s*(?:tel|whatsapp)\s*:\s*(?://)?", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"(\d)\1{6}$")

_REASONS: Final = {
    "IS_POSSIBLE_LOCAL_ONLY": "without its area code it is possible only locally",
    "INVALID_COUNTRY_CODE": "no country has this calling code",
    "TOO_SHORT": "too short for its country",
    "INVALID_LENGTH": "no number of its country has this length",
    "TOO_LONG": "too long for its country",
}


@cache
def _library() -> Any:
    import phonenumbers

    return phonenumbers


def canonical_phone(value: str, country: str | None) -> Canonical:
    """The E.164 form of what a person typed or a file held.

    `country` (ISO 3166, two letters) is where a number without `+` was written; without it the digits are
    read as a channel gives them, with the country code in front. An extension is flagged, not kept.

    Raises `Invalid` for what is not one number, fits no pattern of its country, or is a placeholder.
    """
    text = clean(value)
    if not any(character.isdecimal() for character in text):
        raise Invalid("there are no digits in it")
    if len(text) > LONGEST:
        raise Invalid("too long to be a phone number")
    number = _read(text, _region(country))
    found = _flags(number)
    e164 = _e164(number)
    if "placeholder" in found:
        raise Invalid("a placeholder: its last seven digits are equal")
    return Canonical("phone", e164, phone_aliases(e164), found)


def whatsapp_phone(wa_id: str) -> str:
    """The E.164 form of a number the channel itself supplied (digits, country code first, no `+`).

    National repairs are made where the result is valid (Brazil's 9, Mexico's 1, …). What stays unknown to
    the metadata is kept as `+digits`: an inbound message is never refused because metadata is old.

    Raises ValueError when it has no digits, or has letters: a business-scoped id in the place of a number
    must never become a phone.
    """
    text = clean(wa_id)
    if any(character.isalpha() for character in text):
        raise ValueError("not a phone: it has letters")
    digits = _digits(text)
    if not digits:
        raise ValueError("not a phone: it has no digits")
    return _from_channel(digits) if len(digits) <= MOST_DIGITS else "+" + digits


def phone_flags(e164: str) -> tuple[str, ...]:
    """Flags of a canonical phone, valid or not: see `FLAGS`. Never raises."""
    digits = _digits(e164)
    if len(digits) > MOST_DIGITS:
        return ()
    number = _parse("+" + digits, None)
    if number is not None and _library().is_valid_number(number):
        return _flags(number)
    fits = ("possible",) if number is not None and _library().is_possible_number(number) else ()
    return ("placeholder", *fits) if _PLACEHOLDER.search(digits) else fits


def is_matchable_phone(e164: str) -> bool:
    """Whether the number may find a customer beyond its own conversation."""
    return UNMATCHABLE.isdisjoint(phone_flags(e164))


def clean(value: str) -> str:
    """NFKC, without control, format (bidi) and lone surrogate characters, and without `tel:` or `whatsapp:`."""
    kept = (c for c in unicodedata.normalize("NFKC", value) if unicodedata.category(c) not in ("Cc", "Cf", "Cs"))
    return _SCHEME.sub("", "".join(kept)).strip()


def _digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(c)) for c in text if c.isdecimal())


def _region(country: str | None) -> str | None:
    if not country:
        return None
    region = country.strip().upper()
    if region not in _library().SUPPORTED_REGIONS:
        raise Invalid("unknown country: write the two letters of ISO 3166, such as EC")
    return region


def _read(text: str, region: str | None) -> PhoneNumber:
    """The valid number that the text means. `00` first as `+`, then by country; each repaired if need be."""
    for attempt, where in _attempts(text, region):
        number = _parse(attempt, where)
        repaired = number and _valid(number)
        if repaired:
            return repaired
    raise Invalid(_why_not(text, region))


def _attempts(text: str, region: str | None) -> list[tuple[str, str | None]]:
    attempts: list[tuple[str, str | None]] = []
    if text.startswith("00"):
        attempts.append(("+" + text[2:], None))
    if region or text.startswith("+"):
        attempts.append((text, region))
    else:
        attempts.append(("+" + text, None))
    return attempts


def _parse(text: str, region: str | None) -> PhoneNumber | None:
    library = _library()
    try:
        number: PhoneNumber = library.parse(text, region)
    except library.NumberParseException:
        return None
    return number


def _valid(number: PhoneNumber) -> PhoneNumber | None:
    """The number when it is valid, else the one repaired number that is."""
    library = _library()
    if library.is_valid_number(number):
        return number
    national = library.national_significant_number(number)
    found = {}
    for repaired in repairs(number.country_code or 0, national):
        candidate = _parse(f"+{number.country_code}{repaired}", None)
        if candidate is not None and library.is_valid_number(candidate):
            candidate.extension = number.extension
            found[_e164(candidate)] = candidate
    return found.popitem()[1] if len(found) == 1 else None


def _why_not(text: str, region: str | None) -> str:
    attempt, where = _attempts(text, region)[-1]
    number = _parse(attempt, where)
    if region is None and not text.startswith("+"):
        return "without a country it must begin with + and the country's code"
    if number is None:
        return "cannot be read as one phone number"
    library = _library()
    length = library.ValidationResult.to_string(library.is_possible_number_with_reason(number))
    if length == "IS_POSSIBLE":
        return "possible by its length, but no number of its country looks like this"
    return _REASONS[length]


def _e164(number: PhoneNumber) -> str:
    library = _library()
    text: str = library.format_number(number, library.PhoneNumberFormat.E164)
    return text


def _flags(number: PhoneNumber) -> tuple[str, ...]:
    library = _library()
    kinds = library.PhoneNumberType
    by_type = {
        kinds.TOLL_FREE: "toll_free",
        kinds.SHARED_COST: "shared_cost",
        kinds.PREMIUM_RATE: "premium_rate",
        kinds.UAN: "uan",
        kinds.FIXED_LINE: "fixed_line",
    }
    found = [by_type[kind]] if (kind := library.number_type(number)) in by_type else []
    if number.extension:
        found.append("extension")
    if found:
        found.append("shared")
    if _PLACEHOLDER.search(_e164(number)):
        found.append("placeholder")
    return tuple(found)


@lru_cache(maxsize=4096)
def _from_channel(digits: str) -> str:
    number = _parse("+" + digits, None)
    valid = number and _valid(number)
    return _e164(valid) if valid else "+" + digits
