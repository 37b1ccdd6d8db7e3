"""A national id is never an argument and never shown while it is typed."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
NUMBER = "1700000001"
NOTED = {"customer": "c-1", "type": "EC-cedula", "mask": "17••••••01", "unconfirmed": False, "same": None}
NOTE, FIND, SHOW = "/v1/customers/national-id", "/v1/customers/find", "/v1/customers/national-id/show"


def asked(running: Any) -> list[tuple[str, Any]]:
    return [(path, json.loads(body)) for _, path, _, body in running.asked]


def test_an_id_that_was_noted_is_shown_masked(hilo: Any, running: Any) -> None:
    running.answer(f"POST {NOTE}", NOTED)
    done = hilo("customer", "identify", "c-1", "EC-cedula", given=f" {NUMBER}\r\n")
    assert (done.code, done.out) == (0, "noted: EC-cedula 17••••••01 of c-1\n")
    assert asked(running) == [(NOTE, {"customer": "c-1", "type": "EC-cedula", "value": NUMBER})]


def test_what_is_doubtful_of_it_is_said(hilo: Any, running: Any) -> None:
    running.answer(f"POST {NOTE}", {**NOTED, "unconfirmed": True, "same": "c-2"})
    done = hilo("customer", "identify", "c-1", "PE-DNI", "--by", "Eva", given=NUMBER)
    assert "not checked for this type" in done.out
    assert "c-2 has it as well: see hilo customer candidates c-1" in done.out
    assert asked(running)[0][1]["by"] == "Eva"


def test_a_customer_is_found_by_it_or_not(hilo: Any, running: Any) -> None:
    running.answer(f"POST {FIND}", {"customer": "c-1"})
    running.answer(f"POST {FIND}", {"customer": None})
    assert hilo("customer", "find", "EC-cedula", given=NUMBER).out == "c-1\n"
    nobody = hilo("customer", "find", "EC-cedula", given=NUMBER)
    assert (nobody.code, nobody.said("no customer has this national id")) == (1, True)


def test_one_is_shown_in_clear_to_somebody_with_a_name(hilo: Any, running: Any) -> None:
    running.answer(f"POST {SHOW}", {"customer": "c-1", "type": "EC-cedula", "value": NUMBER})
    assert hilo("customer", "national-id", "c-1", "EC-cedula", "--by", "Eva").out == f"{NUMBER}\n"
    assert asked(running) == [(SHOW, {"customer": "c-1", "type": "EC-cedula", "by": "Eva"})]
    nameless = hilo("customer", "national-id", "c-1", "EC-cedula")
    assert (nameless.code, nameless.said("--by")) == (2, True)


@pytest.mark.parametrize("command", [("identify", "c-1", "EC-cedula"), ("find", "EC-cedula")], ids=" ".join)
class TestTheNumber:
    def test_as_an_argument_is_refused_unrepeated(self, hilo: Any, running: Any, command: tuple[str, ...]) -> None:
        done = hilo("customer", *command, NUMBER, given=NUMBER)
        assert (done.code, done.said("give no number as an argument")) == (2, True)
        assert NUMBER not in done.out + done.err
        assert running.asked == []

    @pytest.mark.parametrize("given", [b"", b" \n", b"1700000001\n0900000001\n", b"\xff\xfe"])
    def test_that_cannot_be_read_is_a_line(
        self, hilo: Any, running: Any, command: tuple[str, ...], given: bytes
    ) -> None:
        done = hilo("customer", *command, given=given)
        assert (done.code, done.said("standard input")) == (2, True)
        assert NUMBER not in done.out + done.err
        assert running.asked == []

    def test_typed_at_a_terminal_is_not_seen(self, running: Any, command: tuple[str, ...], tmp_path: Path) -> None:
        running.answer(f"POST {NOTE}", NOTED)
        running.answer(f"POST {FIND}", {"customer": "c-1"})
        screen, code = at_a_terminal(("customer", *command), f"{NUMBER}\n", tmp_path)
        assert code == 0, screen
        assert "number of the id: " in screen
        assert NUMBER not in screen
        assert asked(running)[0][1]["value"] == NUMBER


def at_a_terminal(arguments: tuple[str, ...], typed: str, folder: Path) -> tuple[str, int]:
    """What the screen shows until the command ends; `typed` as soon as something is asked."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", "from cli.main import main; main()", *arguments]
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env=environment, start_new_session=True
    ) as process:
        os.close(theirs)
        screen, until, has_typed = b"", time.monotonic() + 30, False
        while time.monotonic() < until:
            try:
                part = os.read(ours, 4096)
            except OSError:  # the other side has closed
                break
            screen += part
            if not has_typed and b": " in screen:
                os.write(ours, typed.encode())
                has_typed = True
            if not part:
                break
    os.close(ours)
    return screen.decode(), process.returncode


@pytest.mark.parametrize(
    ("more", "is_shared", "words"),
    [((), True, "several people answer at phone:0991234567, held by c-1"), (("--not",), False, "one person answers")],
)
def test_a_line_is_said_to_be_shared_or_not(
    hilo: Any, running: Any, more: tuple[str, ...], is_shared: bool, words: str
) -> None:
    running.answer("POST /v1/identities/shared", {"customer": "c-1", "shared": is_shared})
    done = hilo("customer", "shared", "phone:0991234567", *more)
    assert (done.code, words in done.out) == (0, True)
    assert asked(running) == [("/v1/identities/shared", {"kind": "phone", "value": "0991234567", "shared": is_shared})]


@pytest.mark.parametrize("line", ["0991234567", ":1", "phone:", ""])
def test_what_is_no_line_is_refused(hilo: Any, running: Any, line: str) -> None:
    done = hilo("customer", "shared", line)
    assert (done.code, done.said("KIND:VALUE")) == (2, True)
    assert running.asked == []
