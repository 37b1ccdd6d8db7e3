"""Lives that are drawn alike, whatever else was imported before.

Hypothesis mixes constants of the project's own modules into what it draws, of those that happen to be imported. So one
test would draw other lives beside other tests, and after any change elsewhere. Named as a backend, this leaves them
out.
"""

from __future__ import annotations

from functools import cached_property

from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider
from hypothesis.internal.constants_ast import Constants

ALIKE = "alike"


class Alike(HypothesisProvider):
    @cached_property
    def _local_constants(self) -> Constants:
        return Constants()


AVAILABLE_PROVIDERS[ALIKE] = f"{__name__}.{Alike.__name__}"
