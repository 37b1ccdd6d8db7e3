"""Queues, files and secrets where the contract suite cannot lead AWS: partial refusals, outages, odd answers."""

from __future__ import annotations

import hashlib
import json
from io import BytesIO
from typing import Any

import pytest

from shared.aws.files import S3Files
from shared.aws.queues import SqsQueues
from shared.aws.secrets import FRESH_S, RETRY_S, USABLE_S, SecretsManager
from shared.domain.errors import Misconfigured, Permanent, Transient
from shared.ports.queues import Message

URLS = {"inbound": "https://sqs.example.com/1/inbound.fifo"}
BATCH = [Message(f"{{{n}}}", f"group-{n}", f"copy-{n}") for n in range(3)]


def refused(index: int, *, ours: bool, code: str = "InternalError") -> dict[str, Any]:
    return {"Id": str(index), "SenderFault": ours, "Code": code, "Message": "says more"}


def sent(*indexes: int) -> list[dict[str, Any]]:
    return [{"Id": str(index), "MessageId": "m", "MD5OfMessageBody": "0"} for index in indexes]


class TestQueues:
    def test_a_batch_is_one_call(self, service: Any, client_of: Any, scripted: Any) -> None:
        service.answers(scripted(content={"Successful": sent(0, 1, 2)}))
        assert SqsQueues(client_of("sqs"), URLS).send("inbound", BATCH) == ()
        (asked,) = service.asked
        assert asked.headers["x-amz-target"] == "AmazonSQS.SendMessageBatch"
        assert asked.content["QueueUrl"] == URLS["inbound"]
        assert asked.content["Entries"][1] == {
            "Id": "1",
            "MessageBody": "{1}",
            "MessageGroupId": "group-1",
            "MessageDeduplicationId": "copy-1",
        }

    def test_a_standard_queue_is_given_neither_group_nor_copy(
        self, service: Any, client_of: Any, scripted: Any
    ) -> None:
        """It would refuse both."""
        service.answers(scripted(content={"Successful": sent(0)}))
        SqsQueues(client_of("sqs"), {"mail": "https://sqs.example.com/1/mail"}).send("mail", BATCH[:1])
        (asked,) = service.asked
        assert asked.content["Entries"] == [{"Id": "0", "MessageBody": "{0}"}]

    ANSWERS = (
        pytest.param({"Successful": sent(0, 2), "Failed": [refused(1, ours=False)]}, (1,), id="one_refused"),
        pytest.param({"Successful": sent(1), "Failed": [refused(2, ours=True)]}, (0, 2), id="one_unmentioned"),
        pytest.param({"Failed": [refused(n, ours=False) for n in range(3)]}, (0, 1, 2), id="all_by_their_fault"),
        pytest.param(
            {"Failed": [refused(0, ours=False), refused(1, ours=True), refused(2, ours=True)]}, (0, 1, 2), id="mixed"
        ),
        pytest.param({}, (0, 1, 2), id="nothing_said"),
    )

    @pytest.mark.parametrize(("content", "indexes"), ANSWERS)
    def test_refused_messages_are_named(
        self, service: Any, client_of: Any, scripted: Any, content: Any, indexes: tuple[int, ...]
    ) -> None:
        service.answers(scripted(content=content))
        assert SqsQueues(client_of("sqs"), URLS).send("inbound", BATCH) == indexes

    def test_all_refused_as_our_fault_is_permanent(self, service: Any, client_of: Any, scripted: Any) -> None:
        failed = [refused(n, ours=True, code="InvalidMessageContents") for n in range(3)]
        service.answers(scripted(content={"Failed": failed}))
        with pytest.raises(Permanent, match="InvalidMessageContents"):
            SqsQueues(client_of("sqs"), URLS).send("inbound", BATCH)

    def test_every_queue_url_of_the_environment_names_a_queue(self) -> None:
        queues = SqsQueues.connect({"AWS_REGION": "us-east-1", "INBOUND_QUEUE_URL": "https://sqs.example.com/1/i"})
        with pytest.raises(Misconfigured, match="SYNC_QUEUE_URL"):
            queues.send("sync", BATCH)
        assert queues.send("inbound", []) == ()


class TestFiles:
    def test_a_key_is_encoded_once_and_signed_with_its_content(
        self, service: Any, client_of: Any, scripted: Any
    ) -> None:
        service.answers(scripted(content=b""))
        S3Files(client_of("s3"), "example-bucket").put("a b/ñ+.json", b"{}", "application/json")
        (asked,) = service.asked
        assert (asked.method, asked.path, asked.body) == ("PUT", "/example-bucket/a%20b/%C3%B1%2B.json", b"{}")
        assert asked.headers["content-type"] == "application/json"
        assert asked.headers["x-amz-content-sha256"] == (
            "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
        )

    def test_a_missing_bucket_is_no_missing_object(self, service: Any, client_of: Any, scripted: Any) -> None:
        service.answers(scripted(404, b"<Error><Code>NoSuchBucket</Code></Error>"))
        with pytest.raises(Misconfigured, match="NoSuchBucket"):
            S3Files(client_of("s3"), "example-bucket").get("a")

    def test_content_that_looks_like_an_error_is_content(self, service: Any, client_of: Any, scripted: Any) -> None:
        service.answers(scripted(content=b"<Error><Code>SlowDown</Code></Error>"))
        found = S3Files(client_of("s3"), "example-bucket").get("a")
        assert found == b"<Error><Code>SlowDown</Code></Error>"

    def test_an_open_file_is_sent_whole_and_signed_with_its_hash(
        self, service: Any, client_of: Any, scripted: Any
    ) -> None:
        service.answers(scripted(503, b"<Error><Code>SlowDown</Code></Error>"), scripted(content=b""))
        S3Files(client_of("s3"), "example-bucket").put_stream("media/c/1/0", BytesIO(b"{}"), "image/png")
        _, asked = service.asked
        assert (asked.method, asked.path, asked.body) == ("PUT", "/example-bucket/media/c/1/0", b"{}")
        assert asked.headers["content-length"] == "2"
        assert asked.headers["x-amz-content-sha256"] == hashlib.sha256(b"{}").hexdigest()

    HOSTS = (
        ("example-bucket", {"AWS_REGION": "sa-east-1"}, "example-bucket.s3.sa-east-1.amazonaws.com", "/a"),
        ("example-bucket", {"AWS_REGION": "cn-north-1"}, "example-bucket.s3.cn-north-1.amazonaws.com.cn", "/a"),
        ("example.bucket", {"AWS_REGION": "sa-east-1"}, "s3.sa-east-1.amazonaws.com", "/example.bucket/a"),
        (
            "example-bucket",
            {"AWS_REGION": "sa-east-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"},
            "127.0.0.1:1",
            "/example-bucket/a",
        ),
    )

    @pytest.mark.parametrize(("bucket", "environ", "host", "path"), HOSTS)
    def test_a_bucket_has_its_own_host_where_it_can(
        self, bucket: str, environ: dict[str, str], host: str, path: str
    ) -> None:
        files = S3Files.connect(bucket, environ)
        assert (files.host, files.path("a")) == (host, path)


def secret(value: Any) -> dict[str, str]:
    return {"Name": "hilo/demo", "SecretString": json.dumps(value)}


class TestSecrets:
    @pytest.fixture
    def secrets(self, client_of: Any, time_of_test: Any) -> SecretsManager:
        return SecretsManager(client_of("secretsmanager"), "hilo/", clock=time_of_test)

    def test_a_value_is_asked_for_once_a_minute(
        self, secrets: SecretsManager, service: Any, scripted: Any, time_of_test: Any
    ) -> None:
        service.answers(scripted(content=secret({"n": 1})), scripted(content=secret({"n": 2})))
        assert secrets.get("demo") == {"n": 1}
        time_of_test.now += FRESH_S - 1
        assert secrets.get("demo") == {"n": 1}
        time_of_test.now += 1
        assert secrets.get("demo") == {"n": 2}
        assert [asked.content for asked in service.asked] == [{"SecretId": "hilo/demo"}] * 2

    def test_an_older_value_serves_while_it_is_unreachable(
        self, secrets: SecretsManager, service: Any, scripted: Any, time_of_test: Any
    ) -> None:
        down = [scripted(500, {}), scripted(500, {})]
        service.answers(scripted(content=secret({"n": 1})), *down, *down, scripted(content=secret({"n": 2})))
        secrets.get("demo")
        time_of_test.now += FRESH_S
        assert secrets.get("demo") == {"n": 1}
        assert secrets.get("demo") == {"n": 1}
        assert len(service.asked) == 3
        time_of_test.now += RETRY_S
        assert secrets.get("demo") == {"n": 1}
        time_of_test.now += RETRY_S
        assert secrets.get("demo") == {"n": 2}

    def test_an_hour_later_it_serves_no_more(
        self, secrets: SecretsManager, service: Any, scripted: Any, time_of_test: Any
    ) -> None:
        service.answers(scripted(content=secret({"n": 1})), scripted(500, {}), scripted(500, {}))
        secrets.get("demo")
        time_of_test.now += USABLE_S
        with pytest.raises(Transient):
            secrets.get("demo")

    def test_a_secret_taken_away_serves_no_more(
        self, secrets: SecretsManager, service: Any, scripted: Any, time_of_test: Any
    ) -> None:
        service.answers(scripted(content=secret({"n": 1})), scripted(400, {"__type": "ResourceNotFoundException"}))
        secrets.get("demo")
        time_of_test.now += FRESH_S
        with pytest.raises(Misconfigured, match="the secret demo does not exist"):
            secrets.get("demo")

    def test_without_an_older_value_an_outage_is_transient(
        self, secrets: SecretsManager, service: Any, scripted: Any
    ) -> None:
        service.answers(scripted(400, {"__type": "ThrottlingException"}), scripted(500, {}))
        with pytest.raises(Transient):
            secrets.get("demo")

    @pytest.mark.parametrize(
        "content",
        [{"SecretString": "s3cr3t"}, {"SecretString": "[1]"}, {"SecretBinary": "AA=="}, {"SecretString": '"s3cr3t"'}],
        ids=["text", "list", "binary", "string"],
    )
    def test_a_secret_that_is_no_object_is_misconfigured_and_not_shown(
        self, secrets: SecretsManager, service: Any, scripted: Any, content: Any
    ) -> None:
        service.answers(scripted(content=content))
        with pytest.raises(Misconfigured, match="the secret demo is no JSON object") as raised:
            secrets.get("demo")
        assert "s3cr3t" not in str(raised.value)

    def test_missing_permission_is_misconfigured(self, secrets: SecretsManager, service: Any, scripted: Any) -> None:
        service.answers(scripted(400, {"__type": "AccessDeniedException"}))
        with pytest.raises(Misconfigured, match="AccessDenied"):
            secrets.get("demo")
