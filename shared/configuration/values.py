"""The kinds of value that a configuration holds, each with the sentence that says what to write instead."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, StrictStr

from shared.configuration.codes import COUNTRIES, LANGUAGES
from shared.configuration.windows import CHANNELS

_NAME: Final = re.compile(r"[a-z0-9_-]{1,40}")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_KNOWN_SECRET: Final = re.compile(r"(whsec|xox[a-z]|gh[a-z]|glpat|[a-z]k_(live|test))[_-].{8,}", re.IGNORECASE)
_SECRET_KEY: Final = re.compile(r"secret|token|passw|api_?key|credential|private_key", re.IGNORECASE)
_LONGEST_WORD: Final = 19


def closest(word: str, known: Iterable[str]) -> str:
    """`did you mean …?` where something is near, else the list of what is known."""
    choice = sorted(set(known))
    meant = get_close_matches(word.lower(), [item.lower() for item in choice], 1)
    if meant:
        return f'did you mean "{next(item for item in choice if item.lower() == meant[0])}"?'
    return "known: " + ", ".join(choice)


def names_a_secret(key: str) -> bool:
    """Whether a key's name says that its value is a secret."""
    return bool(_SECRET_KEY.search(key))


def looks_secret(text: str) -> bool:
    """Whether a text looks like a secret rather than the name of one."""
    if _UUID.fullmatch(text) or _KNOWN_SECRET.fullmatch(text):
        return True
    return any(
        len(word) > _LONGEST_WORD and re.search(r"\d", word) and re.search(r"[A-Za-z]", word)
        for word in re.split(r"[^A-Za-z0-9+/=]+", text)
    )


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("a name is 1 to 40 of a-z, 0-9, _ and -, such as acme")
    return text


def _secret_name(text: str) -> str:
    if not _NAME.fullmatch(text) or looks_secret(text):
        raise ValueError(
            "this is to be the name of a secret, not the secret itself: write a name (a-z, 0-9, _ and -), "
            "such as whatsapp, and keep the value under that name in the secrets store"
        )
    return text


def _id(text: str) -> str:
    text = text.strip()
    if not text or len(text) > 256 or re.search(r"[\x00-\x20#\x7f]", text):
        raise ValueError("an account's id is the provider's: 1 to 256 characters without spaces or #")
    return text


def _channel(text: str) -> str:
    if text not in CHANNELS:
        raise ValueError("unknown channel; " + closest(text, CHANNELS))
    return text


def _country(text: str) -> str:
    if text not in COUNTRIES:
        hint = f"did you mean {text.upper()}?" if text.upper() in COUNTRIES else "such as EC"
        raise ValueError(f"unknown country: write the two capital letters of ISO 3166; {hint}")
    return text


def _language(text: str) -> str:
    base, _, region = text.partition("-")
    if base not in LANGUAGES or (region or "EC") not in COUNTRIES:
        raise ValueError("unknown language: write the two letters of ISO 639, such as es, or with a country pt-BR")
    return text


def _time_zone(text: str) -> str:
    from zoneinfo import ZoneInfo, available_timezones

    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        known = available_timezones()
        if not known:
            raise ValueError("this machine has no time zone database: install tzdata") from None
        cities = {zone.rsplit("/", 1)[-1].lower(): zone for zone in known if "/" in zone}
        near = get_close_matches(text.rsplit("/", 1)[-1].replace(" ", "_").lower(), cities, 1, cutoff=0.75)
        hint = f"did you mean {cities[near[0]]}?" if near else "such as America/Guayaquil"
        raise ValueError(f"unknown time zone: write an IANA name; {hint}") from None
    return text


def _some(languages: list[str]) -> list[str]:
    if not languages:
        raise ValueError("write at least one language, such as [es]")
    return languages


def _absent_is_empty(value: object) -> object:
    return [] if value is None else value


Name = Annotated[StrictStr, AfterValidator(_name)]
SecretName = Annotated[StrictStr, AfterValidator(_secret_name)]
AccountId = Annotated[StrictStr, AfterValidator(_id)]
ChannelName = Annotated[StrictStr, AfterValidator(_channel)]
Country = Annotated[StrictStr, AfterValidator(_country)]
Language = Annotated[StrictStr, AfterValidator(_language)]
Languages = Annotated[list[Language], AfterValidator(_some), BeforeValidator(_absent_is_empty)]
TimeZone = Annotated[StrictStr, AfterValidator(_time_zone)]
