"""Two places for the same functions to run in: AWS as moto plays it, and the embedded engines.

moto: the very clients that are deployed, their server in another process, so that CPU time is the caller's alone.
Its capacity figures are not true. Embedded: capacity is counted as DynamoDB counts it (held to that by the ports'
contract suite, against DynamoDB Local too).
"""

from __future__ import annotations

import json
import os
import secrets as random_secrets
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

from bench.definition import create_table
from bench.meter import Meter, MeteredFiles, MeteredLog, MeteredQueues, MeteredTable
from local.queue_poller import record as queue_record
from local.storage import Storage
from local.stream_reader import record as stream_record
from local.template import read_template
from shared import bootstrap
from shared.aws.files import S3Files
from shared.aws.metrics import EmbeddedMetrics
from shared.aws.queues import SqsQueues
from shared.aws.table import DynamoTable

TEMPLATE: Final = Path(__file__).parents[1] / "template.yaml"
ACCOUNT: Final = "200000000000001"
APP_SECRET: Final = random_secrets.token_hex(16)
SIGNING_SECRET: Final = "whsec_" + b64encode(random_secrets.token_bytes(24)).decode()
SECRETS: Final[dict[str, dict[str, Any]]] = {
    "whatsapp": {"app_secrets": [APP_SECRET], "verify_token": "bench"},
    "bench": {"signing_secrets": [SIGNING_SECRET]},
}
CONFIG: Final = """
brands:
- {{name: acme, languages: [es], default_country: EC, time_zone: America/Guayaquil}}
accounts:
- {{channel: whatsapp, id: "{account}", brand: acme, portfolio: default, secret: whatsapp}}
connectors:
- {{name: bench, kind: generic_webhook, url: "{tool}", secret: bench, allow_private: true}}
"""


class World(Protocol):
    """What surrounds the functions: whatever AWS does between them."""

    def received(self, queue: str) -> list[dict[str, Any]]:
        """The records of everything in the queue, which are then gone from it."""

    def changes(self) -> list[dict[str, Any]]:
        """The records of what changed in the table since it was last asked."""


def write_config(folder: Path, tool: str) -> None:
    """One brand, one account, one connector that speaks to `tool`."""
    file = folder / "hub.yaml"
    file.write_text(CONFIG.format(account=ACCOUNT, tool=tool))
    os.environ["HUB_CONFIG"] = str(file)


class OnMoto:
    """The deployed implementations. `bare` are boto3's plain calls against the same server, by kind."""

    def __init__(self, endpoint: str, meter: Meter) -> None:
        import boto3

        os.environ |= {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "example",
            "AWS_SECRET_ACCESS_KEY": "example",
            "SECRET_PREFIX": "bench",
        }
        self._dynamodb: Any = boto3.client("dynamodb")
        self._streams = boto3.client("dynamodbstreams")
        self._sqs = boto3.client("sqs")
        self._s3 = boto3.client("s3")
        self._urls = {name: self._queue(name) for name in ("inbound", "sync", "bare")}
        os.environ |= {f"{name.upper()}_QUEUE_URL": url for name, url in self._urls.items() if name != "bare"}
        create_table(self._dynamodb, "hub")
        create_table(self._dynamodb, "bare")
        self._s3.create_bucket(Bucket="hub")
        secrets = boto3.client("secretsmanager")
        for name, value in SECRETS.items():
            secrets.create_secret(Name=f"bench/{name}", SecretString=json.dumps(value))
        self._iterator = self._first_iterator()
        bootstrap.install(
            table=MeteredTable(DynamoTable.connect("hub"), meter),
            queues=MeteredQueues(SqsQueues.connect(), meter),
            files=MeteredFiles(S3Files.connect("hub"), meter),
            metrics=EmbeddedMetrics(MeteredLog(meter)),
        )
        self.bare = self._bare_calls()

    def _queue(self, name: str) -> str:
        made = self._sqs.create_queue(QueueName=f"{name}.fifo", Attributes={"FifoQueue": "true"})
        return str(made["QueueUrl"])

    def _first_iterator(self) -> str:
        arn = self._dynamodb.describe_table(TableName="hub")["Table"]["LatestStreamArn"]
        [shard] = self._streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        found = self._streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )
        return str(found["ShardIterator"])

    def received(self, queue: str) -> list[dict[str, Any]]:
        answer = self._sqs.receive_message(
            QueueUrl=self._urls[queue], MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
        )
        records = []
        for message in answer.get("Messages", []):
            self._sqs.delete_message(QueueUrl=self._urls[queue], ReceiptHandle=message["ReceiptHandle"])
            records.append(
                {
                    "messageId": message["MessageId"],
                    "receiptHandle": message["ReceiptHandle"],
                    "body": message["Body"],
                    "attributes": message["Attributes"],
                    "eventSourceARN": f"arn:aws:sqs:us-east-1:000000000000:hilo-bench-{queue}.fifo",
                }
            )
        return records

    def changes(self) -> list[dict[str, Any]]:
        answer = self._streams.get_records(ShardIterator=self._iterator)
        self._iterator = str(answer["NextShardIterator"])
        return [dict(one) for one in answer["Records"]]

    def _bare_calls(self) -> dict[str, Callable[[], Any]]:
        image = {"pk": {"S": "bare"}, "sk": {"S": "item"}, "body": {"S": "x" * 400}}
        key = {"pk": image["pk"], "sk": image["sk"]}
        two: list[Any] = [
            {"Put": {"TableName": "bare", "Item": {**image, "sk": {"S": name}}}} for name in ("one", "two")
        ]
        self._dynamodb.put_item(TableName="bare", Item=image)

        def send() -> None:
            entry = {"Id": "0", "MessageBody": "x" * 900, "MessageGroupId": "bare"}
            entry["MessageDeduplicationId"] = str(time.time_ns())
            self._sqs.send_message_batch(QueueUrl=self._urls["bare"], Entries=[entry])

        return {
            "read": lambda: self._dynamodb.get_item(TableName="bare", Key=key, ConsistentRead=True),
            "write": lambda: self._dynamodb.put_item(TableName="bare", Item=image),
            "transact": lambda: self._dynamodb.transact_write_items(TransactItems=two),
            "send": send,
            "put": lambda: self._s3.put_object(Bucket="hub", Key="bare", Body=b"x" * 1000),
        }


class Embedded:
    """The embedded implementations, without the hub that runs them."""

    def __init__(self, storage: Storage, queues: Any, meter: Meter) -> None:
        self._storage = storage
        self._queues = queues
        storage.stream.attach([("bench", 1)])
        self._lane = storage.stream.lane("bench", 0)
        bootstrap.install(
            table=MeteredTable(storage.table, meter),
            queues=MeteredQueues(storage.queues, meter),
            files=MeteredFiles(storage.files, meter),
            secrets=_Known(),
            metrics=EmbeddedMetrics(MeteredLog(meter)),
        )

    def received(self, queue: str) -> list[dict[str, Any]]:
        found = self._storage.queues.receive(queue)
        self._storage.queues.delete(queue, [one.receipt for one in found])
        return [queue_record(self._queues[queue], one) for one in found]

    def changes(self) -> list[dict[str, Any]]:
        found = self._lane.next(100)
        if found:
            self._lane.commit(found[-1].seq)
        return [stream_record(one) for one in found]


class _Known:
    def get(self, name: str) -> dict[str, Any]:
        return SECRETS[name]


@contextmanager
def embedded(folder: Path, meter: Meter) -> Iterator[Embedded]:
    """The embedded world in a folder of its own."""
    hub = read_template(TEMPLATE)
    storage = Storage.open(folder, hub.queues, time.time)
    try:
        yield Embedded(storage, hub.queues, meter)
    finally:
        storage.database.close()
