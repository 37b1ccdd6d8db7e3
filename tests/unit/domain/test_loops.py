"""When two machines may be answering each other."""

from __future__ import annotations

import pytest

from shared.domain.loops import BURST_S, MOST, MOST_UNANSWERED, Turn, is_loop

NOW = 1_795_340_000.0


def answers(number: int, ago: float = 10) -> list[Turn]:
    return [Turn(NOW - ago, ours=True)] * number


def words(number: int = 1, ago: float = 10) -> list[Turn]:
    return [Turn(NOW - ago, ours=False)] * number


TALK = [*answers(1), *words(1)]


@pytest.mark.parametrize(
    ("newest_first", "expected"),
    [
        pytest.param([], False, id="the first answer"),
        pytest.param(answers(MOST_UNANSWERED - 1), False, id="many, and one less than too many"),
        pytest.param(answers(MOST_UNANSWERED), True, id="one too many without a word of the customer"),
        pytest.param([*words(), *answers(MOST_UNANSWERED)], False, id="the customer has just spoken"),
        pytest.param([*answers(9), *words(), *answers(40)], False, id="the customer spoke in between"),
        pytest.param([*answers(MOST_UNANSWERED), *words()], True, id="the customer spoke before all of them"),
        pytest.param(answers(MOST_UNANSWERED, ago=BURST_S), False, id="ten minutes ago, to the second"),
        pytest.param(answers(MOST_UNANSWERED, ago=BURST_S - 1), True, id="within ten minutes"),
        pytest.param([*answers(5), *answers(99, ago=BURST_S + 60)], False, id="the others were long ago"),
        pytest.param(TALK * (MOST - 1), False, id="a lively conversation"),
        pytest.param(TALK * MOST, True, id="no person writes so fast, whatever the other side says"),
        pytest.param(answers(MOST_UNANSWERED, ago=-5), True, id="a clock that goes ahead"),
        pytest.param(words(500), False, id="what customers say is never too much here"),
    ],
)
def test_is_loop(newest_first: list[Turn], expected: bool) -> None:
    assert is_loop(newest_first, NOW) is expected
