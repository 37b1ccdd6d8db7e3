"""Two readings of one original: what recording added is no difference; what is left is named, or objected to."""

from __future__ import annotations

from typing import Any

import pytest

from shared.domain.event import Event
from shared.domain.rereading import ADDED_FLAGS, as_recorded, differences, objection

SCOPED = {"kind": "whatsapp", "value": "EC.1", "address": "EC.1", "level": "channel"}
PARENT = {"kind": "whatsapp", "value": "EC.P", "namespace": "parent", "level": "channel"}
PHONE = {"kind": "phone", "value": "+593990000001", "address": "593990000001", "level": "channel"}
OTHER = {"kind": "phone", "value": "+593990000002", "address": "593990000002", "level": "channel"}
FILE = {"kind": "image", "provider_id": "media-1"}
SAID: dict[str, Any] = {
    "channel": "whatsapp",
    "account": "200000000000001",
    "kind": "message",
    "message_id": "wamid.1",
    "author": {"type": "customer"},
    "occurred_at": "2026-11-22T10:00:00Z",
    "identities": [SCOPED, PHONE],
    "text": "Hola",
    "provider_type": "text",
}


def event(**more: Any) -> Event:
    return Event.model_validate({**SAID, **more})


def change(**more: Any) -> dict[str, Any]:
    """A change of number."""
    return {"kind": "identity_change", "previous_identities": [SCOPED], "identities": [PHONE], "text": None, **more}


SAME: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "nothing": ({}, {}),
    "the portfolio": ({"identities": [{**SCOPED, "namespace": "retail"}, PHONE]}, {}),
    "the portfolio of a former id": (
        change(previous_identities=[{**SCOPED, "namespace": "retail"}], visibility="internal"),
        change(),
    ),
    "a parent's namespace is the parser's": ({"identities": [PARENT]}, {"identities": [PARENT]}),
    "a reference to somebody else's case": ({"flags": ["foreign_ref"]}, {}),
    "lateness, beside a flag of the parser's": ({"flags": ["partial", "late"]}, {"flags": ["partial"]}),
    "flags in another order": ({"flags": ["a", "b"]}, {"flags": ["b", "a"]}),
    "past messages": ({"flags": ["imported"]}, {}),
    "an edit that came after a later one": ({"kind": "edit", "flags": ["outdated_edit"]}, {"kind": "edit"}),
    "a file that came late": (
        {"kind": "edit", "flags": ["imported", "late_file"]},
        {"kind": "edit"},
    ),
    "a state that came of what a tool asked": (
        {"kind": "state_change", "text": "open", "reason": "resolved", "flags": ["late"]},
        {"kind": "state_change", "text": "closed", "reason": "Done"},
    ),
    "a conflict": (change(flags=["conflict"], visibility="internal"), change()),
    "an earlier replay": ({"flags": ["reparsed"]}, {}),
    "a time in another zone": ({}, {"occurred_at": "2026-11-22T05:00:00-05:00"}),
    "parts finer than are kept": ({}, {"occurred_at": "2026-11-22T10:00:00.000400Z"}),
    "an empty list and none": ({"attachments": []}, {}),
}

DIFFERENT: dict[str, tuple[dict[str, Any], dict[str, Any], list[str]]] = {
    "text": ({}, {"text": "hola"}, ["text"]),
    "no text any more": ({}, {"text": None}, ["text"]),
    "kind and content": (
        {"kind": "unsupported", "text": None, "reason": "unknown"},
        {"attachments": [FILE]},
        ["kind", "text", "attachments", "reason"],
    ),
    "a flag of the parser's": ({}, {"flags": ["partial"]}, ["flags"]),
    "a flag the parser no longer gives": ({"flags": ["partial", "late"]}, {}, ["flags"]),
    "one more id": ({"identities": [PHONE]}, {"identities": [SCOPED, PHONE]}, ["identities"]),
    "another address": ({}, {"identities": [SCOPED, {**PHONE, "address": "593"}]}, ["identities"]),
    "a namespace that is the parser's": ({"identities": [PARENT]}, {"identities": [{**PARENT, "namespace": None}]},
                                         ["identities"]),
    "the moment": ({}, {"occurred_at": "2026-11-22T10:00:00.250Z"}, ["occurred_at"]),
    "visibility of a message": ({}, {"visibility": "internal"}, ["visibility"]),
    "the author's name": ({}, {"author": {"type": "customer", "name": "Ana"}}, ["author"]),
}  # fmt: skip

OBJECTIONS: dict[str, tuple[dict[str, Any], dict[str, Any], str | None]] = {
    "a text": ({}, {"text": "hola"}, None),
    "a message that was not understood": ({"kind": "unsupported"}, {}, None),
    "more ids of the same person": ({"identities": [PHONE]}, {}, None),
    "fewer ids of the same person": ({}, {"identities": [PHONE]}, None),
    "nobody, as before": ({"identities": []}, {"identities": [], "text": "hola"}, None),
    "another emoji": (
        {"kind": "reaction", "reaction": {"target": "wamid.0", "emoji": "👍"}},
        {"kind": "reaction", "reaction": {"target": "wamid.0", "emoji": "❤️"}},
        None,
    ),
    "another message id": ({}, {"message_id": "wamid.2"}, "another message"),
    "another account": ({}, {"account": "2"}, "another message"),
    "another thread": ({}, {"thread": "t"}, "another message"),
    "another person": ({"identities": [PHONE]}, {"identities": [OTHER]}, "another sender"),
    "nobody any more": ({}, {"identities": []}, "another sender"),
    "somebody now": ({"identities": []}, {}, "another sender"),
    "said by us": ({}, {"direction": "outbound"}, "another sender"),
    "said by a bot": ({}, {"author": {"type": "bot"}}, "another sender"),
    "a message that is of no use": ({}, {"kind": "ignored"}, "it was a message and is an ignored"),
    "another target": (
        {"kind": "edit", "in_reply_to": "wamid.0"},
        {"kind": "edit", "in_reply_to": "wamid.9"},
        "speaks of another message",
    ),
    "another receipt": (
        {"kind": "receipt", "receipt": {"state": "failed", "target": "wamid.0"}},
        {"kind": "receipt", "receipt": {"state": "read", "target": "wamid.0"}},
        "what a receipt changed",
    ),
    "another state": (
        {"kind": "state_change", "text": "open"},
        {"kind": "state_change"},
        "what a state change changed",
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_what_recording_added_is_no_difference(name: str) -> None:
    stored, read = SAME[name]
    assert differences(event(**stored), event(**read)) == []


@pytest.mark.parametrize("name", DIFFERENT)
def test_a_difference_is_named_by_its_field(name: str) -> None:
    stored, read, fields = DIFFERENT[name]
    assert differences(event(**stored), event(**read)) == fields


@pytest.mark.parametrize("name", OBJECTIONS)
def test_what_was_settled_when_it_was_recorded_is_not_revised(name: str) -> None:
    stored, read, why = OBJECTIONS[name]
    found = objection(event(**stored), event(**read))
    assert (found is None) if why is None else (why in (found or ""))


def test_a_new_reading_is_recorded_with_what_recording_added_to_the_earlier_one() -> None:
    stored = event(identities=[{**SCOPED, "namespace": "retail"}], flags=["late"])
    now = as_recorded(stored, event(identities=[SCOPED, PHONE], text="hola", flags=["partial"]))
    assert [one.namespace for one in now.identities] == ["retail", None]
    assert now.flags == ["partial", "late"]
    assert now.text == "hola"
    assert differences(stored, now) == ["identities", "text", "flags"]
    assert differences(now, event(identities=[SCOPED, PHONE], text="hola", flags=["partial"])) == []


def test_an_entry_is_compared_as_its_event() -> None:
    from shared.domain.event import Entry

    entry = Entry.model_validate({**SAID, "case_id": "k", "sequence": 3, "received_at": "2026-11-22T10:00:01Z"})
    assert differences(entry, event()) == []


def test_every_flag_that_recording_gives_is_known_here() -> None:
    from shared.application.record import keyword, past_case
    from shared.domain import attachment

    decided = {getattr(attachment, name) for name in ("COURTESY", "EXTERNAL", "FOREIGN", "LATE", "SWITCH")}
    said = {*keyword.FLAGS.values(), keyword.ERASURE, past_case.FLAG, past_case.LATE_FILE}
    assert decided | said <= ADDED_FLAGS
