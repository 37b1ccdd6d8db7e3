"""Files of messages, with a worker that dies, or a service that fails, at any one of its calls.

Delays are no faults: a file that such a fault holds up for a minute is told late. So not the log is compared, but what
a tool knows in the end: of every file once how it ended, after at most once that it was missing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.event import Event
from shared.store import keys
from tests.engine.record.bench import said
from tests.property.faults import Storm, crash_points
from tests.property.whole_hub import WholeHub

ANA = "593990000001"
Tell = Callable[[WholeHub], None]


def photo(message: str, *names: str, **more: Any) -> Event:
    files = [{"kind": "image", "provider_id": name, "mime_type": "image/png"} for name in names]
    return said(message, None, phone=ANA, attachments=files, **more)


def one_that_comes_and_one_that_is_gone(hub: WholeHub) -> None:
    hub.deliver(photo("m1", "a", "gone-b"))
    hub.settle()


def one_that_comes_late(hub: WholeHub) -> None:
    hub.provider.late["a"] = 3
    hub.deliver(photo("m1", "a", "gone-b"), said("m2", "y esto", phone=ANA, at=timedelta(minutes=1)))
    hub.settle()


def ends_well(hub: WholeHub) -> None:
    told = hub.tool.files["m1"]
    assert sorted(state for state in told if state != "missing") == ["fetched", "gone"]
    assert told.count("missing") <= 2
    assert hub.tool.doubled == []
    assert hub.found("DLQ#") == []
    [(case, entries)] = hub.tool.tickets.items()
    assert entries == sorted(set(entries))
    assert hub.files.get(f"media/{case}/1/0") == b"the bytes of a"
    assert hub.files.list("media/") == [f"media/{case}/1/0"]
    for item in hub.found("CAS#", "FILE#"):
        assert not {"lease", "due_pk", "due_sk"} & set(item)
    cursor = hub.item(keys.cursor(case, "demo"))
    assert cursor
    assert not {"lacks", "lease", "pushing", "due_pk"} & set(cursor)
    revisions = [entry for entry in hub.log(case) if "stored_file" in entry.flags]
    assert len({entry.message_id for entry in revisions}) == len(revisions)


@pytest.mark.parametrize("scenario", [one_that_comes_and_one_that_is_gone, one_that_comes_late])
def test_without_any_fault(scenario: Tell) -> None:
    hub = WholeHub()
    scenario(hub)
    ends_well(hub)
    waited = scenario is one_that_comes_late
    assert hub.tool.files["m1"] == (["missing", "gone", "fetched"] if waited else ["fetched", "gone"])
    assert hub.provider.asked == {"a": 4 if waited else 1, "gone-b": 1}


@pytest.mark.parametrize("scenario", [one_that_comes_and_one_that_is_gone, one_that_comes_late])
def test_every_crash_point_ends_with_every_file_told_once(scenario: Tell) -> None:
    clean = Storm()
    scenario(WholeHub(clean.around))
    visited = 0
    for fault in crash_points(clean.calls):
        hub = WholeHub(Storm(fault).around)
        scenario(hub)
        try:
            ends_well(hub)
        except AssertionError as error:
            place = f"{fault.kind.__name__} {fault.moment} call {fault.at}, {clean.calls[fault.at]}"
            raise AssertionError(f"{place}: {error}") from error
        visited += 1
    assert visited > 60
