"""Whose mail is believed: SES's verdicts, the results on top, and the domain that they are about."""

from __future__ import annotations

import time

import pytest

from bench.pace import slowness
from shared.channels.email.authentication import Authentication, is_aligned, read_results, verdict
from shared.channels.email.mime import read

SES_PASS = "amazonses.com; spf=pass (sender ok) client-ip=192.0.2.1; dkim=pass header.i=@example.net; dmarc=pass header.from=example.net;"  # noqa: E501


def judged(
    *results: str,
    verdicts: dict[str, str] | None = None,
    senders: tuple[str, ...] = ("Ana <ana@example.net>",),
    trusted: str | None = None,
) -> Authentication:
    lines = [*(f"Authentication-Results: {one}" for one in results), *(f"From: {one}" for one in senders), "", "Hola"]
    receipt = None if verdicts is None else {"verdicts": verdicts}
    return verdict(read("\r\n".join(lines).encode()), receipt, trusted=trusted)


@pytest.mark.parametrize(
    ("results", "verdicts", "is_authenticated"),
    [
        ((SES_PASS,), {"spf": "PASS", "dkim": "PASS", "dmarc": "PASS"}, True),
        ((), {"dmarc": "PASS"}, True),
        ((SES_PASS,), {"spf": "PASS", "dkim": "PASS", "dmarc": "GRAY"}, True),
        ((), {"spf": "PASS", "dkim": "PASS", "dmarc": "GRAY"}, False),
        (("amazonses.com; dkim=pass header.i=@example.net",), {"dkim": "PASS", "dmarc": "GRAY"}, True),
        (("amazonses.com; dkim=pass header.d=mail.example.net",), {"dkim": "PASS", "dmarc": "GRAY"}, True),
        (("amazonses.com; dkim=pass header.i=@list.example.org",), {"dkim": "PASS", "dmarc": "GRAY"}, False),
        (("amazonses.com; dkim=fail header.i=@example.net",), {"dkim": "PASS", "dmarc": "GRAY"}, False),
        (("amazonses.com; dkim=pass header.i=@example.net",), {"dkim": "FAIL", "dmarc": "GRAY"}, False),
        (("amazonses.com; dkim=pass header.i=@example.net",), {"dkim": "PASS", "dmarc": "FAIL"}, False),
        (("amazonses.com; dmarc=pass header.from=example.org",), {"dmarc": "PASS"}, False),
        (("amazonses.com; dmarc=pass header.from=EXAMPLE.net",), {"dmarc": "PASS"}, True),
        (("mx.example.org; dkim=pass header.d=example.net",), {"dkim": "PASS", "dmarc": "GRAY"}, False),
        (
            ("amazonses.com; dkim=none", "amazonses.com; dkim=pass header.i=@example.net"),
            {"dkim": "PASS", "dmarc": "GRAY"},
            False,
        ),
        ((SES_PASS,), {"spf": "PASS", "dkim": "DISABLED", "dmarc": "PROCESSING_FAILED"}, False),
        ((SES_PASS,), {}, False),
        ((), {"spf": "PASS"}, False),
    ],
)
def test_ses_is_believed_about_the_domain_it_judged(
    results: tuple[str, ...], verdicts: dict[str, str], is_authenticated: bool
) -> None:
    found = judged(*results, verdicts=verdicts)

    assert (found.is_authenticated, found.aligned, found.domain) == (is_authenticated, is_authenticated, "example.net")


@pytest.mark.parametrize(
    "senders",
    [
        ("ana@example.net", "luis@example.org"),
        ("ana@example.net", "ana@example.net"),
        ("ana@example.net, luis@example.org",),
        ("=?utf-8?q?ceo=40example.com=3e=00?=ana@example.net",),
        ("Ana",),
        ("<>",),
        (),
    ],
)
def test_without_exactly_one_sender_nobody_is_authenticated(senders: tuple[str, ...]) -> None:
    found = judged(SES_PASS, verdicts={"dkim": "PASS", "dmarc": "PASS"}, senders=senders)

    assert (found.is_authenticated, found.domain) == (False, None)


def test_the_words_are_told_apart() -> None:
    found = judged(verdicts={"spf": "PASS", "dkim": "FAIL", "dmarc": "GRAY"})

    assert (found.spf, found.dkim, found.dmarc) == ("pass", "fail", "unknown")


@pytest.mark.parametrize(
    ("results", "trusted", "is_authenticated"),
    [
        (("mx.example.com; dmarc=pass header.from=example.net",), "mx.example.com", True),
        (("MX.example.com 1; dkim=pass header.d=example.net",), "mx.example.com", True),
        (("mx.example.com; dmarc=fail; dkim=pass header.d=example.net",), "mx.example.com", False),
        (("mx.example.com; spf=pass smtp.mailfrom=example.net",), "mx.example.com", False),
        (("mx.example.com; dmarc=pass",), None, False),
        (("mx.example.org; dmarc=pass", "mx.example.com; dmarc=pass"), "mx.example.com", False),
        (('mx.example.com; dmarc=fail reason="; dmarc=pass"',), "mx.example.com", False),
        (("mx.example.com; dmarc=fail (; dmarc=pass)",), "mx.example.com", False),
        ((), "mx.example.com", False),
    ],
)
def test_without_a_receipt_only_the_trusted_server_counts(
    results: tuple[str, ...], trusted: str | None, is_authenticated: bool
) -> None:
    assert judged(*results, trusted=trusted).is_authenticated is is_authenticated


def test_a_domain_in_another_script_is_compared_in_its_ascii_form() -> None:
    found = judged(
        "amazonses.com; dmarc=pass header.from=xn--caf-dma.example",
        verdicts={"dmarc": "PASS"},
        senders=("a@café.example",),
    )

    assert (found.is_authenticated, found.domain) == (True, "xn--caf-dma.example")


@pytest.mark.parametrize(
    ("signer", "domain", "aligned"),
    [
        ("example.net", "example.net", True),
        ("EXAMPLE.net.", "example.net", True),
        ("example.net", "mail.example.net", True),
        ("mail.example.net", "example.net", True),
        ("badexample.net", "example.net", False),
        ("example.net.evil.example", "example.net", False),
        ("a.example.net", "b.example.net", False),
        ("net", "example.net", False),
        ("com.ec", "tienda.com.ec", False),
        ("tienda.com.ec", "mail.tienda.com.ec", True),
        ("co.uk", "shop.co.uk", False),
        ("", "example.net", False),
        (".net", "example.net", False),
    ],
)
def test_alignment_ends_at_a_dot(signer: str, domain: str, aligned: bool) -> None:
    assert is_aligned(signer, domain) is aligned


def test_results_are_read_with_their_comments_and_quotes() -> None:
    server, results = read_results(
        "mx.example.com (a (nested) comment); dkim=pass (2048-bit key) header.d=example.net header.s=s1;"
        ' spf/1=softfail reason="a;b" smtp.mailfrom=x@example.net; none'
    )

    assert server == "mx.example.com"
    assert [(one.method, one.result) for one in results] == [("dkim", "pass"), ("spf", "softfail")]
    assert results[0].properties == {"header.d": "example.net", "header.s": "s1"}
    assert results[1].properties == {"reason": "a;b", "smtp.mailfrom": "x@example.net"}


@pytest.mark.parametrize(
    "value", ["", ";", "(", '"', '"\\' * 50_000, "(" * 99_999, "a=" * 50_000, ";=" * 50_000, "\x00"]
)
def test_any_value_is_read_at_once(value: str) -> None:
    began = time.process_time()
    read_results(value)

    assert time.process_time() - began < 1 * slowness()
