"""The AWS implementations on moto's server: every port, over HTTP, on 127.0.0.1.

Right: FIFO groups, deduplication, redrive; S3, Secrets Manager; conditions of the table. Wrong or missing
(moto 5.2, 2026-11):

* it says nothing true of capacity, and its table knows no two callers at once: no costs, no races;
* comparing a number with a text is a server error, 1 equals true, and what is missing equals null: not strict;
* a queue forgets the deduplication id of a message once it is deleted, and its clock is the machine's: nothing
  here speaks of the five minutes of deduplication;
* an unknown secret is a 404 where AWS says 400.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import boto3
from engines.bench import MAX_RECEIVES, PATIENCE_S, QUEUES, Received
from moto.server import ThreadedMotoServer

from bench.definition import create_table
from shared.aws.files import S3Files
from shared.aws.queues import SqsQueues
from shared.aws.secrets import SecretsManager
from shared.aws.table import DynamoTable, dynamodb_client

NAME = "moto"
OFFERS = frozenset({"table", "table_with_empty_text", "queues", "files", "secrets_of"})
MARKS: tuple[Any, ...] = ()


def is_available() -> bool:
    return True


class SqsBench:
    """The far side of SQS queues, by boto3."""

    def __init__(self, port: SqsQueues, sqs: Any, urls: dict[str, str]) -> None:
        self.port = port
        self._sqs = sqs
        self._urls = urls

    def receive(self, queue: str, most: int = 10, visibility_s: int = 60) -> list[Received]:
        answer = self._sqs.receive_message(
            QueueUrl=self._urls[queue],
            MaxNumberOfMessages=most,
            VisibilityTimeout=visibility_s,
            WaitTimeSeconds=0,
            MessageSystemAttributeNames=["All"],
        )
        return [
            Received(
                body=found["Body"],
                group=found["Attributes"]["MessageGroupId"],
                handle=found["ReceiptHandle"],
                receives=int(found["Attributes"]["ApproximateReceiveCount"]),
            )
            for found in answer.get("Messages", [])
        ]

    def ack(self, queue: str, handle: str) -> None:
        self._sqs.delete_message(QueueUrl=self._urls[queue], ReceiptHandle=handle)

    def release(self, queue: str, handle: str) -> None:
        self._sqs.change_message_visibility(QueueUrl=self._urls[queue], ReceiptHandle=handle, VisibilityTimeout=0)

    def dead(self, queue: str) -> list[str]:
        return [received.body for received in self.receive(f"{queue}-dlq")]

    def advance(self, seconds: float) -> None:
        time.sleep(seconds)


class Moto:
    """A running moto server, and the environment that leads the hub's own clients to it."""

    def __init__(self, endpoint: str) -> None:
        self._where: dict[str, Any] = {
            "endpoint_url": endpoint,
            "region_name": "us-east-1",
            "aws_access_key_id": "example",
            "aws_secret_access_key": "example",
        }
        self.environ = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "example",
            "AWS_SECRET_ACCESS_KEY": "example",
            "AWS_SESSION_TOKEN": "example",
        }
        self._numbers = count(1)
        self._clients: dict[str, Any] = {"dynamodb": dynamodb_client(read_timeout_s=PATIENCE_S, **self._where)}

    def boto3(self, service: str) -> Any:
        """One client for all tests: each costs more to make than a test to run."""
        if service not in self._clients:
            self._clients[service] = boto3.client(service, **self._where)
        return self._clients[service]

    def table(self) -> DynamoTable:
        client = self.boto3("dynamodb")
        name = f"hilo-{next(self._numbers)}"
        create_table(client, name)
        return DynamoTable(client, name)

    def queues(self) -> SqsBench:
        sqs = self.boto3("sqs")
        number = next(self._numbers)
        urls: dict[str, str] = {}
        for queue in QUEUES:
            dead = f"{queue}-dlq"
            urls[dead] = _fifo(sqs, f"{dead}-{number}")
            arn = sqs.get_queue_attributes(QueueUrl=urls[dead], AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
            redrive = {"deadLetterTargetArn": arn, "maxReceiveCount": MAX_RECEIVES}
            urls[queue] = _fifo(sqs, f"{queue}-{number}", RedrivePolicy=json.dumps(redrive))
        named = {f"{queue.upper()}_QUEUE_URL": urls[queue] for queue in QUEUES}
        return SqsBench(SqsQueues.connect({**self.environ, **named}), sqs, urls)

    def files(self) -> S3Files:
        bucket = f"hilo-files-{next(self._numbers)}"
        self.boto3("s3").create_bucket(Bucket=bucket)
        return S3Files.connect(bucket, self.environ)

    def secrets(self, named: dict[str, dict[str, Any]]) -> SecretsManager:
        prefix = f"hilo/{next(self._numbers)}"
        client = self.boto3("secretsmanager")
        for name, value in named.items():
            client.create_secret(Name=f"{prefix}/{name}", SecretString=json.dumps(value))
        return SecretsManager.connect(prefix, self.environ)


def _fifo(sqs: Any, name: str, **attributes: str) -> str:
    made = sqs.create_queue(QueueName=f"{name}.fifo", Attributes={"FifoQueue": "true", **attributes})
    url: str = made["QueueUrl"]
    return url


@contextmanager
def start(folder: Path) -> Iterator[Moto]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield Moto(f"http://{host}:{port}")
    finally:
        server.stop()
