"""The hub's mailer before an SES that others wrote (moto's), and beside AWS's own client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from shared.aws.ses import SesMailer

MAILBOX = "soporte@help.example.com"
MAIL = f"From: {MAILBOX}\r\nTo: ana@example.net\r\nSubject: Hola\r\n\r\nHola\r\n".encode()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def mailer(url: str) -> SesMailer:
    environ = {"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "b"}
    return SesMailer.connect(environ | {"AWS_ENDPOINT_URL_SESV2": url})


@pytest.fixture
def own(url: str) -> Any:
    """AWS's client."""
    keys = {"aws_access_key_id": "A", "aws_secret_access_key": "b"}
    return boto3.client("sesv2", region_name="us-east-1", endpoint_url=url, **keys)


def test_it_is_understood(mailer: SesMailer, own: Any) -> None:
    refused = mailer.send(MAIL, sender=MAILBOX, to="ana@example.net", tags={"case": "1"})
    assert (refused.status, refused.code, refused.id) == (400, "MessageRejected", None)
    assert mailer.identity(MAILBOX) is None
    own.create_email_identity(EmailIdentity=MAILBOX)
    taken = mailer.send(MAIL, sender=MAILBOX, to="ana@example.net", tags={"case": "1"})
    assert taken.status == 200
    assert taken.id
    assert (mailer.identity(MAILBOX) or {})["IdentityType"] == "EMAIL_ADDRESS"
