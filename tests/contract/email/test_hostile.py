"""Mails that somebody made to be a burden: read in time and memory that are bounded, whatever they hold."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
PROGRAM = Path(__file__).with_name("hostile_mails.py")
SECONDS = 2.0
MEMORY_MB = 512

SMALL = (
    *("long_line", "many_parts", "many_nested_parts", "deep_parts", "nested_messages", "header_of_a_megabyte"),
    *("many_headers", "many_addresses", "open_brackets", "open_comments", "encoded_words", "encoded_words_unended"),
    *("many_references", "many_parameters", "backslashes", "zip_bomb", "tnef_many_attributes", "tnef_counts"),
    *("tnef_many_files", "html_links", "html_deep", "html_fonts", "html_closed_wrongly", "html_tables"),
    *("html_open_tags", "html_attributes", "quotes", "begin_lines", "near_boundaries", "calendar", "colons"),
    *("carriage_returns", "page_of_entities", "report"),
)
HUGE = ("attachment", "text", "page", "quoted", "uuencoded", "enclosed", "unknown_charset", "junk_base64", "packed")


def run(*names: str) -> dict[str, dict[str, Any]]:
    command = [sys.executable, str(PROGRAM), *names]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=100, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return {one["name"]: one for one in map(json.loads, done.stdout.splitlines())}


@cache
def small() -> dict[str, dict[str, Any]]:
    """One process reads them all: its memory is that of the worst."""
    return run(*SMALL)


@cache
def huge(name: str) -> dict[str, Any]:
    return run(name)[name]


@pytest.mark.parametrize("name", SMALL)
def test_a_burden_is_read_in_time(name: str) -> None:
    one = small()[name]
    assert one["seconds"] < SECONDS
    assert one["memory_mb"] < MEMORY_MB
    assert one["event_bytes"] < 300_000, "an entry holds 400 KB"
    assert one["kind"] in ("message", "bounce")


@pytest.mark.parametrize("name", HUGE)
def test_twenty_five_megabytes_are_read_in_time(name: str) -> None:
    one = huge(name)
    assert one["mail_bytes"] > 24 * 1024 * 1024
    assert one["seconds"] < SECONDS
    assert one["memory_mb"] < MEMORY_MB
    assert one["event_bytes"] < 300_000
    assert one["kind"] == "message"
    assert one["text"]


def test_forty_megabytes_are_named_and_not_read() -> None:
    one = huge("beyond")
    assert one["mail_bytes"] > 39_000_000
    assert (one["kind"], one["sender"]) == ("unsupported", "ana@example.net")
    assert "too_large" in one["flags"]
    assert one["reason"] == "too large to be read: 39 MB; it is kept as it came"
    assert one["seconds"] < SECONDS
    assert one["memory_mb"] < MEMORY_MB


@pytest.mark.parametrize(
    ("name", "flag"),
    [
        ("many_parts", "too_many_parts"),
        ("many_nested_parts", "too_many_parts"),
        ("deep_parts", "too_deep"),
        ("header_of_a_megabyte", "header_cut"),
        ("many_headers", "header_cut"),
        ("long_line", "text_cut"),
        ("html_links", "html_left_out"),
        ("tnef_many_files", "too_many_parts"),
    ],
)
def test_what_was_left_out_is_said(name: str, flag: str) -> None:
    assert flag in small()[name]["flags"]


@pytest.mark.parametrize("name", ["many_headers", "header_of_a_megabyte", "many_references", "many_addresses"])
def test_the_body_behind_a_header_too_long_is_still_read(name: str) -> None:
    assert small()[name]["text"] == "Hola"


def test_what_is_packed_stays_packed() -> None:
    [(name, size)] = small()["zip_bomb"]["files"]
    assert name == "b.zip"
    assert size < 300_000, "two hundred megabytes are inside"


def test_files_of_a_huge_mail_are_whole() -> None:
    assert huge("attachment")["files"] == [["a.pdf", 18 * 1024 * 1024]]
    assert huge("packed")["files"][1] == ["a.bin", 18 * 1024 * 1024]
    assert huge("enclosed")["files"][0][0] == "Prueba.eml"
