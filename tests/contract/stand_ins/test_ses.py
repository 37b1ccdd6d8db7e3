"""The stand-in for SES: what it takes, refuses and tells, met by the hub's own mailer."""

from __future__ import annotations

import json
import socket
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import pytest

from local.stand_ins.ses import Notices, Provider, Server
from local.stand_ins.ses.provider import CONFIGURATION_SET
from shared.aws.http import AwsClient, Endpoint
from shared.aws.ses import SesMailer
from shared.aws.sigv4 import Credentials, Scope
from shared.channels.email.send import EmailOut
from shared.channels.email.sent_notices import events_of_notice
from shared.channels.email.setup import EmailSetup
from shared.domain.answer import Accepted, Address, Answer, Body, Later, Lost, Refused, SendOutcome
from shared.domain.errors import Misconfigured, Transient, Unsent
from shared.domain.event import Event
from shared.domain.undelivered import DEAD_ADDRESS
from shared.store.sends import read_mark

MAILBOX, ANA = "soporte@help.example.com", "ana@example.net"
CASE = "0199f8a2-7c1e-7000-8000-00000000000a"
MARK = f"hilo:{CASE}:3"
LOOK = "look"
MAIL = b"From: soporte@help.example.com\r\nTo: ana@example.net\r\nSubject: Hola\r\n\r\nHola\r\n"


@dataclass
class Post:
    """The stand-in, running, and the hub's way to it."""

    region: str = "us-east-1"
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        numbers = count(1)
        self.notices = Notices(self.told.append)
        self.provider = Provider(
            ["help.example.com"],
            self.notices,
            lambda: 1_795_340_000.0,
            nowhere=["nadie@example.net"],
            suppressed=["quejoso@example.net"],
            new_id=lambda: f"0100-{next(numbers)}",
        )
        self.server = Server(self.provider, lambda token: token == LOOK)
        self.mailer = self.mailer_of(Credentials("AKIDEXAMPLE", "secret"))
        self.way = self.way_of(self.mailer)

    def mailer_of(self, credentials: Credentials, read_s: float = 5.0, service: str = "ses") -> SesMailer:
        url = urlsplit(self.server.url)
        client = AwsClient(
            Endpoint(str(url.hostname), url.port, secure=False, overridden=True),
            Scope(self.region, service),
            lambda: credentials,
            read_timeout_s=read_s,
        )
        return SesMailer(client, CONFIGURATION_SET)

    def way_of(self, mailer: SesMailer) -> EmailOut:
        return EmailOut(mailer, lambda _: None, lambda _: "Acme", {"k": b"MZ"}.get, "install")

    def body(self, to: str = ANA, **more: Any) -> Body:
        [made] = self.way.render(Answer("Hola"), Address("email", to), MARK)
        return made | more

    def send(self, to: str = ANA, **more: Any) -> SendOutcome:
        return self.way.send(MAILBOX, self.body(to, **more))

    def events(self) -> list[Event]:
        """As the hub reads what was told."""
        self.notices.wait()
        notices = [json.loads(json.loads(one)["Message"]) for one in self.told]
        return [event for notice in notices for event in events_of_notice(notice)]

    def states(self) -> list[str]:
        return [event.receipt.state for event in self.events() if event.receipt]


@pytest.fixture
def post() -> Iterator[Post]:
    made = Post()
    made.server.start()
    made.notices.start()
    yield made
    made.server.stop()
    made.notices.stop()


def test_a_mail_arrives_under_sess_own_name(post: Post) -> None:
    assert post.send() == Accepted("0100-1")
    [mail] = post.provider.delivered(ANA)
    assert mail.message_id == "0100-1@email.amazonses.com"
    assert mail.mail["message-id"] == "<0100-1@email.amazonses.com>"
    assert mail.mail["date"]
    assert (mail.sender, mail.to, mail.subject, mail.text) == (MAILBOX, (ANA,), "Re:", "Hola\n")


def test_in_another_region_the_name_is_of_that_region() -> None:
    elsewhere = Post("eu-west-1")
    elsewhere.server.start()
    try:
        assert elsewhere.send() == Accepted("0100-1")
        assert elsewhere.provider.delivered()[0].message_id == "0100-1@eu-west-1.amazonses.com"
    finally:
        elsewhere.server.stop()


def test_what_is_told_carries_the_mark_and_is_read_by_the_hub(post: Post) -> None:
    post.send()
    events = post.events()
    assert [event.receipt and event.receipt.state for event in events] == ["sent", "delivered"]
    assert {event.receipt and event.receipt.target for event in events} == {"0100-1"}
    for event in events:
        assert (CASE, 3, 0) in map(read_mark, event.references)


@pytest.mark.parametrize(("to", "sub_type"), [("nadie@example.net", "General"), ("quejoso@example.net", "On")])
def test_a_mail_to_nobody_is_taken_and_bounces(post: Post, to: str, sub_type: str) -> None:
    assert isinstance(post.send(to), Accepted)
    [*_, event] = post.events()
    assert event.receipt
    assert event.receipt.state == "failed"
    assert event.receipt.error
    assert event.receipt.error.code.startswith(f"Permanent.{sub_type}")
    assert DEAD_ADDRESS in event.flags
    assert post.provider.delivered() == []


def test_programs_are_taken_and_rejected(post: Post) -> None:
    file = {"key": "k", "filename": "x.exe", "mime_type": "application/octet-stream"}
    assert isinstance(post.send(files=[file]), Accepted)
    assert post.states() == ["failed"]
    assert post.provider.delivered() == []


def test_a_complaint_is_told_of_what_arrived(post: Post) -> None:
    post.provider.behave({"complains": True})
    post.send()
    assert "complaint" in post.events()[-1].flags


@pytest.mark.parametrize("order", ["in_order", "reversed", "shuffled"])
def test_events_come_in_any_order_and_twice(post: Post, order: str) -> None:
    post.provider.behave({"order": order, "copies": 2})
    post.send()
    assert sorted(post.states()) == ["delivered", "delivered", "sent", "sent"]


REFUSALS = {
    "too_many": Later("TooManyRequestsException", whole_account=True),
    "rate": Later("ThrottlingException", whole_account=True),
    "quota": Later("daily_quota", 3600.0, whole_account=True),
    "paused": Later("SendingPausedException", whole_account=True, stops=True),
    "suspended": Later("AccountSuspendedException", whole_account=True, stops=True),
    "denied": Later("credentials", whole_account=True, stops=True),
    "internal": Later("InternalServiceErrorException"),
    "bare_500": Lost("http_500"),
}


@pytest.mark.parametrize(("name", "expected"), REFUSALS.items())
def test_a_refusal_is_asked_once_and_understood(post: Post, name: str, expected: SendOutcome) -> None:
    post.provider.behave({"refuses": [name]})
    assert post.send() == expected
    assert post.provider.delivered() == [], "nothing was repeated"
    assert isinstance(post.send(), Accepted)


def test_a_rejection_comes_with_its_words(post: Post) -> None:
    post.provider.behave({"refuses": ["rejected", "mail_from"]})
    first, second = post.send(), post.send()
    assert isinstance(first, Refused)
    assert first.code == "MessageRejected"
    assert first.detail
    assert isinstance(second, Refused)
    assert second.code == "MailFromDomainNotVerifiedException"


def test_a_mailbox_or_a_person_that_is_not_verified(post: Post) -> None:
    assert post.way.send("otra@elsewhere.example", post.body()) == Refused("not_verified")
    post.provider.behave({"is_sandbox": True})
    assert post.send() == Refused("not_verified")


def test_an_answer_that_is_lost_was_sent_and_is_told(post: Post) -> None:
    post.provider.behave({"loses": 1})
    assert post.send() == Lost("no_answer")
    assert len(post.provider.delivered()) == 1
    assert post.states() == ["sent", "delivered"]


def test_a_late_answer_is_a_lost_one(post: Post) -> None:
    post.provider.behave({"answers_after_s": 0.6})
    assert post.way_of(post.mailer_of(Credentials("A", "b"), read_s=0.2)).send(MAILBOX, post.body()) == Lost(
        "no_answer"
    )
    assert len(post.provider.delivered()) == 1


def test_where_nobody_listens_nothing_was_sent(post: Post) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    client = AwsClient(
        Endpoint("127.0.0.1", port, secure=False), Scope("us-east-1", "ses"), lambda: Credentials("A", "b")
    )
    with pytest.raises(Unsent):
        SesMailer(client).send(MAIL, sender=MAILBOX, to=ANA, tags={})


def test_without_credentials_nothing_is_opened() -> None:
    def nobody() -> Credentials:
        raise Misconfigured("AWS_ACCESS_KEY_ID is not set")

    client = AwsClient(Endpoint("127.0.0.1", 9, secure=False), Scope("us-east-1", "ses"), nobody)
    with pytest.raises(Misconfigured):
        SesMailer(client).send(MAIL, sender=MAILBOX, to=ANA, tags={})


def test_a_signature_for_another_service_is_refused(post: Post) -> None:
    said = post.mailer_of(Credentials("A", "b"), service="email").send(MAIL, sender=MAILBOX, to=ANA, tags={})
    assert (said.status, said.code) == (403, "InvalidSignatureException")


def test_by_the_environment_it_goes_where_it_says(post: Post) -> None:
    environ = {"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "b"}
    environ |= {"AWS_ENDPOINT_URL_SESV2": post.server.url, "MAIL_CONFIGURATION_SET": "unknown"}
    said = SesMailer.connect(environ).send(MAIL, sender=MAILBOX, to=ANA, tags={})
    assert (said.status, said.code) == (404, "NotFoundException")
    said = SesMailer.connect(environ | {"MAIL_CONFIGURATION_SET": ""}).send(MAIL, sender=MAILBOX, to=ANA, tags={})
    assert said.id == "0100-1"
    post.notices.wait()
    assert post.told == [], "without a configuration set nothing is told"


WRONG: dict[str, tuple[bytes, str]] = {
    "two names": (b"Message-ID: <a@b.example>\r\nMessage-ID: <c@d.example>\r\n" + MAIL, "BadRequestException"),
    "two senders": (b"From: eva@help.example.com\r\n" + MAIL, "BadRequestException"),
    "no headers' end": (b"From: soporte@help.example.com\r\n", "BadRequestException"),
    "8-bit headers": ("X-Name: ñ\r\n".encode() + MAIL, "BadRequestException"),
    "bare line ends": (b"X-A: 1\n" + MAIL, "BadRequestException"),
    "a long line": (MAIL + b"x" * 999 + b"\r\n", "MessageRejected"),
    "another sender": (MAIL.replace(b"soporte@", b"ventas@"), "MessageRejected"),
}


@pytest.mark.parametrize(("mail", "code"), WRONG.values(), ids=WRONG)
def test_what_ses_does_not_take(post: Post, mail: bytes, code: str) -> None:
    assert post.mailer.send(mail, sender=MAILBOX, to=ANA, tags={}).code == code
    assert post.provider.delivered() == []


def test_tags_and_recipients_have_a_form(post: Post) -> None:
    assert post.mailer.send(MAIL, sender=MAILBOX, to=ANA, tags={"case": "a:b"}).code == "BadRequestException"
    assert post.mailer.send(MAIL, sender=MAILBOX, to="ñ@example.net", tags={}).code == "BadRequestException"
    assert post.mailer.send(MAIL, sender=MAILBOX, to="", tags={}).code == "BadRequestException"


def test_one_message_id_of_ours_is_replaced(post: Post) -> None:
    post.mailer.send(b"Message-ID: <ours@help.example.com>\r\n" + MAIL, sender=MAILBOX, to=ANA, tags={})
    [mail] = post.provider.delivered()
    assert mail.mail.get_all("message-id") == ["<0100-1@email.amazonses.com>"]


def ask(post: Post, method: str, path: str, content: Any = None, token: str = "") -> tuple[int, Any]:
    url = urlsplit(post.server.url)
    connection = HTTPConnection(str(url.hostname), url.port, timeout=5)
    try:
        connection.request(method, path, json.dumps(content), {"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def test_who_looks_needs_a_token(post: Post) -> None:
    post.send()
    assert ask(post, "GET", "/stand-in/delivered")[0] == 401
    assert ask(post, "POST", "/stand-in/behaviour", {"loses": 1})[0] == 401
    status, found = ask(post, "GET", f"/stand-in/delivered?person={ANA}", token=LOOK)
    assert (status, [one["text"] for one in found["delivered"]]) == (200, ["Hola\n"])
    assert ask(post, "POST", "/stand-in/behaviour", {"refuses": ["nonsense"]}, LOOK)[0] == 400
    assert ask(post, "POST", "/stand-in/vanish", {"address": ANA}, LOOK)[0] == 200
    post.send()
    assert len(post.provider.delivered()) == 1


def test_unsigned_requests_are_refused(post: Post) -> None:
    data = {"Content": {"Raw": {"Data": b64encode(MAIL).decode()}}, "Destination": {"ToAddresses": [ANA]}}
    assert ask(post, "POST", "/v2/email/outbound-emails", data)[0] == 403
    assert ask(post, "GET", "/v2/email/account")[0] == 403
    assert ask(post, "GET", f"/v2/email/identities/{MAILBOX}")[0] == 403


def test_the_doctor_finds_the_domain_and_the_sandbox(post: Post) -> None:
    assert {one.ok for one in EmailSetup(post.mailer, MAILBOX).check(mend=False)} == {True}
    post.provider.behave({"is_sandbox": True})
    found = {one.what: one.ok for one in EmailSetup(post.mailer, "otra@elsewhere.example").check(mend=False)}
    assert found == {"SES sends": True, "out of the sandbox": False, "mailbox to send from": False}


def test_a_broken_answer_to_the_doctor_is_passing() -> None:
    class Broken:
        def request(self, *_: Any, **__: Any) -> Any:
            from shared.aws.answers import Answer as Heard

            return Heard(200, {}, b"<html>")

    with pytest.raises(Transient):
        SesMailer(Broken()).account()  # type: ignore[arg-type]
