"""What the answers of SES mean for a send, row by row of the sheet's table, and what agents are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from shared.channels.email.advice import ADVICE, MEANING
from shared.channels.email.send import EmailOut, outcome_of
from shared.channels.email.setup import EmailSetup
from shared.channels.email.way_out import connect
from shared.configuration import parse
from shared.domain.address_token import case_of_token
from shared.domain.answer import Accepted, Address, Answer, Body, Later, Lost, Refused, SendOutcome
from shared.domain.errors import HubError, Misconfigured, Permanent, Transient, Unsent
from shared.ports.mail import MailSaid

MAILBOX = "soporte@help.example.com"
CASE = "0199f8a2-7c1e-7000-8000-00000000000a"


@dataclass
class Post:
    """A mailer that says what it is told to."""

    says: MailSaid | HubError = field(default_factory=lambda: MailSaid(200, id="0100-1"))
    mails: list[bytes] = field(default_factory=list)
    about: Mapping[str, Any] = field(default_factory=dict)
    known: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def send(self, mail: bytes, *, sender: str, to: str, tags: Mapping[str, str]) -> MailSaid:
        assert (sender, to, tags["case"]) == (MAILBOX, "ana@example.net", CASE)
        self.mails.append(mail)
        if isinstance(self.says, HubError):
            raise self.says
        return self.says

    def account(self) -> Mapping[str, Any]:
        if isinstance(self.says, HubError):
            raise self.says
        return self.about

    def identity(self, name: str) -> Mapping[str, Any] | None:
        return self.known.get(name)


def way(post: Post, files: Mapping[str, bytes] | None = None) -> EmailOut:
    return EmailOut(post, lambda _: None, lambda _: "Acme", (files or {}).get, "install")


def body(**more: Any) -> Body:
    [made] = way(Post()).render(Answer("Hola"), Address("email", "ana@example.net"), f"hilo:{CASE}:3")
    return made | more


ROWS: list[tuple[MailSaid, SendOutcome]] = [
    (MailSaid(200, id="0100-1"), Accepted("0100-1")),
    (MailSaid(200), Lost("no_id")),
    (MailSaid(429, "TooManyRequestsException", "slow"), Later("TooManyRequestsException", whole_account=True)),
    (MailSaid(400, "Throttling", "Maximum sending rate exceeded."), Later("Throttling", whole_account=True)),
    (MailSaid(400, "", "Maximum sending rate exceeded."), Later("throttled", whole_account=True)),
    (MailSaid(400, "LimitExceededException", "Daily message quota exceeded."),
     Later("daily_quota", 3600.0, whole_account=True)),
    (MailSaid(400, "Throttling", "Daily message quota exceeded."), Later("daily_quota", 3600.0, whole_account=True)),
    (MailSaid(500, "InternalServiceErrorException"), Later("InternalServiceErrorException")),
    (MailSaid(503, "ServiceUnavailable"), Later("ServiceUnavailable")),
    (MailSaid(500), Lost("http_500")),
    (MailSaid(502, "Odd"), Lost("Odd")),
    (MailSaid(400, "MessageRejected", "bad"), Refused("MessageRejected", "bad")),
    (MailSaid(400, "BadRequestException", "bad"), Refused("BadRequestException", "bad")),
    (MailSaid(404, "NotFoundException", "no set"), Refused("NotFoundException", "no set")),
    (MailSaid(400, "MailFromDomainNotVerifiedException"), Refused("MailFromDomainNotVerifiedException")),
    (MailSaid(400, "MessageRejected", "Email address is not verified. The following …"), Refused("not_verified")),
    (MailSaid(400, "AccountSuspendedException"), Later("AccountSuspendedException", whole_account=True, stops=True)),
    (MailSaid(400, "SendingPausedException"), Later("SendingPausedException", whole_account=True, stops=True)),
    (MailSaid(403, "AccessDeniedException"), Later("credentials", whole_account=True, stops=True)),
    (MailSaid(403), Later("credentials", whole_account=True, stops=True)),
    (MailSaid(413), Refused("http_413")),
    (MailSaid(400, "NewException", "?"), Refused("NewException", "?")),
]  # fmt: skip


@pytest.mark.parametrize(("said", "expected"), ROWS)
def test_what_an_answer_means(said: MailSaid, expected: SendOutcome) -> None:
    assert outcome_of(said) == expected
    assert way(Post(said)).send(MAILBOX, body()) == expected


FAILURES: list[tuple[HubError, SendOutcome]] = [
    (Unsent("no connection"), Later("unreached")),
    (Transient("no answer"), Lost("no_answer")),
    (Misconfigured("no credentials"), Later("credentials", whole_account=True, stops=True)),
]


@pytest.mark.parametrize(("error", "expected"), FAILURES)
def test_what_no_answer_means(error: HubError, expected: SendOutcome) -> None:
    assert way(Post(error)).send(MAILBOX, body()) == expected


def test_a_file_that_is_gone_or_too_large_is_not_sent() -> None:
    file = {"key": "media/c/1/0", "filename": "a.pdf", "mime_type": "application/pdf"}
    post = Post()
    assert way(post).send(MAILBOX, body(files=[file])) == Refused("file_gone")
    assert way(post, {"media/c/1/0": b"x" * 31_000_000}).send(MAILBOX, body(files=[file])) == Refused("too_large")
    assert post.mails == []
    assert way(post, {"media/c/1/0": b"%PDF"}).send(MAILBOX, body(files=[file])) == Accepted("0100-1")


def test_files_that_cannot_be_had_just_now_are_waited_for() -> None:
    def unreachable(_: str) -> bytes | None:
        raise Transient("s3 is unreachable")

    out = EmailOut(Post(), lambda _: None, lambda _: None, unreachable, "install")
    file = {"key": "k", "filename": "a.pdf", "mime_type": "application/pdf"}
    assert out.send(MAILBOX, body(files=[file])) == Later("files_unreached")


@pytest.mark.parametrize("language", ["es", "pt", "en"])
def test_every_code_has_advice_in_every_language(language: Any) -> None:
    codes = {outcome.code for _, outcome in [*ROWS, *FAILURES] if not isinstance(outcome, Accepted)}
    for code in codes | set(MEANING):
        told = way(Post()).advice(code, language)
        assert told
        assert "{" not in told
    assert {"es", "pt", "en"} == set.union(*(set(texts) for texts in ADVICE.values()))
    assert set(MEANING.values()) <= set(ADVICE)


CONFIG = f"""
brands: [{{name: acme, languages: [es], default_country: EC, time_zone: America/Guayaquil}}]
accounts: [{{channel: email, id: {MAILBOX}, brand: acme, display_name: Acme S.A.}}]
"""


def test_as_configured_it_signs_with_the_newest_key() -> None:
    post, config = Post(), parse(CONFIG, "hub.yaml", {})

    def keys() -> tuple[bytes, ...]:
        return (b"new", b"old")

    out = connect(config, None, None, mailer=post, signing_keys=keys, content={}.get)  # type: ignore[arg-type]
    [made] = out.render(Answer("Hola", case=CASE), Address("email", "ana@example.net"), f"hilo:{CASE}:3")
    assert case_of_token(made["token"], [b"new"]) == CASE
    assert isinstance(out.send(MAILBOX, made), Accepted)
    assert f"Reply-To: soporte+{made['token']}@help.example.com".encode() in post.mails[0].replace(b"\r\n ", b"")
    assert b"Acme S A" in post.mails[0] or b"Acme S.A." in post.mails[0]


READY = {"SendingEnabled": True, "ProductionAccessEnabled": True, "EnforcementStatus": "HEALTHY"}
VERIFIED = {"VerifiedForSendingStatus": True, "DkimAttributes": {"Status": "SUCCESS"}}


def looked_at(post: Post) -> dict[str, bool | None]:
    return {one.what: one.ok for one in EmailSetup(post, MAILBOX).check(mend=False)}


def test_the_doctor_looks_at_account_and_identity() -> None:
    well = looked_at(Post(about=READY, known={"help.example.com": VERIFIED}))
    assert set(well.values()) == {True}
    assert looked_at(Post(about=READY))["mailbox to send from"] is False
    ill = looked_at(Post(known={MAILBOX: {}}))
    assert set(ill.values()) == {False}
    assert looked_at(Post(Permanent("denied"))) == {"SES": False}
    [played] = EmailSetup(None, MAILBOX).check(mend=True)
    assert played.ok is None
