"""Time-ordered ids: UUID version 7 (RFC 9562), made from a clock and random bytes that the caller hands in."""

from __future__ import annotations

from uuid import UUID


def uuid7(now_s: float, random: bytes) -> str:
    """48 bits of milliseconds, then 74 random bits (from 10 random bytes)."""
    milliseconds = int(now_s * 1000) & ((1 << 48) - 1)
    noise = int.from_bytes(random[:10], "big")
    value = milliseconds << 80 | 0x7 << 76 | (noise >> 68 & 0xFFF) << 64 | 0b10 << 62 | noise & ((1 << 62) - 1)
    return str(UUID(int=value))
