"""What changed in the table becomes triggers on the connectors' queue."""

from __future__ import annotations

from functools import partial
from typing import Any

from shared import bootstrap
from shared.application.relay import Change, relay
from shared.aws.attributes import unmarshal_image


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """A batch of the table's stream; answers with the first record that is not relayed, if any."""
    bootstrap.logs()
    records = event["Records"]
    done = relay([partial(_change, record) for record in records], bootstrap.connectors_of, bootstrap.queues())
    if done == len(records):
        return {"batchItemFailures": []}
    bootstrap.metrics().count("relay_returned", len(records) - done)
    return {"batchItemFailures": [{"itemIdentifier": records[done]["dynamodb"]["SequenceNumber"]}]}


def _change(record: dict[str, Any]) -> Change:
    images = record["dynamodb"]
    before, after = images.get("OldImage"), images.get("NewImage")
    return Change(before and unmarshal_image(before), after and unmarshal_image(after))
