"""What changed in cases becomes deltas of the figures, and puts their customers' journeys on the clock."""

from __future__ import annotations

from typing import Any

from shared import bootstrap
from shared.application.journeys_mark import customers_of, mark
from shared.application.measure import CaseChange, measure
from shared.aws.attributes import unmarshal_image
from shared.domain.errors import Malformed, Misconfigured, Transient


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """A batch of the table's stream, or the end of a window without any; answers with the first record that is not
    counted, if any. Only a source with a window is told the shard, which a batch is known by; its state is not used."""
    bootstrap.logs()
    if "shardId" not in event:
        raise Misconfigured("the stream's source needs TumblingWindowInSeconds: without one no shard is named")
    records = event["Records"]
    changes, read = _changes(records)
    done = read
    try:
        measure(bootstrap.measuring(), event["shardId"], changes)
        touched = (customers_of(change.before, change.after) for change in changes)
        mark(bootstrap.table(), set().union(*touched), bootstrap.clock()())
    except Transient:
        done = 0
    failures = []
    if done < len(records):
        bootstrap.metrics().count("measure_returned", len(records) - done)
        failures = [{"itemIdentifier": records[done]["dynamodb"]["SequenceNumber"]}]
    return {"state": {}, "batchItemFailures": failures}


def _changes(records: list[dict[str, Any]]) -> tuple[list[CaseChange], int]:
    """The changes of cases and customers, and how many records were read: up to the first that cannot be."""
    found: list[CaseChange] = []
    for place, record in enumerate(records):
        change = record["dynamodb"]
        try:
            if change["Keys"]["sk"].get("S") in ("CASE", "PROFILE"):
                old, new = change.get("OldImage"), change.get("NewImage")
                before, after = old and unmarshal_image(old), new and unmarshal_image(new)
                found.append(CaseChange(change["SequenceNumber"], before, after))
        except Malformed:
            return found, place
    return found, len(records)
