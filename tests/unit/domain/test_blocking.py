"""What forbids that two customers become one: identity.md §6, each blocking conflict by name."""

from __future__ import annotations

from typing import Any

import pytest

from shared.domain.blocking import LIMITS, RESTRICTIONS, Holding, NationalId, blocking_conflict
from shared.domain.event import Identity


def identity(kind: str, value: str, level: str = "channel", namespace: str | None = None) -> Identity:
    return Identity.model_validate({"kind": kind, "value": value, "level": level, "namespace": namespace})


def phones(first: int, count: int) -> tuple[Identity, ...]:
    return tuple(identity("phone", f"+1202555{number:04d}") for number in range(first, first + count))


def emails(first: int, count: int) -> tuple[Identity, ...]:
    return tuple(identity("email", f"ana{number}@example.com") for number in range(first, first + count))


def cedula(digest: str, level: Any = "staff", type_: str = "EC-cedula") -> Holding:
    return Holding(national_ids=(NationalId(type_, digest, level),))


def login(user: str, level: str = "confirmed", site: str = "shop") -> Holding:
    return Holding((identity("external", user, level, site),))


TABLE: list[tuple[str, Holding, Holding, str | None]] = [
    ("nothing in common", Holding(phones(1, 1)), Holding(emails(1, 1)), None),
    ("M10: different verified national ids", cedula("x"), cedula("y", "confirmed"), "national_id"),
    ("the same verified national id", cedula("x"), cedula("x"), None),
    ("a claimed national id decides nothing", cedula("x"), cedula("y", "claimed"), None),
    ("national ids of two types", cedula("x"), cedula("y", "staff", "BR-CPF"), None),
    ("different records of one CRM", Holding(remotes={"crm": "100"}), Holding(remotes={"crm": "200"}), "crm_record"),
    ("M11: the CRM merged them itself", Holding(remotes={"crm": "100"}), Holding(remotes={"crm": "100"}), None),
    ("records of two systems", Holding(remotes={"crm": "100"}), Holding(remotes={"desk": "200"}), None),
    ("different signed user ids", login("u1"), login("u2"), "signed_user_id"),
    ("signed user ids of two sites", login("u1"), login("u2", site="app"), None),
    ("an external id that nobody signed", login("u1"), login("u2", "channel"), None),
    ("five phones together", Holding(phones(1, 3)), Holding(phones(4, 2)), None),
    ("six phones together", Holding(phones(1, 3)), Holding(phones(4, 3)), "too_many_phone"),
    ("six e-mails together", Holding(emails(1, 5)), Holding(emails(6, 1)), "too_many_email"),
    ("the same phone counts once", Holding(phones(1, 5)), Holding(phones(5, 1)), None),
    *((one, Holding(restrictions=frozenset({one})), Holding(), one) for one in RESTRICTIONS),
]


@pytest.mark.parametrize(("first", "second", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_a_merge_is_blocked_by(first: Holding, second: Holding, expected: str | None) -> None:
    assert blocking_conflict(first, second) == expected
    assert blocking_conflict(second, first) == expected, "whichever comes first"


def test_the_limits_are_the_sheets() -> None:
    assert LIMITS == {"phone": 5, "email": 5}
