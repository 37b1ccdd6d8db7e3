"""A review as data: what the page says, before it is put into words. Pure."""

from __future__ import annotations

from typing import Any

from shared.domain.figures.grouping import SLOTS
from shared.domain.figures.thresholds import thresholds
from shared.domain.moment import utc_text
from shared.domain.reviews.model import Line, Review, Volume
from shared.domain.reviews.words import label, meaning


def told(review: Review) -> dict[str, Any]:
    """The review as JSON. Values are unrounded, in the unit beside them; None where there is no data. Labels and
    definitions are in the review's language."""
    figures = dict.fromkeys(line.figure for line in review.lines)
    beside = {figure: thresholds(figure, review.limits, review.language) for figure in figures}
    return {
        "kind": review.kind,
        "brand": review.brand,
        "from": review.first.isoformat(),
        "to": review.last.isoformat(),
        "lang": review.language,
        "as_of": utc_text(review.as_of),
        "revision": review.revision,
        "figures": [_line(line, review) for line in review.lines],
        "volumes": [_volume(volume) for volume in review.volumes],
        "topics": [{"type": name, "journeys": number} for name, number in review.topics],
        "stages": [
            {"stage": one.name, "entered": one.entered, "abandoned": one.abandoned, "percent": one.percent}
            for one in review.stages
        ],
        "corrections": [
            {"day": one.day.isoformat(), "revision": one.revision, "at": one.at} for one in review.corrections
        ],
        "definitions": {figure: meaning(figure, review.language) for figure in figures},
        "thresholds": {figure: text for figure, text in beside.items() if text},
    }


def _line(line: Line, review: Review) -> dict[str, Any]:
    return {
        "figure": line.figure,
        "part": line.part,
        "label": label(line, review.language),
        "value": line.value,
        "unit": line.unit,
        "n": line.n,
        "usual": line.usual,
        "greyed": line.is_greyed,
        "moved": line.has_moved,
        "until": line.last.isoformat() if line.last else None,
    }


def _volume(volume: Volume) -> dict[str, Any]:
    slots = [
        {"slot": slot, "contacts": number, "usual": usual}
        for slot, (number, usual) in zip(SLOTS, volume.slots, strict=True)
    ]
    return {"channel": volume.channel, "total": volume.total, "slots": slots}
