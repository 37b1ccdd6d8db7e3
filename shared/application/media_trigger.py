"""The trigger: "entry N of case C has files to fetch". Standard library alone, for the relay's sake.

It carries no content: whoever gets one reads how far things are. Losing, doubling or reordering triggers changes
nothing but when a file comes.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from shared.domain.element import digest
from shared.domain.errors import Malformed
from shared.ports.queues import Message

QUEUE = "media"


@dataclass(frozen=True, slots=True)
class MediaTrigger:
    """`due`: from the clock, which met this `due_at`. `told`: from a worker that tells a tool of the entry without a
    file which has settled meanwhile, at this moment. `more`: a continuation, after so many attempts. `attempt`:
    redriven."""

    case: str
    sequence: int
    due: str | None = None
    told: str | None = None
    more: int | None = None
    attempt: int | None = None

    @property
    def message(self) -> Message:
        said = {name: part for name, part in asdict(self).items() if part is not None}
        about = (self.case, str(self.sequence))
        others = (self.due or "", self.told or "", str(self.more or ""), str(self.attempt or ""))
        body = json.dumps(said, separators=(",", ":"))
        # One from the clock does not wait behind the message of a worker that died: each file is claimed anyway.
        return Message(body, digest("media", *about, self.due or ""), digest("media trigger", *about, *others))


def read_media_trigger(body: str) -> MediaTrigger:
    """The trigger in a message. Raises `Malformed` for what is none."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed("a media trigger that is not JSON") from error
    if not isinstance(said, dict):
        raise Malformed("a media trigger that is not an object")
    case, sequence = said.get("case"), said.get("sequence")
    if not isinstance(case, str) or not case or not isinstance(sequence, int) or isinstance(sequence, bool):
        raise Malformed("a media trigger without case or sequence")
    texts = {name: said.get(name) for name in ("due", "told")}
    numbers = {name: said.get(name) for name in ("more", "attempt")}
    if not all(one is None or isinstance(one, str) for one in texts.values()) or not all(
        one is None or (isinstance(one, int) and not isinstance(one, bool)) for one in numbers.values()
    ):
        raise Malformed("a media trigger whose parts are not what they should be")
    return MediaTrigger(case, sequence, texts["due"], texts["told"], numbers["more"], numbers["attempt"])
