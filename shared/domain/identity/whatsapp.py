"""WhatsApp's business-scoped user id: opaque, case-sensitive, unique within a business portfolio."""

from __future__ import annotations

import re
from typing import Final

from shared.domain.identity.forms import Canonical, Invalid

_SHAPE: Final = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")


def canonical_whatsapp(value: str) -> Canonical:
    """`EC.1a2b3c`, or the parent form `EC.ENT.1a2b3c` (flag `parent`), as it came.

    A wa_id is no business-scoped id: it is the address of a phone. Raises `Invalid`.
    """
    text = value.strip()
    match = _SHAPE.fullmatch(text)
    if match:
        return Canonical("whatsapp", text, flags=("parent",) if match[1] else ())
    if text.removeprefix("+").isdecimal():
        raise Invalid("digits are a phone's wa_id: use kind phone; a business-scoped id looks like EC.1a2b3c")
    raise Invalid("a business-scoped id is two capital letters, a dot and 1 to 128 letters or digits: EC.1a2b3c")
