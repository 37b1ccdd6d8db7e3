"""A review as CSV (RFC 4180): a row for each figure, and for each channel and slot. Pure."""

from __future__ import annotations

import csv
import io

from shared.domain.figures.grouping import SLOTS
from shared.domain.reviews.model import Review
from shared.domain.reviews.words import label, meaning
from shared.domain.spreadsheet import harmless

HEAD = ("brand", "from", "to", "revision", "figure", "part", "channel", "slot", "value", "unit", "n", "usual",
        "greyed", "moved", "until", "label", "definition")  # fmt: skip


def sheet(review: Review) -> str:
    """What the page says in numbers, unrounded by language. No data is an empty field."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEAD)
    place = (harmless(review.brand), review.first, review.last, review.revision)
    for line in review.lines:
        notes = (str(line.is_greyed).lower(), str(line.has_moved).lower(), line.last)
        words = (label(line, review.language), meaning(line.figure, review.language))
        numbers = (line.value, line.unit, line.n, line.usual)
        writer.writerow((*place, line.figure, line.part, None, None, *numbers, *notes, *words))
    for volume in review.volumes:
        for slot, (number, usual) in zip(SLOTS, volume.slots, strict=True):
            of = ("contacts_offered", "value", harmless(volume.channel), slot)
            writer.writerow((*place, *of, number, "count", number, usual, "false", "false", None, None, None))
    return text.getvalue()
