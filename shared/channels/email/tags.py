"""What a mail's tags say of its send: they come back in what SES tells of it. Pure.

Source: SES API v2, `MessageTag`: ASCII letters, digits, `_`, `-`, at most 256. A mark has colons, which are not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

MARK = "mark"
_COLON = "_"


def tags_of(mark: str) -> dict[str, str]:
    """The tags of a send, by the mark of one of its parts (`hilo:<case>:<sequence>:<part>`): ids, no personal data."""
    _, case, sequence, _ = mark.split(":")
    return {"case": case, "interaction": sequence, MARK: mark.replace(":", _COLON)}


def mark_in(tags: Mapping[str, str | Sequence[str]]) -> str | None:
    """The mark in the tags of a notice, where SES lists several values under each name; None where there is none."""
    found = tags.get(MARK)
    first = found if isinstance(found, str) else next(iter(found or ()), None)
    return str(first).replace(_COLON, ":") if first else None
