"""Steps from lines of JSON: what is read, and what is said of what cannot be."""

from __future__ import annotations

import json

import pytest

from shared.domain.journeys.reading import Unreadable, events_in

LINE = {"source_event_id": "1", "profile_id": "p", "occurred_at": "2026-11-22T10:00:00-05:00"}


def test_the_least_that_a_step_has() -> None:
    [step] = events_in([json.dumps(LINE), "", "  "])
    assert (step.id, step.profile, step.type, step.channel, step.kind) == ("1", "p", "unknown", "-", "contact")
    assert step.occurred_at.isoformat() == "2026-11-22T15:00:00+00:00"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "line 2: not JSON"),
        ("[]", "line 2: not an object"),
        (json.dumps({**LINE, "source_event_id": ""}), "line 2: source_event_id: is missing"),
        (json.dumps({**LINE, "occurred_at": "now"}), "line 2: occurred_at: not a moment"),
        (json.dumps({**LINE, "occurred_at": "2026-11-22T10:00:00"}), "line 2: occurred_at: has no time zone"),
        (json.dumps({**LINE, "step_kind": "x"}), "line 2: step_kind: one of contact"),
        (json.dumps({**LINE, "stage": 7}), "line 2: stage: not a text"),
        (json.dumps({**LINE, "sequence": "7"}), "line 2: sequence: not a whole number"),
        (json.dumps({**LINE, "objects": "order:1"}), "line 2: objects: not a list"),
        (json.dumps({**LINE, "attributes": {"a": [1]}}), "line 2: attributes: not a mapping"),
    ],
)
def test_a_fault_names_its_line(line: str, reason: str) -> None:
    with pytest.raises(Unreadable) as caught:
        events_in([json.dumps(LINE), line])
    assert str(caught.value).startswith(reason)
