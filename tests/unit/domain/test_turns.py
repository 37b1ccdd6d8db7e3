"""Whether a case holds something that nobody answered: a table of logs, newest first."""

from __future__ import annotations

from typing import Any

import pytest

from shared.domain.event import Event
from shared.domain.turns import awaits_answer


def entry(kind: str = "message", **more: Any) -> Event:
    parts = {"channel": "whatsapp", "account": "1", "kind": kind, "message_id": "m", "author": {"type": "customer"}}
    return Event.model_validate({**parts, "provider_type": "text", **more})


SAID = entry()
ANSWER = entry(direction="outbound", author={"type": "agent"})
NOTE = entry(direction="outbound", author={"type": "agent"}, visibility="internal")
THANKS = entry(flags=["courtesy"])
JOINED = entry("state_change", provider_type="merge", visibility="internal", reason="ABC-DEF")
REFUSED = entry("state_change", provider_type="merge", flags=["refused"])
OPENED = entry("state_change", provider_type="hilo", text="open")
HELD = entry("state_change", provider_type="state", text="on_hold")
TAKEN = entry("state_change", provider_type="owner", text="open")


@pytest.mark.parametrize(
    ("newest_first", "awaits"),
    [
        ([], False),
        ([SAID], True),
        ([ANSWER, SAID], False),
        ([SAID, ANSWER], True),
        ([NOTE, SAID], True),  # what people say among themselves is no answer
        ([THANKS, ANSWER, SAID], False),
        ([entry("reaction"), ANSWER, SAID], False),
        ([entry("call"), ANSWER], True),
        ([ANSWER, OPENED, SAID], False),  # the answer itself opened it
        ([OPENED, ANSWER, SAID], True),  # somebody, or the clock, opened it since
        ([HELD, ANSWER, SAID], False),
        ([TAKEN, ANSWER, SAID], False),
        ([JOINED, ANSWER, SAID], True),  # what was joined stands in its own log
        ([REFUSED, ANSWER, SAID], False),
    ],
)
def test_what_waits_for_somebody(newest_first: list[Event], awaits: bool) -> None:
    assert awaits_answer(newest_first) is awaits
