"""What a figure means, in the language that somebody asks in."""

from __future__ import annotations

from shared.domain.figures.definitions import DEFINITIONS
from shared.domain.figures.portuguese import PT


def definition(figure: str, language: str) -> str:
    """What it means, in `pt` or `en`, else in Spanish. Raises KeyError for a figure that nobody has defined."""
    if language == "pt":
        return PT[figure]
    return DEFINITIONS[figure].en if language == "en" else DEFINITIONS[figure].es
