from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

ACCOUNT = "200000000000001"


def delivery(*messages: Any) -> str:
    value = {"metadata": {"phone_number_id": ACCOUNT}, "messages": list(messages)}
    entry = {"id": "1", "changes": [{"field": "messages", "value": value}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}, ensure_ascii=False)


def message(number: int, text: str = "Hola") -> dict[str, Any]:
    said = {"id": f"wamid.{number}", "from": "593991234567", "timestamp": "1795341600", "type": "text"}
    return {**said, "text": {"body": text}}


def test_one_line_comes_out_for_every_element_in_order(hilo: Any) -> None:
    ended = hilo("normalize", "whatsapp", given=delivery(message(1), 7, message(2)))
    assert ended.code == 0
    assert [event["kind"] for event in ended.lines] == ["message", "unsupported", "message"]
    assert [event["message_id"] for event in ended.lines][::2] == ["wamid.1", "wamid.2"]
    assert "malformed" in ended.lines[1]["flags"]


def test_files_are_read_one_after_the_other(hilo: Any, tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"{number}.json").write_text(delivery(message(number)))
    ended = hilo("normalize", "whatsapp", "1.json", "2.json")
    assert [event["message_id"] for event in ended.lines] == ["wamid.1", "wamid.2"]


def test_an_element_too_deep_to_read_is_one_malformed_event(hilo: Any) -> None:
    deep: Any = "x"
    for _ in range(500):
        deep = [deep]
    [event, other] = hilo("normalize", "whatsapp", given=delivery({"deep": deep}, message(2))).lines
    assert (event["kind"], event["flags"]) == ("unsupported", ["malformed"])
    assert "deep" in event["reason"]
    assert event["account"] == ACCOUNT
    assert len(event["message_id"]) == 64
    assert other["message_id"] == "wamid.2"


@pytest.mark.parametrize("given", [b"", b" ", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 200_000, b"\x00", b"NaN"])
def test_what_is_no_delivery_ends_with_two_and_one_line(hilo: Any, given: bytes) -> None:
    ended = hilo("normalize", "whatsapp", given=given)
    assert (ended.code, ended.out) == (2, "")
    assert ended.said("standard input: ")


@pytest.mark.parametrize("given", ['{"object": "page", "entry": [{}]}', '{"object": "whatsapp_business_account"}'])
def test_a_body_without_elements_gives_no_line(hilo: Any, given: str) -> None:
    assert hilo("normalize", "whatsapp", given=given) == hilo("normalize", "whatsapp", "--json", given=given)
    assert hilo("normalize", "whatsapp", given=given).out == ""


@pytest.mark.parametrize("name", ["missing.json", ".", "\x7f", "a" * 300])
def test_a_file_that_cannot_be_read_ends_with_two_and_one_line(hilo: Any, name: str) -> None:
    ended = hilo("normalize", "whatsapp", name)
    assert ended.code == 2
    assert ended.said("cannot be read")


def test_an_unknown_channel_is_named_with_those_that_exist(hilo: Any) -> None:
    ended = hilo("normalize", "fax")
    assert ended.code == 2
    assert ended.said("there is no channel fax: ")


def test_a_batch_has_one_line_for_each_line_whatever_it_holds(hilo: Any) -> None:
    lines = [delivery(message(1)), "", "{", "[]", delivery(), "\x00", delivery(message(2), message(3))]
    ended = hilo("normalize", "whatsapp", "--batch", given="\n".join(lines))
    assert ended.code == 0
    assert [line["source"] for line in ended.lines] == [str(number) for number in range(1, 8)]
    assert ["error" in line for line in ended.lines] == [False, True, True, True, False, True, False]
    assert all(line["error"].startswith("Malformed: ") for line in ended.lines if "error" in line)
    assert len(ended.lines[6]["events"]) == 2


def test_lines_that_are_no_utf8_or_end_in_crlf_stop_nobody(hilo: Any) -> None:
    good = delivery(message(1)).encode()
    ended = hilo("normalize", "whatsapp", "--batch", given=b"\xff\xfe\n" + good + b"\r\n" + b"[" * 300_000 + b"\n")
    assert ["events" in line for line in ended.lines] == [False, True, False]


def test_a_batch_of_files_names_each_and_survives_the_missing(hilo: Any, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(delivery(message(1)))
    (tmp_path / "b.json").write_bytes(b"\xff")
    ended = hilo("normalize", "whatsapp", "--batch", "a.json", "missing.json", "b.json")
    assert ended.code == 0
    assert [line["source"] for line in ended.lines] == ["a.json", "missing.json", "b.json"]
    assert ended.lines[1]["error"] == "Malformed: missing.json: cannot be read: No such file or directory"


def test_an_empty_batch_prints_nothing(hilo: Any) -> None:
    assert hilo("normalize", "whatsapp", "--batch") == hilo("normalize", "whatsapp", "--batch", given=b"")
    assert hilo("normalize", "whatsapp", "--batch").out == ""


@pytest.mark.parametrize("locale", ["C", "POSIX", "en_US.ISO-8859-1"])
def test_output_is_utf8_whatever_the_locale(hilo: Any, locale: str) -> None:
    text = "¿Dónde está mi pedido? 🙏 \u2028\u0085 fin"
    ended = hilo("normalize", "whatsapp", given=delivery(message(1, text)), LC_ALL=locale, PYTHONIOENCODING="ascii")
    assert "¿Dónde está mi pedido? 🙏" in ended.out
    assert len(ended.out.splitlines()) == 1
    assert ended.json["text"] == text


def test_half_a_surrogate_pair_comes_out_as_text(hilo: Any) -> None:
    ended = hilo("normalize", "whatsapp", given=delivery(message(1, "x")).replace('"x"', '"a\\ud83d"'))
    assert ended.json["text"] == "a\N{REPLACEMENT CHARACTER}"


def test_a_thousand_payloads_take_less_than_ten_seconds(hilo: Any) -> None:
    started = time.monotonic()
    ended = hilo("normalize", "whatsapp", "--batch", given="\n".join(delivery(message(n)) for n in range(1000)))
    assert time.monotonic() - started < 10
    assert len(ended.lines) == 1000
