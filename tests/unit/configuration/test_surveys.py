"""The section `surveys`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from shared.configuration import Config
from tests.unit.configuration.one_brand import BRAND

Parsed = Callable[[str], Config]
Faults = Callable[[str], list[tuple[str, int | None, str, str]]]


def section(*entries: str) -> str:
    return BRAND + "surveys:\n" + "".join(f"- {{{entry}}}\n" for entry in entries)


def test_nobody_is_asked_unless_it_is_configured(parsed: Parsed) -> None:
    assert parsed(BRAND).survey_of("acme") is None
    assert parsed(BRAND + "surveys:\n").survey_of("acme") is None


@pytest.mark.parametrize(
    ("entry", "scale", "after", "comments"),
    [
        ("kind: csat, channels: [whatsapp]", "csat", 900, True),
        ("kind: csat, scale: thumbs, channels: [whatsapp]", "thumbs", 900, True),
        ("kind: nps, after: PT0S, channels: [email, instagram]", "nps", 0, True),
        ("kind: ces, scale: ces_old, after: P7D, comments: false, channels: [messenger]", "ces_old", 604_800, False),
    ],
)
def test_what_a_brand_asks(parsed: Parsed, entry: str, scale: str, after: int, comments: bool) -> None:
    found: Any = parsed(section(f"brand: acme, {entry}")).survey_of("acme")
    assert (found.scale_name, found.after, found.comments) == (scale, after, comments)
    assert parsed(section(f"brand: acme, {entry}")).survey_of("other") is None


@pytest.mark.parametrize(
    ("entry", "is_of_journey"),
    [
        ("kind: csat", False),
        ("kind: nps", True),
        ("kind: ces", True),
        ("kind: csat, of: journey", True),
        ("kind: nps, of: case", False),
    ],
)
def test_recommendation_and_effort_are_of_a_journey_unless_said(
    parsed: Parsed, entry: str, is_of_journey: bool
) -> None:
    found = parsed(section(f"brand: acme, {entry}, channels: [email]")).survey_of("acme")
    assert found
    assert found.is_of_journey is is_of_journey


@pytest.mark.parametrize(
    ("entry", "key", "message"),
    [
        ("brand: acm, kind: csat, channels: [whatsapp]", "surveys[0].brand", 'did you mean "acme"?'),
        ("brand: acme, channels: [whatsapp]", "surveys[0].kind", "is missing"),
        ("brand: acme, kind: stars, channels: [whatsapp]", "surveys[0].kind", "must be 'csat', 'nps' or 'ces'"),
        ("brand: acme, kind: csat", "surveys[0].channels", "is missing"),
        ("brand: acme, kind: csat, of: day, channels: [email]", "surveys[0].of", "must be 'case' or 'journey'"),
        ("brand: acme, kind: csat, channels: []", "surveys[0].channels", "must name at least 1: write channels: ["),
        ("brand: acme, kind: csat, channels: [sms]", "surveys[0].channels[0]", "must be 'whatsapp'"),
        ("brand: acme, kind: csat, channels: [email, email]", "surveys[0].channels", "there twice"),
        ("brand: acme, kind: nps, scale: thumbs, channels: [email]", "surveys[0].scale", "belongs to another kind"),
        ("brand: acme, kind: nps, after: soon, channels: [email]", "surveys[0].after", "not a duration"),
        ("brand: acme, kind: nps, after: 15, channels: [email]", "surveys[0].after", "not a duration"),
        ("brand: acme, kind: nps, after: P8D, channels: [email]", "surveys[0].after", "longer than a week"),
        ("brand: acme, kind: nps, channels: [email], coments: true", "surveys[0].coments", "unknown key"),
        ("brand: acme, kind: nps, channels: [email], comments: 1", "surveys[0].comments", "must be true or false"),
    ],
)
def test_a_fault_says_where_and_what(faults: Faults, entry: str, key: str, message: str) -> None:
    [(_, line, path, said)] = faults(section(entry))
    assert (line, path) == (4, key)
    assert message in said


def test_a_brand_asks_one_survey(faults: Faults) -> None:
    entry = "brand: acme, kind: csat, channels: [whatsapp]"
    [(_, line, path, said)] = faults(section(entry, entry))
    assert (line, path, "an earlier entry" in said) == (5, "surveys[1].brand", True)


@pytest.mark.parametrize("data", ["surveys: csat\n", "surveys: {brand: acme}\n"])
def test_it_is_a_list(faults: Faults, data: str) -> None:
    [(_, _, path, said)] = faults(BRAND + data)
    assert (path, said.startswith("must be a list")) == ("surveys", True)
