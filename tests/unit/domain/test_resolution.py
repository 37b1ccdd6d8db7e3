"""Whose message it is, from the identities a platform attested."""

from __future__ import annotations

import pytest

from shared.domain.event import Identity
from shared.domain.resolution import Holder, Resolution, resolve


def bsuid(value: str, namespace: str = "default") -> Identity:
    return Identity(kind="whatsapp", value=value, namespace=namespace, level="channel")


ONE, TWO = bsuid("EC.1"), bsuid("EC.2")
PHONE = Identity(kind="phone", value="+593991234567", address="593991234567", level="channel")
PARENT = bsuid("EC.ENT.9", "parent")


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
        "two customers: the most specific, and a candidate",
        [ONE, PHONE],
        {ONE: holder("P", ONE), PHONE: holder("Q", PHONE)},
        Resolution("P", (), candidates=("Q",)),
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
