"""What changed in cases becomes deltas of the figures, and puts their customers' journeys on the clock."""

from __future__ import annotations

from typing import Any

from shared import bootstrap
from shared.application.journeys_mark import customers_of, mark
from shared.application.measure import CaseChange, measure
from shared.aws.attributes import unmarshal_image
from shared.domain.errors import Misconfigured, Transient


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """A batch of the table's stream, or the end of a window without any; answers whether it is to come again.

    Only a source with a window is told the shard, which a batch is known by; its state is not used. A record that
    cannot be read fails the batch: halved again and again, it is at last set aside alone.
    """
    bootstrap.logs()
    if "shardId" not in event:
        raise Misconfigured("the stream's source needs TumblingWindowInSeconds: without one no shard is named")
    records = event["Records"]
    changes = [_change(record) for record in records if _counts(record)]
    failures = []
    try:
        measure(bootstrap.measuring(), event["shardId"], changes)
        touched = (customers_of(change.before, change.after) for change in changes)
        mark(bootstrap.table(), set().union(*touched), bootstrap.clock()())
    except Transient:
        bootstrap.metrics().count("measure_returned", len(records))
        failures = [{"itemIdentifier": records[0]["dynamodb"]["SequenceNumber"]}]
    return {"state": {}, "batchItemFailures": failures}


def _counts(record: dict[str, Any]) -> bool:
    return record["dynamodb"]["Keys"]["sk"].get("S") in ("CASE", "PROFILE")


def _change(record: dict[str, Any]) -> CaseChange:
    images = record["dynamodb"]
    before, after = images.get("OldImage"), images.get("NewImage")
    return CaseChange(images["SequenceNumber"], before and unmarshal_image(before), after and unmarshal_image(after))
