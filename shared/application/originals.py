"""An original with what lies beside it: the bytes of a mail, which the queue and the entry only name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from shared.domain.errors import Permanent
from shared.ports.files import Files

MAIL_FILE: Final = "mail_file"
MAIL: Final = "mail"


def whole(raw: Mapping[str, Any], files: Files) -> Mapping[str, Any]:
    """What a parser reads: `raw`, and under `mail` the bytes that `mail_file` names.

    1 request to Files where it names any. What is kept, in a queue or in an entry, is `raw` alone. Raises `Permanent`
    where the mail is no longer there, `Transient`.
    """
    key = raw.get(MAIL_FILE)
    if not isinstance(key, str):
        return raw
    try:
        content = files.get(key)
    except ValueError:
        raise Permanent("the original names its mail by what is no key of a file") from None
    if content is None:
        raise Permanent(f"the mail {key} is no longer in Files")
    return {**raw, MAIL: content}
