"""Every fixture of Instagram, and what must come of it: see `expected.json`."""

from __future__ import annotations

import json

import pytest

from tests.contract.meta.tables import differences, events, expected, fixtures

EXPECTED = expected("instagram")
BODIES = fixtures("instagram")


def test_the_table_lists_every_fixture() -> None:
    assert set(BODIES) == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_each_element_becomes_the_event_that_the_table_says(name: str) -> None:
    found = events("instagram", BODIES[name])
    assert len(found) == len(EXPECTED[name])
    assert [differences(*pair) for pair in zip(found, EXPECTED[name], strict=True)] == [[] for _ in found]


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_event_is_json_in_utf8_and_repeatable(name: str) -> None:
    once, again = (
        [json.dumps(one, ensure_ascii=False).encode() for one in events("instagram", BODIES[name])] for _ in "12"
    )
    assert once == again
    assert all(event["message_id"] and event["provider_type"] for event in map(json.loads, once))
