"""Who writes to the company's Pages and accounts, and what they said in public, as the stand-in knows them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from local.stand_ins.journal import Journal

DAY_S: Final = 24 * 3600
WEEK_S: Final = 7 * DAY_S
OPENS: Final = ("message", "postback")


@dataclass
class Comment:
    """Something said in public: who said it, by the id that they have in private, and when. `answered`: in private."""

    person: str
    at: float
    answered: bool = False


class People:
    """`journal`: a file of who wrote when, one line each, from which a new process goes on; what is older than a week
    at `now` is dropped from it. Places are `(channel, account)`."""

    def __init__(self, *, journal: Path | None = None, now: float = 0.0) -> None:
        self._last: dict[tuple[str, str, str], float] = {}
        self.comments: dict[tuple[str, str, str], Comment] = {}
        self._journal: Journal | None = None
        if journal is not None:
            self._journal = Journal(journal, lambda line: self._recalls(line, now))

    def _recalls(self, line: list[Any], now: float) -> bool:
        """Whether the line still matters."""
        channel, account, person, at = line
        if now - at >= WEEK_S:
            return False
        self.wrote(channel, account, person, at)
        return True

    def wrote(self, channel: str, account: str, person: str, at: float) -> None:
        """They wrote in private: their window is open."""
        place = channel, account, person
        self._last[place] = max(at, self._last.get(place, 0.0))
        if self._journal is not None:
            self._journal.add(channel, account, person, at)

    def commented(self, channel: str, account: str, comment: str, author: str, at: float) -> None:
        """They said something in public. On a Page they have another id in private."""
        person = f"9{author}" if channel == "messenger" else author
        self.comments.setdefault((channel, account, comment), Comment(person, at))

    def age(self, channel: str, account: str, person: str, now: float) -> float | None:
        """Seconds since they wrote to this very account; None for somebody it does not know."""
        last = self._last.get((channel, account, person))
        if last is not None:
            return now - last
        met = any(key[:2] == (channel, account) and one.person == person for key, one in self.comments.items())
        return WEEK_S if met else None

    def saw(self, channel: str, delivery: bytes, now: float, account_of: dict[str, str]) -> None:
        """A delivery that goes to the hub: those whose words are in it wrote. `account_of`: by its Page's id."""
        try:
            for entry in json.loads(delivery)["entry"]:
                account = account_of.get(str(entry["id"]), str(entry["id"]))
                for person, at in _written(entry):
                    self.wrote(channel, account, person, at / 1000)
                for comment, author in _said_in_public(entry):
                    self.commented(channel, account, comment, author, now)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return  # not of the shape in which messages come: what the hub makes of it is its own affair


def _written(entry: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for item in entry.get("messaging", []):
        is_echo = isinstance(item.get("message"), dict) and item["message"].get("is_echo")
        if any(kind in item for kind in OPENS) and not is_echo:
            yield str(item["sender"]["id"]), float(item["timestamp"])


def _said_in_public(entry: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for change in entry.get("changes", []):
        value = change["value"]
        number = value.get("comment_id") or value.get("id") or value.get("post_id")
        if change.get("field") in ("feed", "comments", "live_comments") and number and value.get("from"):
            yield str(number), str(value["from"]["id"])
