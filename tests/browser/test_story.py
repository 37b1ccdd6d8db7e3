"""The button that plays the demonstration's story, in a real browser against a real hub."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.system.embedded import RunningHub

pytestmark = pytest.mark.peers

BUTTON = '[data-key="story"]'


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[RunningHub]:
    hub = RunningHub(tmp_path / "data").start()
    yield hub
    hub.stop()


@pytest.mark.parametrize("page", ["es"], indirect=True)
def test_the_button_lets_people_write_before_your_eyes(page: Any, hub: RunningHub) -> None:
    page.open(hub.about["console"])
    page.wait_for(f"document.querySelector('{BUTTON}')?.textContent === 'Ver una demostración'")
    assert page.run("document.querySelectorAll('.row').length") == 0
    page.click(BUTTON)
    page.wait_for("document.body.innerText.includes('Ya empezó')")
    page.wait_for("document.querySelectorAll('.row').length >= 2")
    page.click(".row")
    page.wait_for("document.querySelectorAll('.entry').length >= 1")
    before = page.run("document.querySelectorAll('.told-item').length")
    page.wait_for("document.querySelectorAll('.row').length === 5", patience_s=30)
    if folder := os.environ.get("HILO_SCREENSHOTS"):
        page.screenshot(Path(folder) / "story.png")
    for name in ("Ana Lucía Paredes", "Luis Andrade", "Maite", "Rosa Medina"):
        page.wait_for(f"document.body.innerText.includes('{name}')")
    page.wait_for(f"document.querySelectorAll('.told-item').length > {before}")
    page.click(BUTTON)
    page.wait_for("document.querySelector('.story .problem')?.textContent.includes('come to its end first')")
    assert page.complaints() == []


def test_a_deployed_hub_has_no_story_to_play(page: Any, canned: Any) -> None:
    page.open(f"{canned.url}/console/#token=token-of-an-operator")
    page.wait_for("document.body.innerText.includes('Search for a customer')")
    assert page.run(f"document.querySelector('{BUTTON}')") is None
    assert "/local/scenario" not in canned.asked
