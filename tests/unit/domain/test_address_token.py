"""A token in an address: who made it, for which case, and everything that is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.address_token import LENGTH, MAC_BYTES, case_of_token, make_token

CASE = "01a202b2-c5e0-7000-8000-000000000005"
KEY, OLD = b"k" * 32, b"o" * 32


def test_a_token_names_its_case() -> None:
    token = make_token(CASE, KEY)
    assert case_of_token(token, [KEY]) == CASE
    assert len(token) == LENGTH
    assert token == token.lower()
    assert len(f"caso+{token}") <= 64, "what a mail address takes before the @"
    assert MAC_BYTES * 8 >= 80


def test_one_that_has_gone_out_stays_good() -> None:
    token = make_token("018f0000-0000-7000-8000-000000000001", b"k")
    assert token == "aghqaaaaabyabaaaaaaaaaaaafpugg7ef3mm5nsaii"


def test_case_of_letters_does_not_matter_to_mail() -> None:
    assert case_of_token(make_token(CASE, KEY).upper(), [KEY]) == CASE


def test_keys_change_hands_without_losing_what_was_sent() -> None:
    assert case_of_token(make_token(CASE, OLD), [KEY, OLD]) == CASE
    assert case_of_token(make_token(CASE, OLD), [KEY]) is None
    assert case_of_token(make_token(CASE, KEY), []) is None


@pytest.mark.parametrize("text", ["", "a" * 41, "a" * 43, "1" * 42, "ñ" * 42, "=" * 42, "a" * 42, "\u212a" * 42])
def test_what_is_none(text: str) -> None:
    assert case_of_token(text, [KEY]) is None


@given(st.integers(0, LENGTH - 1), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_no_other_spelling_is_one(place: int, letter: str) -> None:
    token = make_token(CASE, KEY)
    other = token[:place] + letter + token[place + 1 :]
    assert (case_of_token(other, [KEY]) == CASE) is (other == token)


def test_a_case_without_such_an_id_has_none() -> None:
    with pytest.raises(ValueError, match="UUID"):
        make_token("k1", KEY)
