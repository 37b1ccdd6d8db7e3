"""`make hunt SEED=… LIVES=…`: lives of a hub that no test has drawn yet.

The steps of a life that fails are printed; they are Python, and run again as they stand. With `SHORTEN=1` it is made
shorter first, which takes up to five minutes.
"""

from __future__ import annotations

import sys

from hypothesis import Phase, seed, settings
from hypothesis.stateful import get_state_machine_test

from tests.property.test_hub_model import QUICK, WholeLife

STEPS = 40


def hunt(number: int, lives: int, phases: list[Phase]) -> None:
    """So many lives, drawn from this seed."""
    drawn = settings(QUICK, derandomize=False, max_examples=lives, stateful_step_count=STEPS, phases=phases)
    seed(number)(get_state_machine_test(WholeLife, settings=drawn))()


if __name__ == "__main__":
    also = [Phase.shrink] if sys.argv[3:] == ["1"] else []
    hunt(int(sys.argv[1]), int(sys.argv[2]), [Phase.generate, *also])
