"""The linters that know what AWS accepts and what it regrets."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest


def said(command: list[str], cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    return f"{done.stdout}{done.stderr}" if done.returncode else ""


def test_cfn_lint_has_nothing_to_say(root: Path) -> None:
    """What it is not asked has its reason beside it in the template."""
    program = Path(sys.executable).parent / "cfn-lint"
    assert said([str(program), "-t", "template.yaml", "-a", "cfn_lint_serverless.rules", "-c", "I"], root) == ""


@pytest.mark.peers
def test_checkov_has_nothing_to_say(root: Path, tool: Callable[[str, str], Path]) -> None:
    """What it is not asked has its reason in .checkov.yaml."""
    assert said([str(tool("checkov", "checkov"))], root) == ""
