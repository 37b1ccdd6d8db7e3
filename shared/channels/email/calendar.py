"""A meeting's invitation or its answer, as one short line. Source: RFC 5545, RFC 5546."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from shared.channels.email.charsets import decoded

LARGEST: Final = 256 * 1024
"""Bytes that are looked at."""
LONGEST: Final = 200
"""Characters of one value in the line."""

_FOLD = re.compile(r"\r?\n[ \t]")
_LINE = re.compile(r"^([A-Za-z-]{1,40})((?:;[^:\"\r\n]*(?:\"[^\"\r\n]*\"[^:\"\r\n]*){0,20})?):([^\r\n]*)", re.MULTILINE)
_COMMON_NAME = re.compile(r";CN=(?:\"([^\"]*)\"|([^;\"]*))", re.IGNORECASE)
_ZONE = re.compile(r";TZID=(?:\"([^\"]*)\"|([^;\"]*))", re.IGNORECASE)
_ANSWER = re.compile(r";PARTSTAT=([A-Za-z-]{1,20})", re.IGNORECASE)
_MOMENT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})\d{2}(Z?))?")
_ESCAPE = re.compile(r"\\([nN,;\\])")

METHODS: Final = {
    "REQUEST": "Invitation",
    "PUBLISH": "Event",
    "ADD": "Invitation",
    "CANCEL": "Cancelled meeting",
    "REPLY": "Answer to an invitation",
    "COUNTER": "Other time proposed",
    "DECLINECOUNTER": "Other time declined",
    "REFRESH": "Invitation asked for again",
}
WANTED: Final = ("METHOD", "SUMMARY", "ORGANIZER", "DTSTART", "LOCATION", "ATTENDEE")


@dataclass(frozen=True, slots=True)
class Invite:
    """`line`: what people are told. `is_answer`: a program wrote it when somebody pressed a button."""

    line: str
    is_answer: bool


def invite_of(content: bytes, charset: str | None = None, method: str | None = None) -> Invite | None:
    """The invitation in these bytes; None for what is no calendar. `method`: as the part's type says it."""
    text = _FOLD.sub("", decoded(content[:LARGEST], charset or "utf-8"))
    if "BEGIN:VCALENDAR" not in text[:2000].upper():
        return None
    found = _fields(text)
    said = (found.get("METHOD", ("", ""))[1] or method or "").strip().upper()
    told = [METHODS.get(said, "Calendar entry")]
    summary = _value(found, "SUMMARY")
    line = f"{told[0]}: {summary}" if summary else told[0]
    answer = _ANSWER.search(found.get("ATTENDEE", ("", ""))[0]) if said == "REPLY" else None
    about = [
        answer[1].lower() if answer else "",
        _person(found.get("ORGANIZER")),
        _moment(found.get("DTSTART")),
        _value(found, "LOCATION"),
    ]
    return Invite(" - ".join([line, *(one for one in about if one)]), said == "REPLY")


def _fields(text: str) -> dict[str, tuple[str, str]]:
    """Parameters and value by name: of the calendar, and of its first event; alarms and time zones have such, too."""
    found: dict[str, tuple[str, str]] = {}
    inside: list[str] = []
    for line in _LINE.finditer(text):
        name = line[1].upper()
        if name == "BEGIN":
            inside.append(line[3].strip().upper())
        elif name == "END":
            if inside and inside.pop() in ("VEVENT", "VTODO"):
                return found
        elif name in WANTED and name not in found and inside[-1:] != ["VTIMEZONE"] and len(inside) <= 2:
            found[name] = (line[2], line[3])
    return found


def _value(found: dict[str, tuple[str, str]], name: str) -> str:
    text = _ESCAPE.sub(lambda sign: " " if sign[1] in "nN" else sign[1], found.get(name, ("", ""))[1])
    return " ".join(text.split())[:LONGEST]


def _person(said: tuple[str, str] | None) -> str:
    if said is None:
        return ""
    named = _COMMON_NAME.search(said[0])
    address = said[1].strip()
    address = address[7:] if address[:7].lower() == "mailto:" else address
    name = ((named[1] or named[2] or "") if named else "").strip()
    return f"{name} <{address}>"[:LONGEST] if name and name != address else address[:LONGEST]


def _moment(said: tuple[str, str] | None) -> str:
    found = _MOMENT.match(said[1].strip()) if said else None
    if said is None or found is None:
        return ""
    day = f"{found[1]}-{found[2]}-{found[3]}"
    if not found[4]:
        return day
    zone = _ZONE.search(said[0])
    where = "UTC" if found[6] else ((zone[1] or zone[2] or "") if zone else "")
    return f"{day} {found[4]}:{found[5]} {where}".strip()[:LONGEST]
