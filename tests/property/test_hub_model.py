"""A hub that people write to, staff work in and workers die in, step by step beside a model in plain dictionaries.

Each step lets several workers take their turns at every port call, in an order that Hypothesis draws and shrinks.
After it what was promised holds: each thing once; an attested identity with one living customer; one active case in a
conversation; sequences without gaps; every message in one place; a merge loses nothing, and its undoing gives back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from engines import dynamodb_local
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from local.sqlite.database import Database
from local.sqlite.stream import Stream
from local.sqlite.table import SqliteTable
from shared.ports.table import Table
from tests.property.draws import ALIKE
from tests.property.faults import Fault, Killed
from tests.property.hub_people import PeopleWrite
from tests.property.hub_staff import StaffWork

QUICK = settings(
    max_examples=60,
    stateful_step_count=20,
    database=None,
    derandomize=True,
    backend=ALIKE,
    phases=[Phase.generate],
    print_blob=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
)
"""The same lives in every run. One that fails is printed as it is: to shorten it takes minutes (see `hunt`)."""
LONG_LIVES = 100
OFTEN = ("message", "edit", "deletion", "reaction", "identity_change", "failed receipt")
MERGES = ("merged", "across a merge", "parted", "moved")


class WholeLife(PeopleWrite, StaffWork):
    """All of it."""


@pytest.fixture(scope="module")
def dynamodb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dynamodb_local.DynamoDbLocal]:
    if not dynamodb_local.is_available():
        pytest.skip("DynamoDB Local needs Java and npm")
    with dynamodb_local.start(tmp_path_factory.mktemp("dynamodb")) as running:
        yield running


@pytest.mark.java
@pytest.mark.slow
def test_on_dynamodb_too(dynamodb: dynamodb_local.DynamoDbLocal) -> None:
    class OnDynamo(WholeLife):
        def new_table(self) -> Table:
            return dynamodb.table()

    run_state_machine_as_test(OnDynamo, settings=settings(QUICK, max_examples=6, stateful_step_count=12))


def test_in_one_file_too(tmp_path: Path) -> None:
    class InOneFile(WholeLife):
        def new_table(self) -> Table:
            self.folder = TemporaryDirectory(dir=tmp_path)
            self.database = Database(Path(self.folder.name) / "hub.db")
            return SqliteTable(self.database, Stream(self.database), lambda: self.hub.now)

        def teardown(self) -> None:
            try:
                super().teardown()
            finally:
                self.database.close()
                self.folder.cleanup()

    run_state_machine_as_test(InOneFile, settings=settings(QUICK, max_examples=10))


def test_whatever_happens_the_hub_holds_what_the_model_holds() -> None:
    """And the drawn runs meet what they are for."""
    counted: Counter[str] = Counter()

    class Counting(WholeLife):
        def met(self, what: str, times: int = 1) -> None:
            counted[what] += times

    run_state_machine_as_test(Counting, settings=QUICK)
    assert min(counted[what] for what in (*OFTEN, *MERGES)) >= 5, counted


def test_a_parting_dies_and_they_are_merged_again() -> None:
    life = WholeLife()
    life.an_answer_does_not_arrive(account=0, job=("merge", 0, 2), order=[], person=2)
    life.an_answer_does_not_arrive(account=0, job=("deliver", 6, 0), order=[], person=1)
    life.staff_merge_meanwhile(job=("deliver", 6, 0), number=0, order=[], pair=(1, 2))
    life.time_passes(hours=30)
    life.staff_act(deed="resolved", late=0, which=0)
    life.what_is_new_is_taken_in(fault=None, order=[])
    life.an_answer_does_not_arrive(account=0, job=("deliver", 9, 0), order=[], person=2)
    dies = Fault(35, "after", Killed)
    life.staff_part_them_meanwhile(fault=dies, job=("unmerge", 3, 3), number=0, order=[], which=0)
    life.two_are_merged_write_and_part(job=("deliver", 3, 0), order=[], quotes=[12], which=0)
    life.teardown()


@pytest.mark.slow
def test_whatever_happens_the_hub_holds_what_the_model_holds_at_length() -> None:
    """Longer lives, the same ones each time; `make hunt` looks for others."""
    run_state_machine_as_test(WholeLife, settings=settings(QUICK, max_examples=LONG_LIVES, stateful_step_count=30))
