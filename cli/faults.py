"""How a command ends when it cannot do what was asked. The text is one line for standard error."""

from __future__ import annotations


class Failed(Exception):
    """What was asked did not work out: exit code 1."""

    exit_code = 1


class BadInput(Failed):
    """What was asked, or what was given, makes no sense: exit code 2."""

    exit_code = 2
