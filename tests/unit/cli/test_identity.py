from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("arguments", "value"),
    [
        (("phone", "0991234567", "--country", "EC"), "+593991234567"),
        (("phone", "+1 202 555 0123"), "+12025550123"),
        (("email", "Ana@Example.com"), "ana@example.com"),
    ],
)
def test_an_identity_comes_out_in_its_one_form(hilo: Any, arguments: tuple[str, ...], value: str) -> None:
    ended = hilo("identity", *arguments)
    assert ended.code == 0
    assert list(ended.json) == ["kind", "value", "aliases", "flags"]
    assert ended.json["value"] == value


@pytest.mark.parametrize(
    "arguments",
    [
        ("phone", "911", "--country", "EC"),
        ("fax", "1"),
        ("email", "nobody"),
        ("phone", ""),
        ("phone",),
        (),
        ("phone", "x"),
    ],
)
def test_what_cannot_be_one_ends_with_two_and_the_reason(hilo: Any, arguments: tuple[str, ...]) -> None:
    ended = hilo("identity", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.said("hilo: ")


def test_a_batch_has_one_line_for_each_line(hilo: Any) -> None:
    lines = [b"phone\t0991234567\tEC", b"phone\t911\tEC", b"", b"nonsense", b"email\tana@example.com"]
    given = b"\n".join([*lines, b"\xff\tx", b"a\tb\tc\td", b"phone\t+12025550123\t"])
    ended = hilo("identity", "--batch", given=given)
    assert ended.code == 0
    assert [line.get("value") for line in ended.lines] == [
        "+593991234567", None, None, None, "ana@example.com", None, None, "+12025550123",
    ]  # fmt: skip
    assert all(line["error"] for line in ended.lines if "value" not in line)


def test_a_batch_takes_no_kind(hilo: Any) -> None:
    assert hilo("identity", "--batch", "phone", "1").code == 2
