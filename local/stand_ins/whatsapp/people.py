"""Who writes to the company's numbers, as the stand-in knows them: their ids, and when they last wrote where."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from local.stand_ins.journal import Journal

WINDOW_S: Final = 24 * 3600
COUNTRY: Final = "1"
"""Of the company's own number: put before a phone that comes without a plus sign."""
NO_WORDS: Final = frozenset({"reaction", "system", "edit", "revoke"})
"""Types that open no window."""


class People:
    """`known_as`: the wa_id of those whose phone is dialled otherwise. A person is a phone's or an id's holder.

    `journal`: a file of who wrote when, one line each, from which a new process goes on; what is older than a window
    at `now` is dropped from it.
    """

    def __init__(
        self, known_as: Mapping[str, str] | None = None, *, journal: Path | None = None, now: float = 0.0
    ) -> None:
        self._known_as = dict(known_as or {})
        self._journal: Journal | None = None
        self._same: dict[str, str] = {}
        self._last: dict[tuple[str, str], float] = {}
        if journal is not None:
            self._journal = Journal(journal, lambda line: self._recalls(line, now))

    def _recalls(self, line: list[Any], now: float) -> bool:
        """Whether the line still matters."""
        account, phone, user_id, at = line
        if now - at >= WINDOW_S:
            return False
        self.wrote(account, phone, user_id, at)
        return True

    def wa_id(self, to: str) -> str:
        """The phone that is really reached."""
        digits = to[1:] if to.startswith("+") else COUNTRY + to
        return self._known_as.get(digits, digits)

    def person(self, reached: str) -> str:
        """Who is behind a wa_id or a business-scoped id: one name for both where they are known to be one's."""
        return self._same.get(reached, reached)

    def wrote(self, account: str, phone: str | None, user_id: str | None, at: float) -> None:
        """They wrote to this number. Raises ValueError when neither id is given."""
        person = phone or user_id
        if not person:
            raise ValueError("phone or user_id is needed")
        if phone and user_id:
            self._same[user_id] = phone
            earlier = self._last.pop((account, user_id), 0.0)
            at = max(at, earlier)
        place = account, self.person(person)
        self._last[place] = max(at, self._last.get(place, 0.0))
        if self._journal is not None:
            self._journal.add(account, phone, user_id, at)

    def is_open(self, account: str, person: str, now: float) -> bool:
        """Whether this person wrote to this very number within 24 hours."""
        last = self._last.get((account, person))
        return last is not None and now - last < WINDOW_S

    def saw(self, delivery: bytes) -> None:
        """A delivery that goes to the hub: those whose messages are in it wrote. Anything else is passed over."""
        try:
            written = list(_written(json.loads(delivery)))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return  # not of the shape in which messages come: what the hub makes of it is its own affair
        for account, phone, user_id, at in written:
            self.wrote(account, phone, user_id, at)


def _written(whole: Any) -> Iterator[tuple[str, str | None, str | None, float]]:
    changes = [change for entry in whole.get("entry", []) for change in entry.get("changes", [])]
    for value in (change.get("value", {}) for change in changes if change.get("field") == "messages"):
        account = value.get("metadata", {}).get("phone_number_id")
        for message in value.get("messages", []):
            ids = message.get("from"), message.get("from_user_id")
            if account and any(ids) and message.get("type") not in NO_WORDS:
                yield account, *ids, float(message["timestamp"])
