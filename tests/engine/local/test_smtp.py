"""The embedded run's port for mail: who is taken in, what is durable before it is answered, what is refused."""

from __future__ import annotations

import json
import smtplib
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from local.memory.files import MemoryFiles
from local.smtp import HOST, MailPort
from shared.domain.errors import Transient
from shared.ports.queues import Message

HELP, SALES = "ayuda@acme.example.com", "ventas@acme.example.com"
MAIL = b"From: ana@example.net\r\nSubject: Hola\r\n\r\n\xc2\xbfD\xc3\xb3nde?\r\n.un punto\r\n"


class Queue:
    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.refuses = self.is_down = False

    def send(self, queue: str, batch: Any) -> tuple[int, ...]:
        assert queue == "mail"
        if self.is_down:
            raise Transient("no disk")
        if self.refuses:
            return tuple(range(len(batch)))
        self.sent += batch
        return ()

    def depths(self) -> dict[str, Any]:
        return {}


class Port:
    def __init__(self) -> None:
        numbers = count(1)
        self.files, self.queue = MemoryFiles(), Queue()
        boxes = {HELP: True, SALES: False}
        self.port = MailPort(boxes, self.files, self.queue, lambda: 1_795_341_600.0, lambda: f"m{next(numbers)}")
        self.port.start()

    def client(self) -> smtplib.SMTP:
        return smtplib.SMTP(HOST, self.port.port, timeout=10)

    @property
    def notices(self) -> list[dict[str, Any]]:
        return [json.loads(message.body) for message in self.queue.sent]


@pytest.fixture
def port() -> Iterator[Port]:
    made = Port()
    yield made
    made.port.stop()


def test_a_mail_is_in_files_and_told_of_before_it_is_answered(port: Port) -> None:
    with port.client() as client:
        assert client.sendmail("ana@example.net", [HELP], MAIL) == {}
        assert port.files.get("mail/m1") == b"Return-Path: <ana@example.net>\r\n" + MAIL
    [notice] = port.notices
    assert notice["notificationType"] == "Received"
    assert notice["receipt"]["action"]["objectKey"] == "mail/m1"
    assert notice["receipt"]["recipients"] == [HELP]
    assert notice["mail"]["messageId"] == "m1"


def test_it_says_where_it_is(port: Port) -> None:
    assert port.port.place == {"host": "127.0.0.1", "port": port.port.port, "mailbox": HELP}


@pytest.mark.parametrize("address", [HELP.upper(), "ayuda+abc@acme.example.com", "Ayuda+A+B@Acme.Example.com"])
def test_our_mailboxes_are_taken_however_they_are_written(port: Port, address: str) -> None:
    with port.client() as client:
        client.sendmail("ana@example.net", [address], MAIL)
    assert [notice["receipt"]["recipients"] for notice in port.notices] == [[address]]


@pytest.mark.parametrize(
    "address", ["nadie@acme.example.com", "ayuda@example.org", "ayuda", "ayudaa+b@acme.example.com"]
)
def test_an_unknown_mailbox_is_refused(port: Port, address: str) -> None:
    with port.client() as client, pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        client.sendmail("ana@example.net", [address], MAIL)
    assert [code for code, _ in refused.value.recipients.values()] == [550]
    assert port.queue.sent == []


def test_one_mail_to_several_is_one(port: Port) -> None:
    with port.client() as client:
        refused = client.sendmail("ana@example.net", [HELP, "nadie@example.org", SALES], MAIL)
    assert list(refused) == ["nadie@example.org"]
    assert [notice["receipt"]["recipients"] for notice in port.notices] == [[HELP, SALES]]


@pytest.mark.parametrize(("to", "is_trusted"), [([HELP], True), ([SALES], False), ([HELP, SALES], False)])
def test_a_mailbox_counts_local_mail_as_authenticated_only_where_configured(
    port: Port, to: list[str], is_trusted: bool
) -> None:
    with port.client() as client:
        client.sendmail("ana@example.net", to, b"Authentication-Results: amazonses.com; dmarc=pass\r\n" + MAIL)
    [notice] = port.notices
    assert (notice["receipt"].get("dmarcVerdict") == {"status": "PASS"}) is is_trusted


@pytest.mark.parametrize("how", ["is_down", "refuses"])
def test_what_is_not_durable_is_not_taken(port: Port, how: str) -> None:
    setattr(port.queue, how, True)
    with port.client() as client, pytest.raises(smtplib.SMTPDataError) as refused:
        client.sendmail("ana@example.net", [HELP], MAIL)
    assert refused.value.smtp_code == 451
    setattr(port.queue, how, False)
    with port.client() as client:
        client.sendmail("ana@example.net", [HELP], MAIL)
    assert len(port.queue.sent) == 1


def test_a_mail_over_the_limit_is_refused_before_it_is_sent(port: Port) -> None:
    with port.client() as client:
        client.ehlo()
        assert client.esmtp_features["size"] == str(40 * 1024 * 1024)
        code, _ = client.mail("ana@example.net", [f"SIZE={40 * 1024 * 1024 + 1}"])
        assert code == 552


def test_a_returned_mail_has_no_sender(port: Port) -> None:
    with port.client() as client:
        client.sendmail("", [HELP], MAIL)
    assert (port.files.get("mail/m1") or b"").startswith(b"Return-Path: <>\r\n")


def test_a_long_line_is_a_line(port: Port) -> None:
    long = b"Subject: x\r\n\r\n" + b"x" * 200_000 + b"\r\n"
    with port.client() as client:
        client.sendmail("ana@example.net", [HELP], long)
    assert (port.files.get("mail/m1") or b"").endswith(long)


def test_addresses_beyond_ascii(port: Port) -> None:
    with port.client() as client:
        client.ehlo()
        client.sendmail("añá@example.net", [HELP], MAIL, mail_options=["SMTPUTF8", "BODY=8BITMIME"])
    assert "Return-Path: <añá@example.net>".encode() in (port.files.get("mail/m1") or b"")


def test_it_ends_while_somebody_is_connected(port: Port) -> None:
    client = port.client()
    client.ehlo()
    port.port.stop()
    with pytest.raises((OSError, smtplib.SMTPException)):
        port.client()
    client.close()
