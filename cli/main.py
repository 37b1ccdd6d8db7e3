"""`hilo`: the command line. Exit codes: 0 done, 1 failed, 2 wrong usage or input; what is wrong is said in one line."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from io import TextIOWrapper

import click

from cli.bring_in import bring_in
from cli.calendars import calendar
from cli.configuration import config
from cli.connect import connect
from cli.demo import demo
from cli.doctor import doctor
from cli.faults import Failed
from cli.identity import identity
from cli.kpi import kpi
from cli.letters import dlq
from cli.normalize import normalize
from cli.output import one_line
from cli.post import post
from cli.replay import replay
from cli.review import review
from cli.serve import run
from cli.simulate import simulate
from cli.statements import customer

EPILOG = """\b
Exit codes: 0 done, 1 failed, 2 wrong usage or input.
Commands that ask a hub find the one that runs here; for another: --url and HILO_TOKEN.
"""


@click.group(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def hilo() -> None:
    """Hilo: a hub between a company's channels and its CRM and helpdesk."""


COMMANDS = (
    run, demo, simulate, normalize, identity, post, dlq, replay, customer, kpi, bring_in, connect, doctor, config,
    calendar, review,
)  # fmt: skip

for command in COMMANDS:
    hilo.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit. Never shows a traceback, unless HILO_DEBUG is set."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    sys.exit(_exit_code(arguments))


def _exit_code(arguments: Sequence[str] | None) -> int:
    try:
        outcome = hilo.main(arguments, prog_name="hilo", standalone_mode=False)
        sys.stdout.flush()
    except Failed as failed:
        return _say(str(failed), failed.exit_code)
    except click.exceptions.NoArgsIsHelpError as wrong:
        sys.stderr.write(f"{wrong.format_message()}\n")
        return 2
    except click.UsageError as wrong:
        path = wrong.ctx.command_path if wrong.ctx else "hilo"
        return _say(f"{wrong.format_message()} (see {path} --help)", 2)
    except click.ClickException as wrong:
        return _say(wrong.format_message(), wrong.exit_code)
    except (click.Abort, KeyboardInterrupt):
        return _say("stopped", 130)
    except BrokenPipeError:
        return _close_output()
    except Exception as defect:  # noqa: BLE001 - the door: what we did not foresee is one line too
        return _say(_defect(defect), 1)
    return outcome if isinstance(outcome, int) else 0


def _say(text: str, code: int) -> int:
    sys.stderr.write(f"hilo: {one_line(text)}\n")
    return code


def _close_output() -> int:
    """The reader has gone. What is still in the buffer has nowhere to go either."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _defect(defect: Exception) -> str:
    if os.environ.get("HILO_DEBUG"):
        traceback.print_exception(defect)
    last = traceback.extract_tb(defect.__traceback__)[-1]
    place = f"{os.path.basename(last.filename)}:{last.lineno}"
    return f"a defect of the hub's own: {type(defect).__name__} at {place} (HILO_DEBUG=1 shows more)"
