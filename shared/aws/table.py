"""The table on DynamoDB.

The only module that needs boto3; it is imported when a connection is made. Costs are what DynamoDB says it
consumed, indexes included.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from shared.aws.answers import error_of
from shared.aws.attributes import unmarshal_image
from shared.aws.expressions import Parameters, action_of, bookmark, key_condition, key_of, start_of
from shared.domain.errors import Conflict, HubError, Misconfigured, Permanent, Transient
from shared.ports.table import (
    Cost,
    Found,
    Index,
    Key,
    Operation,
    Page,
    check_operations,
    check_query,
    check_scan,
    scan_mark,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CONNECT_TIMEOUT_S = 1
READ_TIMEOUT_S = 3
ATTEMPTS = 3
POOL_SIZE = 16
_PLAIN = {"Put": "put_item", "Update": "update_item", "Delete": "delete_item"}
_IN_THE_WAY = frozenset({"TransactionConflict", "TransactionConflictException", "TransactionInProgressException"})


def dynamodb_client(*, read_timeout_s: float = READ_TIMEOUT_S, **where: Any) -> DynamoDBClient:
    """A client with the hub's limits; `where` (endpoint, region, credentials) comes from the environment if absent."""
    import boto3
    from botocore.config import Config

    limits = Config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=read_timeout_s,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        max_pool_connections=POOL_SIZE,
        tcp_keepalive=True,
    )
    client: DynamoDBClient = boto3.client("dynamodb", config=limits, **where)
    return client


class DynamoTable:
    """`Table` on DynamoDB. Safe to share between threads.

    A write whose answer was lost is repeated by the client. When the lost one had taken effect, the repetition
    may report a `Conflict` with that very effect (nothing here relies on request tokens): whoever reads again,
    as a `Conflict` asks, finds it done.
    """

    def __init__(self, client: DynamoDBClient, name: str) -> None:
        self._client: Any = client
        self._name = name

    @classmethod
    def connect(cls, table_name: str) -> DynamoTable:
        return cls(dynamodb_client(), table_name)

    def get(self, key: Key) -> Found:
        """As the port says: 1 RCU for each 4 KB begun."""
        answer = self._call("get_item", {"Key": key_of(key), "ConsistentRead": True})
        image = answer.get("Item")
        return Found(unmarshal_image(image) if image is not None else None, _read_cost(answer))

    def query(
        self,
        pk: str,
        prefix: str = "",
        *,
        after: str | None = None,
        limit: int | None = None,
        descending: bool = False,
        until: str | None = None,
        index: Index | None = None,
    ) -> Page:
        """As the port says: 1 RCU for each 4 KB begun of all items read together, half on an index.

        DynamoDB ends a page at 1 MB.
        """
        check_query(pk, prefix, until, limit)
        parameters: Parameters = {"ScanIndexForward": not descending}
        if limit is not None:
            parameters["Limit"] = limit
        if index is not None:
            parameters |= key_condition(f"{index}_pk", f"{index}_sk", pk, prefix, until)
            parameters["IndexName"] = index
            if after is not None:
                parameters["ExclusiveStartKey"] = start_of(index, pk, after)
        else:
            parameters |= key_condition("pk", "sk", pk, prefix, until)
            parameters["ConsistentRead"] = True
            if after is not None:
                place = _place(after, prefix, until, descending)
                if place == "past":
                    return Page([], None, Cost())
                if place == "inside":
                    parameters["ExclusiveStartKey"] = key_of((pk, after))
        answer = self._call("query", parameters)
        last = answer.get("LastEvaluatedKey")
        following = None if last is None else last["sk"]["S"] if index is None else bookmark(index, last)
        return Page([unmarshal_image(image) for image in answer["Items"]], following, _read_cost(answer))

    def scan(self, *, segment: int = 0, segments: int = 1, after: str | None = None, limit: int | None = None) -> Page:
        """As the port says: 0.5 RCU for each 4 KB begun of all items read together. DynamoDB ends a page at 1 MB."""
        start = check_scan(segment, segments, after, limit)
        parameters: Parameters = {}
        if segments > 1:
            parameters |= {"Segment": segment, "TotalSegments": segments}
        if limit is not None:
            parameters["Limit"] = limit
        if start is not None:
            parameters["ExclusiveStartKey"] = key_of(start)
        answer = self._call("scan", parameters)
        last = answer.get("LastEvaluatedKey")
        following = None if last is None else scan_mark((last["pk"]["S"], last["sk"]["S"]))
        return Page([unmarshal_image(image) for image in answer["Items"]], following, _read_cost(answer))

    def transact(self, operations: Sequence[Operation]) -> Cost:
        """As the port says: 1 WRU for each KB begun of each item and for each index entry written, twice that
        when there are several operations or a `Check`."""
        check_operations(operations)
        actions = [action_of(operation) for operation in operations]
        plain = _PLAIN.get(actions[0][0]) if len(actions) == 1 else None
        if plain is not None:
            return _write_cost(self._call(plain, actions[0][1]))
        items = [{name: {**parameters, "TableName": self._name}} for name, parameters in actions]
        return _write_cost(self._call("transact_write_items", {"TransactItems": items}))

    def _call(self, method: str, parameters: Parameters) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        if method != "transact_write_items":
            parameters = {**parameters, "TableName": self._name}
        call: Callable[..., Any] = getattr(self._client, method)
        try:
            return call(**parameters, ReturnConsumedCapacity="TOTAL")
        except ClientError as error:
            raise _refusal(error.response) from error
        except BotoCoreError as error:
            raise _failure(error) from error


def _place(after: str, prefix: str, until: str | None, descending: bool) -> str:
    """Where `after` lies seen from the range that is asked for: `before` it (all of it is wanted), `inside`, or
    `past` it (nothing is left). DynamoDB takes only a start inside."""
    point = after.encode()
    if until is not None:
        end = until.encode()
        inside = b"" < point < end or (point == end and descending)
        above = point >= end
    else:
        inside = bool(point) and after.startswith(prefix)
        above = point > prefix.encode()
    if inside:
        return "inside"
    return "before" if above == descending else "past"


def _read_cost(answer: Any) -> Cost:
    return Cost(reads=float(answer["ConsumedCapacity"]["CapacityUnits"]), calls=1)


def _write_cost(answer: Any) -> Cost:
    consumed = answer["ConsumedCapacity"]
    parts = consumed if isinstance(consumed, list) else [consumed]
    return Cost(writes=sum(float(part["CapacityUnits"]) for part in parts), calls=1)


def _refusal(response: Any) -> HubError:
    """The error that an answer of DynamoDB means. Its text is the code and the request id: DynamoDB's own may
    quote keys."""
    code = response["Error"].get("Code", "")
    metadata = response.get("ResponseMetadata", {})
    if code == "ConditionalCheckFailedException":
        return Conflict("dynamodb: the condition did not hold", (0,))
    if code in _IN_THE_WAY:
        return Conflict("dynamodb: another transaction was in the way")
    if code == "TransactionCanceledException":
        return _cancellation([reason.get("Code", "None") for reason in response.get("CancellationReasons", [])])
    return error_of("dynamodb", metadata.get("HTTPStatusCode", 0), code, metadata.get("RequestId", "-"))


def _cancellation(reasons: list[str]) -> HubError:
    failed = tuple(index for index, reason in enumerate(reasons) if reason == "ConditionalCheckFailed")
    if failed:
        return Conflict("dynamodb: conditions of the transaction did not hold", failed)
    if _IN_THE_WAY.intersection(reasons):
        return Conflict("dynamodb: another transaction was in the way")
    named = [reason for reason in reasons if reason != "None"]
    return error_of("dynamodb", 400, named[0] if named else "TransactionCanceledException", "-")


def _failure(error: Exception) -> HubError:
    """The error that a call without an answer means."""
    from botocore.exceptions import (
        HTTPClientError,
        NoCredentialsError,
        NoRegionError,
        ParamValidationError,
        PartialCredentialsError,
    )

    reason = f"dynamodb: {type(error).__name__}"
    if isinstance(error, HTTPClientError):
        return Transient(reason)
    if isinstance(error, NoCredentialsError | PartialCredentialsError | NoRegionError):
        return Misconfigured(reason)
    if isinstance(error, ParamValidationError):
        return Permanent(reason)
    return Transient(reason)
