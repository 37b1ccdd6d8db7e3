"""The section `outside_numbers`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from shared.configuration import Config

BASE = "brands:\n- {name: acme, languages: [es], default_country: EC, time_zone: America/Guayaquil}\n"
ENTRY = "brand: acme, from: 2026-11-01, to: 2026-11-30, source: CRM, taken: 2026-12-01"
Parsed = Callable[[str], Config]
Faults = Callable[[str], list[tuple[str, int | None, str, str]]]


def section(*entries: str) -> str:
    return BASE + "outside_numbers:\n" + "".join(f"- {{{entry}}}\n" for entry in entries)


def test_numbers_with_their_source(parsed: Parsed) -> None:
    [found] = parsed(section(f"{ENTRY}, active_customers: 8000")).outside_numbers
    assert (found.first, found.last, found.taken) == (date(2026, 11, 1), date(2026, 11, 30), date(2026, 12, 1))
    assert (found.source, found.active_customers, found.cost_cents) == ("CRM", 8000, None)
    assert parsed(BASE).outside_numbers == []


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("brand: zeta, from: 2026-11-01, to: 2026-11-30, source: CRM, taken: 2026-12-01", "no brand has this name"),
        ("brand: acme, from: 2026-11-30, to: 2026-11-01, source: CRM, taken: 2026-12-01", "before from"),
        ("brand: acme, from: 2025-11-01, to: 2026-12-30, source: CRM, taken: 2026-12-01", "at most 400 days"),
        ("brand: acme, from: 2026-11-01, to: 2026-11-30, taken: 2026-12-01", "source"),
        (f"{ENTRY}, help_visits: 5", "help_visits_without_contact: is missing"),
        (f"{ENTRY}, customers_at_start: 5, customers_at_end: 4", "customers_gained: is missing"),
        (f"{ENTRY}, cost_cents: -1", "cost_cents"),
        (f"{ENTRY}, cost: 1", "cost"),
    ],
)
def test_what_makes_no_sense_is_named(faults: Faults, entry: str, words: str) -> None:
    [fault] = faults(section(entry))
    assert fault[1] == 4
    assert words in f"{fault[2]}: {fault[3]}"


def test_a_section_that_is_no_list(faults: Faults) -> None:
    [fault] = faults(BASE + "outside_numbers: 5\n")
    assert "must be a list" in fault[3]
