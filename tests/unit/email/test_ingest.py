"""`functions/email_ingest`: notices in, one element for each mail out, ordered by writer; nothing lost or twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from functions.email_ingest.app import handler
from local.memory.files import MemoryFiles
from local.memory.table import MemoryTable
from local.metrics import CountedMetrics
from shared import bootstrap
from shared.domain.errors import Transient
from shared.ports.queues import Message

NOW = 1_795_341_600.0
AT = "2026-11-22T09:59:58.000Z"
RAW = b"From: =?utf-8?q?Ana?= <Ana@Example.net>\r\nSubject: Hola\r\n\r\nHola\r\n"


@dataclass
class Inbound:
    sent: list[Message] = field(default_factory=list)
    is_down: bool = False

    def send(self, queue: str, batch: Any) -> tuple[int, ...]:
        assert queue == "inbound"
        if self.is_down:
            raise Transient("the queue is unreachable")
        self.sent += batch
        return ()

    def depths(self) -> dict[str, Any]:
        return {}

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(message.body) for message in self.sent]


@dataclass
class World:
    files: MemoryFiles = field(default_factory=MemoryFiles)
    inbound: Inbound = field(default_factory=Inbound)
    metrics: CountedMetrics = field(default_factory=CountedMetrics)
    table: MemoryTable = field(default_factory=lambda: MemoryTable(lambda: NOW))

    def tell(self, *bodies: Any) -> list[str]:
        """The ids of those that are to be shown again."""
        records = [
            {
                "messageId": str(number),
                "body": body if isinstance(body, str) else json.dumps(body),
                "attributes": {"SentTimestamp": str(int(NOW * 1000)), "ApproximateReceiveCount": "1"},
            }
            for number, body in enumerate(bodies)
        ]
        answer = handler({"Records": records}, SimpleNamespace(aws_request_id="trace"))
        return [one["itemIdentifier"] for one in answer["batchItemFailures"]]

    @property
    def letters(self) -> list[dict[str, Any]]:
        page = self.table.query("DLQDAYS")
        return [
            item
            for day in page.items
            for item in self.table.query(f"DLQ#{day['sk'].partition('#')[2]}#{day['sk'].partition('#')[0]}").items
        ]

    def counted(self, name: str) -> float:
        return sum(one["value"] for one in self.metrics.counted() if one["name"] == name)


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    given = {"table": made.table, "files": made.files, "queues": made.inbound, "metrics": made.metrics}
    with bootstrap.installed(**given, clock=lambda: NOW, logs=None, pause=lambda _: None):
        yield made


def received(name: str = "ses1", at: str = AT, **receipt: Any) -> dict[str, Any]:
    """What SES's S3 action tells."""
    action = {"type": "S3", "bucketName": "files", "objectKeyPrefix": "mail/", "objectKey": f"mail/{name}"}
    said = {"timestamp": at, "recipients": ["Ayuda+abc@acme.example.com"], "action": action}
    verdicts = {f"{one}Verdict": {"status": "PASS"} for one in ("spam", "virus", "spf", "dkim", "dmarc")}
    return {
        "notificationType": "Received",
        "receipt": said | verdicts | receipt,
        "mail": {"timestamp": at, "messageId": name, "commonHeaders": {}},
    }


def test_a_mail_becomes_one_element_that_names_its_file(world: World) -> None:
    world.files.put("mail/ses1", RAW)
    assert world.tell(received()) == []
    [body] = world.inbound.bodies
    assert (body["channel"], body["delivery"], body["index"]) == ("email", "ses1", 0)
    assert body["received_at"] == "2026-11-22T10:00:00Z"
    assert body["raw"]["mail_file"] == "mail/ses1"
    assert body["raw"]["receipt"]["recipients"] == ["Ayuda+abc@acme.example.com"]
    assert body["raw"]["receipt"]["verdicts"]["dmarc"] == "PASS"
    assert world.counted("webhook_accepted") == 1


@pytest.mark.parametrize("wrapped", ["sns", "plain", "lambda"])
def test_every_way_of_telling_is_read(world: World, wrapped: str) -> None:
    world.files.put("mail/ses1", RAW)
    notice = received()
    shapes = {
        "sns": {"Type": "Notification", "Message": json.dumps(notice)},
        "plain": notice,
        "lambda": {
            "Records": [{"eventSource": "aws:ses", "ses": {"mail": notice["mail"], "receipt": notice["receipt"]}}]
        },
    }
    assert world.tell(shapes[wrapped]) == []
    assert [body["raw"]["mail_file"] for body in world.inbound.bodies] == ["mail/ses1"]


def test_an_event_of_s3_alone_is_enough(world: World) -> None:
    world.files.put("mail/a+b", RAW)
    record = {"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": "files"}, "object": {"key": "mail/a%2Bb"}}}
    assert world.tell({"Records": [record]}) == []
    [body] = world.inbound.bodies
    assert body["raw"] == {"mail_file": "mail/a+b"}
    assert "+" not in body["delivery"], "files about it are named by this"


def test_one_persons_mails_stay_in_order_and_others_do_not_wait(world: World) -> None:
    world.files.put("mail/1", RAW)
    world.files.put("mail/2", RAW.replace(b"Ana@Example.net", b"ana@example.net"))
    world.files.put("mail/3", RAW.replace(b"Ana@", b"Eva@"))
    world.tell(received("1"), received("2"), received("3"))
    first, second, third = world.inbound.sent
    assert first.group == second.group != third.group
    assert "ana" not in (first.group + first.deduplication).lower()


def test_the_same_receipt_again_has_the_same_deduplication_id(world: World) -> None:
    world.files.put("mail/ses1", RAW)
    world.tell(received())
    world.tell(received())
    first, again = world.inbound.sent
    assert (first.group, first.deduplication) == (again.group, again.deduplication)


def test_whose_mail_it_is_stands_in_the_undecoded_header(world: World) -> None:
    world.files.put("mail/1", b"From: ceo@good.example.com\r\n\r\nx")
    world.files.put("mail/2", b"From: =?utf-8?q?ceo=40good.example.com=3e=00?=x@evil.example.org\r\n\r\nx")
    world.tell(received("1"), received("2"))
    good, evil = world.inbound.sent
    assert good.group != evil.group


def test_a_mail_without_a_sender_goes_on(world: World) -> None:
    world.files.put("mail/ses1", b"Subject: x\r\n\r\nx")
    assert world.tell(received()) == []
    assert len(world.inbound.sent) == 1


def test_a_large_mail_is_not_read_beyond_its_header(world: World) -> None:
    read: list[int] = []
    whole = world.files.start

    def counted(key: str, length: int) -> bytes | None:
        read.append(length)
        return whole(key, length)

    world.files.start = counted  # type: ignore[method-assign]
    world.files.put("mail/ses1", RAW + b"x" * 5_000_000)
    world.tell(received())
    assert read == [256 * 1024]


@pytest.mark.parametrize(
    "body",
    [
        "Successfully validated SNS topic for Amazon SES event publishing.",
        {"notificationType": "AMAZON_SES_SETUP_NOTIFICATION"},
        {"Event": "s3:TestEvent"},
        {
            "Records": [
                {"eventName": "ObjectCreated:Put", "s3": {"object": {"key": "mail/AMAZON_SES_SETUP_NOTIFICATION"}}}
            ]
        },
    ],
)
def test_a_setup_is_counted_and_nothing_more(world: World, body: Any) -> None:
    assert world.tell(body) == []
    assert (world.inbound.sent, world.letters) == ([], [])
    assert world.counted("webhook_ignored") == 1


@pytest.mark.parametrize("body", ["", "x", "[]", "{}", {"notificationType": "Received"}, {"Records": [{"sns": {}}]}])
def test_what_is_no_notice_is_parked(world: World, body: Any) -> None:
    assert world.tell(body) == []
    [letter] = world.letters
    assert (letter["origin"], letter["queue"], letter["error"]) == ("email_ingest", "mail", "Malformed")


@pytest.mark.parametrize("key", ["inbound/2026-11-22/x/0.json", "mailbox/x", "raw/x"])
def test_no_other_file_of_the_hub_is_taken_for_a_mail(world: World, key: str) -> None:
    world.files.put(key, RAW)
    record = {"eventName": "ObjectCreated:Put", "s3": {"object": {"key": key}}}
    world.tell({"Records": [record]})
    assert world.inbound.sent == []
    assert [letter["error"] for letter in world.letters] == ["Malformed"]


def test_a_mail_that_is_not_there_yet_is_looked_for_again(world: World) -> None:
    assert world.tell(received()) == ["0"]
    world.files.put("mail/ses1", RAW)
    assert world.tell(received()) == []
    assert len(world.inbound.sent) == 1


def test_a_mail_that_never_came_is_parked_by_its_name(world: World) -> None:
    assert world.tell(received(at="2026-11-22T09:40:00.000Z")) == []
    [letter] = world.letters
    assert letter["error"] == "Permanent"
    assert "mail/ses1" in letter["reason"]


def test_when_the_queue_is_down_the_notice_stays(world: World) -> None:
    world.files.put("mail/ses1", RAW)
    world.inbound.is_down = True
    assert world.tell(received()) == ["0"]


def test_one_bad_notice_does_not_hold_up_the_others(world: World) -> None:
    world.files.put("mail/ses1", RAW)
    assert world.tell("x", received("gone"), received()) == ["1"]
    assert [body["delivery"] for body in world.inbound.bodies] == ["ses1"]


# ---- what became of mails that were sent


def bounce(*addresses: str) -> dict[str, Any]:
    return {
        "eventType": "Bounce",
        "mail": {
            "messageId": "0100abc",
            "timestamp": AT,
            "source": "ayuda@acme.example.com",
            "destination": [*addresses],
        },
        "bounce": {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "timestamp": AT,
            "bouncedRecipients": [{"emailAddress": one, "status": "5.1.1"} for one in addresses],
        },
    }


def test_what_ses_says_of_a_send_is_one_element_for_each_recipient(world: World) -> None:
    assert world.tell(bounce("ana@example.net", "eva@example.org")) == []
    first, second = world.inbound.sent
    assert first.group == second.group
    assert first.deduplication != second.deduplication
    assert "example" not in first.group + first.deduplication
    read = [bootstrap_reader().parse(body["raw"]) for body in world.inbound.bodies]
    assert [event.kind for event in read] == ["receipt", "receipt"]
    assert [event.receipt.state for event in read if event.receipt] == ["failed", "failed"]
    assert {event.receipt.target for event in read if event.receipt} == {"0100abc"}
    assert len({event.message_id for event in read}) == 2


def test_the_same_news_again_is_the_same_element(world: World) -> None:
    world.tell(bounce("ana@example.net"))
    world.tell(bounce("ana@example.net"))
    first, again = world.inbound.sent
    assert first.deduplication == again.deduplication


def test_news_without_effect_is_counted(world: World) -> None:
    world.tell({"eventType": "Open", "mail": {"messageId": "0100abc", "timestamp": AT}})
    assert (world.inbound.sent, world.letters) == ([], [])
    assert world.counted("webhook_ignored") == 1


def bootstrap_reader() -> Any:
    from shared.channels.email.reader import Reader

    return Reader({"ayuda@acme.example.com"})


def test_a_parked_notice_names_nobody(world: World) -> None:
    world.tell({"Records": [{"secret": "ana@example.net"}]})
    [letter] = world.letters
    assert "ana" not in letter["reason"]
