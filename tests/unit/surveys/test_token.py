"""The token of a survey: made by whoever has the key, and by nobody else."""

from __future__ import annotations

import pytest

from shared.domain.surveys.scales import BY_KIND, SCALES
from shared.domain.surveys.texts import QUESTIONS, language_asked, options_of, title_of
from shared.domain.surveys.token import LENGTH, Asked, make_token, payload, read_payload, read_token

CASE = "018f0000-0000-7000-8000-000000000001"
KEY, OLD = b"new", b"old"


def test_it_names_what_asked_to_whoever_has_a_key_in_force() -> None:
    token = make_token(Asked(CASE, 7), KEY)
    assert (len(token), token == token.lower(), token.isalnum()) == (LENGTH, True, True)
    assert read_token(token, [KEY]) == read_token(token, [OLD, KEY]) == Asked(CASE, 7)
    assert read_token(token, [OLD]) is None
    assert read_token(token, []) is None


def test_one_that_has_gone_out_stays_good() -> None:
    assert make_token(Asked(CASE, 7), b"k") == "aghqaaaaabyabaaaaaaaaaaaaeaaaaah7db2m3qk2f5nioqqzv5lhjedxi"


def test_no_letter_of_it_can_be_changed() -> None:
    token = make_token(Asked(CASE, 7), KEY)
    for place, letter in enumerate(token):
        other = "a" if letter != "a" else "b"
        assert read_token(token[:place] + other + token[place + 1 :], [KEY]) is None, place


@pytest.mark.parametrize("token", ["", "a", "x" * LENGTH, "1" * LENGTH, "ñ" * LENGTH, "=" * LENGTH, "a" * (LENGTH + 1)])
def test_what_is_no_token(token: str) -> None:
    assert read_token(token, [KEY]) is None


def test_upper_case_is_another_spelling_and_none_of_ours() -> None:
    assert read_token(make_token(Asked(CASE, 7), KEY).upper(), [KEY]) is None


def test_surveys_of_one_case_have_tokens_of_their_own() -> None:
    assert len({make_token(Asked(CASE, number), KEY) for number in range(50)}) == 50


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (payload("t" * LENGTH, 10), ("t" * LENGTH, 10)),
        ("survey:short:5", None),
        (f"survey:{'t' * LENGTH}", None),
        (f"survey:{'t' * LENGTH}:x", None),
        (f"survey:{'t' * LENGTH}:-1", None),
        (f"survey:{'t' * LENGTH}:100", None),
        (f"survey:{'t' * LENGTH}:5:6", None),
        (f"other:{'t' * LENGTH}:5", None),
        ("", None),
        ("5", None),
    ],
)
def test_a_payload(text: str, read: tuple[str, int] | None) -> None:
    assert read_payload(text) == read


def test_every_scale_has_words_in_every_language() -> None:
    for scale in SCALES.values():
        for language in ("es", "pt", "en"):
            titles = [title_of(scale, answer, language) for answer in scale.counts]
            assert len(set(titles)) == len(titles)
            assert max(map(len, titles)) <= 20
            assert len(options_of(scale, "t" * LENGTH, language)) == len(scale.counts)
            assert language_asked(scale.kind, QUESTIONS[scale.kind][language]) == language
    assert sorted(name for names in BY_KIND.values() for name in names) == sorted(SCALES)
    assert language_asked("csat", "?") is None


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("thumbs", {1: 5, 0: 1}),
        ("faces", {3: 5, 2: 3, 1: 1}),
        ("ces_old", {1: 5, 2: 4, 3: 3, 4: 2, 5: 1}),
        ("ces", {value: value for value in range(1, 8)}),
        ("nps", {value: value for value in range(11)}),
    ],
)
def test_what_counts_is_written_down(name: str, counts: dict[int, int]) -> None:
    assert dict(SCALES[name].counts) == counts
    assert SCALES[name].is_mapped is (name in ("thumbs", "faces", "ces_old"))
