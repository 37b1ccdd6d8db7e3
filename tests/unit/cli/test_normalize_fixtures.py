"""`hilo normalize --batch` over every fixture of a channel, as it is and wrecked: one line each, no defect of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.conftest import ROOT

FIXTURES = ROOT / "tests" / "fixtures"
ENDINGS = {"email": "eml", "messenger": "json", "instagram": "json", "whatsapp": "json"}

WRECKED: dict[str, Callable[[bytes], bytes]] = {
    "as it is": bytes,
    "cut in the middle": lambda payload: payload[: len(payload) // 2],
    "without its beginning": lambda payload: payload[len(payload) // 3 :],
    "every third byte turned": lambda payload: bytes(b ^ 0x80 if n % 3 == 0 else b for n, b in enumerate(payload)),
    "half an emoji in each word": lambda payload: payload.replace(b"o", b"\\ud83d"),
    "bytes that are no UTF-8": lambda payload: payload.replace(b"a", b"\xed\xa0\xbd").replace(b"e", b"\xff"),
    "in UTF-16": lambda payload: payload.decode("latin-1").encode("utf-16"),
}


@pytest.mark.parametrize("wreck", WRECKED)
@pytest.mark.parametrize("channel", ENDINGS)
def test_each_payload_has_one_line_that_everybody_can_read(hilo: Any, tmp_path: Path, channel: str, wreck: str) -> None:
    payloads = sorted((FIXTURES / channel).glob(f"*.{ENDINGS[channel]}"))
    assert len(payloads) > 100
    for payload in payloads:
        (tmp_path / payload.name).write_bytes(WRECKED[wreck](payload.read_bytes()))
    ended = hilo("normalize", channel, "--batch", *(payload.name for payload in payloads))
    assert (ended.code, ended.err) == (0, "")
    assert [one["source"] for one in ended.lines] == [payload.name for payload in payloads]
    assert [one for one in ended.lines if one.get("error", "").startswith("Defect")] == []
    assert [one["source"] for one in ended.lines if any(map(has_lone_surrogate, texts(one)))] == []
    if wreck == "as it is":
        assert [one["source"] for one in ended.lines if "error" in one] == []


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield str(key)
            yield from texts(each)


def has_lone_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


@pytest.mark.parametrize(
    ("value", "found"), [({"a": ["x", "\ud83d"]}, True), ({"\udc00": 1}, True), (["🙂", 1], False)]
)
def test_the_test_sees_them(value: Any, found: bool) -> None:
    assert any(map(has_lone_surrogate, texts(value))) is found
