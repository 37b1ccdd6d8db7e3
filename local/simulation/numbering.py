"""Gives customers and cases their numbers, as they appear in the table."""

from __future__ import annotations

from collections.abc import Iterable

from local.simulation.ledger import Ledger
from local.simulation.story import Placed
from local.sqlite.attributes import unmarshal_item
from local.sqlite.stream import Change


class Numbering:
    """Hears of every change (`notice`), and numbers what is new after a step, or after several at once (`number`)."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._new: dict[str, list[str]] = {"CUS": [], "CAS": []}
        self._holder_of: dict[str, str] = {}
        self._case_of: dict[str, str] = {}
        """By the key of a message."""

    def notice(self, change: Change) -> None:
        """A change of the table. Only what appears is of interest."""
        kind, _, of = change.pk.partition("#")
        if change.old is not None or change.new is None:
            return
        if (kind, change.sk) in (("CUS", "PROFILE"), ("CAS", "CASE")):
            self._new[kind].append(of)
        if kind == "CAS":
            item = unmarshal_item(change.new)
            if change.sk == "CASE":
                self._holder_of[of] = item["customer"]
            elif item.get("message_key"):
                self._case_of.setdefault(item["message_key"], of)

    def number(self, several: Iterable[Placed]) -> None:
        """Number what has appeared since. A case stands where the first of these steps is whose message is in it."""
        place: dict[str, int] = {}
        for position, placed in enumerate(several):
            said = self._ledger.said.get(placed.id)
            for key, case in self._case_of.items():
                if said and key.endswith(f"#{said.message_id}"):
                    place.setdefault(case, position)
        self._ledger.add(self._new["CUS"], self._new["CAS"], self._holder_of, place)
        self._new = {"CUS": [], "CAS": []}
