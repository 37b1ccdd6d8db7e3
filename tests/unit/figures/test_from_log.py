"""What a case's log means to the figures: a table of entries as they are stored, and the events they are read as."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.event import Event, utc_text
from shared.domain.figures import from_call, from_log, from_survey, vocabulary
from shared.domain.figures.from_log import events_of
from shared.domain.figures.model import KpiEvent
from shared.store.items import entry_item
from shared.store.views import event_text

START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
CASE = {
    "id": "c1",
    "state": "open",
    "channels": ["whatsapp"],
    "opened_at": utc_text(START),
}


def event(kind: str = "message", author: str = "customer", minute: int = 0, **more: Any) -> Event:
    said: dict[str, Any] = {
        "channel": "whatsapp",
        "account": "200000000000001",
        "kind": kind,
        "message_id": f"m{minute}",
        "direction": "inbound" if author == "customer" else "outbound",
        "author": {"type": author, "id": "Ana" if author == "agent" else None},
        "occurred_at": utc_text(START + timedelta(minutes=minute)),
        "provider_type": kind,
    }
    return Event.model_validate(said | more)


def change(text: str, reason: str, author: str = "agent", of: str = "state", **more: Any) -> Event:
    told = {"channel": "desk", "provider_type": of, "text": text or None, "reason": reason, "visibility": "internal"}
    return event("state_change", author, **{**told, **more})


def stored(*events: Event, **more: Any) -> list[dict[str, Any]]:
    """Entries as the table holds them; `more`: attributes of the last."""
    at = utc_text(START + timedelta(hours=1))
    log = [entry_item("c1", number, one, at, {}) for number, one in enumerate(events, 1)]
    log[-1] |= more
    return log


def read(*events: Event, case: dict[str, Any] | None = None, **more: Any) -> list[KpiEvent]:
    """All but the opening."""
    return list(events_of(CASE | (case or {}), stored(*events, **more)))[1:]


def short(one: KpiEvent) -> tuple[Any, ...]:
    return one.type, one.actor_type, one.actor, one.public, one.state


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (event(), ("message.in", "customer", None, True, None)),
        (event("postback"), ("message.in", "customer", None, True, None)),
        (event("comment", public=True), ("message.in", "customer", None, True, None)),
        (event("unsupported"), ("message.in", "customer", None, True, None)),
        (event(author="agent"), ("message.out", "agent", "Ana", True, None)),
        (event(author="agent", channel="desk", visibility="internal"), ("message.out", "agent", "Ana", False, None)),
        (event(author="bot"), ("message.out", "bot", None, True, None)),
        (event(author="system", flags=["campaign"]), ("message.out", "system", None, True, None)),
        (change("resolved", "open"), ("case.state_changed", "agent", "Ana", True, "resolved")),
        (change("closed", "resolved", "system", "hilo"), ("case.state_changed", "system", None, True, "closed")),
        (change("merged", "open", of="merge"), ("case.merged", "agent", "Ana", True, "merged")),
        (change("Luis", "", of="owner"), ("case.assigned", "agent", "Luis", True, None)),
        (change("urgent", "", of="priority"), ("case.priority_changed", "agent", "Ana", True, None)),
    ],
)
def test_what_each_entry_is_read_as(said: Event, wanted: tuple[Any, ...]) -> None:
    [found] = read(said)
    assert short(found) == wanted
    assert (found.occurred_at, found.sequence, found.id) == (START, 1, "0000000001")


@pytest.mark.parametrize(
    "said",
    [
        event("auto_reply"),
        event("bounce", "system"),
        event("reaction", reaction={"emoji": "👍", "target": "m0"}),
        event("edit", in_reply_to="m0"),
        event("deletion", in_reply_to="m0"),
        event("receipt", "system", receipt={"state": "delivered", "target": "m0"}),
        event("receipt", "system", receipt={"state": "unknown", "target": "m0"}),
        event("identity_change", "system"),
        event("account_news", "system"),
        event(flags=["opt_out"]),
        event(flags=["opt_in"]),
        event(flags=["external_participant"]),
        event(flags=["imported"]),
        event(author="system", visibility="internal", channel="hub"),
        change("open", "resolved", flags=["late"]),
        change("open", "closed", flags=["refused"]),
        change("open", "open"),
        change("open", "pending_customer", of="reminder"),
        change("", "K7QF-3M2X-R", of="merge"),
        change("", "Ana", of="owner"),
        change("Luis", "", of="owner", flags=["late"]),
    ],
)
def test_what_is_of_no_figure(said: Event) -> None:
    assert read(said) == []


def test_past_messages_are_of_no_figure() -> None:
    assert events_of(CASE | {"imported": True}, stored(event(), event(author="agent", minute=1))) == ()


def test_a_case_opens_in_the_state_that_its_first_change_left() -> None:
    before = events_of(CASE | {"state": "new"}, stored(event()))[0]
    log = stored(event(), change("open", "new", minute=1), change("resolved", "open", minute=2))
    assert before == events_of(CASE | {"state": "resolved"}, log)[0]
    assert (before.type, before.state, before.occurred_at, before.channel) == ("case.created", "new", START, "whatsapp")


def test_a_failed_send_is_told_of_its_answer() -> None:
    failed = event("receipt", "system", 2, receipt={"state": "failed", "target": "m1"})
    _, answered, told = read(event(), event(author="agent", minute=1), failed, target=2)
    assert (told.type, told.target) == ("message.failed", answered.id)


def test_what_a_receipt_changes_in_place_changes_no_event() -> None:
    log = stored(event(), event(author="agent", minute=1))
    marked = [log[0], log[1] | {"delivery": "failed", "delivery_rank": 2, "failed_at": utc_text(START)}]
    assert events_of(CASE, log) == events_of(CASE, marked)


def test_an_answer_from_a_tool_is_of_the_channel_where_it_goes() -> None:
    [found] = read(event(author="agent", channel="desk"), to="CNV#email#soporte@example.com#email:-:ana@example.com")
    assert found.channel == "email"


def test_what_is_done_in_a_tool_is_of_the_channel_where_the_customer_is_then() -> None:
    by_mail = event(channel="email", minute=5)
    early, late = change("resolved", "open", minute=3), change("open", "resolved", minute=9)
    found = read(event(), by_mail, early, late)
    assert [one.channel for one in found] == ["whatsapp", "email", "whatsapp", "email"]


def test_the_first_to_have_a_case_accepts_it_and_the_next_takes_over() -> None:
    # The later change came first.
    log = [change("Eva", "", minute=9, of="owner"), change("Luis", "", minute=1, of="owner")]
    log += [change("Luis", "", minute=2, of="owner"), change("", "", minute=3, of="owner")]
    found = read(*log)
    assert [(one.type, one.actor, one.sequence) for one in found] == [
        ("case.transferred", "Eva", 1),
        ("case.assigned", "Luis", 2),
    ]


def test_only_the_clock_resolves_without_anybody() -> None:
    by_clock = change("resolved", "pending_customer", "system", "hilo", channel="hub")
    [found] = read(by_clock)
    assert "auto_resolved" in found.flags
    [found] = read(change("resolved", "pending_customer"))
    assert "auto_resolved" not in found.flags


def test_a_moved_entry_counts_in_one_case_alone() -> None:
    moved = event("deletion", "system", 9, flags=["moved"], in_reply_to="m1")
    log = stored(event(), event(minute=1), moved, target=2)
    here = events_of(CASE, log)
    assert [one.id for one in here[1:]] == ["0000000001"]
    # Marking the entry in place says nothing: what was counted before the notice is counted before it.
    assert events_of(CASE, [log[0], log[1] | {"moved_to": {"case": "c2", "sequence": 1}}]) == events_of(CASE, log[:2])
    there = events_of(CASE | {"id": "c2"}, [log[1] | {"sequence": 1, "moved_from": {"case": "c1", "sequence": 2}}])
    assert [(one.type, one.occurred_at) for one in there[1:]] == [("message.in", START + timedelta(minutes=1))]


def test_the_latest_reading_of_an_entry_holds() -> None:
    log = stored(
        event(), event("edit", "system", 2, flags=["reparsed"]), event("edit", "system", 3, flags=["reparsed"])
    )
    as_auto = event("auto_reply")
    log[1] |= {"target": 1, "reading": zlib.compress(event_text(as_auto).encode())}
    assert events_of(CASE, log[:2])[1:] == ()
    later = event(channel="email", minute=7)
    log[2] |= {"target": 1, "reading": zlib.compress(event_text(later).encode())}
    [found] = events_of(CASE, log)[1:]
    assert (found.type, found.channel, found.sequence, found.occurred_at) == (
        "message.in",
        "email",
        1,
        START + timedelta(minutes=7),
    )


@pytest.mark.parametrize("said", [{"occurred_at": None}, {"occurred_at": utc_text(START + timedelta(days=900))}])
def test_without_a_time_that_can_be_it_counts_when_it_came_in(said: dict[str, Any]) -> None:
    [found] = read(event(**said))
    assert (found.occurred_at, found.from_ingest) == (START + timedelta(hours=1), True)


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        ({"state": "ringing"}, [("call.queued", 0)]),
        ({"state": "accepted"}, [("call.answered", 0)]),
        ({"state": "missed"}, [("call.abandoned", 0)]),
        ({"state": "abandoned", "queue_s": 95}, [("call.queued", -95), ("call.abandoned", 0)]),
        ({"state": "completed", "duration_s": 240}, [("call.answered", -240), ("call.ended", 0)]),
        (
            {"state": "completed", "queue_s": 15, "talk_s": 180, "hold_s": 60, "wrap_up_s": 45, "agent": "Ana"},
            [("call.queued", -255), ("call.answered", -240), ("call.ended", 0), ("acw.ended", 45)],
        ),
        ({"state": "transferring"}, []),
    ],
)
def test_calls(call: dict[str, Any], wanted: list[tuple[str, int]]) -> None:
    found = read(event("call", call=call, message_id="wacid.1:terminate"))
    assert [(one.type, int((one.occurred_at - START).total_seconds())) for one in found] == wanted
    assert all(one.details["call"] == "wacid.1" for one in found)


def test_words_and_names_are_of_no_figure() -> None:
    log = stored(
        event(text="Soy Ana", display_name="Ana", identities=[_phone()]), event(author="agent", text="¡Hola!", minute=1)
    )
    bare = stored(event(), event(author="agent", minute=1))
    assert events_of(CASE, log) == events_of(CASE, bare)


def _phone() -> dict[str, str]:
    return {"kind": "phone", "value": "+12025550142", "level": "channel"}


def test_what_a_hubs_own_log_does_not_tell_of_is_on_the_page() -> None:
    """docs/figures.md, "What a hub knows": whoever makes the log tell more changes it there."""
    readers = (from_log, from_call, from_survey)
    told = {value for reader in readers for value in vars(reader).values() if isinstance(value, str)}
    of_families = {name.partition(".")[0] for name in vocabulary.TYPES - told}
    assert of_families >= {"bot", "visit", "sale"}
    assert vocabulary.QUEUED not in told
    found = events_of(CASE, stored(event(), change("ana", "", of="owner"), event(author="agent", minute=1)))
    assert {(one.team, one.topic) for one in found} == {(None, None)}
