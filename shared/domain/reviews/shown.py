"""Values as people read them: with their unit, and a comma or a point by the language. Pure."""

from __future__ import annotations

from shared.domain.figures.figure import SHARES, Unit
from shared.domain.reviews.model import Language, Line
from shared.domain.reviews.words import word


def value_text(value: float | None, unit: Unit, language: Language) -> str:
    """A value with its unit; without data, so in words."""
    if value is None:
        return word("no_data", language)
    if unit == "seconds":
        return duration_text(round(value))
    if unit == "cents":
        return number_text(value / 100, 2, language, trims=False)
    if unit == "percent":
        return f"{number_text(value, 1, language)} %"
    return number_text(value, 2 if unit == "score" else 1, language)


def number_text(value: float, places: int, language: Language, *, trims: bool = True) -> str:
    """A number with at most so many decimals; exactly so many where it is not trimmed."""
    text = f"{value:.{places}f}"
    if trims and "." in text:
        text = text.rstrip("0").rstrip(".")
    text = "0" if text == "-0" else text
    return text if language == "en" else text.replace(".", ",")


def duration_text(seconds: int) -> str:
    """`45 s`, `12 min 5 s`, `3 h 07 min`."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def change_text(line: Line, language: Language) -> str:
    """How far a line is from its usual: in points of a percentage, else in per cent. Both must be known."""
    value, usual = line.value or 0.0, line.usual or 0.0
    if line.unit in SHARES:
        difference = _signed(value - usual, language)
        return f"{difference} pp" if line.unit == "percent" else difference
    if not usual:
        return _signed(value, language)
    return f"{_signed((value - usual) / abs(usual) * 100, language)} %"


def _signed(value: float, language: Language) -> str:
    return ("+" if value > 0 else "") + number_text(value, 1, language)
