"""Stories written in a test, and what comes of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local.simulation.play import Outcome, simulate

Tell = Callable[..., Outcome]


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """A story's text as a file."""

    def written(text: str) -> Path:
        file = tmp_path / "story.yaml"
        file.write_text(text, "utf-8")
        return file

    return written


@pytest.fixture
def tell(write: Callable[[str], Path]) -> Tell:
    """What comes of these steps, each a line of YAML."""

    def told(*steps: str, seed: int = 0, **sections: Any) -> Outcome:
        lines = [f"{name}: {text}" for name, text in sections.items()]
        return simulate(write("\n".join([*lines, "steps:", *(f"- {step}" for step in steps)])), seed=seed)

    return told
