"""What an expectation accepts, and in which words it says what is not so."""

from __future__ import annotations

from typing import Any

import pytest

from local.simulation.expectations import unmet

REPORT: dict[str, Any] = {
    "customers": [
        {
            "id": "c-a",
            "number": 1,
            "display_name": "Ana",
            "merged_into": None,
            "identities": [
                {"kind": "phone", "value": "+12025550142"},
                {"kind": "phone", "value": "+12025550143", "until": "2026-12-04"},
            ],
        },
        {"id": "c-b", "number": 2, "display_name": "Ani", "merged_into": "c-a", "identities": []},
    ],
    "cases": [
        {
            "id": "k-a",
            "number": 1,
            "customer": "c-a",
            "state": "open",
            "entries": [{"text": "Hola", "flags": []}, {"text": "¿Y?"}],
        },
        {"id": "k-b", "number": 2, "customer": "c-a", "state": "new", "follow_up_of": "k-a", "entries": []},
    ],
    "candidates": [{"customers": ["c-a", "c-b"], "status": "merged"}],
    "connectors": {"demo": [{"told": "entry"}]},
    "sent": [],
    "dead_letters": [],
    "refused": [],
    "metrics": [
        {"name": "ignored", "value": 1, "dimensions": {}},
        {"name": "ignored", "value": 2, "dimensions": {"kind": "x"}},
    ],
}


@pytest.mark.parametrize(
    "expected",
    [
        {"customers": 1, "everyone": 2, "cases": 2},
        {
            "customers": [
                {
                    "display_name": "Ana",
                    "holds": ["phone:+12025550142"],
                    "held": ["phone:+12025550143"],
                    "cases": [1, 2],
                }
            ]
        },
        {"everyone": [{}, {"merged_into": 1}]},
        {"cases": [{"customer": 1, "entries": ["Hola", "¿Y?"]}, {"follow_up_of": 1, "entries": "none"}]},
        {"cases": [{"entries": 2}, {"entries": 0}]},
        {"cases": [{"entries": {"in_any_order": ["¿Y?", {"text": "Hola"}]}}, {}]},
        {"cases": {"in_any_order": [{"state": "new"}, {"state": "open"}]}},
        {"cases": {"among_them": [{"state": "new"}]}},
        {"cases": [1, 2]},
        {"candidates": [[1, 2]], "sent": "none", "dead_letters": 0, "connectors": {"demo": "some"}},
        {"metrics": {"ignored": 3, "merged": "none", "lost": 0}},
        {"cases": [{"entries": [{"flags": "none"}, {}]}, {"resolved_at": "none"}]},
    ],
    ids=str,
)
def test_met(expected: dict[str, Any]) -> None:
    assert unmet(expected, REPORT, "expect", 7) == []


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        ({"customers": 2}, "customers: 2 is expected, it is 1"),
        ({"cases": "none"}, "cases: none is expected, there is [{"),
        ({"sent": "some"}, "sent: some is expected, there is none"),
        ({"cases": [{}]}, "cases: 1 expected, there are 2"),
        ({"cases": [{"state": "new"}, {}]}, "cases 1.state: new is expected, it is open"),
        ({"cases": [{"entries": ["Hola"]}, {}]}, "cases 1.entries: 1 expected, there are 2"),
        ({"cases": [{"entries": ["Hola", "No"]}, {}]}, "cases 1.entries 2: No is expected, it is ¿Y?"),
        ({"cases": [{"entries": {"in_any_order": ["Hola", "No"]}}, {}]}, "cases 1.entries: none of them is No"),
        ({"cases": {"among_them": [{"state": "new"}, {"state": "new"}]}}, "cases: none of them is {"),
        ({"cases": [{"follow_up_of": 1}, {}]}, "cases 1.follow_up_of: 1 is expected, it is none"),
        ({"cases": [2, {}]}, "cases 1: 2 is expected, it is 1"),
        ({"candidates": [[1, 3]]}, "candidates 1 2: 3 is expected, it is 2"),
        ({"connectors": {"other": 1}}, "connectors.other: 1 is expected, it is none"),
        ({"cases": {"state": "new"}}, "cases: a mapping is expected where there is a list of 2"),
        ({"metrics": {"ignored": 4}}, "metrics.ignored: 4 is expected, it is 3"),
    ],
    ids=str,
)
def test_unmet(expected: dict[str, Any], told: str) -> None:
    found = unmet(expected, REPORT, "expect", 7)
    assert len(found) == 1
    assert str(found[0]).startswith(f"line 7, expect: {told}")
