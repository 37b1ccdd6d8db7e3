"""Queues on SQS, over its JSON protocol. Standard library alone."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from shared.aws.answers import clean_code
from shared.aws.http import AwsClient
from shared.domain.errors import Misconfigured, Permanent
from shared.ports.queues import Message, QueueDepth, QueueName, check_batch

_SUFFIX = "_QUEUE_URL"
_VERSION = "1.0"
_WAITING = "ApproximateNumberOfMessages"
_IN_FLIGHT = "ApproximateNumberOfMessagesNotVisible"


class SqsQueues:
    """`Queues` on SQS. `urls`: the queue's URL by its name in the design."""

    def __init__(self, client: AwsClient, urls: Mapping[QueueName, str]) -> None:
        self._client = client
        self._urls = dict(urls)

    @classmethod
    def connect(cls, environ: Mapping[str, str] = os.environ) -> SqsQueues:
        """By the environment: `INBOUND_QUEUE_URL` names the queue `inbound`, and so on."""
        urls = {name[: -len(_SUFFIX)].lower(): url for name, url in environ.items() if name.endswith(_SUFFIX)}
        return cls(AwsClient.connect("sqs", "SQS", environ), urls)

    def send(self, queue: QueueName, batch: Sequence[Message]) -> tuple[int, ...]:
        """As the port says. A batch that SQS refuses entirely, as our fault, raises `Permanent` with its code.

        A send whose answer was lost may be repeated inside: deduplication ids make that harmless.
        """
        check_batch(batch)
        url = self._url(queue)
        if not batch:
            return ()
        entries = [
            {
                "Id": str(index),
                "MessageBody": message.body,
                **(_order_of(message) if url.endswith(".fifo") else {}),
            }
            for index, message in enumerate(batch)
        ]
        answer = self._client.call("AmazonSQS.SendMessageBatch", _VERSION, {"QueueUrl": url, "Entries": entries})
        refused = answer.get("Failed") or []
        if len(refused) == len(batch) and all(entry.get("SenderFault") for entry in refused):
            raise Permanent(f"sqs: {clean_code(str(refused[0].get('Code', 'no code')))} for every message of a batch")
        sent = {entry["Id"] for entry in answer.get("Successful") or []}
        # What is neither sent nor refused in the answer counts as refused: a copy sent again is dropped.
        return tuple(index for index in range(len(batch)) if str(index) not in sent)

    def depths(self) -> dict[QueueName, QueueDepth]:
        """As the port says: one call per queue."""
        return {name: self._depth(url) for name, url in self._urls.items()}

    def _depth(self, url: str) -> QueueDepth:
        content = {"QueueUrl": url, "AttributeNames": [_WAITING, _IN_FLIGHT]}
        counts = self._client.call("AmazonSQS.GetQueueAttributes", _VERSION, content).get("Attributes") or {}
        return QueueDepth(int(counts.get(_WAITING, 0)), int(counts.get(_IN_FLIGHT, 0)))

    def _url(self, queue: QueueName) -> str:
        if queue not in self._urls:
            raise Misconfigured(f"no queue is named {queue}: {queue.upper()}{_SUFFIX} is not set")
        return self._urls[queue]


def _order_of(message: Message) -> dict[str, str]:
    """A standard queue refuses both."""
    return {"MessageGroupId": message.group, "MessageDeduplicationId": message.deduplication}
