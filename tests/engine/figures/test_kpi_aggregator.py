"""The function itself: what Lambda hands it, and what it answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from functions.kpi_aggregator.app import handler
from local.memory.table import MemoryTable
from local.metrics import CountedMetrics
from local.sqlite.stream import Change
from local.stream_reader import record, window
from shared import bootstrap
from shared.configuration import parse
from shared.domain.errors import Misconfigured, Transient
from shared.store import keys
from shared.store.figures import open_blocks
from tests.engine.figures.bench import World, answer, event
from tests.engine.figures.test_looks import CONFIG, MINUTE

Records = list[dict[str, Any]]


class Hub:
    def __init__(self) -> None:
        self.table = MemoryTable(lambda: 0.0)
        self.metrics = CountedMetrics()
        changes: list[Change] = []
        self.table.listen(changes.append)
        self.world = World(self.table)
        self.world.open("c1", event())
        self.world.log("c1", answer(MINUTE))
        self.records: Records = [record(change) for change in changes]

    def tell(self, records: Records, **more: Any) -> Any:
        return handler({"Records": records, **window("shard-1"), **more}, None)


@pytest.fixture
def hub() -> Iterator[Hub]:
    made = Hub()
    parts = {"table": made.table, "metrics": made.metrics, "clock": made.world.clock}
    with bootstrap.installed(**parts, config=parse(CONFIG, "test", {})):
        yield made


def test_it_answers_with_a_state_and_counts_once(hub: Hub) -> None:
    done = {"state": {}, "batchItemFailures": []}
    assert hub.tell(hub.records) == done
    assert hub.tell(hub.records) == done
    assert hub.tell(hub.records[2:]) == done
    assert len(open_blocks(hub.table)) == 1
    assert hub.world.stored() != {}


def test_the_journeys_of_whoever_was_heard_are_put_on_the_clock(hub: Hub) -> None:
    hub.tell(hub.records)
    marked = hub.table.get(keys.journeys_of("k1")).item
    assert marked is not None
    assert "due_sk" in marked
    hub.world.now += 60
    hub.tell(hub.records)
    assert hub.table.get(keys.journeys_of("k1")).item == marked, "who is marked waits no longer for being heard again"


def test_the_end_of_a_window_may_bring_nothing(hub: Hub) -> None:
    assert hub.tell([], isFinalInvokeForWindow=True) == {"state": {}, "batchItemFailures": []}


def test_without_its_shard_it_counts_nothing(hub: Hub) -> None:
    with pytest.raises(Misconfigured, match="TumblingWindowInSeconds"):
        handler({"Records": hub.records}, None)
    assert open_blocks(hub.table) == []


def test_a_record_that_cannot_be_read_fails_its_batch_and_is_set_aside_alone(hub: Hub) -> None:
    [*_, last] = [one for one in hub.records if one["dynamodb"]["Keys"]["sk"] == {"S": "CASE"}]
    last["dynamodb"]["NewImage"] = {"sequence": {"X": "?"}}
    with pytest.raises(TypeError):
        hub.tell(hub.records)
    assert open_blocks(hub.table) == []
    hub.tell(hub.records[: hub.records.index(last)])
    assert len(open_blocks(hub.table)) == 1, "the first contact is counted"


def test_while_the_table_is_away_the_whole_batch_comes_again(hub: Hub) -> None:
    class Away:
        def get(self, _: Any) -> Any:
            raise Transient("no answer")

    with bootstrap.installed(table=Away()):
        answered = hub.tell(hub.records)
    first = hub.records[0]["dynamodb"]["SequenceNumber"]
    assert answered == {"state": {}, "batchItemFailures": [{"itemIdentifier": first}]}
