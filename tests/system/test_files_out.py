"""An agent attaches a file in Request Tracker, and the customer has it: on WhatsApp and by e-mail, byte by byte."""

from __future__ import annotations

import json
import smtplib
import time
from collections.abc import Iterator
from email import message_from_string, policy
from email.message import EmailMessage
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.peers.dropping_proxy import DroppingProxy
from tests.system.embedded import RunningHub, delivery, eventually, message
from tests.system.fake_desk import FakeDesk
from tests.system.two_ways import CONFIG, PLACE, SECRET

HELP, ANA = "ayuda@acme.example.com", "ana@example.net"
PHONE = "593990000001"
PDF = b"%PDF-1.7\r\n" + bytes(range(256)) * 8000 + b"\r\n%%EOF"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000000100000001080600000"
    "01f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)
EMAIL = f'- {{channel: email, id: "{HELP}", brand: acme, trusts_local_mail: true}}\nconnectors:\n'


class Company:
    """RT, its agents, and a hub with its own stand-ins for WhatsApp and SES."""

    def __init__(self, folder: Path) -> None:
        self.desk = FakeDesk()
        self._proxy = DroppingProxy(self.desk.send, 0)
        config = folder / "hub.yaml"
        text = CONFIG.format(account="200000000000001", url=self._proxy.url, queue=PLACE, sweep_minutes=5)
        config.write_text(text.replace("connectors:\n", EMAIL), "utf-8")
        data = folder / "data"
        data.mkdir(mode=0o700)
        (data / "secrets.json").touch(mode=0o600)
        secret = {"token": self.desk.token(), "signing_secrets": [SECRET]}
        (data / "secrets.json").write_text(json.dumps({"soporte": secret}))
        self.hub = RunningHub(data, config)

    def start(self) -> None:
        self.hub.start()
        self.desk.tell(f"{self.hub.about['url']}/connectors/soporte/events", SECRET)

    def stop(self) -> None:
        self.desk.stop()
        self.hub.stop()
        self._proxy.stop()

    def ticket(self) -> str:
        """The newest one, once the hub has told it what was said."""
        return str(eventually(lambda: [one for one in self.desk.rt.tickets if self.desk.said(str(one))], 20)[-1])

    def says(self, ticket: str, kind: str, *parts: tuple[str, str, bytes]) -> None:
        self.desk._at_once(lambda: self.desk.rt.write(ticket, kind, *parts, by="agente1"))

    def stand_in(self, which: str, path: str) -> bytes:
        connection = HTTPConnection(urlsplit(self.hub.about[which]).netloc, timeout=10)
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {self.hub.about['token']}"})
            answer = connection.getresponse()
            assert answer.status == 200
            return answer.read()
        finally:
            connection.close()

    def on_the_phone(self) -> list[dict[str, Any]]:
        said = json.loads(self.stand_in("whatsapp_stand_in", f"/stand-in/delivered?person={PHONE}"))
        return list(said["delivered"])

    def in_the_mailbox(self) -> list[EmailMessage]:
        said = json.loads(self.stand_in("ses_stand_in", f"/stand-in/delivered?person={ANA}"))
        return [message_from_string(one["raw"], EmailMessage, policy=policy.SMTP) for one in said["delivered"]]

    def mails(self, text: str) -> None:
        mail = (
            f"From: Ana Pérez <{ANA}>\r\nTo: {HELP}\r\nSubject: Mi pedido\r\nMessage-ID: <a1@example.net>\r\n\r\n{text}"
        )
        place = self.hub.about["smtp"]
        with smtplib.SMTP(place["host"], place["port"], timeout=20) as client:
            assert client.sendmail(ANA, [HELP], mail.encode()) == {}


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    made = Company(tmp_path)
    made.start()
    yield made
    made.stop()


def text(said: str) -> tuple[str, str, bytes]:
    return "text/plain", "", said.encode()


def test_a_file_of_an_agent_reaches_the_phone_and_the_mailbox_and_nothing_internal_does(company: Company) -> None:
    now = {"timestamp": str(int(time.time()))}
    assert company.hub.deliver(delivery(message(1, 1, "Mándeme la factura") | now)) == 200
    ticket = company.ticket()
    company.says(ticket, "Comment", text("¿Esta es?"), ("application/pdf", "interna.pdf", b"%PDF-1.7 nuestra"))
    company.says(ticket, "Correspond", text("Aquí está"), ("application/pdf", "factura.pdf", PDF))
    [got] = eventually(company.on_the_phone, 20)
    assert (got["kind"], got["content"]["filename"], got["content"]["caption"]) == (
        "document",
        "factura.pdf",
        "Aquí está",
    )
    assert company.stand_in("whatsapp_stand_in", f"/stand-in/media/{got['content']['id']}") == PDF

    html = b'<p>Vea la foto <img src="cid:foto1"></p>'
    company.says(ticket, "Correspond", ("text/html", "", html), ("image/png", "", PIXEL))
    picture = eventually(lambda: company.on_the_phone()[1:], 20)[0]
    assert picture["kind"] == "image"
    assert company.stand_in("whatsapp_stand_in", f"/stand-in/media/{picture['content']['id']}") == PIXEL

    company.mails("Y por correo, por favor")
    eventually(lambda: company.ticket() != ticket, 20)
    company.says(company.ticket(), "Correspond", text("Aquí también"), ("application/pdf", "factura.pdf", PDF))
    [mail] = eventually(company.in_the_mailbox, 20)
    [file] = mail.iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("factura.pdf", PDF)

    time.sleep(1)  # the clock and RT's scrip have looked again
    assert len(company.on_the_phone()) == 2
    assert len(company.in_the_mailbox()) == 1
    answers = [one for one in company.desk.rt.transactions.values() if one.type == "Correspond" and len(one.parts) > 1]
    assert [one.creator for one in answers] == ["agente1"] * 3, "no file came back to RT as an answer"
    assert company.hub.letters() == []
