"""What a mail's tags say of its send: they come back in what SES tells of it. Pure.

Source: SES API v2, `MessageTag`: ASCII letters, digits, `_`, `-`, at most 256. A mark has colons, which are not.
"""

from __future__ import annotations


def tags_of(mark: str) -> dict[str, str]:
    """The tags of a send, by the mark of one of its parts (`hilo:<case>:<sequence>:<part>`): ids, no personal data."""
    _, case, sequence, _ = mark.split(":")
    return {"case": case, "interaction": sequence, "mark": mark.replace(":", "_")}
