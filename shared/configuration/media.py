"""What a company decides of the files that come with messages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from shared.configuration.checks import unknown_key
from shared.configuration.source import Path, Source
from shared.configuration.windows import seconds_of
from shared.domain.media import MAX_BYTES, MAX_TOTAL, Limits

TOTAL: Final = "total"
LONGEST_LINK_S: Final = 90 * 86_400
SHORTEST_LINK_S: Final = 60
LARGEST: Final = 1024 * 1024 * 1024
_KEYS: Final = ("max_bytes", "hosts", "link_for")
_HOST = re.compile(r"(?=.{4,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", re.ASCII)


class MediaRules(BaseModel):
    """`max_bytes`: by kind, and `total` of one message, the most that is stored. `hosts`: more domains from which files
    may come, beside the providers' own. `link_for_s`: so long a link that a tool is given leads to its file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_bytes: Mapping[str, int] = Field(default_factory=dict)
    hosts: tuple[str, ...] = ()
    link_for_s: int = 30 * 86_400

    def limits(self) -> Limits:
        """What is stored at most."""
        each = {kind: self.max_bytes.get(kind, most) for kind, most in MAX_BYTES.items()}
        return Limits(each, self.max_bytes.get(TOTAL, MAX_TOTAL))


def read_media(source: Source) -> MediaRules:
    """The section `media`: `{max_bytes: {image: 26214400, total: 209715200}, hosts: [], link_for: P30D}`."""
    data = source.data.get("media")
    if data is None:
        return MediaRules()
    if not isinstance(data, Mapping):
        source.fault(("media",), "must be a mapping: write media: {link_for: P30D}")
        return MediaRules()
    for key in data:
        if key not in _KEYS:
            source.fault(("media", key), unknown_key(str(key), _KEYS))
    said: dict[str, Any] = {"max_bytes": _sizes(source, data.get("max_bytes")), "hosts": _hosts(source, data)}
    if data.get("link_for") is not None:
        said["link_for_s"] = _link_for(source, data["link_for"])
    return MediaRules(**said)


def _sizes(source: Source, data: Any) -> dict[str, int]:
    path: Path = ("media", "max_bytes")
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        source.fault(path, "must be a mapping: write max_bytes: {image: 26214400}")
        return {}
    found = {}
    for kind, most in data.items():
        if kind not in (*MAX_BYTES, TOTAL):
            source.fault((*path, kind), unknown_key(str(kind), (*MAX_BYTES, TOTAL)))
        elif not isinstance(most, int) or isinstance(most, bool) or not 0 <= most <= LARGEST:
            source.fault((*path, kind), f"must be a whole number of bytes, at most {LARGEST}")
        else:
            found[kind] = most
    return found


def _hosts(source: Source, data: Mapping[Any, Any]) -> tuple[str, ...]:
    listed = data.get("hosts")
    if listed is not None and not isinstance(listed, list):
        source.fault(("media", "hosts"), "must be a list: write hosts: [files.example.com]")
        return ()
    for index, host in enumerate(listed or ()):
        if not isinstance(host, str) or not _HOST.fullmatch(host):
            source.fault(("media", "hosts", index), "must be a domain in small letters: files.example.com")
    return tuple(str(host) for host in listed or ())


def _link_for(source: Source, said: Any) -> int:
    path: Path = ("media", "link_for")
    try:
        seconds = seconds_of(said if isinstance(said, str) else "")
    except ValueError as error:
        source.fault(path, str(error))
        return SHORTEST_LINK_S
    if not SHORTEST_LINK_S <= seconds <= LONGEST_LINK_S:
        source.fault(path, "must be from a minute to 90 days: write link_for: P30D")
    return seconds
