"""What DynamoDB is asked, what its refusals and silences become, and what its answers say of their cost."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)

from shared.aws.table import DynamoTable, dynamodb_client
from shared.domain.errors import Conflict, HubError, Misconfigured, Permanent, Transient
from shared.ports.table import Absent, Check, Cost, Equals, Put, Update

PUTS = [Put({"pk": "CAS#1", "sk": str(n)}, when=(Absent(),)) for n in range(3)]


class Answering:
    """A client that gives one answer to everything, or raises it."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, method: str) -> Any:
        def call(**parameters: Any) -> Any:
            self.calls.append((method, parameters))
            if isinstance(self.answer, Exception):
                raise self.answer
            return self.answer

        return call


def table(answer: Any) -> DynamoTable:
    client: Any = Answering(answer)
    return DynamoTable(client, "hilo")


def refusal(code: str, status: int = 400, reasons: list[str] | None = None) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": "CAS#1 quotes a key of ours"},
        "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "REQUEST1"},
    }
    if reasons is not None:
        response["CancellationReasons"] = [{"Code": reason, "Message": "CAS#1"} for reason in reasons]
    return ClientError(response, "TransactWriteItems")


CONFLICTS = [
    (refusal("ConditionalCheckFailedException"), (0,)),
    (refusal("TransactionConflictException"), ()),
    (refusal("TransactionInProgressException"), ()),
    (refusal("TransactionCanceledException", reasons=["None", "ConditionalCheckFailed", "None"]), (1,)),
    (refusal("TransactionCanceledException", reasons=["ConditionalCheckFailed"] * 2 + ["None"]), (0, 1)),
    (refusal("TransactionCanceledException", reasons=["TransactionConflict", "None", "None"]), ()),
    (
        refusal("TransactionCanceledException", reasons=["TransactionConflict", "None", "ConditionalCheckFailed"]),
        (2,),
    ),
    (
        refusal("TransactionCanceledException", reasons=["ThrottlingError", "TransactionConflict", "None"]),
        (),
    ),
]


@pytest.mark.parametrize(("error", "failed"), CONFLICTS)
def test_a_conflict_names_the_conditions_that_failed(error: ClientError, failed: tuple[int, ...]) -> None:
    with pytest.raises(Conflict) as conflict:
        table(error).transact(PUTS)
    assert conflict.value.failed == failed


def cancelled(reason: str) -> ClientError:
    return refusal("TransactionCanceledException", reasons=["None", reason, "None"])


OTHERS: list[tuple[Exception, type[HubError]]] = [
    (refusal("ProvisionedThroughputExceededException"), Transient),
    (refusal("ThrottlingException"), Transient),
    (refusal("RequestLimitExceeded"), Transient),
    (refusal("InternalServerError", 500), Transient),
    (refusal("500", 503), Transient),
    (cancelled("ThrottlingError"), Transient),
    (cancelled("ProvisionedThroughputExceeded"), Transient),
    (cancelled("ValidationError"), Permanent),
    (cancelled("ItemCollectionSizeLimitExceeded"), Permanent),
    (refusal("TransactionCanceledException"), Permanent),
    (refusal("ValidationException"), Permanent),
    (refusal("AccessDeniedException"), Misconfigured),
    (refusal("UnrecognizedClientException"), Misconfigured),
    (refusal("ResourceNotFoundException"), Misconfigured),
    (ReadTimeoutError(endpoint_url="https://x.example.com"), Transient),
    (ConnectTimeoutError(endpoint_url="https://x.example.com"), Transient),
    (EndpointConnectionError(endpoint_url="https://x.example.com"), Transient),
    (NoCredentialsError(), Misconfigured),
    (ParamValidationError(report="CAS#1"), Permanent),
    (BotoCoreError(), Transient),
]


@pytest.mark.parametrize(("error", "expected"), OTHERS)
def test_every_other_failure_says_what_to_do(error: Exception, expected: type[HubError]) -> None:
    for attempt in (
        lambda: table(error).transact(PUTS),
        lambda: table(error).get(("CAS#1", "CASE")),
        lambda: table(error).query("CAS#1"),
    ):
        with pytest.raises(expected) as raised:
            attempt()
        assert type(raised.value) is expected
        assert "CAS#1" not in str(raised.value)


def test_a_transaction_costs_what_dynamodb_says_indexes_included() -> None:
    consumed = {"TableName": "hilo", "CapacityUnits": 8.0, "WriteCapacityUnits": 8.0}
    assert table({"ConsumedCapacity": [consumed]}).transact(PUTS) == Cost(writes=8, calls=1)


def test_one_operation_is_a_plain_write_and_several_a_transaction() -> None:
    plain, several, check = (Answering({"ConsumedCapacity": {"CapacityUnits": 1.0}}) for _ in range(3))
    for client, operations in ((plain, PUTS[:1]), (several, PUTS), (check, [Check(("a", "b"), when=(Absent(),))])):
        made: Any = client
        DynamoTable(made, "hilo").transact(operations)
    assert [client.calls[0][0] for client in (plain, several, check)] == [
        "put_item",
        "transact_write_items",
        "transact_write_items",
    ]


def test_reads_are_strongly_consistent_but_for_an_index() -> None:
    answering = Answering({"Items": [], "ConsumedCapacity": {"CapacityUnits": 0.5}})
    client: Any = answering
    of_test = DynamoTable(client, "hilo")
    of_test.get(("CAS#1", "CASE"))
    of_test.query("CAS#1")
    of_test.query("DUE#1", index="due")
    assert [parameters.get("ConsistentRead") for _, parameters in answering.calls] == [True, True, None]


def test_names_and_values_are_always_placeholders() -> None:
    answering = Answering({"ConsumedCapacity": {"CapacityUnits": 1.0}})
    client: Any = answering
    DynamoTable(client, "hilo").transact(
        [Update(("CAS#1", "CASE"), set={"state": "x"}, remove=("owner",), add={"n": 1}, when=(Equals("state", "y"),))]
    )
    ((method, parameters),) = answering.calls
    assert method == "update_item"
    assert parameters["UpdateExpression"] == "SET #a0 = :v0 REMOVE #a1 ADD #a2 :v1"
    assert parameters["ConditionExpression"] == "#a0 = :v2"
    assert parameters["ExpressionAttributeNames"] == {"#a0": "state", "#a1": "owner", "#a2": "n"}
    assert parameters["ExpressionAttributeValues"] == {":v0": {"S": "x"}, ":v1": {"N": "1"}, ":v2": {"S": "y"}}


def test_a_client_gives_up_soon_and_tries_three_times() -> None:
    config = dynamodb_client(
        region_name="us-east-1", aws_access_key_id="example", aws_secret_access_key="example"
    ).meta.config
    assert (config.connect_timeout, config.read_timeout) == (1, 3)
    assert config.retries == {"mode": "standard", "total_max_attempts": 3}
