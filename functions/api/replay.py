"""`POST /v1/replay`: what is asked for, read without trust, and the answer to one page of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from functions.api.question import seconds_of
from shared.application.inquire_errors import BadQuestion
from shared.application.replay import Replay
from shared.application.replay_page import Wish

if TYPE_CHECKING:
    from shared.ports.channels import Channel
    from shared.ports.files import Files
    from shared.ports.queues import Queues
    from shared.ports.surroundings import Clock
    from shared.ports.table import Table

REPLAY_S: Final = 12.0
"""Seconds that one page may take, of the 20 that the function has."""

MOST_SEGMENTS: Final = 64

_PARTS: Final = frozenset({"from", "to", "channel", "dry_run", "cursor", "seconds", "segment", "segments"})
_CHANNEL: Final = re.compile(r"[a-z0-9_-]{1,64}")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def wish_of(asked: dict[str, Any]) -> Wish:
    """The wish in a body. Raises `BadQuestion`, which names the part that is wrong."""
    unknown = set(asked) - _PARTS
    if unknown:
        raise BadQuestion(f"body: only {', '.join(sorted(_PARTS))}")
    since, until = _moment(asked, "from"), _moment(asked, "to")
    if until <= since:
        raise BadQuestion("to: not after from")
    only, dry = asked.get("channel"), asked.get("dry_run", False)
    if only is not None and not (isinstance(only, str) and _CHANNEL.fullmatch(only)):
        raise BadQuestion("channel: not a channel's name")
    if not isinstance(dry, bool):
        raise BadQuestion("dry_run: neither true nor false")
    return Wish(since, until, only, dry, *_segment(asked))


def _segment(asked: dict[str, Any]) -> tuple[int, int]:
    segment, segments = asked.get("segment", 0), asked.get("segments", 1)
    if type(segment) is not int or type(segments) is not int or not 0 <= segment < segments <= MOST_SEGMENTS:
        raise BadQuestion(f"segment: a whole number from 0, below segments (at most {MOST_SEGMENTS})")
    return segment, segments


def _moment(asked: dict[str, Any], part: str) -> datetime:
    """A day is its beginning, in UTC."""
    text = asked.get(part)
    wrong = BadQuestion(f"{part}: a day (2026-11-22) or a moment with its time zone (2026-11-22T10:00:00Z)")
    if not isinstance(text, str) or not text.isascii():
        raise wrong
    try:
        moment = datetime.fromisoformat(text)
        if _DAY.fullmatch(text):
            return moment.replace(tzinfo=UTC)
        if moment.tzinfo is None:
            raise wrong
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as fault:
        raise wrong from fault


def answer(
    asked: dict[str, Any],
    table: Table,
    files: Files,
    queues: Queues,
    channel: Callable[[str], Channel],
    clock: Clock,
) -> dict[str, Any]:
    """One page of a replay, as the contract shows it. Raises `BadQuestion`, `Transient`."""
    wish, cursor = wish_of(asked), asked.get("cursor")
    if cursor is not None and not isinstance(cursor, str):
        raise BadQuestion("cursor: not one that a replay gave out")
    end = clock() + seconds_of(asked.get("seconds"), REPLAY_S)
    page = Replay(table, files, queues, channel, clock).page(wish, cursor, end)
    return {
        "read": page.read,
        "same": page.same,
        "revised": page.revised,
        "conflicts": page.conflicts,
        "requeued": page.requeued,
        "no_parser": page.no_parser,
        "differences": page.differences,
        "unreadable": page.unreadable,
        "next": page.next,
    }
