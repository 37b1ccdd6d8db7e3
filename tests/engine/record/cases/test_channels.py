"""Cases across channels, and what each channel's conversations are evidence of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from shared.domain.event import Event

Make = Callable[..., Event]
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def test_row_14_a_chat_of_the_same_person_joins_the_open_case(hub: Any, on: Make) -> None:
    first = hub.record(on("whatsapp", "m1"))
    second = hub.record(on("webchat", "w1", at=20 * MINUTE))
    assert second.case == first.case
    assert hub.log(first.case)[-1].flags == ["channel_switch"]
    assert hub.case(first.case)["channels"] == ["whatsapp", "webchat"]
    assert hub.record(on("webchat", "w2", at=3 * DAY)).case == first.case, "from now on its conversation leads there"


def test_row_15_whoever_only_says_who_they_are_has_a_case_of_their_own(hub: Any, on: Make) -> None:
    first = hub.record(on("whatsapp", "m1"))
    session = [{"kind": "external", "value": "session-1", "level": "channel"}]
    session.append({"kind": "phone", "value": "+593991234567", "level": "claimed"})
    second = hub.record(on("webchat", "w1", identities=session, at=20 * MINUTE))
    assert second.case != first.case
    assert hub.case(second.case)["customer"] != hub.case(first.case)["customer"]


def test_row_16_two_open_cases_are_suggested_and_neither_is_joined(hub: Any, on: Make) -> None:
    first = hub.record(on("whatsapp", "m1"))
    second = hub.record(on("in_person", "i1", at=HOUR))
    third = hub.record(on("webchat", "w1", at=2 * HOUR))
    assert len({first.case, second.case, third.case}) == 3
    found = hub.table.table.query(f"CAS#{third.case}", "ENT#").items[0]
    assert found["related"] == sorted([first.case, second.case])


def test_row_17_a_call_joins_what_is_fresh_and_its_later_news_stay_with_it(hub: Any, on: Make) -> None:
    first = hub.record(on("whatsapp", "m1"))
    rings = hub.record(on("voice", "c1:ringing", None, kind="call", thread="c1", call={"state": "ringing"}, at=HOUR))
    assert rings.case == first.case
    later = hub.record(on("voice", "c2:ringing", None, kind="call", thread="c2", call={"state": "ringing"}, at=DAY))
    assert later.case != first.case
    ended = hub.record(on("voice", "c2:ended", None, kind="call", thread="c2", call={"state": "ended"}, at=DAY + HOUR))
    assert ended.case == later.case


def test_rows_18_and_19_thanks_do_not_reopen_and_more_does(hub: Any, on: Make) -> None:
    first = hub.record(on("whatsapp", "m1"))
    hub.set_case(first.case, state="resolved", resolved_at="2026-11-22T11:00:00Z")
    thanked = hub.record(on("whatsapp", "m2", "gracias 🙏", at=HOUR + 5 * MINUTE))
    item = hub.case(first.case)
    assert (thanked.case, item["state"], item["resolved_at"]) == (first.case, "resolved", "2026-11-22T11:00:00Z")
    assert item["last_customer_at"] == "2026-11-22T10:00:00Z", "nobody waits for an answer"
    assert hub.log(first.case)[-1].flags == ["courtesy"]
    hub.record(on("whatsapp", "m3", "gracias, pero sigue sin funcionar", at=HOUR + 6 * MINUTE))
    item = hub.case(first.case)
    assert (item["state"], item["reopen_count"], "resolved_at" in item) == ("open", 1, False)
    assert item["state_at"] == "2026-11-22T11:06:00Z"


def test_row_27_a_comment_and_a_private_message_are_two_linked_cases(hub: Any, on: Make) -> None:
    comment = hub.record(on("instagram", "c1", kind="comment", public=True, thread="post-1"))
    private = hub.record(on("instagram", "d1", at=HOUR))
    assert private.case != comment.case
    found = hub.table.table.query(f"CAS#{private.case}", "ENT#").items[0]
    assert found["related"] == [comment.case]
    again = hub.record(on("instagram", "c2", kind="comment", public=True, thread="post-1", at=2 * HOUR))
    assert again.case == comment.case, "the same thread"
    other = hub.record(on("instagram", "c3", kind="comment", public=True, thread="post-2", at=3 * HOUR))
    assert other.case not in (comment.case, private.case)
    assert hub.record(on("webchat", "w1", at=4 * HOUR)).case == private.case, "a public case is never joined"


def test_spam_takes_what_follows_for_thirty_days(hub: Any, on: Make) -> None:
    first = hub.record(on("whatsapp", "m1"))
    hub.set_case(first.case, state="spam")
    assert hub.record(on("whatsapp", "m2", at=29 * DAY)).case == first.case
    assert hub.case(first.case)["state"] == "spam"
    new = hub.record(on("whatsapp", "m3", at=30 * DAY))
    assert new.case != first.case
    assert "follow_up_of" not in hub.case(new.case)


def test_row_29_an_echo_from_before_the_end_is_part_of_the_closed_case(hub: Any, on: Make) -> None:
    first = hub.record(on("whatsapp", "m1"))
    hub.set_case(first.case, state="closed", closed_at="2026-11-23T10:00:00Z")
    outbound = {"direction": "outbound", "author": {"type": "agent"}}
    assert hub.record(on("whatsapp", "e1", at=HOUR, **outbound)).case == first.case
    assert hub.record(on("whatsapp", "e2", at=DAY, **outbound)).case != first.case
