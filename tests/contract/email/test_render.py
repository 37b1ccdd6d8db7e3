"""An answer as a mail: what a person reads, what their program threads by, and what cannot be smuggled in."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import getaddresses
from typing import Any

import pytest

from shared.channels.email.compose import compose
from shared.channels.email.render import MOST_REFERENCES, render
from shared.channels.email.reply import visible
from shared.channels.email.reply_marks import MARKERS
from shared.domain.answer import Address, Answer, Body, Heard, Option, Stored, Template
from shared.domain.errors import Permanent
from shared.domain.event import Attachment, Author
from shared.domain.subject import answering, base

MAILBOX, INSTALL = "soporte@help.example.com", "0123456789abcdef"
ANA = Address("email", "ana@example.net")
MARK = "hilo:0199f8a2-7c1e-7000-8000-00000000000a:12"
HEARD = Heard(
    datetime(2026, 11, 22, 10, 15),  # noqa: DTZ001  as the brand's clock shows it
    "No enciende",
    name="Ana Pérez",
    subject="RE: Pedido 4471",
    message_ref="a2@example.net",
    references=("a1@example.net",),
)
ANSWER = Answer("Buenas tardes", heard=HEARD, author=Author(type="agent", name="Luis"), language="es")


def said(answer: Answer = ANSWER, to: Address = ANA, signed: str | None = "tok") -> Body:
    [body] = render(answer, to, MARK, signed)
    return body


def mailed(answer: Answer = ANSWER, company: str | None = "Acme", contents: list[bytes] | None = None) -> EmailMessage:
    found: EmailMessage = message_from_bytes(raw(answer, company, contents), policy=SMTP)
    return found


def raw(answer: Answer = ANSWER, company: str | None = "Acme", contents: list[bytes] | None = None) -> bytes:
    return compose(said(answer), MAILBOX, company, INSTALL, contents or [])


def plain(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body
    return str(body.get_content()).replace("\r\n", "\n")


def html(mail: EmailMessage) -> str:
    body = mail.get_body(("html",))
    assert body
    return str(body.get_content())


def test_a_mail_says_it_twice_and_quotes_below_a_marker() -> None:
    mail = mailed()
    assert mail.get_content_type() == "multipart/alternative"
    assert plain(mail) == (
        "Buenas tardes\n\n-- Responda sobre esta línea --\n\nEl 22/11/2026 10:15, Ana Pérez escribió:\n> No enciende\n"
    )
    assert '<blockquote type="cite">No enciende</blockquote>' in html(mail)
    assert (mail["from"], mail["to"]) == ("Luis - Acme <soporte@help.example.com>", "ana@example.net")
    assert mail["reply-to"] == "soporte+tok@help.example.com"
    assert mail["subject"] == "Re: Pedido 4471"
    assert mail["in-reply-to"] == "<a2@example.net>"
    assert mail["references"] == "<a1@example.net> <a2@example.net>"


def test_what_the_hub_sends_is_cut_when_it_comes_back() -> None:
    quoted = "\n".join(f"> {line}" for line in plain(mailed()).splitlines())
    reply = visible(f"Gracias, ya funciona\n\nEl dom, 22 nov 2026 a las 10:20, Acme escribió:\n{quoted}")
    assert reply.visible == "Gracias, ya funciona"


@pytest.mark.parametrize("language", ["es", "pt", "en"])
def test_marker_and_attribution_are_in_the_customers_language(language: Any) -> None:
    text = plain(mailed(replace(ANSWER, language=language)))
    assert MARKERS[language] in text
    assert visible(f"Sim\n{text.partition(MARKERS[language])[2].strip()}").visible == "Sim"


def test_a_persons_mail_keeps_machines_quiet_without_being_one() -> None:
    mail = mailed()
    assert mail["auto-submitted"] is None
    assert (mail["x-auto-response-suppress"], mail["x-hub-loop"]) == ("OOF, AutoReply", INSTALL)
    assert mail["message-id"] is None
    assert mail["date"] is None


def test_a_machines_mail_says_so_and_answers_nobody_who_asks_for_none() -> None:
    bot = replace(ANSWER, author=Author(type="bot"))
    mail = mailed(bot)
    assert (mail["auto-submitted"], mail["x-auto-response-suppress"]) == ("auto-replied", "All")
    assert mail["in-reply-to"]
    first = mailed(replace(bot, heard=None))
    assert first["in-reply-to"] is None
    assert (first["auto-submitted"], first["x-auto-response-suppress"]) == ("auto-generated", "All"), (
        "it answers no mail"
    )
    for flag in ("no_auto_reply", "loop", "bulk"):
        with pytest.raises(Permanent):
            said(replace(bot, heard=replace(HEARD, flags=frozenset({flag}))))
    unknown = replace(HEARD, flags=frozenset({"unauthenticated"}))
    assert "No enciende" not in plain(mailed(replace(bot, heard=unknown)))
    assert "No enciende" in plain(mailed(replace(ANSWER, heard=unknown))), "a person answers whoever wrote"


SUBJECTS = {
    "Pedido": "Re: Pedido",
    "RE: RV: Fwd: Pedido": "Re: Pedido",
    "re[2]: RES(3): ENC: Pedido": "Re: Pedido",
    "AW: SV: VS: TR: RIF: Fw: Pedido": "Re: Pedido",
    "Re\N{FULLWIDTH COLON} Pedido": "Re: Pedido",
    "Reclamo: sin luz": "Re: Reclamo: sin luz",
    "Restaurante": "Re: Restaurante",
    "  Re:  ": "Re:",
    "Hola\r\nBcc: eva@example.org": "Re: Hola Bcc: eva@example.org",
    "Hola\N{RIGHT-TO-LEFT OVERRIDE}\N{ZERO WIDTH SPACE}fdp.exe": "Re: Holafdp.exe",
    "Señal \N{FAMILY}": "Re: Señal \N{FAMILY}",
}


@pytest.mark.parametrize(("subject", "expected"), SUBJECTS.items())
def test_one_prefix_and_one_line(subject: str, expected: str) -> None:
    assert answering(subject) == expected
    mail = mailed(replace(ANSWER, heard=replace(HEARD, subject=subject)))
    assert mail["subject"] == expected
    assert mail["bcc"] is None


def test_a_base_subject_takes_linear_time() -> None:
    assert base("Re:" * 20_000 + "x") == "x"
    assert len(answering("x" * 50_000)) < 300


def test_a_mail_without_a_subject_is_answered_under_the_cases_reference() -> None:
    assert said(replace(ANSWER, heard=replace(HEARD, subject=None), reference="K7QF-3M2X-R"))["subject"] == (
        "Re: [K7QF-3M2X-R]"
    )
    assert said(replace(ANSWER, heard=None))["subject"] == "Re:"


CHAINS = [
    ({"references": ("a1@x.example",)}, ["<a1@x.example>", "<a2@example.net>"]),
    ({"references": (), "in_reply_to": "a0@x.example"}, ["<a0@x.example>", "<a2@example.net>"]),
    ({"references": (), "in_reply_to": None}, ["<a2@example.net>"]),
    ({"references": ("", "  ", "<>", "a b@x.example", "<b@x.example>")}, ["<b@x.example>", "<a2@example.net>"]),
    ({"references": ("a2@example.net", "a1@x.example")}, ["<a1@x.example>", "<a2@example.net>"]),
    ({"references": ("b@x.example\r\nBcc: <eva@example.org>",)}, ["<a2@example.net>"]),
    ({"references": ("ñ@x.example", "x" * 1000)}, ["<a2@example.net>"]),
    ({"message_ref": None, "references": ("a1@x.example",)}, ["<a1@x.example>"]),
]


@pytest.mark.parametrize(("changes", "expected"), CHAINS)
def test_the_chain_of_a_thread(changes: dict[str, Any], expected: list[str]) -> None:
    assert said(replace(ANSWER, heard=replace(HEARD, **changes)))["references"] == expected


def test_of_a_long_chain_the_first_and_the_last_stay_and_no_name_is_mangled() -> None:
    names = tuple(f"{number:03}{'x' * 200}@example.net" for number in range(60))
    answer = replace(ANSWER, heard=replace(HEARD, references=names))
    kept = said(answer)["references"]
    assert len(kept) == MOST_REFERENCES
    assert kept == [f"<{names[0]}>", *(f"<{name}>" for name in names[-18:]), "<a2@example.net>"]
    content = raw(answer)
    assert all(len(line) <= 998 for line in content.split(b"\r\n"))
    assert all(name.encode() in content for name in kept), "no name is written as an encoded word"


NAMES = ["Luis", "Muñoz, María <x@y>", 'El "Jefe"\r\nBcc: eva@example.org', "\N{RIGHT-TO-LEFT OVERRIDE}siuL", "ana@b.c"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("company", [None, "Acme, S.A.", "Ñandú"])
def test_the_sender_is_always_our_mailbox(name: str, company: str | None) -> None:
    mail = mailed(replace(ANSWER, author=Author(type="agent", name=name)), company)
    [(shown, address)] = getaddresses([str(mail["from"])])
    assert address == MAILBOX
    assert not set(shown) & set("\r\n@<>\N{RIGHT-TO-LEFT OVERRIDE}")
    assert mail["bcc"] is None
    assert raw(replace(ANSWER, author=Author(type="agent", name=name)), company).isascii()


def test_without_a_token_or_with_no_room_for_it_replies_go_to_the_mailbox() -> None:
    long = "atencion-al-cliente-ecuador@help.example.com"
    assert message_from_bytes(compose(said(signed=None), MAILBOX, None, INSTALL))["reply-to"] is None
    assert message_from_bytes(compose(said(signed="t" * 42), MAILBOX, None, INSTALL))["reply-to"] is not None
    assert message_from_bytes(compose(said(signed="t" * 42), long, None, INSTALL))["reply-to"] is None


ADDRESSES = {
    "ana@example.net": "ana@example.net",
    "o'brien+x@sub.example.com": "o'brien+x@sub.example.com",
    "ana@ñandú.example": "ana@xn--and-6ma2c.example",
}
NO_ADDRESSES = [
    "ana", "ana@", "@example.net", "a na@example.net", "ana@example", "ana@example.net\r\nBcc: e@example.org",
    "ana@example.net, eva@example.org", "<ana@example.net>", "niña@example.net", ".ana@example.net",
    "a..b@example.net", "=?utf-8?q?ceo?=@-x.example", "x" * 65 + "@example.net", "ana@exa\N{ZERO WIDTH SPACE}mple.net",
]  # fmt: skip


@pytest.mark.parametrize(("address", "expected"), ADDRESSES.items())
def test_an_address_as_envelopes_take_it(address: str, expected: str) -> None:
    assert said(to=Address("email", address))["to"] == expected


@pytest.mark.parametrize("address", NO_ADDRESSES)
def test_what_is_no_address_gets_nothing(address: str) -> None:
    with pytest.raises(Permanent, match="address"):
        said(to=Address("email", address))


def test_another_kind_of_identity_gets_nothing() -> None:
    with pytest.raises(Permanent):
        said(to=Address("phone", "593991234567"))


def test_text_is_text_in_html() -> None:
    mail = mailed(replace(ANSWER, text="<script>x</script> & 2 < 3\nsí", heard=replace(HEARD, text="<img src=x>")))
    assert "<script" not in html(mail)
    assert "<img" not in html(mail)
    assert "&lt;script&gt;x&lt;/script&gt; &amp; 2 &lt; 3<br>" in html(mail)


def test_an_agents_html_is_made_safe_and_text_stands_beside_it() -> None:
    shown = '<p onclick="x()">Hola <b>Ana</b></p><script>x</script><a href="javascript:x">y</a>'
    mail = mailed(replace(ANSWER, html=shown))
    assert "<b>Ana</b>" in html(mail)
    assert not re.search("onclick|script", html(mail))
    assert "Buenas tardes" in plain(mail)
    alone = plain(mailed(replace(ANSWER, text=None, html="<p>Hola</p><p>Ana &amp; Luis</p>", heard=None)))
    assert alone == "Hola\nAna & Luis\n"


def test_no_raw_no_break_spaces_or_controls() -> None:
    text = plain(mailed(replace(ANSWER, text="a\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}b\x00\x1b[0m\r\nc\rd", heard=None)))
    assert text == "a  b[0m\nc\nd\n"
    assert raw(replace(ANSWER, text="ñ" * 5000)).isascii(), "relays relabel what is not"


def test_choices_are_lines() -> None:
    options = (Option("a", "Quito", "Centro"), Option("b", "Loja"))
    assert plain(mailed(replace(ANSWER, options=options, heard=None))) == (
        "Buenas tardes\n\n1. Quito: Centro\n2. Loja\n"
    )


PDF = Attachment(kind="document", filename="../fáctura\r\n.pdf", mime_type="application/pdf")


def test_files_that_the_hub_keeps_go_along() -> None:
    stored = {0: Stored("media/c/1/0", 4, "application/pdf", PDF.filename)}
    answer = replace(ANSWER, attachments=(PDF,), stored=stored)
    assert [file["key"] for file in said(answer)["files"]] == ["media/c/1/0"]
    [file] = mailed(answer, contents=[b"%PDF"]).iter_attachments()
    assert (file.get_content_type(), file.get_filename(), file.get_content()) == (
        "application/pdf", "fáctura .pdf", b"%PDF",
    )  # fmt: skip


def test_a_file_with_a_public_address_goes_as_a_link() -> None:
    shown = PDF.model_copy(update={"url": "https://files.example.com/a?b=1&c=2"})
    mail = mailed(replace(ANSWER, attachments=(shown,)))
    assert "fáctura .pdf: https://files.example.com/a?b=1&c=2" in plain(mail)
    assert '<a href="https://files.example.com/a?b=1&amp;c=2">' in html(mail)


FILES: list[tuple[dict[str, Any], dict[int, Stored], str]] = [
    ({}, {}, "does not have the file"),
    ({"url": "http://intranet.example/a"}, {}, "no public address"),
    ({"url": 'https://x.example/"><script>'}, {}, "no public address"),
    ({}, {0: Stored("k", 8 * 1024 * 1024)}, "7 MB"),
    ({"filename": "pago.pdf.EXE"}, {0: Stored("k", 10)}, "no programs"),
]


@pytest.mark.parametrize(("changes", "stored", "reason"), FILES)
def test_what_cannot_go_is_said(changes: dict[str, Any], stored: dict[int, Stored], reason: str) -> None:
    file = PDF.model_copy(update=changes)
    with pytest.raises(Permanent, match=reason):
        said(replace(ANSWER, attachments=(file,), stored=stored))


def test_files_are_counted_together() -> None:
    files = (PDF, PDF.model_copy(update={"url": "https://files.example.com/2"}))
    stored = {0: Stored("one", 4 * 1024 * 1024), 1: Stored("two", 4 * 1024 * 1024)}
    body = said(replace(ANSWER, attachments=files, stored=stored))
    assert [file["key"] for file in body["files"]] == ["one"]
    assert "https://files.example.com/2" in body["text"]


def test_tags_hold_ids_that_ses_takes() -> None:
    tags = said()["tags"]
    assert tags["case"] == "0199f8a2-7c1e-7000-8000-00000000000a"
    assert tags["interaction"] == "12"
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,256}", part) for pair in tags.items() for part in pair)


@pytest.mark.parametrize("answer", [Answer(), Answer("  \n"), Answer("x", template=Template("t", "es"))])
def test_nothing_to_say_is_not_sent(answer: Answer) -> None:
    with pytest.raises(Permanent):
        said(answer)
