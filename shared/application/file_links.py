"""Links by which a tool, and whoever works in it, may get one file for a while: signed, and good for nothing else.

`<hub>/files/<case>/<sequence>/<n>?expires=<epoch seconds>&signature=<…>`. Who has the link has the file, so it says no
name and no number of anybody, and ends. Standard library alone.
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from shared.ports.surroundings import Clock

FOLDER: Final = "media/"
STEP_S: Final = 3600
"""Links made within one hour end together, so that what is told twice within it has the same words."""

_KEY: Final = re.compile(r"media/([0-9A-Za-z_-]{1,64})/([0-9]{1,10})/([0-9]{1,4})", re.ASCII)


@dataclass(frozen=True, slots=True)
class FileLinks:
    """`url`: the hub's own, without a slash at its end. `keys`: what signs, the newest first. `seconds`: how long a
    link leads to its file, and an hour more at most."""

    url: str
    keys: Sequence[bytes] = field(repr=False)
    seconds: int
    clock: Clock

    def link(self, key: str) -> tuple[str, datetime]:
        """The link to a file and when it ends. Raises ValueError for a key that is none of a message's file."""
        if not _KEY.fullmatch(key):
            raise ValueError("not the key of a message's file")
        expires = -(-(int(self.clock()) + self.seconds) // STEP_S) * STEP_S
        place = key.removeprefix(FOLDER)
        signature = signed(self.keys[0], key, expires)
        url = f"{self.url}/files/{place}?expires={expires}&signature={signature}"
        return url, datetime.fromtimestamp(expires, UTC)


def signed(secret: bytes, key: str, expires: int) -> str:
    """What proves that the hub gave the link."""
    digest = hmac.digest(secret, f"hilo file\n{key}\n{expires}".encode(), "sha256")
    return urlsafe_b64encode(digest).decode("ascii").rstrip("=")


def is_good(keys: Sequence[bytes], key: str, expires: str, signature: str, now: float) -> bool:
    """Whether a link as it came was given by the hub and has not ended."""
    if not (expires.isascii() and expires.isdigit() and len(expires) <= 12) or not _KEY.fullmatch(key):
        return False
    wanted = [signed(one, key, int(expires)) for one in keys]
    given = signature.encode("utf-8", "replace")
    return sum(hmac.compare_digest(one.encode(), given) for one in wanted) > 0 and int(expires) > now
