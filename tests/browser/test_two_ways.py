"""An agent answers on the page in the demonstration's tool, and the customer's phone beside it shows what arrived."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.system.embedded import RunningHub, delivery, message

pytestmark = pytest.mark.peers


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[RunningHub]:
    hub = RunningHub(tmp_path / "data").start()
    yield hub
    hub.stop()


def shot(page: Any, name: str) -> None:
    if folder := os.environ.get("HILO_SCREENSHOTS"):
        page.screenshot(Path(folder) / f"{name}.png")


def says(hub: RunningHub, number: int, text: str) -> None:
    assert hub.deliver(delivery({**message(7, number, text), "timestamp": str(int(time.time()))})) == 200


def write(page: Any, hub: RunningHub) -> None:
    """Somebody writes, and their conversation is open."""
    says(hub, 1, "¿Cuándo llega mi pedido?")
    page.wait_for("document.querySelectorAll('.row').length === 1")
    page.click(".row")
    page.wait_for("document.querySelector('.entry') !== null && !document.getElementById('agent-text').disabled")


@pytest.mark.parametrize("page", ["es"], indirect=True)
def test_a_conversation_goes_both_ways(page: Any, hub: RunningHub) -> None:
    page.open(hub.about["console"])
    page.wait_for("document.querySelector('.agent') !== null")
    write(page, hub)
    page.wait_for("document.body.innerText.includes('Todavía no llegó nada a este teléfono')")

    page.run("document.getElementById('agent-text').focus()")
    page.type("Sale hoy mismo, con la guía 4821")
    page.press("Tab", 9)
    assert page.run("document.activeElement.dataset.key") == "agent-reply"
    page.press("Enter", 13)
    page.wait_for("document.getElementById('agent-told').textContent === 'El hub ya lo tiene.'")
    assert page.run("document.getElementById('agent-text').value") == ""
    page.wait_for("document.querySelector('.on-phone.tick-read')?.innerText.includes('guía 4821')")
    page.wait_for("[...document.querySelectorAll('.entry.ours')].some(one => one.innerText.includes('leído'))")

    page.run("document.getElementById('agent-text').focus()")
    page.type("Es clienta de siempre")
    page.click('[data-key="agent-note"]')
    page.wait_for("document.querySelector('.entry.note')?.innerText.includes('de siempre')")
    page.click('[data-key="agent-resolve"]')
    page.wait_for("document.querySelector('.case-facts .state-resolved') !== null")
    assert page.run("document.querySelectorAll('.on-phone').length") == 1, "a note stays among agents"
    shot(page, "both-ways")
    assert page.complaints() == []


@pytest.mark.parametrize("page", ["en", "es"], indirect=True)
def test_what_an_agent_does_beside_answering_stands_in_one_row(page: Any, hub: RunningHub) -> None:
    page.open(hub.about["console"])
    page.wait_for("document.querySelector('.agent') !== null")
    write(page, hub)
    for width, rows in ((1280, 2), (1000, 1)):
        page.size(width, 800)
        tops = page.run("[...document.querySelectorAll('.agent-deeds button')].map(one => one.offsetTop)")
        assert len(set(tops)) == rows, width
        assert len(set(tops[1:])) == 1, width
    shot(page, "deeds")


@pytest.mark.parametrize("page", ["es"], indirect=True)
def test_what_is_being_typed_stays_while_things_happen(page: Any, hub: RunningHub) -> None:
    page.open(hub.about["console"])
    page.wait_for("document.querySelector('.agent') !== null")
    assert page.run("document.getElementById('agent-text').disabled"), "no case is open"
    write(page, hub)
    page.run("document.getElementById('agent-text').focus()")
    page.type("Estoy escri")
    says(hub, 2, "¿Hola?")
    page.wait_for("document.querySelectorAll('.entry').length === 2")
    page.type("biendo")
    assert page.run("document.getElementById('agent-text').value") == "Estoy escribiendo"
    assert page.run("document.activeElement.id") == "agent-text"
    page.run("document.getElementById('agent-text').value = '  '")
    page.click('[data-key="agent-note"]')
    page.wait_for("document.getElementById('agent-told').className === 'problem'")


@pytest.mark.parametrize("page", ["es"], indirect=True)
def test_on_a_phone_one_of_the_three_is_shown(page: Any, hub: RunningHub) -> None:
    page.size(390, 844)
    page.open(hub.about["console"])
    page.wait_for("document.querySelector('.agent') !== null")
    write(page, hub)
    page.run("document.getElementById('agent-text').focus()")
    page.type("Sale hoy")
    shot(page, "both-ways-narrow-agent")
    page.click('[data-key="agent-reply"]')
    page.click("#side-phone")
    page.wait_for("document.querySelector('.on-phone.tick-read') !== null")
    assert page.run("document.querySelector('.agent').offsetParent") is None
    shot(page, "both-ways-narrow-phone")
    assert page.run("document.documentElement.scrollWidth <= innerWidth")
    page.click("#side-told")
    page.wait_for("document.querySelector('.told').offsetParent !== null")
    assert page.complaints() == []


def test_a_deployed_hub_has_no_demonstration_tool(page: Any, canned: Any) -> None:
    page.open(f"{canned.url}/console/#token=token-of-an-operator")
    page.wait_for("document.body.innerText.includes('Search for a customer')")
    assert page.run("document.querySelector('.side').hidden")
    assert not [path for path in canned.asked if path.startswith(("/demo-tool", "/local/phones"))]
