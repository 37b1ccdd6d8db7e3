"""RT's query language, as far as the hub writes it."""

from __future__ import annotations

import re
from typing import Any

_PIECE = re.compile(r"\s*(\(|\)|AND\b|OR\b|STARTSWITH\b|!=|[=<>]|'(?:[^'\\]|\\.)*'|CF\.\{\w+\}|\w+)")


def pieces_of(query: str) -> list[str] | None:
    """The words of a query; None for what is none."""
    pieces, at = [], 0
    while at < len(query.rstrip()):
        found = _PIECE.match(query, at)
        if found is None:
            return None
        pieces.append(found[1])
        at = found.end()
    return pieces


class Query:
    """One query, asked of one row."""

    def __init__(self, pieces: list[str], held: dict[str, Any]) -> None:
        self._pieces = list(pieces)
        self._held = held

    def holds(self) -> bool:
        held = self._all()
        while self._pieces and self._pieces[0] == "OR":
            self._pieces.pop(0)
            held = self._all() or held
        return held

    def _all(self) -> bool:
        held = self._one()
        while self._pieces and self._pieces[0] == "AND":
            self._pieces.pop(0)
            held = self._one() and held
        return held

    def _one(self) -> bool:
        if self._pieces[0] == "(":
            self._pieces.pop(0)
            held = self.holds()
            assert self._pieces.pop(0) == ")"
            return held
        name, operator, value = self._pieces.pop(0), self._pieces.pop(0), self._pieces.pop(0)
        have, wanted = self._held[name], re.sub(r"\\(.)", r"\1", value.strip("'"))
        if operator in "<>":
            have, wanted = (have, _time(wanted)) if name == "Created" else (int(have), int(wanted))
            return bool(have > wanted) if operator == ">" else bool(have < wanted)
        if operator == "!=":
            return str(have) != wanted
        text = str(have or "").lower()
        return text.startswith(wanted.lower()) if operator == "STARTSWITH" else text == wanted.lower()


def _time(written: str) -> str:
    """As RT's answers write it."""
    return written.removesuffix(" UTC").replace(" ", "T") + "Z"
