"""Phones: the whole table of constructed numbers (`phones.tsv`), pairs, flags and refusals."""

from __future__ import annotations

import csv
from pathlib import Path

import phonenumbers
import pytest

from shared.domain.identity import FLAGS, Invalid, canonical, is_matchable, phone_flags

with (Path(__file__).parent / "phones.tsv").open(encoding="utf-8", newline="") as table:
    ROWS = list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))

REASONS = {
    "possible": "possible",
    "placeholder": "placeholder",
    "unparseable": "cannot be read as one phone number",
    "not possible": "too short",
}
VALID = [row for row in ROWS if row["canonical"] != "invalid"]
INVALID = [row for row in ROWS if row["canonical"] == "invalid"]
FLAGS_OF_TYPE = {
    "MOBILE": (),
    "FIXED_LINE_OR_MOBILE": (),
    "FIXED_LINE": ("fixed_line", "shared"),
    "TOLL_FREE": ("toll_free", "shared"),
    "MOBILE ext 5": ("extension", "shared"),
}


def named(row: dict[str, str]) -> str:
    return f"{row['row']}: {row['raw']} in {row['country']}".encode("ascii", "replace").decode()


def test_the_table_is_whole() -> None:
    assert [int(row["row"]) for row in ROWS] == list(range(1, 74))


@pytest.mark.parametrize("row", VALID, ids=named)
def test_number_has_its_one_form_and_flags(row: dict[str, str]) -> None:
    found = canonical("phone", row["raw"], row["country"])
    assert found.kind == "phone"
    assert found.value == row["canonical"]
    assert found.flags == FLAGS_OF_TYPE[row["type"]]


@pytest.mark.parametrize("row", INVALID, ids=named)
def test_number_is_refused_with_the_reason(row: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        canonical("phone", row["raw"], row["country"])
    assert REASONS[row["status"]] in refused.value.reason
    assert row["raw"] not in refused.value.reason


@pytest.mark.parametrize("row", VALID, ids=named)
def test_the_one_form_is_its_own_form(row: dict[str, str]) -> None:
    first = canonical("phone", row["raw"], row["country"])
    again = canonical("phone", first.value, row["country"])
    assert (again.value, again.aliases) == (first.value, first.aliases)
    assert canonical("phone", first.value).value == first.value


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_plain_parsing_still_gives_what_the_table_was_made_with(row: dict[str, str]) -> None:
    """New metadata that changes a row is to be seen, also where our steps hide it."""
    text = row["raw"].removeprefix("whatsapp:")
    try:
        number = phonenumbers.parse(text, row["country"])
    except phonenumbers.NumberParseException:
        assert row["plain"] == "parse error"
        return
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    assert row["plain"] == f"{e164} {'valid' if phonenumbers.is_valid_number(number) else 'INVALID'}"


SAME = [
    ("0991234567", "EC", "593991234567", None),
    ("+55 11 98765-4321", "BR", "551187654321", None),
    ("55 1234 5678", "MX", "5215512345678", None),
    ("011 15-2345-6789", "AR", "5491123456789", None),
    ("+593 99 123 4567", "EC", "+593 99 123 4567 ext 5", "EC"),
    ("+1 809 555 0123", None, "809-555-0123", "DO"),
    ("+57 1 2345678", "CO", "(601) 234 5678", "CO"),
]


@pytest.mark.parametrize(("left", "country", "right", "other"), SAME)
def test_two_spellings_of_a_line_are_equal(left: str, country: str | None, right: str, other: str | None) -> None:
    assert canonical("phone", left, country).value == canonical("phone", right, other).value


def test_an_argentine_landline_form_is_only_an_alias_of_the_mobile() -> None:
    mobile = canonical("phone", "5491123456789")
    typed = canonical("phone", "+54 11 2345 6789", "AR")
    assert typed.value in mobile.aliases
    assert typed.aliases == ()
    assert "shared" in typed.flags


def test_a_brazilian_landline_never_gains_a_nine() -> None:
    landline = canonical("phone", "+55 11 3123-4567", "BR")
    mobile = canonical("phone", "+55 11 93123-4567", "BR")
    assert landline.aliases == ()
    assert landline.value != mobile.value
    assert landline.value not in mobile.aliases


def test_equal_digits_of_another_country_are_no_match() -> None:
    assert canonical("phone", "099 123 4567", "EC").value == "+593991234567"
    with pytest.raises(Invalid):
        canonical("phone", "099 123 4567", "CO")


ALIASES = [
    ("(11) 98765-4321", "BR", ("+551187654321",)),
    ("+55 21 7812-3456", "BR", ("+5521978123456",)),  # the old trunking service: valid without the 9
    ("55 1234 5678", "MX", ("+5215512345678",)),
    ("800 123 4567", "MX", ()),
    ("011 15-2345-6789", "AR", ("+541123456789",)),
    ("0991234567", "EC", ()),
    ("321 123 4567", "CO", ()),
]


@pytest.mark.parametrize(("raw", "country", "aliases"), ALIASES)
def test_aliases_are_the_other_forms_of_the_line(raw: str, country: str, aliases: tuple[str, ...]) -> None:
    assert canonical("phone", raw, country).aliases == aliases


@pytest.mark.parametrize(
    ("raw", "country", "value"),
    [
        ("+54 9 0351 312 3456", "AR", "+5493513123456"),
        ("0351 15 312 3456", "AR", "+5493513123456"),
        ("00 55 11 8765-4321", "BR", "+5511987654321"),
        ("00 52 1 55 1234 5678", "CO", "+525512345678"),
        ("045 55 1234 5678", "MX", "+525512345678"),
        ("\u202a+593 99 123 4567\u202c", "EC", "+593991234567"),
        ("+593 99 123 4567", "EC", "+593991234567"),
        ("TEL:+593-99-123-4567", None, "+593991234567"),
        ("٠٩٩١٢٣٤٥٦٧", "EC", "+593991234567"),
        ("0991234567", "ec", "+593991234567"),
    ],
)
def test_other_spellings(raw: str, country: str | None, value: str) -> None:
    assert canonical("phone", raw, country).value == value


@pytest.mark.parametrize(
    ("raw", "country", "reason"),
    [
        ("0991234567", None, "begin with +"),
        ("0991234567", "XX", "unknown country"),
        ("", "EC", "no digits"),
        ("llámame", "EC", "no digits"),
        ("9" * 300, "EC", "too long"),
        ("+1 202 555 01234567", None, "too long"),
        ("+999 1234567", None, "cannot be read"),
        ("+593 999 999 999", "EC", "placeholder"),
    ],
)
def test_the_reason_names_what_is_wrong(raw: str, country: str | None, reason: str) -> None:
    with pytest.raises(Invalid, match=reason.replace("+", r"\+")):
        canonical("phone", raw, country)


@pytest.mark.parametrize(
    ("raw", "country", "flags"),
    [
        ("+800 1234 5678", None, ("toll_free", "shared")),
        ("+979 123 456 789", None, ("premium_rate", "shared")),
        ("1800 123 456", "EC", ("toll_free", "shared")),
        ("4004 1234", "BR", ("shared_cost", "shared")),
        ("+49 700 12345678", None, ()),
        ("(02) 212-3456 x 12", "EC", ("fixed_line", "extension", "shared")),
    ],
)
def test_numbers_of_companies_are_flagged(raw: str, country: str | None, flags: tuple[str, ...]) -> None:
    found = canonical("phone", raw, country)
    assert found.flags == flags
    assert set(flags) <= set(FLAGS)


@pytest.mark.parametrize(
    ("value", "matchable"),
    [
        ("+593991234567", True),
        ("+59322123456", True),  # a landline finds its customer; its flag `shared` keeps it from merging two
        ("+5931800123456", False),
        ("+593999999999", False),
        ("+599999999999999999", False),
        ("+59399123456", True),  # the channel gave it: always a key
        ("+", True),
        ("+" + "12" * 100, True),
    ],
)
def test_what_belongs_to_nobody_is_not_matched(value: str, matchable: bool) -> None:
    assert is_matchable("phone", value) is matchable


def test_a_number_that_only_fits_by_length_is_possible() -> None:
    assert phone_flags("+59399123456") == ("possible",)
    assert phone_flags("+5931") == ()
