"""Nothing that people write makes an item grow for ever, nor a chain of merges too long to follow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from local.memory.table import MemoryTable
from shared.domain.event import HUB, Event
from shared.store import items
from tests.engine.record.bench import START, CountedTable, Hub
from tests.engine.record.tools.bench import ToolHub, done

Make = Callable[..., Event]
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def quick_hub() -> Hub:
    return ToolHub(CountedTable(MemoryTable(START.timestamp)))


def merges(message: str, case: str, into: str, at: timedelta) -> Event:
    return done(message, case, tool=HUB, kind="state_change", provider_type="merge", text=into, at=at)


def test_a_case_of_very_many_chats_knows_its_first_and_its_latest(quick_hub: Any, on: Make) -> None:
    case = quick_hub.record(on("webchat", "w0", thread="session-0")).case
    first = quick_hub.case(case)["conversations"]
    for number in range(1, items.MAX_CONVERSATIONS + 20):
        said = on("webchat", f"w{number}", thread=f"session-{number}", at=number * MINUTE)
        assert quick_hub.record(said).case == case
    listed = quick_hub.case(case)["conversations"]
    assert (len(listed), listed[:1]) == (items.MAX_CONVERSATIONS, first)
    assert listed[-1].endswith(f"session-{items.MAX_CONVERSATIONS + 19}")


def test_whoever_writes_a_hundred_mails_has_a_list_of_the_newest(quick_hub: Any, mail: Make) -> None:
    """Each begins a case of its own. Neither the profile, nor what is suggested, nor the reading grows with them."""
    number = items.MAX_CASES + 30
    cases = [quick_hub.record(mail(f"<{one}@x>", at=one * MINUTE)).case for one in range(number)]
    profile = quick_hub.profile(quick_hub.case(cases[0])["customer"])
    assert sorted(profile["cases"]) == sorted(cases)[-items.MAX_CASES :]
    quick_hub.table.reset()
    last = quick_hub.record(mail("<last@x>", at=number * MINUTE))
    assert len(quick_hub.entries(last.case)[0]["related"]) <= items.MAX_CASES
    assert quick_hub.table.reads <= 2 * items.MAX_CASES + 20
    answer = quick_hub.record(mail("<answer@x>", to=["<0@x>"], at=(number + 1) * MINUTE))
    assert answer.case == cases[0], "one that is listed no longer is found by what names it"
    assert cases[0] in quick_hub.profile(profile["id"])["cases"], "and is the newest that was written to"


def test_a_long_chain_of_merged_cases_is_followed_to_its_end(quick_hub: Any, mail: Make) -> None:
    cases = [quick_hub.record(mail(f"<{one}@x>", at=one * MINUTE)).case for one in range(45)]
    for place, (one, into) in enumerate(pairwise(cases)):
        quick_hub.record(merges(f"x{place}", one, into, DAY))
    outcome = quick_hub.record(mail("<answer@x>", to=["<0@x>"], at=DAY + MINUTE))
    assert outcome.case == cases[-1]
    back = quick_hub.record(merges("back", cases[-1], cases[0], DAY + MINUTE))
    assert (back.case, quick_hub.case(cases[-1])["state"]) == (cases[-1], "new"), "never in a circle"


def test_the_case_that_goes_on_has_what_the_other_knew(quick_hub: Any, mail: Make, on: Make) -> None:
    """Who takes part, which orders it is about, and when the customer wrote last."""
    older = quick_hub.record(on("whatsapp", "m1")).case
    newer = quick_hub.record(mail("<1@x>", "El pedido A-12345", at=3 * DAY)).case
    quick_hub.record(mail("<2@x>", "Soy su hermana", sender="eva@example.com", to=["<1@x>"], at=3 * DAY + MINUTE))
    [eva] = quick_hub.case(newer)["participants"]
    ana = quick_hub.case(older)["customer"]
    quick_hub.set_case(newer, customer=ana)
    quick_hub.record(merges("x", newer, older, 4 * DAY))
    item = quick_hub.case(older)
    assert (item["participants"], item["orders"]) == ([eva], ["A-12345"])
    assert item["last_customer_at"] == "2026-11-25T10:01:00Z"
    quick_hub.record(
        done("r", older, tool=HUB, kind="state_change", provider_type="state", text="resolved", at=2 * DAY)
    )
    assert quick_hub.case(older)["state"] == "new", "whoever resolved it had not seen what was written since"
