"""The console in a real browser."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.peers

TOKEN = "token-of-an-operator"
HOSTILE = '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script>'


def customer(number: int, name: str) -> dict[str, Any]:
    identity = {"kind": "phone", "value": f"+59399123456{number}", "level": "channel", "source": "whatsapp"}
    return {"id": f"c-{number}", "display_name": name, "identities": [identity], "fields": {}, "active_cases": []}


def case(number: int, state: str = "open", **more: Any) -> dict[str, Any]:
    one = {"id": f"k-{number}", "reference": f"K7QF-3M2X-{number}", "state": state, "brand": "acme"}
    return {**one, "customer": f"c-{number}", "channels": ["whatsapp"], "opened_at": "2026-11-22T10:00:00Z", **more}


def entry(sequence: int, text: str | None, **more: Any) -> dict[str, Any]:
    said = {"sequence": sequence, "kind": "message", "direction": "inbound", "author": {"type": "customer"}}
    said |= {"visibility": "public", "received_at": "2026-11-22T10:00:00Z", "channel": "whatsapp", "attachments": []}
    return {**said, **({"text": text} if text else {}), **more}


OURS = {"direction": "outbound", "author": {"type": "agent", "name": "Luis"}}
PEOPLE = ["Ana Ejemplo", "Beto Prueba", HOSTILE]
SAID = [
    entry(1, "Hola, mi pedido no llega"),
    entry(2, None, attachments=[{"kind": "image", "filename": "recibo.jpg"}]),
    entry(3, "Buenas tardes, Ana. Lo reviso ahora mismo.", delivery="read", **OURS),
    entry(4, "Pedir la guía al transporte", visibility="internal", **OURS),
    entry(5, HOSTILE, edited=True, reactions=[{"emoji": "👍", "author": {"type": "agent"}}]),
    entry(6, None, deleted=True),
]
LETTERS = [
    {"id": f"2026-11-22~intake~{number}", "origin": "intake", "queue": "inbound", "error": "Malformed",
     "reason": "`messages` is no list of objects", "trace_id": "t-1", "first_at": "2026-11-22T10:00:00Z",
     "last_at": "2026-11-22T10:00:00Z", "attempts": 1}
    for number in (1, 2)
]  # fmt: skip


@pytest.fixture
def hub(canned: Any) -> Any:
    """Three customers, one of whom calls herself a script."""
    remote = {"demo": {"id": "demo-1", "url": "javascript:alert(1)", "pushed": 5, "error": None}}
    canned.data["/local/activity"] = {
        "cases": [
            {"case": case(n, version=6), "customer": customer(n, name), "updated_at": f"2026-11-22T10:0{n}:00Z"}
            for n, name in enumerate(PEOPLE)
        ]
    }
    for number in range(3):
        canned.data[f"/v1/cases/k-{number}"] = {**case(number, version=6), "remote": remote, "interactions": SAID}
        canned.data[f"/v1/customers/c-{number}/timeline"] = {
            "customer": customer(number, PEOPLE[number]),
            "cases": [{**case(number, version=6), "remote": remote, "interactions": SAID}],
            "next": None,
        }
    canned.data["/v1/customers"] = {"customers": [customer(1, PEOPLE[1])]}
    canned.data["/demo-tool/events"] = {
        "events": [
            {"n": n, "webhook_id": f"msg_{n}", "received_at": "2026-11-22T10:00:00Z", "repeats": int(n == 2),
             "body": {"type": kind, "data": {"sequence": n, "case": {"id": "k-0"}}}}
            for n, kind in enumerate(["contact.created", "case.opened", "interaction.created"], 1)
        ]
    }  # fmt: skip
    canned.data["/local/phones"] = {"messages": []}
    canned.data["/v1/queues"] = {"queues": [{"name": "inbound", "waiting": 3, "in_flight": 1}]}
    canned.data["/v1/connectors"] = {
        "connectors": [{"name": "demo", "kind": "generic_webhook", "state": "open", "failures": 3, "reason": "503"}]
    }
    canned.data["/v1/dead-letters"] = {"dead_letters": LETTERS, "next": None}
    canned.data["/v1/dead-letters/redrive"] = {"redriven": 2, "refused": [], "more": False}
    return canned


def signed_in(page: Any, hub: Any) -> None:
    page.open(f"{hub.url}/console/#token={TOKEN}")
    page.wait_for("document.querySelectorAll('.row').length === 3")


def keep(page: Any, name: str) -> None:
    """A picture to look at, where HILO_SCREENSHOTS names a folder."""
    if folder := os.environ.get("HILO_SCREENSHOTS"):
        page.screenshot(Path(folder) / f"{name}.png")


def test_a_token_in_the_address_signs_in_and_leaves_it(page: Any, hub: Any) -> None:
    signed_in(page, hub)
    assert page.run("location.href") == f"{hub.url}/console/"
    assert page.complaints() == []


def test_without_a_token_the_page_asks_for_one_and_says_when_it_is_wrong(page: Any, hub: Any) -> None:
    page.open(f"{hub.url}/console/")
    page.wait_for("document.activeElement.id === 'token'")
    keep(page, "sign-in")
    page.type("wrong")
    page.press("Enter", 13)
    page.wait_for("document.querySelector('#problem')?.textContent === 'This token is not known.'")
    page.type(TOKEN)
    page.press("Enter", 13)
    page.wait_for("document.querySelectorAll('.row').length === 3")


def test_a_conversation_shows_what_was_said_and_what_the_tool_was_told(page: Any, hub: Any) -> None:
    signed_in(page, hub)
    page.click('[data-key="k-0"]')
    page.wait_for("document.querySelectorAll('.entry').length === 6")
    text = page.text()
    for shown in (
        "Ana Ejemplo",
        "K7QF-3M2X-0",
        "Hola, mi pedido no llega",
        "recibo.jpg",
        "Luis",
        "read",
        "internal note",
    ):
        assert shown in text
    assert page.run("document.querySelectorAll('.told-item').length") == 3
    assert "told up to 5 of 6" in text
    keep(page, "conversation")


def test_what_a_customer_wrote_is_text_and_never_markup(page: Any, hub: Any) -> None:
    signed_in(page, hub)
    page.click('[data-key="k-2"]')
    page.wait_for("document.querySelectorAll('.entry').length === 6")
    assert HOSTILE in page.text()
    assert page.run("window.hurt === undefined && document.querySelectorAll('img, main script').length === 0")
    assert page.run("document.querySelectorAll('a[href^=javascript]').length") == 0
    assert page.complaints() == []


def test_a_new_entry_appears_by_itself_and_the_focus_stays(page: Any, hub: Any) -> None:
    signed_in(page, hub)
    page.click('[data-key="k-0"]')
    page.wait_for("document.querySelectorAll('.entry').length === 6")
    page.run("document.querySelector('[data-key=\"k-1\"]').focus()")
    hub.data["/v1/cases/k-0"] = {**hub.data["/v1/cases/k-0"], "interactions": [*SAID, entry(7, "¿Siguen ahí?")]}
    first = hub.data["/local/activity"]["cases"][0]
    hub.data["/local/activity"]["cases"][0] = {**first, "case": {**first["case"], "version": 7, "state": "resolved"}}
    page.wait_for("document.querySelector('.thread').innerText.includes('¿Siguen ahí?')")
    page.wait_for("document.querySelector('.rows').innerText.includes('¿Siguen ahí?')")
    assert page.run("document.activeElement.dataset.key") == "k-1"


def test_the_newest_conversation_opens_by_itself_until_one_is_chosen(page: Any, hub: Any) -> None:
    signed_in(page, hub)
    page.wait_for("document.querySelector('[data-key=\"k-2\"]').getAttribute('aria-current') === 'true'")
    page.wait_for("document.querySelectorAll('.entry').length === 6")
    hub.data["/v1/cases/k-2"] = {**hub.data["/v1/cases/k-2"], "interactions": [*SAID, entry(7, "¿Siguen ahí?")]}
    page.wait_for("document.querySelector('.thread').innerText.includes('¿Siguen ahí?')")
    rows = hub.data["/local/activity"]["cases"]
    rows[1] = {**rows[1], "updated_at": "2026-11-22T10:05:00Z"}
    page.wait_for("document.querySelector('.case-head').innerText.includes('K7QF-3M2X-1')")
    keep(page, "newest")
    page.click('[data-key="k-0"]')
    rows[2] = {**rows[2], "updated_at": "2026-11-22T10:06:00Z"}
    page.wait_for("document.querySelector('.case-head').innerText.includes('K7QF-3M2X-0')")
    page.run("new Promise((done) => setTimeout(done, 2500))")
    assert "K7QF-3M2X-0" in page.run("document.querySelector('.case-head').innerText")
    assert page.complaints() == []


def test_who_reads_the_conversation_that_opened_by_itself_is_left_in_peace(page: Any, hub: Any) -> None:
    signed_in(page, hub)
    page.wait_for("document.querySelector('.case-head').innerText.includes('K7QF-3M2X-2')")
    page.click('[data-key="whole"]')
    page.run("document.querySelector('.thread').dispatchEvent(new WheelEvent('wheel', {bubbles: true}))")
    rows = hub.data["/local/activity"]["cases"]
    rows[0] = {**rows[0], "updated_at": "2026-11-22T10:05:00Z"}
    page.run("new Promise((done) => setTimeout(done, 2500))")
    assert "K7QF-3M2X-2" in page.run("document.querySelector('.case-head').innerText")


def test_what_the_tool_was_told_of_the_person_is_shown_with_the_conversation(page: Any, hub: Any) -> None:
    told = {"n": 4, "webhook_id": "msg_4", "received_at": "2026-11-22T10:00:00Z", "repeats": 0}
    for n, person in ((4, "c-2"), (5, "c-0")):
        body = {"type": "contact.updated", "data": {"customer": {"id": person}}}
        hub.data["/demo-tool/events"]["events"].append({**told, "n": n, "webhook_id": f"msg_{n}", "body": body})
    signed_in(page, hub)
    page.wait_for("document.querySelectorAll('.told-item').length === 1")
    page.click('[data-key="k-0"]')
    page.wait_for("document.querySelectorAll('.told-item').length === 4")


def test_dead_letters_are_shown_with_their_reason_and_sent_again(page: Any, hub: Any) -> None:
    signed_in(page, hub)
    page.click("#tab-operations")
    page.wait_for("document.querySelectorAll('.letter').length === 2")
    assert "`messages` is no list of objects" in page.text()
    page.wait_for("document.body.innerText.includes('failing, paused')")
    keep(page, "operations")
    page.click('[data-key="redrive-2026-11-22~intake~1"]')
    page.wait_for("document.body.innerText.includes('2 sent again')")
    assert hub.posted == [("/v1/dead-letters/redrive", {"ids": ["2026-11-22~intake~1"]})]


def test_a_deployed_hub_is_searched(page: Any, hub: Any) -> None:
    del hub.data["/local/activity"], hub.data["/demo-tool/events"]
    page.open(f"{hub.url}/console/#token={TOKEN}")
    page.wait_for("document.body.innerText.includes('Search for a customer')")
    page.run("document.querySelector('#search').focus()")
    page.type("099 123 4561")
    page.press("Enter", 13)
    page.wait_for("document.querySelectorAll('.row').length === 1")
    page.click('[data-key="k-1"]')
    page.wait_for("document.querySelectorAll('.entry').length === 6")
    assert "Beto Prueba" in page.text()
    assert page.run("document.querySelector('.side').hidden")
    keep(page, "deployed")


def test_the_page_reaches_everything_by_keyboard(page: Any, hub: Any) -> None:
    signed_in(page, hub)
    reached = set()
    for _ in range(14):
        page.press("Tab", 9)
        reached.add(page.run("document.activeElement.id || document.activeElement.dataset.key || ''"))
    assert {"tab-conversations", "tab-operations", "search", "k-0", "k-1", "k-2"} <= reached


def test_every_control_has_a_name(page: Any, hub: Any) -> None:
    signed_in(page, hub)
    page.click('[data-key="k-0"]')
    page.wait_for("document.querySelectorAll('.entry').length === 6")
    nameless = """[...document.querySelectorAll('button, input, a')].filter((one) =>
      !(one.innerText || one.textContent).trim() && !one.getAttribute('aria-label') && !one.labels?.length).length"""
    assert page.run(nameless) == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_what_is_behind_it(page: Any, hub: Any, scheme: str) -> None:
    page.size(1280, 800, scheme)
    signed_in(page, hub)
    page.click('[data-key="k-0"]')
    page.wait_for("document.querySelectorAll('.entry').length === 6")
    page.wait_for("document.getAnimations().length === 0")
    keep(page, f"conversation-{scheme}")
    weakest = page.run(CONTRAST)
    assert weakest["ratio"] >= 4.5, weakest


@pytest.mark.parametrize("page", ["es-EC"], indirect=True)
def test_the_page_speaks_spanish_to_whoever_does(page: Any, hub: Any) -> None:
    signed_in(page, hub)
    assert page.run("document.documentElement.lang") == "es"
    page.wait_for("document.body.innerText.includes('Conversaciones')")
    page.click("#tab-operations")
    page.wait_for("document.body.innerText.includes('Mensajes apartados')")
    page.wait_for("document.body.innerText.includes('con fallos, en pausa')")
    keep(page, "operations-es")


@pytest.mark.parametrize("page", ["es-EC"], indirect=True)
def test_the_page_fits_a_phone(page: Any, hub: Any) -> None:
    page.size(360, 740)
    signed_in(page, hub)
    page.run("new Promise((done) => setTimeout(done, 1500))")
    assert page.run("document.querySelector('.conversations').dataset.open") == "no"
    keep(page, "phone-list")
    page.click('[data-key="k-0"]')
    page.wait_for("document.querySelectorAll('.entry').length === 6")
    keep(page, "phone-conversation")
    assert page.run("document.documentElement.scrollWidth") <= 360
    page.click('[data-key="back"]')
    page.wait_for("document.querySelector('.list-pane').offsetHeight > 100")
    page.click("#tab-operations")
    page.wait_for("document.querySelectorAll('.letter').length === 2")
    assert page.run("document.documentElement.scrollWidth") <= 360
    keep(page, "phone-operations")


def test_a_tab_that_nobody_looks_at_asks_nothing(page: Any, hub: Any) -> None:
    signed_in(page, hub)
    page.run("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    page.run("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for("document.querySelector('.status').textContent === 'Paused'")
    page.run("new Promise((done) => setTimeout(done, 500))")
    asked = len(hub.asked)
    page.run("new Promise((done) => setTimeout(done, 2500))")
    assert len(hub.asked) == asked
    page.run("Object.defineProperty(document, 'hidden', {value: false, configurable: true})")
    page.run("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for("document.querySelector('.status').textContent === 'Live'")


# The least contrast of any text in view with what is behind it (WCAG 2.2, relative luminance).
CONTRAST = """(() => {
  const parse = (color) => {
    const numbers = color.match(/[\\d.]+/g).map(Number);
    return { rgb: numbers.slice(0, 3), alpha: numbers[3] ?? 1 };
  };
  const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  const light = (rgb) => {
    const [red, green, blue] = rgb.map((part) => linear(part / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const color = parse(getComputedStyle(one).backgroundColor);
      if (color.alpha === 1) return color.rgb;
    }
    return [255, 255, 255];
  };
  let weakest = { ratio: 99 };
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility()) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color).rgb), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < weakest.ratio) weakest = { ratio, text: element.textContent.slice(0, 40), element: element.className };
  }
  return weakest;
})()"""
