"""Phone pairs: every row of identity.md §2.2 by its number. A: attested by the channel; T: typed or imported."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.domain.event import Identity
from shared.domain.identity.pairs import HOLDERS_OF_A_SHARED_LINE, Line, attested_line, same_line, typed_line
from shared.domain.resolution import Holder, Spoken, resolve


def a(wa_id: str) -> Line | None:
    return attested_line(wa_id)


def t(raw: str, country: str | None = None, *, shared: bool = False) -> Line | None:
    return typed_line(raw, country, shared=shared)


ROWS = [
    ("1: wa_id and a CRM's national form", a("593991234567"), t("0991234567", "EC"), "attach"),
    ("2: Brazil, without the 9", a("551187654321"), t("+55 11 98765-4321"), "attach"),
    ("3: Mexico, with the 1", a("5215512345678"), t("55 1234 5678", "MX"), "attach"),
    ("4: Argentina, the form without the 9", a("5491123456789"), t("+54 11 2345 6789"), "candidate"),
    ("5: Argentina, with the 15", a("5491123456789"), t("011 15-2345-6789", "AR"), "attach"),
    ("6: a Brazilian landline never gains a 9", t("+55 11 3123-4567"), t("+55 11 93123-4567"), "no"),
    ("7: an extension: same line, not same person", a("593991234567"), t("+593 99 123 4567 ext 5"), "shared"),
    ("8: the same digits of another country", t("099 123 4567", "EC"), t("099 123 4567", "CO"), "no"),
    ("9: +1 809, attested", a("18095550123"), t("809-555-0123", "DO"), "attach"),
    ("9: +1 809, both typed", t("+1 809 555 0123"), t("809-555-0123", "DO"), "candidate"),
    ("11: a renumbered landline", a("5712345678"), t("(601) 234 5678", "CO"), "shared"),
    ("11: both typed", t("+57 1 2345678"), t("(601) 234 5678", "CO"), "shared"),
    ("12: a front desk on many profiles", a("593991234567"), t("0991234567", "EC", shared=True), "shared"),
    ("12: a front desk's landline", a("59322123456"), t("+593 2 212 3456"), "shared"),
]


@pytest.mark.parametrize(("left", "right", "verdict"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_row(left: Line | None, right: Line | None, verdict: str) -> None:
    assert same_line(left, right) == verdict
    assert same_line(right, left) == verdict


def test_row_4_is_settled_by_names_that_agree() -> None:
    mobile, typed = a("5491123456789"), t("+54 11 2345 6789")
    assert same_line(mobile, typed, names_agree=True) == "attach"
    assert same_line(t("011 15-2345-6789", "AR"), typed, names_agree=True) == "candidate", "nobody is attested"


def test_row_8_is_no_number_of_colombia() -> None:
    assert t("099 123 4567", "EC") == Line("+593991234567", False)
    assert t("099 123 4567", "CO") is None


def test_row_10_the_same_number_with_another_scoped_id_has_a_new_holder() -> None:
    def scoped(value: str) -> Identity:
        return Identity(kind="whatsapp", value=value, namespace="default", level="channel")

    phone = Identity(kind="phone", value="+593991234567", level="channel")
    before, now = scoped("EC.1"), scoped("EC.2")
    holder = Holder("P", (before, phone), since=datetime(2023, 5, 1, tzinfo=UTC))
    found = resolve([now, phone], {phone: holder}, Spoken(datetime(2026, 11, 22, tzinfo=UTC)))
    assert (found.customer, found.moves) == (None, ((phone, "P"),))
    assert same_line(a("593991234567"), a("593991234567")) == "attach", "the line is the same"


def test_two_attested_spellings_are_one_line() -> None:
    assert same_line(a("5491123456789"), Line("+541123456789", True)) == "attach"
    assert same_line(a("552178123456"), Line("+5521978123456", True)) == "attach"


def test_toll_free_and_placeholders_are_nobodys() -> None:
    assert same_line(a("5931800123456"), t("1800 123 456", "EC")) == "shared"
    assert t("0999999999", "EC") is None
    assert same_line(a("593999999999"), a("593999999999")) == "shared"


def test_the_number_from_which_a_line_is_shared() -> None:
    assert HOLDERS_OF_A_SHARED_LINE == 3
