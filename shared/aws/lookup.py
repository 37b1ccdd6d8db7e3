"""Single items of the DynamoDB table, over its JSON protocol. Standard library alone, so that webhooks start fast."""

from __future__ import annotations

import os
from collections.abc import Mapping

from shared.aws.attributes import marshal_item, unmarshal_image
from shared.aws.http import AwsClient
from shared.ports.table import Cost, Found, Key


class DynamoLookup:
    """`Lookup` on DynamoDB."""

    def __init__(self, client: AwsClient, table: str) -> None:
        self._client = client
        self._table = table

    @classmethod
    def connect(cls, table: str, environ: Mapping[str, str] = os.environ) -> DynamoLookup:
        return cls(AwsClient.connect("dynamodb", "DYNAMODB", environ), table)

    def get(self, key: Key) -> Found:
        """As the port says: strongly consistent, one call. Raises `Transient`, `Misconfigured`, `Permanent`."""
        asked = {
            "TableName": self._table,
            "Key": marshal_item({"pk": key[0], "sk": key[1]}),
            "ConsistentRead": True,
            "ReturnConsumedCapacity": "TOTAL",
        }
        answer = self._client.call("DynamoDB_20120810.GetItem", "1.0", asked)
        units = float((answer.get("ConsumedCapacity") or {}).get("CapacityUnits", 0))
        image = answer.get("Item")
        return Found(unmarshal_image(image) if image else None, Cost(reads=units, calls=1))
