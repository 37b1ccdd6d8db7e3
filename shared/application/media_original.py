"""The original of an entry, with the bytes of its mail where it is one."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any

from shared.application.originals import whole
from shared.domain.errors import Permanent
from shared.domain.media import Ended
from shared.ports.files import Files
from shared.ports.table import Item
from shared.store.views import unpacked


def original_of(entry: Item, files: Files) -> Mapping[str, Any]:
    """What its channel's parser read. At most 2 requests to Files. Raises `Ended` (gone), `Transient`."""
    try:
        raw = unpacked(entry["raw"]) if "raw" in entry else _from_files(str(entry.get("raw_file")), files)
        return whole(raw, files)
    except Permanent as gone:
        raise Ended("gone", gone.reason) from gone


def _from_files(key: str, files: Files) -> dict[str, Any]:
    content = files.get(key)
    if content is None:
        raise Permanent(f"the original {key} is no longer in Files")
    try:
        raw = json.loads(zlib.decompress(content) if key.endswith(".z") else content)
    except (ValueError, RecursionError, zlib.error):
        raise Permanent(f"the original {key} cannot be read") from None
    if not isinstance(raw, dict):
        raise Permanent(f"the original {key} is no object")
    return raw
