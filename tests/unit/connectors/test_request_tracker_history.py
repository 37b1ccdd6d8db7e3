from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import reduce
from typing import Any

import pytest

from shared.connectors.request_tracker.history import (
    Line,
    Part,
    Reached,
    Teller,
    event_of,
    in_order,
    is_of_use,
    own_of,
    priority_of,
    seen_in,
    states_of,
    told_by,
    told_last,
)
from shared.domain.event import Author

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
AGENT = Author(type="agent", id="agente1", name="Ana Agente")
LINE = Line(52, "Correspond", "", "", "", "No Subject", "agente1", AT, None)
TELLER = Teller("soporte", "https://rt.example.com", "12", AGENT, states_of({}, {}))


def line(**changes: Any) -> Line:
    return replace(LINE, **changes)


def said(changed: Line, **about: Any) -> dict[str, Any]:
    return event_of(changed, replace(TELLER, **about)).dump()


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, True),
        ({"type": "Comment"}, True),
        ({"type": "Status", "new": "open"}, True),
        ({"type": "Set", "field": "Owner"}, True),
        ({"type": "SetWatcher", "field": "Owner"}, False),
        ({"type": "Set", "field": "Priority"}, True),
        ({"type": "Set", "field": "Subject"}, False),
        ({"type": "AddLink", "field": "MergedInto", "new": "fsck.com-rt://rt.example.com/ticket/7"}, True),
        ({"type": "AddLink", "field": "MergedInto", "new": "fsck.com-rt://rt.example.com/ticket/12"}, False),
        ({"type": "AddLink", "field": "RefersTo", "new": "fsck.com-rt://rt.example.com/ticket/7"}, False),
        ({"type": "AddWatcher", "field": "Requestor"}, False),
        ({"type": "EmailRecord"}, False),
        ({"type": "Create"}, False),
    ],
)
def test_what_of_a_ticket_a_case_knows(changes: dict[str, Any], wanted: bool) -> None:
    assert is_of_use(line(**changes), "12") is wanted


OURS = line(id=51, creator="hub", subject="K7QF-0001-R/3 · Ana", message_id="wamid.1")


@pytest.mark.parametrize(
    ("changes", "cause", "own"),
    [
        ({}, None, "no"),
        ({"creator": "hub", "subject": "K7QF-0001-R/3 · Ana"}, None, "yes"),
        ({"creator": "hub", "subject": "K7QF-0001-R · Ana"}, None, "unclear"),
        ({"creator": "hub", "type": "Comment"}, None, "unclear"),
        ({"creator": "hub", "type": "Status", "new": "resolved"}, None, "yes"),
        ({"creator": "agente1", "subject": "K7QF-0001-R/3 · Ana"}, None, "no"),
        ({"creator": "ana@example.com", "message_id": "wamid.9"}, None, "yes"),
        ({"creator": "RT_System", "type": "Status", "new": "open"}, OURS, "yes"),
        ({"creator": "RT_System", "type": "Status", "new": "open"}, LINE, "no"),
        ({"creator": "RT_System", "type": "Status", "new": "open"}, None, "no"),
        ({"creator": "RT_System", "type": "Status", "new": "resolved"}, OURS, "no"),
    ],
)
def test_what_is_our_own(changes: dict[str, Any], cause: Line | None, own: str) -> None:
    assert own_of(line(**changes), "hub", cause) == own


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("new", "open"),
        ("open", "open"),
        ("stalled", "pending_customer"),
        ("resolved", "resolved"),
        ("rejected", "resolved"),
        ("waiting for parts", "waiting for parts"),
    ],
)
def test_a_status_is_the_hubs_state_or_told_as_it_is(status: str, state: str) -> None:
    told = said(line(type="Status", new=status))
    assert (told["kind"], told["provider_type"], told["text"], told["reason"]) == (
        "state_change",
        "state",
        state,
        status,
    )


def test_the_configuration_says_what_its_own_statuses_mean() -> None:
    table = states_of({"on_hold": "parked", "pending_customer": "parked", "new": "fresh"}, {"to do": "open"})
    assert (table["parked"], table["fresh"], table["to do"], table["resolved"]) == (
        "pending_customer",
        "open",
        "open",
        "resolved",
    )


def test_a_deletion_is_one() -> None:
    told = said(line(type="Status", new="deleted"))
    assert (told["provider_type"], "text" in told) == ("deletion", False)


@pytest.mark.parametrize(
    ("number", "word"),
    [("-5", "low"), ("0", "low"), ("1", "normal"), ("50", "normal"), ("51", "high"), ("100", "high"), ("101", "urgent"),
     ("", "normal"), ("x", "normal"), ("--5", "normal"), ("²", "normal"), ("9" * 5000, "normal")],
)  # fmt: skip
def test_a_priority_is_one_of_ours(number: str, word: str) -> None:
    assert priority_of(number) == word


@pytest.mark.parametrize(("owner", "text"), [("agente2", "agente2"), ("Nobody", None), ("", None)])
def test_an_owner_is_named_and_nobody_is_nobody(owner: str, text: str | None) -> None:
    assert said(line(type="Set", field="Owner", new="31"), owner=owner).get("text") == text


@pytest.mark.parametrize(
    ("parts", "text", "html"),
    [
        ([Part("1", "text/plain", "", "Hola\n")], "Hola", None),
        ([Part("1", "text/html", "", "<p>Ya&nbsp;<b>sale</b></p><ul><li>uno<li>dos</ul>")],
         "Ya sale\n\n- uno\n- dos", "<p>Ya&nbsp;<b>sale</b></p><ul><li>uno<li>dos</ul>"),
        ([Part("1", "text/plain", "", "A"), Part("2", "text/html", "", "<b>A</b>")], "A", "<b>A</b>"),
        ([Part("1", "text/html", "", "<style>p{}</style><script>x</script>Hola<br>tú")], "Hola\ntú",
         "<style>p{}</style><script>x</script>Hola<br>tú"),
        ([], None, None),
    ],
)  # fmt: skip
def test_what_was_written_is_kept_as_rt_gives_it(parts: list[Part], text: str | None, html: str | None) -> None:
    told = said(LINE, parts=parts)
    assert (told.get("text"), told.get("html")) == (text, html)
    assert (told["visibility"], told["direction"], told["message_id"], told["thread"]) == (
        "public",
        "outbound",
        "52",
        "12",
    )


def test_files_are_listed_by_their_number() -> None:
    parts = [Part("9", "image/png", "foto.png"), Part("10", "", ""), Part("11", "text/plain", "")]
    told = said(LINE, parts=parts)["attachments"]
    assert [(one["kind"], one["provider_id"], one.get("filename")) for one in told] == [
        ("image", "9", "foto.png"),
        ("document", "10", None),
        ("document", "11", None),
    ]
    assert told[0]["url"] == "https://rt.example.com/REST/2.0/attachment/9"


def test_what_a_customer_writes_to_rt_itself_is_nobodys_answer() -> None:
    told = said(LINE, author=Author(type="customer", id="ana@example.com"))
    assert (told["direction"], told["author"]["type"]) == ("inbound", "customer")


def test_numbers_give_the_order_and_times_are_rts_own() -> None:
    lines = [line(id=54, type="Status", new="open"), line(id=52), line(id=60, created=AT.replace(second=1))]
    ordered = in_order([*lines, line(id=53, type="EmailRecord")], "12")
    assert [(one.id, one.created.microsecond, one.created.second) for one in ordered] == [
        (52, 0, 0),
        (54, 0, 0),
        (60, 0, 1),
    ]


ONE, TWO, OTHER = "K7QF-3M2X-R/1", "K7QF-3M2X-R/2", "ABCD-3M2X-R/9"


@pytest.mark.parametrize(
    ("marks", "seen"),
    [
        ([], None),
        ([""], None),
        ([ONE], 1),
        ([ONE, "", TWO, ""], 2),
        ([TWO, ONE], 2),
        ([ONE, OTHER], None),
        ([ONE, OTHER, TWO], None),
    ],
    ids=["nothing", "no mark", "one", "the last one", "an earlier one told late", "two cases", "and never again"],
)
def test_what_an_agent_had_before_them(marks: list[str], seen: int | None) -> None:
    told = reduce(told_last, marks, "")
    assert seen_in(told) == seen
    assert Reached.read(Reached(52, told).cursor) == Reached(52, told), "kept in the cursor"


@pytest.mark.parametrize(
    ("changes", "mark"),
    [
        ({"creator": "hub", "subject": f"{ONE} · Ana"}, ONE),
        ({"creator": "agente1", "subject": f"{ONE} · Ana"}, ""),
        ({"creator": "hub", "subject": "No Subject"}, ""),
        ({"creator": "hub", "type": "Status", "subject": f"{ONE} · Ana"}, ""),
    ],
)
def test_what_the_hub_told_by_a_line(changes: dict[str, Any], mark: str) -> None:
    assert told_by(line(**changes), "hub") == mark


def test_a_cursor_from_before_knows_its_number_alone() -> None:
    assert (Reached.read(None), Reached.read("52")) == (Reached(0, ""), Reached(52, ""))
