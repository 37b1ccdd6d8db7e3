"""Today's figures on the page, in a real browser: of a hub that played the demonstration, and where they are not."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.test_console import CONTRAST
from tests.system.embedded import RunningHub, eventually

pytestmark = pytest.mark.peers

NAMES = ("contacts_offered", "frt_human_calendar", "sla_first_response", "csat")


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[RunningHub]:
    hub = RunningHub(tmp_path / "data").start()
    yield hub
    hub.stop()


def keep(page: Any, name: str) -> None:
    """A picture to look at, where HILO_SCREENSHOTS names a folder."""
    if folder := os.environ.get("HILO_SCREENSHOTS"):
        page.screenshot(Path(folder) / f"{name}.png")


def play(hub: RunningHub) -> None:
    """The demonstration, until all five who write are counted and the one resolved case is."""
    bearer = {"Authorization": f"Bearer {hub.about['token']}"}
    assert hub.ask("POST", "/local/scenario", json.dumps({"speed": 20}).encode(), **bearer)[0] == 202

    def counted() -> bool:
        total = hub.get("/v1/kpis?figure=contacts_offered,cases_resolved")["total"]["figures"]
        return (total["contacts_offered"]["value"], total["cases_resolved"]["value"]) == (5, 1)

    eventually(counted, 40)


def cells(page: Any, name: str) -> list[str]:
    script = f"[...document.querySelectorAll('[data-figure={name}] td')].map((one) => one.innerText)"
    return list(page.run(script))


@pytest.mark.parametrize("page", ["es-EC"], indirect=True)
def test_a_manager_sees_todays_figures_after_the_demonstration(page: Any, hub: RunningHub) -> None:
    page.open(hub.about["console"])
    page.click("#tab-figures")
    page.wait_for("document.body.innerText.includes('Hoy todavía no hay cifras')")
    play(hub)
    page.wait_for("document.querySelector('[data-figure=cases_resolved] td')?.innerText === '1'", 20)
    heads = page.run("[...document.querySelectorAll('.figures thead th')].map((one) => one.innerText)")
    assert heads == ["Cifra", "Todos", "Correo", "Instagram", "WhatsApp"]
    assert cells(page, "contacts_offered") == ["5", "1", "1", "3"]
    assert cells(page, "sla_first_response") == ["100 % n 5", "100 % n 1", "100 % n 1", "100 % n 3"]
    assert [one.split(" n ")[1] for one in cells(page, "frt_human_calendar")] == ["5", "1", "1", "3"]
    assert cells(page, "csat") == ["–"] * 4, "nobody answered: no data is neither 0 nor 100"
    page.click(".meanings summary")
    page.wait_for("document.body.innerText.includes('un contacto iniciado por un cliente')")
    for scheme in ("light", "dark"):
        page.size(1280, 800, scheme)
        keep(page, f"figures-{scheme}")
        found = page.run(CONTRAST)
        assert found["ratio"] >= 4.5, found
    page.size(360, 740)
    assert page.run("document.documentElement.scrollWidth") <= 360
    keep(page, "figures-phone")
    assert page.complaints() == []


def test_a_token_that_may_not_see_figures_is_told_so(page: Any, canned: Any) -> None:
    canned.refused = {"/v1/kpis": 403}
    page.open(f"{canned.url}/console/#token=token-of-an-operator")
    page.click("#tab-figures")
    page.wait_for("document.body.innerText.includes('This token may not see this part.')")
    assert page.complaints() == []


def test_what_is_provisional_hidden_or_of_few_answers_says_so(page: Any, canned: Any) -> None:
    plain = {"numerator": 1, "denominator": 1, "greyed": False, "hidden": False, "mature": None}
    shown = {
        "contacts_offered": {**plain, "value": 1204, "unit": "count", "n": 1204},
        "frt_human_calendar": {**plain, "value": 3725.4, "unit": "seconds", "n": 12, "denominator": 12},
        "fcr": {**plain, "value": 66.7, "unit": "percent", "n": 6, "denominator": 6, "mature": False},
        "csat": {**plain, "value": 100.0, "unit": "percent", "n": 2, "denominator": 2, "greyed": True},
        "surveys_sent": {**plain, "value": None, "unit": "count", "n": None, "hidden": True},
        "reopen_rate": {**plain, "value": None, "unit": "percent", "n": 0, "denominator": 0, "mature": False},
    }
    group = {"by": {"day": "2026-11-22", "channel": "whatsapp"}, "figures": shown}
    before = {"by": {"day": "2026-11-21", "channel": "voice"}, "figures": shown}
    definitions = dict.fromkeys(shown, '<img src=x onerror="window.hurt=1">')
    canned.data["/v1/kpis"] = {"to": "2026-11-22", "groups": [before, group], "definitions": definitions}
    page.open(f"{canned.url}/console/#token=token-of-an-operator")
    page.click("#tab-figures")
    page.wait_for("document.querySelectorAll('[data-figure]').length === 6")
    assert "Sunday" in page.text()
    assert cells(page, "contacts_offered") == ["1,204", "1,204"], "today alone, in all and by channel"
    assert cells(page, "frt_human_calendar")[0] == "1 h 2 min n 12"
    assert cells(page, "fcr")[0].split("\n") == ["66.7 % n 6", "provisional"]
    assert cells(page, "csat")[0].split("\n") == ["100 % n 2", "few answers"]
    assert (cells(page, "surveys_sent")[0], cells(page, "reopen_rate")[0]) == ("n < 5", "–")
    assert page.run("window.hurt === undefined && document.querySelectorAll('main img').length === 0")
