"""What SES, SNS and S3 tell: in every envelope, with everything absent that may be absent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.channels.email.notice import Incoming, told
from shared.domain.errors import Malformed

RECEIPT: dict[str, Any] = {
    "timestamp": "2026-11-16T15:15:01.120Z",
    "processingTimeMillis": 742,
    "recipients": ["soporte+c4k7t2@help.example.com"],
    "spamVerdict": {"status": "PASS"},
    "virusVerdict": {"status": "PASS"},
    "spfVerdict": {"status": "PASS"},
    "dkimVerdict": {"status": "GRAY"},
    "dmarcVerdict": {"status": "GRAY"},
    "action": {
        "type": "S3",
        "topicArn": "arn:aws:sns:us-east-1:111122223333:mail-in",
        "bucketName": "hub-mail-in",
        "objectKeyPrefix": "in/",
        "objectKey": "in/0fexample7id",
    },
}
MAIL: dict[str, Any] = {
    "timestamp": "2026-11-16T15:15:00.300Z",
    "source": "ana@example.net",
    "messageId": "0fexample7id",
    "destination": ["soporte@example.com"],
    "commonHeaders": {"from": ["Ana <ana@example.net>"], "subject": "Pedido 4471"},
}
NOTICE = {"notificationType": "Received", "receipt": RECEIPT, "mail": MAIL}
NORMAL = {
    "ses_id": "0fexample7id",
    "recipients": ["soporte+c4k7t2@help.example.com"],
    "at": "2026-11-16T15:15:01.120Z",
    "verdicts": {"spam": "PASS", "virus": "PASS", "spf": "PASS", "dkim": "GRAY", "dmarc": "GRAY"},
}


def in_sns(message: Any) -> dict[str, Any]:
    return {"Type": "Notification", "MessageId": "m", "TopicArn": "arn", "Message": json.dumps(message)}


@pytest.mark.parametrize(
    "body",
    [NOTICE, json.dumps(NOTICE), json.dumps(NOTICE).encode(), in_sns(NOTICE), json.dumps(in_sns(NOTICE))],
    ids=["object", "text", "bytes", "SNS", "SNS as text"],
)
def test_the_notice_is_read_in_every_envelope(body: Any) -> None:
    assert told(body).incoming == (Incoming("in/0fexample7id", "0fexample7id", "hub-mail-in", NORMAL),)


def without(part: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name not in names}


@pytest.mark.parametrize(
    ("mail", "receipt"),
    [
        (without(MAIL, "commonHeaders"), RECEIPT),
        (MAIL | {"commonHeaders": {}}, RECEIPT),
        (MAIL | {"source": ""}, RECEIPT),
        (without(MAIL, "source", "destination"), RECEIPT),
        (MAIL | {"commonHeaders": {"returnPath": None, "to": None, "subject": 7}}, RECEIPT),
        (MAIL, RECEIPT | {"new": {"field": 1}}),
    ],
    ids=["no headers", "no subject", "null return path", "nobody", "odd headers", "new field"],
)
def test_a_mail_may_lack_nearly_everything(mail: dict[str, Any], receipt: dict[str, Any]) -> None:
    found = told({"notificationType": "Received", "receipt": receipt, "mail": mail})

    assert found.incoming[0].receipt == NORMAL


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"spamVerdict": {"status": "DISABLED"}}, {"spam": "DISABLED"}),
        ({"dmarcVerdict": {"status": "FAIL"}}, {"dmarc": "FAIL"}),
        ({"virusVerdict": {"status": "processing_failed"}}, {"virus": "PROCESSING_FAILED"}),
    ],
)
def test_verdicts_are_kept(change: dict[str, Any], expected: dict[str, str]) -> None:
    found = told(NOTICE | {"receipt": RECEIPT | change}).incoming[0].receipt

    assert found is not None
    assert found["verdicts"] == NORMAL["verdicts"] | expected  # type: ignore[operator]


def test_a_verdict_that_is_absent_is_unknown() -> None:
    found = told(NOTICE | {"receipt": without(RECEIPT, "spamVerdict", "dkimVerdict", "timestamp")}).incoming[0].receipt

    assert found is not None
    assert set(found["verdicts"]) == {"virus", "spf", "dmarc"}
    assert found["at"] == MAIL["timestamp"]


def test_the_policy_is_kept_where_dmarc_failed() -> None:
    found = told(NOTICE | {"receipt": RECEIPT | {"dmarcPolicy": "REJECT"}}).incoming[0].receipt

    assert found is not None
    assert found["dmarc_policy"] == "reject"


@pytest.mark.parametrize("kind", ["Event", "RequestResponse"])
def test_the_lambda_action_names_its_object_by_the_prefix(kind: str) -> None:
    action = {"type": "Lambda", "functionArn": "arn", "invocationType": kind}
    record = {"eventSource": "aws:ses", "ses": {"mail": MAIL, "receipt": RECEIPT | {"action": action}}}

    assert told({"Records": [record]}).incoming == (Incoming("mail/0fexample7id", "0fexample7id", None, NORMAL),)


def stored(key: str, name: str = "ObjectCreated:Put") -> dict[str, Any]:
    return {"eventSource": "aws:s3", "eventName": name, "s3": {"bucket": {"name": "b"}, "object": {"key": key}}}


def test_an_object_in_the_bucket_is_a_mail_that_nobody_judged() -> None:
    found = told(in_sns({"Records": [stored("mail/a+b%2Bc"), stored("mail/2", "s3:ObjectCreated:Copy")]}))

    assert found.incoming == (Incoming("mail/a b+c", "a b+c", "b"), Incoming("mail/2", "2", "b"))


NOTHING: dict[str, Any] = {
    "set-up object": {"Records": [stored("mail/AMAZON_SES_SETUP_NOTIFICATION")]},
    "set-up notice": {"notificationType": "AMAZON_SES_SETUP_NOTIFICATION", "mail": None},
    "set-up mail": NOTICE | {"mail": MAIL | {"messageId": "AMAZON_SES_SETUP_NOTIFICATION"}},
    "validation": {
        "Type": "Notification",
        "Message": "Successfully validated SNS topic for Amazon SES.",
    },
    "test of S3": {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"},
    "confirmation": {"Type": "SubscriptionConfirmation", "Token": "x"},
    "folder": {"Records": [stored("mail/")]},
    "removed": {"Records": [stored("mail/1", "ObjectRemoved:Delete")]},
}


@pytest.mark.parametrize("body", NOTHING.values(), ids=NOTHING.keys())
def test_set_ups_and_tests_tell_nothing(body: dict[str, Any]) -> None:
    found = told(body)

    assert (found.incoming, found.sent) == ((), ())


@pytest.mark.parametrize("kind", ["eventType", "notificationType"])
def test_notices_of_our_own_mails_are_told_apart(kind: str) -> None:
    event = {kind: "Bounce", "mail": MAIL, "bounce": {}}

    assert told(in_sns(event)).sent == (event,)
    assert told({"detail-type": "Email Bounced", "source": "aws.ses", "detail": event}).sent == (event,)


MALFORMED: dict[str, Any] = {
    "no JSON": "{",
    "deep": "[" * 200_000,
    "a list": "[]",
    "something else": {"a": 1},
    "records that are none": {"Records": 5},
    "a record that is none": {"Records": [5]},
    "a record of others": {"Records": [{"eventSource": "aws:sqs", "body": "x"}]},
    "no id": NOTICE | {"mail": without(MAIL, "messageId")},
    "empty id": NOTICE | {"mail": MAIL | {"messageId": ""}},
    "no receipt": without(NOTICE, "receipt"),
    "no object": NOTICE | {"receipt": RECEIPT | {"action": {"type": "S3"}}},
    "the SNS action": NOTICE | {"receipt": RECEIPT | {"action": {"type": "SNS", "encoding": "BASE64"}}, "content": "x"},
    "an object without key": {"Records": [{"eventName": "ObjectCreated:Put", "s3": {"object": {}}}]},
    "envelopes": in_sns(in_sns(in_sns(in_sns(in_sns(NOTICE))))),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_none_of_these_is_refused_without_repeating_it(body: Any) -> None:
    with pytest.raises(Malformed) as refused:
        told(body)

    assert "example.net" not in refused.value.reason
