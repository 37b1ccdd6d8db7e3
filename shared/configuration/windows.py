"""How long a case stays reachable, by channel, and the defaults, in seconds.

Windows are half-open: what comes at exactly the end of one is outside. Age is measured between the
providers' times.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final, Literal, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, Field

Channel = Literal[
    "whatsapp",
    "messenger",
    "instagram",
    "email",
    "x",
    "telegram",
    "linkedin",
    "sms",
    "voice",
    "webchat",
    "app",
    "in_person",
]
CHANNELS: Final[tuple[str, ...]] = get_args(Channel)
COMMENT: Final = "comment"
"""Stands for public comments on whatever channel."""

Seconds: TypeAlias = int
ByChannel: TypeAlias = dict[str, Seconds]

_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR
LONGEST: Final = 3660 * _DAY
"""Ten years: a longer window is a slip of the pen."""

_MESSAGING: Final = (48 * _HOUR, 72 * _HOUR, 24 * _HOUR)
_DEFAULTS: Final[dict[str, tuple[Seconds, Seconds, Seconds]]] = {
    # channel: (reopen, close, join)
    "email": (14 * _DAY, 14 * _DAY, 0),  # reopened by reference alone; joined by an order number, never by time
    "voice": (24 * _HOUR, 72 * _HOUR, 2 * _HOUR),
    "webchat": (24 * _HOUR, 24 * _HOUR, 24 * _HOUR),
    "app": (24 * _HOUR, 24 * _HOUR, 24 * _HOUR),
    "in_person": (0, 72 * _HOUR, 0),  # the agent chooses
    COMMENT: (24 * _HOUR, 72 * _HOUR, 0),  # in the same thread; never joined: public is not private
}
"""What is not listed (WhatsApp, Messenger, Instagram, Telegram, and X, LinkedIn, SMS like them) is `_MESSAGING`."""

_DURATION: Final = re.compile(r"P(?=.)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.ASCII)


def seconds_of(duration: str) -> Seconds:
    """Seconds of an ISO 8601 duration in weeks, days, hours, minutes and seconds (`PT48H`, `P14D`).

    Months and years have no fixed length and are refused. Raises ValueError.
    """
    match = _DURATION.fullmatch(duration) if len(duration) <= 40 else None
    if not match:
        raise ValueError("not a duration: write it as PT48H (hours), PT30M (minutes) or P14D (days)")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    try:
        length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds).total_seconds()
    except OverflowError:
        length = LONGEST + 1
    if length > LONGEST:
        raise ValueError("longer than ten years: write it as PT48H (hours), PT30M (minutes) or P14D (days)")
    return int(length)


class Windows(BaseModel):
    """Windows by channel, in seconds, where they differ from the defaults. `comment` stands for public comments."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reopen: ByChannel = Field(default_factory=dict)
    close: ByChannel = Field(default_factory=dict)
    join: ByChannel = Field(default_factory=dict)

    def reopen_s(self, channel: str) -> Seconds:
        """Time after `resolved` in which a message of the same conversation reopens the case; 0: never."""
        return self.reopen.get(channel, _DEFAULTS.get(channel, _MESSAGING)[0])

    def close_s(self, channel: str) -> Seconds:
        """Time after `resolved` at which the case closes by itself."""
        return self.close.get(channel, _DEFAULTS.get(channel, _MESSAGING)[1])

    def join_s(self, channel: str) -> Seconds:
        """Age of a case's last activity up to which a message on another channel, `channel`, joins it; 0: never."""
        return self.join.get(channel, _DEFAULTS.get(channel, _MESSAGING)[2])
