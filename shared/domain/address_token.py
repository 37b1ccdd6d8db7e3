"""The token in an address that belongs to one case: `caso+<token>@example.com`, or in a portal's link.

26 bytes as 42 small letters and digits, so that it survives mail systems that fold case: the case's id, and 80 bits
of an HMAC-SHA256 over it. Whoever writes to it may join the case; nobody can make one without the key.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from shared.domain.signed_token import TokenForm

MAC_BYTES: Final = 10
_FORM: Final = TokenForm(b"hilo case address 1:", subject_bytes=16, mac_bytes=MAC_BYTES)
LENGTH: Final = _FORM.length


def make_token(case_id: str, key: bytes) -> str:
    """The token of a case, signed with the newest key. Raises ValueError for an id that is no UUID."""
    return _FORM.make(UUID(case_id).bytes, key)


def case_of_token(token: str, keys: Iterable[bytes]) -> str | None:
    """The id of the case that a token names, in small letters or capitals, if one of the keys in force signed it; in
    constant time for each key."""
    subject = _FORM.read(token.lower(), keys) if token.isascii() else None
    return str(UUID(bytes=subject)) if subject else None
