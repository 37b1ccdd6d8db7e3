"""What a file may be called, and its media type as a text. Pure, standard library.

Source: "Naming Files, Paths, and Namespaces" in Windows' own documentation (read 2026-11).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

LONGEST_NAME: Final = 150
LONGEST_ENDING: Final = 20

_BIDI: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_FORBIDDEN: Final = frozenset('<>:"|?*')
_RESERVED: Final = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{name}{number}" for name in ("com", "lpt") for number in "0123456789¹²³"}
)
_SPACES: Final = re.compile(r"\s+")

ENDINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "application/msword": "doc",
        "application/pdf": "pdf",
        "application/vnd.ms-excel": "xls",
        "application/vnd.ms-powerpoint": "ppt",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
        "application/zip": "zip",
        "audio/aac": "aac",
        "audio/amr": "amr",
        "audio/mp4": "m4a",
        "audio/mpeg": "mp3",
        "audio/ogg": "ogg",
        "image/gif": "gif",
        "image/jpeg": "jpg",
        "image/png": "png",
        "image/svg+xml": "svg",
        "image/webp": "webp",
        "message/rfc822": "eml",
        "text/calendar": "ics",
        "text/csv": "csv",
        "text/html": "html",
        "text/plain": "txt",
        "text/vcard": "vcf",
        "video/3gpp": "3gp",
        "video/mp4": "mp4",
    }
)
"""How a file without a name is called, by its type."""


def safe_name(name: str | None, kind: str, number: int, mime_type: str | None) -> str:
    """A name that harms no system that keeps it: what was sent, as far as it may stay; else `<kind>-<n>.<ending>`."""
    cleaned = _cleaned(name or "")
    if not cleaned or not any(character.isalnum() for character in cleaned):
        return f"{kind}-{number + 1}.{ENDINGS.get(plain_type(mime_type) or '', 'bin')}"
    stem = cleaned.partition(".")[0].rstrip().casefold()
    return _shortened("_" + cleaned if stem in _RESERVED else cleaned)


def _cleaned(name: str) -> str:
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    kept = "".join(" " if character.isspace() else character for character in name if _may_stay(character))
    return _SPACES.sub(" ", kept).lstrip(". ").rstrip(". ")


def _may_stay(character: str) -> bool:
    if character in _BIDI or character in _FORBIDDEN:
        return False
    # Controls, surrogates, unassigned and private; of the invisible formats those that join emoji and scripts stay.
    category = unicodedata.category(character)
    return character.isspace() or (
        category not in {"Cc", "Cs", "Cn", "Co", "Zl", "Zp"} and (category != "Cf" or character in "\u200c\u200d")
    )


def _shortened(name: str) -> str:
    if len(name) <= LONGEST_NAME:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > LONGEST_ENDING:
        return name[:LONGEST_NAME].rstrip(". ")
    return stem[: LONGEST_NAME - len(ending) - 1].rstrip(". ") + "." + ending


def plain_type(declared: str | None) -> str | None:
    """A media type without parameters, in lower case; None for what is no type."""
    said = (declared or "").partition(";")[0].strip().lower()
    return said if _TYPE.fullmatch(said) else None


_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
