"""What becomes of the values of a field when customers are merged, write, and are parted again."""

from __future__ import annotations

from typing import Any

import pytest

from shared.domain.merged_fields import given, joined, left, said_anew

AT = "2026-11-22T10:00:00Z"
LATER = "2026-11-22T12:00:00Z"
LAST = "2026-11-22T14:00:00Z"


def said(value: str, origin: str | None = None, at: str = AT, source: str = "whatsapp") -> dict[str, Any]:
    return {"value": value, "source": source, "at": at, **({"origin": origin} if origin else {})}


def having(name: str, *values: dict[str, Any]) -> dict[str, Any]:
    """A profile that shows the first of these values, and keeps the others."""
    others = {"other_fields": {"city": list(values[1:])}} if values[1:] else {}
    return {"id": name, "fields": {"city": values[0]} if values else {}, **others}


def held(changes: dict[str, Any]) -> list[tuple[str, str | None]]:
    """The value shown, then the others, each with whose it is."""
    assert set(changes) <= {"fields", "other_fields"}
    assert changes.get("other_fields") != {}
    shown = [changes["fields"]["city"]] if "city" in changes["fields"] else []
    others = changes.get("other_fields", {}).get("city", [])
    return [(one["value"], one.get("origin")) for one in (*shown, *others)]


@pytest.mark.parametrize(
    ("profile", "value", "after"),
    [
        (having("a"), said("Quito"), [("Quito", None)]),
        (having("a", said("Quito")), said("Loja"), [("Loja", None)]),
        (having("a", said("Quito")), said("Loja", "b"), [("Loja", "b"), ("Quito", None)]),
        (having("a", said("Quito", "b"), said("Loja")), said("Cuenca"), [("Cuenca", None), ("Quito", "b")]),
        (having("a", said("Quito", "b"), said("Loja")), said("Cuenca", "b"), [("Cuenca", "b"), ("Loja", None)]),
        (
            having("a", said("Quito", "b"), said("Loja")),
            said("Cuenca", "c"),
            [("Cuenca", "c"), ("Loja", None), ("Quito", "b")],
        ),
    ],
)
def test_a_new_value_keeps_that_of_everybody_else(profile: Any, value: Any, after: Any) -> None:
    assert held(said_anew(profile, "city", value)) == after


@pytest.mark.parametrize(
    ("survivor", "loser", "after"),
    [
        (having("a"), having("b", said("Loja")), [("Loja", "b")]),
        (having("a", said("Quito")), having("b", said("Loja", at=LATER)), [("Loja", "b"), ("Quito", None)]),
        (having("a", said("Quito", at=LATER)), having("b", said("Loja")), [("Quito", None)]),  # the tombstone has it
        (  # what one of the loser's said since is in no tombstone
            having("a", said("Quito", at=LATER)),
            having("b", said("Cuenca", "c"), said("Loja")),
            [("Quito", None), ("Cuenca", "c")],
        ),
        (
            having("a", said("Quito", "d"), said("Ambato")),
            having("b", said("Cuenca", "c", LATER), said("Loja")),
            [("Cuenca", "c"), ("Ambato", None), ("Quito", "d")],
        ),
    ],
)
def test_a_merge_shows_the_better_value_and_keeps_what_no_tombstone_has(survivor: Any, loser: Any, after: Any) -> None:
    assert held(joined(survivor, loser)) == after


@pytest.mark.parametrize(
    ("loser", "living", "share", "after"),
    [
        (having("b", said("Loja")), having("a", said("Quito")), "b", [("Loja", None)]),
        (having("b", said("Loja")), having("a", said("Cuenca", "b")), "b", [("Cuenca", None)]),
        (having("b"), having("a", said("Quito"), said("Cuenca", "b")), "b", [("Cuenca", None)]),  # first said since
        (  # one merged into the loser said it since: it does not take the place of the loser's own
            having("b", said("Loja")),
            having("a", said("Cuenca", "c"), said("Quito")),
            "bc",
            [("Cuenca", "c"), ("Loja", None)],
        ),
        (  # hidden when they were merged, and said anew since
            having("b", said("Ambato", "c"), said("Loja")),
            having("a", said("Quito"), said("Cuenca", "c"), said("Tena", "b")),
            "bc",
            [("Cuenca", "c"), ("Tena", None)],
        ),
    ],
)
def test_who_leaves_has_what_they_and_theirs_said(loser: Any, living: Any, share: str, after: Any) -> None:
    assert held(given(loser, living, set(share))) == after


@pytest.mark.parametrize(
    ("living", "present", "others", "after"),
    [
        (having("a", said("Quito", "b"), said("Loja")), "a", [], [("Loja", None)]),
        (having("a", said("Quito", "b")), "a", [], []),
        (having("a", said("Loja"), said("Quito", "b")), "a", [], [("Loja", None)]),
        (  # of those who stay the best, also what a tombstone shows only in the second place
            having("a", said("Quito", "c"), said("Loja")),
            "ab",
            [having("b", said("Quito", "c"), said("Cuenca", at=LATER))],
            [("Cuenca", "b"), ("Loja", None)],
        ),
        (  # a newer one than the tombstone's
            having("a", said("Quito", "c"), said("Tena", "b", LAST), said("Loja")),
            "ab",
            [having("b", said("Cuenca", at=LATER))],
            [("Tena", "b"), ("Loja", None)],
        ),
    ],
)
def test_who_stays_shows_the_best_of_those_who_stay(living: Any, present: str, others: Any, after: Any) -> None:
    assert held(left(living, set(present), others)) == after
