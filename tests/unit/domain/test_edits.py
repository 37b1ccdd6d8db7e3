"""Edits that a channel counts: the highest number holds, in whichever order they come and whatever time they bear."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from shared.application.inquire_revisions import Logged, interactions
from shared.connectors.request_tracker.wording import WORDS, text_of
from shared.domain.edits import OUTDATED, as_counted
from shared.domain.event import Entry

AT = "2026-11-22T10:00:{:02}Z"


def entry(sequence: int, text: str, second: int = 0, number: int | None = None, **more: Any) -> Entry:
    parts = {"channel": "messenger", "account": "1", "message_id": f"m:{sequence}", "provider_type": "text"}
    parts |= {"author": {"type": "customer"}, "case_id": "k", "sequence": sequence, "received_at": AT.format(sequence)}
    kind = "message" if sequence == 1 else "edit"
    said = {"kind": kind, "text": text, "occurred_at": AT.format(second), "edit_number": number}
    return Entry.model_validate(parts | said | more)


EDITS = {"one": 1, "two": 2, "three": 3}


@pytest.mark.parametrize("seconds", list(itertools.permutations((10, 20, 30))))
@pytest.mark.parametrize("order", list(itertools.permutations(EDITS)), ids="-".join)
def test_the_highest_number_holds_whenever_it_came_or_was_made(
    order: tuple[str, ...], seconds: tuple[int, ...]
) -> None:
    log = [Logged(entry(1, "zero"))]
    for place, text in enumerate(order):
        log.append(Logged(entry(place + 2, text, seconds[place], EDITS[text]), target=1))
    [shown] = interactions(log)
    assert (shown["text"], shown["edited"], len(shown["revisions"])) == ("three", True, 3)


COUNTED = [
    ((None, 10), (None, 20), "second"),
    ((None, 20), (None, 10), "first"),
    ((2, 10), (2, 20), "second"),
    ((1, 10), (None, 20), "second"),
    ((None, 20), (1, 10), "first"),
    ((0, 10), (1, 5), "second"),
]


@pytest.mark.parametrize(("first", "second", "holds"), COUNTED)
def test_without_a_number_the_time_counts(
    first: tuple[int | None, int], second: tuple[int | None, int], holds: str
) -> None:
    (one, at_one), (two, at_two) = first, second
    edits = entry(2, "first", at_one, one), entry(3, "second", at_two, two)
    [shown] = interactions([Logged(entry(1, "zero")), *(Logged(each, target=1) for each in edits)])
    assert shown["text"] == holds


def test_edits_of_two_messages_do_not_count_together() -> None:
    other = entry(2, "other", kind="message")
    log = [Logged(entry(1, "zero")), Logged(other), Logged(entry(3, "of one", 1, 4), 1), Logged(entry(4, "b", 2, 1), 2)]
    assert [one["text"] for one in interactions(log)] == ["of one", "b"]


@pytest.mark.parametrize(
    ("number", "highest", "is_outdated"),
    [(1, 0, False), (1, 1, False), (1, 2, True), (0, 1, True), (3, 2, False), (None, 2, False)],
)
def test_what_comes_after_a_later_one_is_flagged(number: int | None, highest: int, is_outdated: bool) -> None:
    assert (OUTDATED in as_counted(entry(2, "x", number=number), highest).flags) is is_outdated


@pytest.mark.parametrize(
    ("language", "said"), [("es", "Antes de su última edición"), ("en", "Before its latest"), ("pt", "Antes da última")]
)
def test_a_ticket_says_that_it_no_longer_holds(language: str, said: str) -> None:
    told = entry(3, "viejo", number=1, flags=[OUTDATED], in_reply_to="m1")
    assert text_of(told, WORDS[language]).startswith(said)
    assert "viejo" in text_of(told, WORDS[language])
