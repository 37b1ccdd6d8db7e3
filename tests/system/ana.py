"""Ana writes on WhatsApp and by mail, agents answer in their tool: the parts of one story, whichever tool it is."""

from __future__ import annotations

import hashlib
import smtplib
import subprocess
import sys
import time
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from local.stand_ins.ses.notices import Notices
from local.stand_ins.ses.provider import Provider
from local.stand_ins.ses.server import Server
from tests.system.embedded import ROOT, eventually
from tests.system.phones import LEASE_S, SOON_S, TOKEN, Phones, TwoWayHub

HELP, ANA = "ayuda@acme.example.com", "ana@example.net"
NUMBER = 77
PHONE = f"+59399000{NUMBER:04}"
PHOTO = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + bytes(range(256)) * 200 + b"\xff\xd9"
SOON = 40 + LEASE_S
"""Seconds. The lease of a worker that died, and what comes after."""

FETCH_S = 45
"""The time limit of a worker that fetches files, whose lease ends soon after. It wants 30 at least."""

FIRST = "No llega mi pedido 4821-77"
ALSO = "Les escribo también por aquí"
INVOICE = "Aquí la factura"
QUESTION = "¿Nos manda una foto de la caja?"
SHOWN = "Así llegó la caja"
NOTE = "Es la segunda vez, ojo"
AGAIN = "¿Y entonces?"
DONE = "Mañana le llega otro"
OTHER = "¿Tienen local en Cuenca?"
WORDS = (FIRST, ALSO, INVOICE, SHOWN, AGAIN, OTHER)
"""Hers, in order."""


class Desk(Protocol):
    """A tool and its agents. `case`: the hub's id."""

    def answer(self, case: str, text: str) -> None: ...

    def note(self, case: str, text: str) -> None: ...

    def said(self, case: str) -> list[str]:
        """What the hub told it that was said in public, in its order."""

    def photo(self, case: str) -> list[bytes]:
        """The files that somebody who works there can open in it."""


@dataclass
class Kills:
    """Where in the story the hub is killed."""

    after_250: bool = False
    while_fetching: bool = False
    while_sending: bool = False


class AnaHub(TwoWayHub):
    """`outside`: what comes after the arguments of a hub with WhatsApp outside it."""

    outside: tuple[str, ...] = ()

    def command(self) -> list[str]:
        where = [str(self.port), str(self.folder), str(self.config), str(self.clock_every), str(self._template)]
        return [sys.executable, "-m", "tests.system.ana_hub", *where, self._stand_in, TOKEN, *self.outside]


class There(Phones):
    """A hub with WhatsApp and SES outside its process, and Ana."""

    def __init__(self, folder: Path, config: Path, soon_s: int = SOON_S) -> None:
        super().__init__(folder, config, soon_s)
        self.spool = folder / "spool"
        self.spool.mkdir()
        self._notices = Notices(self._spooled)
        self.ses = Provider([HELP], self._notices, time.time)
        self._ses_server = Server(self.ses, lambda _: False)
        known = self.hub
        template = known._template.read_text("utf-8")
        known._template.write_text(template.replace("Timeout: 120", f"Timeout: {FETCH_S}"), "utf-8")
        self.hub = AnaHub(known.folder, known.config, known._template, known._stand_in)
        self.hub.outside = (self._ses_server.url, str(self.spool))
        self._texts = 0
        self._mails = 0

    def _spooled(self, said: str) -> None:
        file = self.spool / uuid4().hex
        file.write_text(said, "utf-8")
        file.rename(file.with_suffix(".json"))

    def start(self) -> None:
        self._ses_server.start()
        self._notices.start()
        super().start()

    def stop(self) -> None:
        super().stop()
        self._ses_server.stop()
        self._notices.stop()

    def kill_and_start(self) -> None:
        self.hub.kill()
        self.hub.start()

    # what Ana does

    def text(self, text: str) -> None:
        """On WhatsApp."""
        self._texts += 1
        self.write(NUMBER, self._texts, text)

    def mail(self, text: str, subject: str, to: str = HELP) -> None:
        self.post(self._headed(_plain(text), subject), to)

    def answer_from_phone(self, text: str, answered: EmailMessage) -> None:
        """As an iPhone does: a photo between two texts, its line below, the quote, and SES's id in References."""
        mail = EmailMessage()
        mail["Content-Type"] = "multipart/mixed; boundary=Apple-Mail-1"
        quoted = "".join(f"> {line}\r\n" for line in words_of(answered).splitlines())
        said = f"> El 22 nov 2026, a las 10:00, Ayuda <{HELP}> escribió:\r\n{quoted}"
        photo = EmailMessage()
        photo.set_content(PHOTO, "image", "jpeg", disposition="inline", filename="IMG_0417.jpeg")
        mail.set_payload([_plain(f"{text}\r\n"), photo, _plain(f"\r\n\r\nEnviado desde mi iPhone\r\n\r\n{said}")])
        mail["In-Reply-To"] = mail["References"] = answered["message-id"]
        mail["X-Mailer"] = "iPhone Mail (20H115)"
        self.post(self._headed(mail, f"Re: {answered['subject']}"))

    def _headed(self, mail: EmailMessage, subject: str) -> bytes:
        self._mails += 1
        mail["From"] = f"Ana Pérez <{ANA}>"
        mail["To"] = HELP
        mail["Subject"] = subject
        mail["Message-ID"] = f"<ana-{self._mails}@example.net>"
        mail["Date"] = formatdate(time.time(), localtime=False)
        return mail.as_bytes()

    def post(self, content: bytes, to: str = HELP) -> None:
        place = self.hub.about["smtp"]
        with smtplib.SMTP(place["host"], place["port"], timeout=20) as client:
            assert client.sendmail(ANA, [to], content) == {}

    # what reaches her

    def on_phone(self) -> list[str]:
        return [one.content["body"] for one in self.provider.delivered(PHONE[1:])]

    def mailbox(self) -> list[EmailMessage]:
        return [one.mail for one in self.ses.delivered(ANA)]

    # what the hub holds

    def customer(self, identity: str) -> str | None:
        found = self.hub.get(f"/v1/customers?identity={identity.replace('+', '%2B')}")["customers"]
        return str(found[0]["id"]) if found else None

    def cases(self) -> dict[str, list[str]]:
        """Of whoever has her phone or her address: the texts of each case, as they stand in its log."""
        customers = {self.customer(f"phone:{PHONE}"), self.customer(f"email:{ANA}")} - {None}
        found = [self.hub.get(f"/v1/customers/{one}/timeline?limit=100")["cases"] for one in customers]
        return {case["id"]: self.log(case["id"]) for several in found for case in several}

    def log(self, case: str) -> list[str]:
        entries = self.hub.get(f"/v1/cases/{case}?log=full&limit=100")["entries"]
        return [one["text"] for one in entries if one["kind"] == "message" and one.get("text")]

    def case_of(self, text: str) -> str:
        """The case that holds this, once one does."""
        found = eventually(lambda: [case for case, log in self.cases().items() if text in log], SOON)
        assert len(found) == 1, found
        return str(found[0])


def words_of(mail: EmailMessage) -> str:
    """What she reads of it."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def _plain(text: str) -> EmailMessage:
    part = EmailMessage()
    part.set_content(text, charset="utf-8")
    return part


def command(there: There, *words: str) -> None:
    hilo = [sys.executable, "-c", "from cli.main import main; main()", *words, "--data", str(there.hub.folder)]
    done = subprocess.run(hilo, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def tell(there: There, desk: Desk, kills: Kills) -> str:
    """The story to its end. Her first case."""
    case = _becomes_one(there, kills)
    there.mail(INVOICE, "Pedido 4821-77")
    assert there.case_of(INVOICE) == case, "the order's number joins across channels"
    eventually(lambda: INVOICE in desk.said(case), SOON)
    _is_asked(there, desk, case, kills)
    _answers_from_her_phone(there, desk, case, kills)
    desk.note(case, NOTE)
    eventually(lambda: NOTE in there.log(case), SOON)
    there.text(AGAIN)
    assert there.case_of(AGAIN) == case
    eventually(lambda: AGAIN in desk.said(case), SOON)
    desk.answer(case, DONE)
    eventually(lambda: DONE in there.on_phone(), SOON)
    there.mail(OTHER, "Otra cosa")
    assert there.case_of(OTHER) not in (case, there.case_of(ALSO)), "what names nothing is a case of its own"
    eventually(lambda: desk.said(there.case_of(OTHER)) == [OTHER], SOON)
    return case


def _becomes_one(there: There, kills: Kills) -> str:
    """She is two until staff say that the address is hers."""
    there.text(FIRST)
    case = there.case_of(FIRST)
    there.mail(ALSO, "Hola")
    if kills.after_250:
        there.kill_and_start()
    assert there.case_of(ALSO) != case
    two = [there.customer(f"phone:{PHONE}"), there.customer(f"email:{ANA}")]
    assert None not in two
    assert len(set(two)) == 2
    command(there, "customer", "merge", *map(str, two), "--reason", "dio su correo por WhatsApp", "--by", "Eva")
    assert there.customer(f"phone:{PHONE}") == there.customer(f"email:{ANA}")
    return case


def _is_asked(there: There, desk: Desk, case: str, kills: Kills) -> None:
    if kills.while_sending:
        there.ses.behave({"answers_after_s": 5.0})
    desk.answer(case, QUESTION)
    eventually(there.mailbox, SOON)
    if kills.while_sending:
        there.kill_and_start()
        there.ses.behave({"answers_after_s": 0.0})
    eventually(lambda: _delivery(there, case, QUESTION) == "delivered", SOON)
    [mail] = there.mailbox()
    assert (mail["to"], mail["in-reply-to"]) == (ANA, "<ana-2@example.net>")
    assert QUESTION in words_of(mail)
    assert there.on_phone() == []


def _delivery(there: There, case: str, text: str) -> str | None:
    log = there.hub.get(f"/v1/cases/{case}?log=full&limit=100")["interactions"]
    return next((one.get("delivery") for one in log if one.get("text") == text), None)


def _answers_from_her_phone(there: There, desk: Desk, case: str, kills: Kills) -> None:
    hang = there.spool / "hang"
    if kills.while_fetching:
        hang.touch()
    there.answer_from_phone(SHOWN, there.mailbox()[0])
    if kills.while_fetching:
        eventually((there.spool / "hanging").exists, SOON)
        there.hub.kill()
        hang.unlink()
        there.hub.start()
    assert there.case_of(SHOWN) == case, "SES's own id finds the case"
    eventually(lambda: SHOWN in desk.said(case), 70 + SOON)
    eventually(lambda: desk.photo(case), SOON)
    assert [_sum(one) for one in desk.photo(case)] == [_sum(PHOTO)]


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def check(there: There, desk: Desk, case: str) -> None:
    """Once it is over: one customer, three cases, everything once, nothing to whom it is not for."""
    time.sleep(2)  # an echo would come by now
    assert there.log(case) == [FIRST, INVOICE, QUESTION, SHOWN, NOTE, AGAIN, DONE]
    assert sorted(map(len, there.cases().values())) == [1, 1, 7]
    assert desk.said(case) == [FIRST, INVOICE, SHOWN, AGAIN], "each thing once, and no echo"
    assert there.on_phone() == [DONE]
    [mail] = there.mailbox()
    assert NOTE not in str(mail)
    assert there.hub.letters() == []
