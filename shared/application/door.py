"""What a tool that tells by itself is answered at the door: taken, known already, or of no case that it was told of.

Standard library alone. It is an answer for the sender's sake: whatever slips through is decided again behind the queue.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from shared.ports.table import Lookup
from shared.store import back, keys


class Known(Enum):
    """`OTHERWISE`: the case is there, and has another version than the sender speaks of. `TOO_OFTEN`: so much was told
    of it that two machines may be answering each other."""

    YES = "yes"
    SEEN = "seen"
    NOT = "not"
    OTHERWISE = "otherwise"
    TOO_OFTEN = "too often"


def admit(lookup: Lookup, connector: str, told: Mapping[str, Any], now: float) -> Known:
    """Whether to take what a connector tells. 3 RCU; 4 where it names a version.

    A case whose opening is being told just now is known: a system may answer before its 2xx has arrived.
    """
    data = told["data"]
    last = list(told["ids"].values())[-1]  # they are recorded in order
    if lookup.get(keys.message(connector, connector, last)).item is not None:
        return Known.SEEN
    case_id = data.get("case_id")
    if case_id is None:
        there = [_is_there(lookup, connector, "contact", data[name]) for name in ("contact_id", "into") if name in data]
        return Known.YES if all(there) else Known.NOT
    if not _is_there(lookup, connector, "case", case_id):
        cursor = lookup.get(keys.cursor(case_id, connector)).item
        return Known.YES if cursor is not None and int(cursor.get("lease", 0)) > now else Known.NOT
    if back.place_of(connector, case_id, lookup.get(back.key_of(connector, case_id)).item).burst_until(now) is not None:
        return Known.TOO_OFTEN
    if "version" not in data:
        return Known.YES
    case = lookup.get(keys.case(case_id)).item
    return Known.YES if case is not None and case["sequence"] == data["version"] else Known.OTHERWISE


def _is_there(lookup: Lookup, connector: str, kind: str, remote_id: str) -> bool:
    return lookup.get(keys.remote(connector, kind, remote_id)).item is not None
