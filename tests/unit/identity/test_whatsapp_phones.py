"""Numbers that WhatsApp itself supplies: never refused, never invented."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.identity import Invalid, canonical, phone_aliases, whatsapp_phone

KNOWN = [
    ("551187654321", "+5511987654321"),
    ("559281723241", "+5592981723241"),
    ("552178123456", "+552178123456"),
    ("551131234567", "+551131234567"),
    ("5215512345678", "+525512345678"),
    ("525512345678", "+525512345678"),
    ("5491123456789", "+5491123456789"),
    ("541123456789", "+541123456789"),
    ("593991234567", "+593991234567"),
    ("573211234567", "+573211234567"),
    ("51912345678", "+51912345678"),
    ("56961234567", "+56961234567"),
    ("18095550123", "+18095550123"),
    ("+593 99 123 4567", "+593991234567"),
    ("whatsapp:+593991234567", "+593991234567"),
    ("٥٩٣٩٩١٢٣٤٥٦٧", "+593991234567"),
    ("５９３９９１２３４５６７", "+593991234567"),
    ("\u200e593991234567", "+593991234567"),
    ("\ud800593991234567", "+593991234567"),
    # what metadata does not know is kept as it came
    ("59399123456", "+59399123456"),
    ("5931", "+5931"),
    ("999991234567", "+999991234567"),
    ("0991234567", "+0991234567"),
    ("8" * 200, "+" + "8" * 200),
    # flags forbid matching on these; the conversation is theirs all the same
    ("593999999999", "+593999999999"),
    ("5931800123456", "+5931800123456"),
]


@pytest.mark.parametrize(("wa_id", "e164"), KNOWN, ids=[repr(wa_id)[:30] for wa_id, _ in KNOWN])
def test_channel_number_has_its_one_form(wa_id: str, e164: str) -> None:
    assert whatsapp_phone(wa_id) == e164


@pytest.mark.parametrize(
    "wa_id", ["", "   ", "+", "\u200e", "EC.1000000000000000001", "EC1000000000000000001", "ana.p"]
)
def test_what_is_no_number_never_becomes_a_phone(wa_id: str) -> None:
    with pytest.raises(ValueError, match="not a phone"):
        whatsapp_phone(wa_id)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200) | st.text(alphabet="0123456789", min_size=1, max_size=200))
def test_anything_else_comes_back_as_plus_and_digits(text: str) -> None:
    try:
        phone = whatsapp_phone(text)
    except ValueError:
        assert any(c.isalpha() for c in text) or not any(c.isdecimal() for c in text)
    else:
        assert phone[0] == "+"
        assert phone[1:].isascii()
        assert phone[1:].isdecimal()
        assert whatsapp_phone(phone) == phone


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["phone", "email", "whatsapp", "messenger", "linkedin", "fax"]),
    st.text(max_size=300),
    st.sampled_from([None, "EC", "BR", "MX", "AR", "zz"]),
)
def test_strange_values_are_refused_and_nothing_else(kind: str, value: str, country: str | None) -> None:
    try:
        found = canonical(kind, value, country)
    except Invalid:
        return
    assert canonical(kind, found.value, country).value == found.value


@pytest.mark.parametrize(
    ("e164", "aliases"),
    [
        ("+5511987654321", ("+551187654321",)),
        ("+551187654321", ("+5511987654321",)),
        ("+552178123456", ("+5521978123456",)),
        ("+551131234567", ()),
        ("+5511931234567", ()),
        ("+558001234567", ()),
        ("+525512345678", ("+5215512345678",)),
        ("+5215512345678", ("+525512345678",)),
        ("+5491123456789", ("+541123456789",)),
        ("+541123456789", ()),
        ("+593991234567", ()),
        ("+12025550123", ()),
        ("", ()),
    ],
)
def test_lookup_candidates_exclude_the_number_itself(e164: str, aliases: tuple[str, ...]) -> None:
    assert phone_aliases(e164) == aliases


def test_the_library_is_read_only_when_a_number_is() -> None:
    script = "import sys, shared.domain.identity; sys.exit('phonenumbers' in sys.modules or 'idna' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
