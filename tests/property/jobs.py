"""What workers do at the same time, in which order and with which faults: as Hypothesis draws it."""

from __future__ import annotations

from hypothesis import strategies as st

from shared.domain.errors import Transient
from tests.property.faults import Fault, Killed

Job = tuple[str, int, int]
"""What a worker does: `deliver`, `merge`, `unmerge`, `refuse` or `clock`, and which."""

JOBS = st.one_of(
    st.tuples(st.just("deliver"), st.integers(0, 30), st.just(0)),
    st.tuples(st.just("deliver"), st.integers(0, 30), st.just(0)),
    st.tuples(st.sampled_from(["merge", "merge", "unmerge", "refuse"]), st.integers(0, 3), st.integers(0, 3)),
)
ORDERS = st.lists(st.integers(0, 2), max_size=60)
FAULTS = st.one_of(
    st.none(),
    st.builds(Fault, st.integers(0, 40), st.sampled_from(["before", "after"]), st.sampled_from([Transient, Killed])),
)
