"""Mail, Messenger and Instagram on the page: subjects of any length, HTML as words, photos as links, mail out."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import smtplib
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.system.embedded import RunningHub

pytestmark = pytest.mark.peers

HELP = "ayuda@acme.example.com"
PHOTO = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(200)
SUBJECT = "Pedido" + "-4821" * 60
HARM = "<b>negrita</b><img src=x onerror=\"document.title='dañado'\"><script>document.title='dañado'</script>"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[RunningHub]:
    hub = RunningHub(tmp_path / "data").start()
    yield hub
    hub.stop()


def shot(page: Any, name: str) -> None:
    if folder := os.environ.get("HILO_SCREENSHOTS"):
        page.screenshot(Path(folder) / f"{name}.png")


def mail(hub: RunningHub, subject: str, text: str, html: str | None = None, photo: bytes | None = None) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Ana Pérez <ana@example.net>", HELP, subject
    message["Message-ID"] = f"<{hashlib.sha256(text.encode()).hexdigest()[:12]}@example.net>"
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    if photo:
        message.add_attachment(photo, "image", "png", filename="caja.png")
    place = hub.about["smtp"]
    with smtplib.SMTP(place["host"], place["port"], timeout=20) as client:
        client.send_message(message)


def social(hub: RunningHub, channel: str, text: str) -> None:
    secret = hub.about["secrets"][channel]
    item = {
        "sender": {"id": "5000000000000001"},
        "recipient": {"id": secret["account"]},
        "timestamp": int(time.time() * 1000),
        "message": {"mid": f"m_{channel}", "text": text},
    }
    product = "page" if channel == "messenger" else "instagram"
    body = json.dumps({"object": product, "entry": [{"id": secret["account"], "messaging": [item]}]}).encode()
    signed = hmac.new(secret["app_secret"].encode(), body, hashlib.sha256).hexdigest()
    status, _ = hub.ask("POST", f"/webhooks/{channel}", body, **{"X-Hub-Signature-256": f"sha256={signed}"})
    assert status == 200


@pytest.mark.parametrize("page", ["es"], indirect=True)
def test_every_channel_is_shown_and_nothing_is_interpreted(page: Any, hub: RunningHub) -> None:
    social(hub, "messenger", "¿Tienen rojo?")
    social(hub, "instagram", HARM)
    mail(hub, SUBJECT, f"Así llegó {HARM}", f"<p>Así llegó {HARM}</p>", PHOTO)
    page.open(hub.about["console"])
    page.wait_for("document.querySelectorAll('.row').length === 3")
    names = "[...document.querySelectorAll('.row-foot')].map(one => one.innerText).join(' ')"
    assert all(name in page.run(names) for name in ("messenger", "instagram", "email"))
    page.run("[...document.querySelectorAll('.row')].find(one => one.innerText.includes('instagram')).click()")
    page.wait_for("document.querySelector('.bubble')?.innerText.includes('<script>')")
    page.run("[...document.querySelectorAll('.row')].find(one => one.innerText.includes('email')).click()")
    page.wait_for("document.querySelector('.bubble .parts a') !== null")
    shot(page, "channels")
    assert page.run("document.querySelector('.bubble .subject').innerText") == SUBJECT
    assert page.run("document.documentElement.scrollWidth <= innerWidth")
    assert page.run("document.querySelector('.bubble').scrollWidth <= document.querySelector('.bubble').clientWidth")
    assert page.run("document.querySelectorAll('.bubble img, .bubble script, .bubble b').length") == 0
    assert "dañado" not in page.run("document.title")
    link = page.run("document.querySelector('.bubble .parts a').href").removeprefix(hub.about["url"])
    assert hub.ask("GET", link) == (200, PHOTO)
    assert page.complaints() == []


@pytest.mark.parametrize("page", ["es"], indirect=True)
@pytest.mark.parametrize("channel", ["messenger", "instagram"])
def test_what_an_agent_answers_is_seen_on_the_persons_phone(page: Any, hub: RunningHub, channel: str) -> None:
    social(hub, channel, "¿Tienen rojo?")
    page.open(hub.about["console"])
    page.wait_for("document.querySelectorAll('.row').length === 1")
    page.click(".row")
    page.wait_for("document.querySelector('.entry') !== null && !document.getElementById('agent-text').disabled")
    page.run("document.getElementById('agent-text').focus()")
    page.type("Quedan dos")
    page.click('[data-key="agent-reply"]')
    page.wait_for("document.querySelector('.on-phone')?.innerText.includes('Quedan dos')")
    assert page.run("document.querySelectorAll('.on-phone').length") == 1
    assert page.complaints() == []


@pytest.mark.parametrize("page", ["es"], indirect=True)
def test_mail_goes_both_ways(page: Any, hub: RunningHub) -> None:
    mail(hub, "Pedido", "¿Cuándo llega?")
    page.open(hub.about["console"])
    page.wait_for("document.querySelectorAll('.row').length === 1")
    page.click(".row")
    page.wait_for("document.querySelector('.entry') !== null && !document.getElementById('agent-text').disabled")
    page.run("document.getElementById('agent-text').focus()")
    page.type("Sale hoy mismo")
    page.click('[data-key="agent-reply"]')
    page.wait_for("document.querySelector('.on-phone')?.innerText.includes('Sale hoy mismo')")
    page.wait_for("[...document.querySelectorAll('.entry.ours')].some(one => one.innerText.includes('entregado'))")
    shot(page, "mail-both-ways")
    assert page.run("document.querySelectorAll('.on-phone').length") == 1
    assert page.complaints() == []
