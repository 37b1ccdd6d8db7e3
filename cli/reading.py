"""What commands read: files and standard input, as bytes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from cli.faults import BadInput
from cli.output import one_line


def file_bytes(name: str) -> bytes:
    """The file's bytes; `-` is standard input. Raises `BadInput`."""
    if name == "-":
        return standard_input()
    try:
        return Path(name).read_bytes()
    except (OSError, ValueError) as fault:
        why = fault.strerror if isinstance(fault, OSError) and fault.strerror else "not a name of a file"
        raise BadInput(f"{one_line(name)}: cannot be read: {why}") from fault


def standard_input() -> bytes:
    return sys.stdin.buffer.read()


def input_lines() -> Iterator[bytes]:
    """Lines of standard input as they come, without their ends."""
    for line in sys.stdin.buffer:
        yield line.rstrip(b"\n").removesuffix(b"\r")


def secret_line(what: str) -> str:
    """One line that nobody is to see: asked for without echo on a terminal, else standard input. Raises `BadInput`."""
    if sys.stdin.isatty():
        return str(click.prompt(what, hide_input=True, err=True)).strip()
    try:
        text = standard_input().decode("utf-8").strip()
    except UnicodeDecodeError:
        raise BadInput("standard input is not UTF-8") from None
    if not text or len(text.splitlines()) > 1:
        raise BadInput(f"standard input: one line, the {what}")
    return text
