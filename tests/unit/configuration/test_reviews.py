"""The section `reviews`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time

import pytest

from shared.configuration import Config
from shared.domain.reviews.schedule import Slot

BASE = """brands:
- {name: acme, languages: [es], default_country: EC, time_zone: America/Guayaquil}
- {name: zeta, languages: [es], default_country: EC, time_zone: America/Guayaquil}
accounts:
- {channel: email, id: Ayuda@acme.example.com, brand: acme}
"""
FROM_TO = "from: ayuda@acme.example.com, to: [jefa@acme.example.com]"
Parsed = Callable[[str], Config]
Faults = Callable[[str], list[tuple[str, int | None, str, str]]]


def section(*entries: str) -> str:
    return BASE + "reviews:\n" + "".join(f"- {{{entry}}}\n" for entry in entries)


def test_there_are_none_unless_they_are_configured(parsed: Parsed) -> None:
    assert parsed(BASE).reviews == []
    assert parsed(BASE + "reviews:\n").reviews == []


def test_when_and_to_whom(parsed: Parsed) -> None:
    [found] = parsed(section(f'brand: acme, {FROM_TO}, daily: "07:30", weekly: "mon 08:00", language: pt')).reviews
    assert found.slots == (Slot("daily", time(7, 30)), Slot("weekly", time(8, 0), 0))
    assert (found.sender, found.to, found.language) == ("ayuda@acme.example.com", ["jefa@acme.example.com"], "pt")


@pytest.mark.parametrize(
    ("entry", "place", "words"),
    [
        (f'brand: acm, {FROM_TO}, daily: "07:30"', "reviews[0].brand", "did you mean"),
        (f'brand: zeta, {FROM_TO}, daily: "07:30"', "reviews[0].from", "no mailbox of this brand"),
        ('brand: acme, sender: a@x.example.com, daily: "07:30"', "reviews[0].sender", "unknown key"),
        (f'brand: acme, {FROM_TO}, form: csv, daily: "07:30"', "reviews[0].form", 'did you mean "from"'),
        (f"brand: acme, {FROM_TO}", "reviews[0]", "says nowhere when"),
        (f'brand: acme, {FROM_TO}, daily: "7:30"', "reviews[0].daily", "time of day"),
        (f'brand: acme, {FROM_TO}, daily: "24:00"', "reviews[0].daily", "time of day"),
        (f'brand: acme, {FROM_TO}, weekly: "lunes 08:00"', "reviews[0].weekly", "weekday and a time"),
        (f'brand: acme, {FROM_TO}, daily: "07:30", language: fr', "reviews[0].language", "must be"),
        (f'brand: acme, {FROM_TO}, daily: "07:30", weekly_cost_cents: 0', "reviews[0].weekly_cost_cents", "greater"),
        ('brand: acme, from: ayuda@acme.example.com, to: [], daily: "07:30"', "reviews[0].to", "at least 1"),
        ('brand: acme, from: ayuda@acme.example.com, to: ["a@b"], daily: "07:30"', "reviews[0].to[0]", "one address"),
        (
            'brand: acme, from: ayuda@acme.example.com, to: ["a@x.example.com\\r\\nBcc: b"], daily: "07:30"',
            "reviews[0].to[0]",
            "one address",
        ),
        (
            'brand: acme, from: ayuda@acme.example.com, to: [a@x.example.com, A@x.example.com], daily: "07:30"',
            "reviews[0].to",
            "twice",
        ),
    ],
)
def test_faults(faults: Faults, entry: str, place: str, words: str) -> None:
    found = faults(section(entry))
    assert place in [one[2] for one in found], found
    assert any(words in one[3] for one in found if one[2] == place), found


def test_one_entry_a_brand(faults: Faults) -> None:
    entry = f'brand: acme, {FROM_TO}, daily: "07:30"'
    assert [(one[2], "earlier" in one[3]) for one in faults(section(entry, entry))] == [("reviews[1].brand", True)]
