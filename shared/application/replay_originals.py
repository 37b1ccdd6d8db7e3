"""Originals, wherever they lie, and what the parsers of today make of them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shared.application.originals import whole
from shared.domain.errors import Permanent, Transient
from shared.domain.event import Event
from shared.ports.channels import Channel
from shared.ports.files import Files
from shared.ports.table import Item
from shared.store.views import unpacked


class Unreadable(Exception):
    """This original cannot be read again. `reason`: a text for operators, without what anybody said."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def is_kept_with(item: Item) -> bool:
    """Whether the item has an original. What the hub itself wrote has none."""
    return "raw" in item or "raw_file" in item


@dataclass(slots=True)
class Originals:
    """The last file read is remembered: one chunk of past messages is the original of thousands of entries."""

    files: Files
    channel: Callable[[str], Channel]
    _last: tuple[str, Event] | None = field(default=None)

    def has_parser(self, channel: str) -> bool:
        """Whether the hub reads this channel. What happened in a tool was read by the tool's own reader."""
        try:
            self.channel(channel)
        except KeyError:
            return False
        return True

    def read(self, item: Item, channel: str) -> Event:
        """The event in an item's original: `raw`, or `raw_file` in Files. Raises `Unreadable`."""
        if "raw" in item:
            return self.parse(_opened(item["raw"]), channel)
        key = str(item["raw_file"])
        if self._last is None or self._last[0] != key:
            self._last = key, self.parse(self._from_files(key), channel)
        return self._last[1]

    def parse(self, raw: Any, channel: str) -> Event:
        """What the channel's parser makes of it. Raises `Unreadable`, also for what it cannot read."""
        try:
            parser = self.channel(channel)
        except KeyError:
            raise Unreadable(f"the hub has no channel {channel!r}") from None
        if not isinstance(raw, dict):
            raise Unreadable("its original is no object")
        try:
            event = parser.parse(whole(raw, self.files))
        except Permanent as gone:
            raise Unreadable(gone.reason) from None
        except Transient:
            raise
        except Exception as defect:  # the parser is what may have changed for the worse
            raise Unreadable(f"its parser failed: {type(defect).__name__}") from defect
        if event.is_malformed:
            raise Unreadable(f"the parser cannot read it: {event.reason or 'no reason given'}")
        return event

    def _from_files(self, key: str) -> Any:
        content = self.files.get(key)
        if content is None:
            raise Unreadable("its original is no longer in Files")
        if key.endswith(".z"):
            return _opened(content)
        return loaded(content)


def loaded(content: bytes) -> Any:
    """The JSON in a file. Raises `Unreadable`."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise Unreadable("its original is not JSON") from None


def _opened(packed: bytes) -> Any:
    try:
        return unpacked(packed)
    except (zlib.error, ValueError, RecursionError):
        raise Unreadable("its original cannot be unpacked") from None
