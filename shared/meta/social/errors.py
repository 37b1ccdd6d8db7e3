"""What the codes of the Send API mean for a send on Messenger or Instagram: one row for each (code, subcode).

Source: messenger_instagram.md, "Errors", 2026-11. A subcode that is not listed counts as its code does. 10900 and 10903
are of private replies, from field reports.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.meta.effects import COMMON, RIGHTS, UNKNOWN, Row, number_of

TAG_REFUSED: Final = "human_agent"
"""Our own word: a person's late answer was refused as such, since the feature is not approved."""
NO_LINK: Final = "no_link"
"""Our own word: nobody can be given an address at which a file of the hub's lies."""

ROWS: Final[Mapping[str, Row]] = {
    **COMMON,
    # it may have gone out: only its echo tells
    "1": Row("ambiguous", "passing"),
    "2": Row("ambiguous", "passing"),
    # too fast
    "17": Row("throttled", "busy"),
    "32": Row("throttled", "busy"),
    "613": Row("throttled", "busy"),
    "80006": Row("throttled", "busy"),
    # our token, rights or account
    "10/1893063": Row("stops", "restricted"),
    # this answer, to this person
    "10/2018278": Row("window", "window"),
    "10/2534022": Row("window", "window"),
    "10/2018065": Row("window", "window"),
    "100/2018001": Row("refused", "nobody"),
    "100/2534014": Row("refused", "nobody"),
    "9010": Row("refused", "nobody"),
    "200/1545041": Row("refused", "unavailable"),
    "551": Row("refused", "unavailable"),
    "551/1545041": Row("refused", "unavailable"),
    "230": Row("refused", "consent"),
    "10900": Row("refused", "replied"),
    "10903": Row("refused", "unavailable"),
    TAG_REFUSED: Row("refused", "tag"),
    NO_LINK: Row("refused", "file"),
}


def row_of(code: str) -> Row:
    """The row of `code/subcode`, else that of the code, else that of its range, or `UNKNOWN`."""
    whole = code.partition("/")[0]
    found = ROWS.get(code) or ROWS.get(whole)
    if found:
        return found
    return Row("stops", "credentials") if number_of(whole) in RIGHTS else UNKNOWN
