from __future__ import annotations

from typing import Any

import pytest

from shared.connectors.generic_webhook.back import GenericBack
from shared.connectors.generic_webhook.hook import faults_of, ids_of

AUTHOR = {"id": "u-3", "name": "Luis"}


def events(kind: str, **data: Any) -> list[dict[str, Any]]:
    told = {"type": kind, "timestamp": "2026-11-22T10:00:00.250Z", "data": {"external_id": "x-1", **data}}
    assert faults_of(told) == []
    happened = GenericBack("demo").told({**told, "id": "msg_1", "ids": ids_of(told, "msg_1")})
    assert {one.own for one in happened} == {"no"}
    return [one.event.dump() for one in happened]


def test_an_answer_keeps_all_that_was_said() -> None:
    attachments = [{"url": "https://tool.example.com/f/1", "name": "foto.jpg", "mime": "image/jpeg", "size": 7}]
    [told] = events(
        "agent.reply", case_id="k-77", author=AUTHOR, text="Ya sale", html="<b>Ya</b>", attachments=attachments,
        in_reply_to="wamid.1",
    )  # fmt: skip
    assert told | {"attachments": None} == {
        **told,
        "channel": "demo", "account": "demo", "thread": "k-77", "kind": "message", "message_id": "msg_1",
        "message_ref": "x-1", "direction": "outbound", "visibility": "public", "text": "Ya sale", "html": "<b>Ya</b>",
        "author": {"type": "agent", "id": "u-3", "name": "Luis"}, "occurred_at": "2026-11-22T10:00:00.250Z",
        "in_reply_to": "wamid.1", "provider_type": "agent.reply", "attachments": None,
    }  # fmt: skip
    [file] = told["attachments"]
    assert (file["kind"], file["filename"], file["size"]) == ("image", "foto.jpg", 7)


@pytest.mark.parametrize(
    ("kind", "visibility", "becomes"),
    [
        ("agent.reply", None, "public"),
        ("agent.reply", "public", "public"),
        ("agent.reply", "internal", "internal"),
        ("note.create", None, "internal"),
        ("note.create", "public", "internal"),
    ],
)
def test_a_note_never_becomes_public(kind: str, visibility: str | None, becomes: str) -> None:
    said = {"visibility": visibility} if visibility else {}
    [told] = events(kind, case_id="k-77", author=AUTHOR, text="x", **said)
    assert told["visibility"] == becomes


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("Solved", "resolved"),
        ("on-hold", "on_hold"),
        (" waiting on customer ", "pending_customer"),
        ("Parked", "Parked"),
    ],
)
def test_a_state_is_the_hubs_or_told_as_it_is(word: str, state: str) -> None:
    [told] = events("case.update", case_id="k-77", state=word)
    assert (told["kind"], told["provider_type"], told["text"], told["reason"]) == (
        "state_change", "state", state, word.strip(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("said", "seen"),
    [({}, None), ({"sequence": 4}, 4), ({"version": 5}, 5), ({"sequence": 4, "version": 5}, 4)],
)
def test_an_answer_may_say_what_its_agent_had_seen(said: dict[str, Any], seen: int | None) -> None:
    [told] = events("agent.reply", case_id="k-77", author=AUTHOR, text="x", **said)
    assert told.get("seen") == seen


def test_several_changes_at_once_are_several_events_the_end_last() -> None:
    told = events("case.update", case_id="k-77", deleted=True, merged_into="k-78", priority="high", state="open")
    assert [(one["message_id"], one["provider_type"], one.get("text")) for one in told] == [
        ("msg_1:state", "state", "open"),
        ("msg_1:priority", "priority", "high"),
        ("msg_1:merged_into", "merge", "k-78"),
        ("msg_1:deleted", "deletion", None),
    ]


@pytest.mark.parametrize(("assignee", "text"), [({"id": "u-4"}, "u-4"), (None, None)])
def test_who_has_it_is_named_and_nobody_is_nobody(assignee: Any, text: str | None) -> None:
    [told] = events("case.assign", case_id="k-77", assignee=assignee)
    assert (told["provider_type"], told.get("text"), told["author"]["type"]) == ("owner", text, "system")


def test_what_is_said_of_a_contact_is_a_claim_and_of_no_case() -> None:
    said = [{"type": "email", "value": "ana@example.com"}]
    [told] = events("contact.update", contact_id="c-1", display_name="Ana", identities=said)
    assert (told["kind"], told["provider_type"], "thread" in told) == ("account_news", "contact_update", False)
    assert [(one["kind"], one.get("namespace"), one["value"], one["level"]) for one in told["identities"]] == [
        ("external", "demo", "c-1", "claimed"),
        ("email", None, "ana@example.com", "claimed"),
    ]


def test_two_contacts_that_became_one_are_named() -> None:
    [told] = events("contact.merge", contact_id="c-1", into="c-2")
    assert told["provider_type"] == "contact_merge"
    assert ([one["value"] for one in told["previous_identities"]], [one["value"] for one in told["identities"]]) == (
        ["c-1"], ["c-2"],
    )  # fmt: skip
