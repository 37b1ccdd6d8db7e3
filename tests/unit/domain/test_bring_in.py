"""Whose a contact is that a tool had before the hub: every row of the decision."""

from __future__ import annotations

import pytest

from shared.domain.bring_in import Decision, Evidence, Holder, decide, masked, sort_out
from shared.domain.held import HeldContact
from shared.domain.identity import canonical

ANA = "+593991234567"


def contact(phone: str = "0991234567", email: str = "", **more: object) -> HeldContact:
    return HeldContact("7", "Ana Pérez", [phone] if phone else [], [email] if email else [], **more)  # type: ignore[arg-type]


def holder(customer: str = "c-1", value: str = ANA, kind: str = "phone", typed: str = ANA, **more: object) -> Holder:
    return Holder(customer, canonical(kind, typed), value, **more)  # type: ignore[arg-type]


def outcome(
    one: HeldContact, *holders: Holder, claimants: frozenset[str] = frozenset(), country: str = "EC"
) -> Decision:
    return decide(one, sort_out(one, country), Evidence(holders, claimants))


MAIL = "ana@example.com"
ARGENTINE = {"value": "+5491123456789", "typed": "+541123456789"}

NOBODY: frozenset[str] = frozenset()
BY_MAIL = holder(value=MAIL, kind="email", typed=MAIL)
NO_NINTH = holder(value="+551187654321", typed="+5511987654321")
OTHER_MAIL = holder(value="ana+x@example.com", kind="email", typed=MAIL)

ROWS = {
    "nobody has it": (contact(), (), NOBODY, "claimed"),
    "attested of one": (contact(), (holder(),), NOBODY, "linked"),
    "attested of one, by two values": (contact(email=MAIL), (holder(), BY_MAIL), NOBODY, "linked"),
    "attested of one, who has another contact there": (contact(), (holder(other="9"),), NOBODY, "conflict"),
    "attested of two": (contact(email=MAIL), (holder(), holder("c-2", MAIL, "email", MAIL)), NOBODY, "candidate"),
    "several people answer there": (contact(), (holder(is_shared=True),), NOBODY, "candidate"),
    "claimed of another": (contact(), (), frozenset({"c-2"}), "candidate"),
    "attested of one, claimed of another": (contact(), (holder(),), frozenset({"c-2"}), "linked"),
    "without the ninth digit": (contact(), (NO_NINTH,), NOBODY, "linked"),
    "with Mexico's old 1": (contact(), (holder(value="+5215512345678", typed="+525512345678"),), NOBODY, "linked"),
    "Argentina without the 9": (contact(), (holder(**ARGENTINE),), NOBODY, "candidate"),
    "Argentina without the 9, one name": (contact(), (holder(**ARGENTINE, name="Pérez, Ana"),), NOBODY, "linked"),
    "another mailbox": (contact(email=MAIL), (OTHER_MAIL,), NOBODY, "candidate"),
    "a placeholder": (contact("0999999999"), (), NOBODY, "unusable"),
    "a desk's mailbox": (contact("", "ventas@example.com"), (), NOBODY, "unusable"),
    "an extension": (contact("(02) 234-5678 ext. 12"), (), NOBODY, "unusable"),
    "nothing at all": (contact(""), (), NOBODY, "unusable"),
    "a colleague": (contact(is_colleague=True), (holder(),), NOBODY, "colleague"),
    "the hub's own": (contact(ours=True), (holder(),), NOBODY, "ours"),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS)
def test_each_row(row: str) -> None:
    one, holders, claimants, wanted = ROWS[row]
    decision = outcome(one, *holders, claimants=claimants)
    assert decision.outcome == wanted
    assert decision.customer == ("c-1" if wanted == "linked" else None)
    assert bool(decision.reason) == (wanted in ("conflict", "candidate", "unusable"))


@pytest.mark.parametrize(
    ("country", "typed", "value"),
    [
        ("EC", "099 123 4567", ANA),
        ("BR", "11 8765-4321", "+5511987654321"),
        ("MX", "044 55 1234 5678", "+525512345678"),
        ("AR", "011 15-2345-6789", "+5491123456789"),
        ("CL", "09 6123 4567", "+56961234567"),
        ("CO", "310 123 4567", "+573101234567"),
        ("PE", "912 345 678", "+51912345678"),
        ("EC", "+55 11 98765-4321", "+5511987654321"),
    ],
)
def test_a_phone_is_read_where_it_was_typed(country: str, typed: str, value: str) -> None:
    [one] = sort_out(contact(typed), country).usable
    assert one.value == value


def test_a_number_twice_is_one_and_what_finds_nobody_is_named_masked() -> None:
    held = HeldContact("7", None, ["0991234567", "+593 99 123 4567", "0999999999"], ["", "info@example.com", "x"])
    found = sort_out(held, "EC")
    assert [one.value for one in found.usable] == [ANA]
    assert [(one.kind, one.masked) for one in found.unusable] == [("phone", "…99"), ("email", "i…"), ("email", "x…")]
    assert all(one.reason for one in found.unusable)


@pytest.mark.parametrize(
    ("kind", "raw", "shown"), [("phone", "12345", "…45"), ("phone", "123", "…"), ("email", "", "…")]
)
def test_what_may_be_shown(kind: str, raw: str, shown: str) -> None:
    assert masked(kind, raw) == shown
