"""What the query of a question may say."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from shared.application.inquire_errors import BadQuestion


def check_parts(query: Mapping[str, str], known: Collection[str]) -> None:
    """Raises `BadQuestion` for a parameter that the question has not, and for one that is empty: who forgot to fill it
    in would take the answer for another than it is."""
    if set(query) - set(known):
        raise BadQuestion(f"query: only {', '.join(sorted(known))}")
    if empty := [name for name in sorted(query) if not query[name].strip()]:
        raise BadQuestion(f"{empty[0]}: is empty: say a value, or leave it out")
