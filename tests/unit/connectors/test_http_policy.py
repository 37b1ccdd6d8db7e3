"""What a status means, how long we are asked to wait, what an answer holds."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from email.utils import formatdate

import pytest

from shared.connectors.generic_webhook.client import POLICY as WEBHOOK
from shared.connectors.http import POLICY, rule_for
from shared.domain.errors import Transient
from shared.http.client import Answer, retry_after

NOW = 1795309323.0
DAY_S = 86400


@pytest.mark.parametrize(
    ("status", "usual", "webhook"),
    [
        (100, "transient", "transient"),
        (200, "ok", "ok"),
        (202, "ok", "ok"),
        (204, "ok", "ok"),
        (301, "transient", "transient"),
        (304, "transient", "transient"),
        (308, "transient", "transient"),
        (400, "permanent", "unwelcome"),
        (401, "misconfigured", "misconfigured"),
        (403, "misconfigured", "misconfigured"),
        (404, "permanent", "transient"),
        (408, "transient", "transient"),
        (409, "permanent", "transient"),
        (410, "permanent", "misconfigured"),
        (413, "permanent", "unwelcome"),
        (422, "permanent", "unwelcome"),
        (425, "transient", "transient"),
        (429, "transient", "transient"),
        (500, "transient", "transient"),
        (503, "transient", "transient"),
        (599, "transient", "transient"),
        (600, "transient", "transient"),
        (999, "transient", "transient"),
    ],
)
def test_each_status_has_one_meaning(status: int, usual: str, webhook: str) -> None:
    assert rule_for(status, POLICY).outcome == usual
    assert rule_for(status, WEBHOOK).outcome == webhook


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("0", 0),
        ("120", 120),
        (" 120 ", 120),
        ("1.5", 1),
        ("999999999", DAY_S),
        (formatdate(NOW + 90, usegmt=True), 90),
        (formatdate(NOW - 90, usegmt=True), 0),
        (formatdate(NOW + 9 * DAY_S, usegmt=True), DAY_S),
        ("Sun, 22 Nov 2026 02:02:03 -0000", 3600),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("١٢", None),
        ("9" * 5000, None),
        ("Sun, 99 Nov 2026 99:99:99 GMT", None),
        ("Sun, 22 Nov 99999999 01:00:00 GMT", None),
    ],
)
def test_retry_after_is_read_and_capped(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, 1795309323.0) == seconds


def answer(body: bytes, *, is_whole: bool = True) -> Answer:
    return Answer(200, {}, body, is_whole, "connector demo: api.example.com")


def test_an_answer_is_read_as_json() -> None:
    assert answer(b'{"id": "\xc3\xb1"}').json() == {"id": "ñ"}


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[" * 200_000])
def test_a_good_status_without_json_is_a_lost_answer(body: bytes) -> None:
    with pytest.raises(
        Transient, match=r"^connector demo: api\.example\.com answered 200, but the answer is not JSON$"
    ):
        answer(body).json()


def test_an_answer_that_was_cut_is_not_read() -> None:
    with pytest.raises(Transient, match="did not come whole"):
        answer(b"{}", is_whole=False).json()


def test_an_answer_is_not_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        answer(b"").status = 500  # type: ignore[misc]
