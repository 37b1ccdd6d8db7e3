"""Whose message it is, from the identities a platform attested: the decision table of identity.md §6, and §7's new
holders. What only others claim of the sender is decided in `tests/engine/record/test_claims.py`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.event import Identity
from shared.domain.resolution import UNVERIFIED, Holder, Resolution, Spoken, resolve


def bsuid(value: str, namespace: str = "default") -> Identity:
    return Identity(kind="whatsapp", value=value, namespace=namespace, level="channel")


ONE, TWO, THREE = bsuid("EC.1"), bsuid("EC.2"), bsuid("EC.3")
PHONE = Identity(kind="phone", value="+593991234567", address="593991234567", level="channel")
OTHER_PHONE = Identity(kind="phone", value="+593987654321", address="593987654321", level="channel")
MERGED = (ONE, PHONE, TWO, OTHER_PHONE)
PARENT = bsuid("EC.ENT.9", "parent")
MAIL = Identity(kind="email", value="ana@example.com", namespace=UNVERIFIED, level="channel")
CONFIRMED = Identity(kind="email", value="ana@example.com", level="confirmed")
MESSENGER = Identity(kind="messenger", value="24000000000000001", namespace="page", level="channel")
VISITOR = Identity(kind="external", value="v1", namespace="web", level="channel")


def holder(customer: str, *identities: Identity) -> Holder:
    return Holder(customer, identities)


TABLE = [
    ("nobody is known", [ONE, PHONE], {}, Resolution(None, (ONE, PHONE))),
    ("the phone is known", [PHONE], {PHONE: holder("P", PHONE)}, Resolution("P", ())),
    ("M3: known phone, first business-scoped id", [ONE, PHONE], {PHONE: holder("P", PHONE)}, Resolution("P", (ONE,))),
    ("known id, first phone", [ONE, PHONE], {ONE: holder("P", ONE)}, Resolution("P", (PHONE,))),
    (
        "both known, one customer",
        [ONE, PHONE],
        {ONE: holder("P", ONE, PHONE), PHONE: holder("P", ONE, PHONE)},
        Resolution("P", ()),
    ),
    (
        "two customers, all attested by one event: the most specific, and they are one",
        [ONE, PHONE],
        {ONE: holder("P", ONE), PHONE: holder("Q", PHONE)},
        Resolution("P", (), merges=("Q",)),
    ),
    (
        "two customers, one hit by a shared number: a candidate",
        [ONE, PHONE],
        {ONE: holder("P", ONE), PHONE: Holder("Q", (PHONE,), shared=True)},
        Resolution("P", (), candidates=("Q",)),
    ),
    (
        "two customers, one hit by an address that proves nobody: a candidate",
        [ONE, MAIL],
        {ONE: holder("P", ONE), MAIL: holder("Q", MAIL)},
        Resolution("P", (), candidates=("Q",)),
    ),
    (
        "the shared number's holder is hit by another identity as well",
        [ONE, MESSENGER, PHONE],
        {ONE: holder("P", ONE), MESSENGER: holder("Q", MESSENGER), PHONE: Holder("Q", (PHONE,), shared=True)},
        Resolution("P", (), merges=("Q",)),
    ),
    (
        "M2: a code answered: the visitor and whose the address is are one",
        [VISITOR, CONFIRMED],
        {VISITOR: holder("R", VISITOR), CONFIRMED: holder("Q", CONFIRMED)},
        Resolution("R", (), merges=("Q",)),
    ),
    (
        "three customers",
        [ONE, MESSENGER, PHONE],
        {ONE: holder("P", ONE), MESSENGER: holder("Q", MESSENGER), PHONE: holder("R", PHONE)},
        Resolution("P", (), merges=("Q", "R")),
    ),
    (
        "two users of one portfolio are no one person, whatever their parent id says",
        [TWO, PARENT],
        {TWO: holder("Q", TWO), PARENT: holder("P", ONE, PARENT)},
        Resolution("Q", (), candidates=("P",)),
    ),
    (
        "known phone, another id of the same portfolio: a new holder",
        [TWO, PHONE],
        {PHONE: holder("P", ONE, PHONE)},
        Resolution(None, (TWO,), moves=((PHONE, "P"),)),
    ),
    (
        "the new holder is a customer already",
        [TWO, PHONE],
        {TWO: holder("Q", TWO), PHONE: holder("P", ONE, PHONE)},
        Resolution("Q", (), moves=((PHONE, "P"),)),
    ),
    (
        "two who were merged, each with id and phone: one's id with the other's phone is theirs, and nobody is new",
        [TWO, PHONE],
        {TWO: Holder("P", MERGED, elsewhere=frozenset({ONE})), PHONE: Holder("P", MERGED, elsewhere=frozenset({TWO}))},
        Resolution("P", ()),
    ),
    (
        "a third one's id with the phone of one of two who were merged: a new holder",
        [THREE, PHONE],
        {PHONE: Holder("P", MERGED, elsewhere=frozenset({TWO}))},
        Resolution(None, (THREE,), moves=((PHONE, "P"),)),
    ),
    (
        "another portfolio's id says nothing about the holder",
        [TWO, PHONE],
        {PHONE: holder("P", bsuid("EC.1", "other"), PHONE)},
        Resolution("P", (TWO,)),
    ),
    (
        "a parent id tells no holders apart",
        [PARENT, PHONE],
        {PHONE: holder("P", ONE, PHONE)},
        Resolution("P", (PARENT,)),
    ),
]


@pytest.mark.parametrize(("identities", "holders", "expected"), [row[1:] for row in TABLE], ids=[r[0] for r in TABLE])
def test_it_belongs_to(identities: list[Identity], holders: dict[Identity, Holder], expected: Resolution) -> None:
    assert resolve(identities, holders) == expected


NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=181)
A_WHILE_AGO = NOW - timedelta(days=180)

RECYCLED = [
    ("silent for long, another name, an id nobody has seen", "Luis Mora", LONG_AGO, [ONE, PHONE], True),
    ("silent for exactly as long as is allowed", "Luis Mora", A_WHILE_AGO, [ONE, PHONE], False),
    ("heard of yesterday", "Luis Mora", NOW - timedelta(days=1), [ONE, PHONE], False),
    ("the same name", "ana p.", LONG_AGO, [ONE, PHONE], False),
    ("no name", None, LONG_AGO, [ONE, PHONE], False),
    ("no id but the phone's", "Luis Mora", LONG_AGO, [PHONE], False),
    ("a parent id is nobody's alone", "Luis Mora", LONG_AGO, [PARENT, PHONE], False),
    ("nobody looked how long", "Luis Mora", None, [ONE, PHONE], False),
]


@pytest.mark.parametrize(
    ("name", "heard", "identities", "moves"), [row[1:] for row in RECYCLED], ids=[row[0] for row in RECYCLED]
)
def test_a_recycled_number(name: str | None, heard: datetime | None, identities: list[Identity], moves: bool) -> None:
    holders = {PHONE: Holder("P", (PHONE,), name="Ana Pérez", last_heard=heard)}
    found = resolve(identities, holders, Spoken(NOW, name))
    assert found.moves == (((PHONE, "P"),) if moves else ())
    assert found.customer == (None if moves else "P")
    shorter = resolve(identities, holders, Spoken(NOW, name, recycled_after=timedelta(days=200)))
    assert shorter.moves == (), "as the company decides"


def test_a_message_from_before_a_phone_changed_hands_takes_nothing_back() -> None:
    holders = {PHONE: Holder("P", (ONE, PHONE), since=NOW)}
    late = resolve([TWO, PHONE], holders, Spoken(NOW - timedelta(hours=1)))
    assert (late.moves, late.outdated) == ((), (PHONE,))
    assert resolve([TWO, PHONE], holders, Spoken(NOW)).moves == ((PHONE, "P"),)


def test_others_are_all_the_customers_whom_it_names() -> None:
    assert Resolution("P", (), candidates=("Q",), merges=("R",)).others == ("R", "Q")
