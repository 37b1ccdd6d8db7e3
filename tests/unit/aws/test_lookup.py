"""What a webhook may know of the table: single items, read without boto3."""

from __future__ import annotations

from typing import Any

import pytest

from shared.aws.lookup import DynamoLookup
from shared.domain.errors import Transient


def test_an_item_is_read_as_the_table_would(service: Any, client_of: Any, scripted: Any) -> None:
    image = {"pk": {"S": "EXT#demo#case#k-1"}, "sk": {"S": "EXT"}, "burst": {"N": "7"}, "ahead": {"L": [{"S": "52"}]}}
    service.answers(scripted(content={"Item": image, "ConsumedCapacity": {"CapacityUnits": 1.0}}))
    found = DynamoLookup(client_of("dynamodb"), "hub").get(("EXT#demo#case#k-1", "EXT"))
    assert found.item == {"pk": "EXT#demo#case#k-1", "sk": "EXT", "burst": 7, "ahead": ["52"]}
    assert (found.cost.reads, found.cost.calls) == (1.0, 1)
    (asked,) = service.asked
    assert asked.headers["x-amz-target"] == "DynamoDB_20120810.GetItem"
    assert asked.content["Key"] == {"pk": {"S": "EXT#demo#case#k-1"}, "sk": {"S": "EXT"}}
    assert (asked.content["TableName"], asked.content["ConsistentRead"]) == ("hub", True)


def test_an_absent_item_is_none(service: Any, client_of: Any, scripted: Any) -> None:
    service.answers(scripted(content={}))
    assert DynamoLookup(client_of("dynamodb"), "hub").get(("a", "b")).item is None


def test_a_table_that_throttles_is_asked_again_later(service: Any, client_of: Any, scripted: Any) -> None:
    refusal = {"__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"}
    service.answers(scripted(status=400, content=refusal), scripted(status=400, content=refusal))
    with pytest.raises(Transient):
        DynamoLookup(client_of("dynamodb"), "hub").get(("a", "b"))
