"""An agent answers in their tool and the customer gets one mail, in its thread, and their reply comes back to the case:
in a whole hub with a stand-in for SES."""

from __future__ import annotations

import json
import smtplib
import time
from collections.abc import Iterator
from email import message_from_string
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from tests.system.agents import ask_stand_in
from tests.system.embedded import RunningHub, eventually

HELP, ANA = "ayuda@acme.example.com", "ana@example.net"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[RunningHub]:
    made = RunningHub(tmp_path / "data")
    made.start()
    yield made
    made.stop()


def write(hub: RunningHub, name: str, text: str, to: str = HELP, **headers: str) -> None:
    lines = {"From": f"Ana Pérez <{ANA}>", "To": to, "Subject": "RV: Mi pedido", "Message-ID": f"<{name}>"}
    lines |= {field.replace("_", "-"): value for field, value in headers.items()}
    content = "".join(f"{field}: {value}\r\n" for field, value in lines.items()) + f"\r\n{text}\r\n"
    place = hub.about["smtp"]
    with smtplib.SMTP(place["host"], place["port"], timeout=20) as client:
        assert client.sendmail(ANA, [to], content.encode()) == {}


def said(hub: RunningHub) -> list[tuple[str, str]]:
    """Case and text of what the tool was told."""
    told = [one["body"]["data"]["interaction"] for one in hub.said()]
    return [(one["case_id"], one["text"]) for one in told]


def answer(hub: RunningHub, case: str, text: str) -> None:
    body = json.dumps({"case": case, "action": "reply", "text": text}).encode()
    status, heard = hub.ask("POST", "/demo-tool/agent", body, Authorization=f"Bearer {hub.about['token']}")
    assert status == 202, heard


def ses(hub: RunningHub, method: str, path: str, content: Any = None) -> Any:
    return ask_stand_in(hub.about["ses_stand_in"], hub.about["token"], method, path, content)


def mailbox(hub: RunningHub) -> list[Message]:
    found = ses(hub, "GET", f"/stand-in/delivered?person={ANA}")["delivered"]
    return [message_from_string(one["raw"]) for one in found]


def deliveries(hub: RunningHub, case: str) -> dict[str, str | None]:
    log = hub.get(f"/v1/cases/{case}?log=full")["interactions"]
    return {one["text"]: one.get("delivery") for one in log if one.get("direction") == "outbound"}


def begun(hub: RunningHub) -> str:
    write(hub, "a1@example.net", "No enciende", References="<a0@example.net>")
    eventually(lambda: said(hub), 20)
    [(case, _)] = said(hub)
    return case


def test_an_answer_goes_out_in_its_thread_and_the_reply_finds_the_case(hub: RunningHub) -> None:
    case = begun(hub)
    answer(hub, case, "¿Probó con otro cable?")
    eventually(lambda: deliveries(hub, case) == {"¿Probó con otro cable?": "delivered"}, 20)
    [mail] = mailbox(hub)
    assert (mail["to"], mail["subject"]) == (ANA, "Re: Mi pedido")
    assert (mail["in-reply-to"], mail["references"].split()) == (
        "<a1@example.net>",
        ["<a0@example.net>", "<a1@example.net>"],
    )
    reply_to = mail["reply-to"]
    assert reply_to.startswith("ayuda+")

    write(hub, "a2@example.net", "Sí, con tres", Subject="Otro asunto", In_Reply_To=mail["message-id"])
    eventually(lambda: (case, "Sí, con tres") in said(hub), 20)
    write(hub, "a3@example.net", "Y con otro", to=reply_to, Subject="Sin hilo")
    eventually(lambda: (case, "Y con otro") in said(hub), 20)
    write(hub, "a4@example.net", "Algo nuevo", Subject="Factura")
    eventually(lambda: "Algo nuevo" in [text for _, text in said(hub)], 20)
    assert (case, "Algo nuevo") not in said(hub), "what names nothing is a case of its own"

    shown = hub.get(f"/local/phones?person={ANA}")["messages"]
    assert [(one["kind"], one["text"].splitlines()[0]) for one in shown] == [("mail", "Re: Mi pedido")]
    assert hub.letters() == []


def test_an_answer_whose_confirmation_is_lost_is_settled_and_not_sent_twice(hub: RunningHub) -> None:
    case = begun(hub)
    ses(hub, "POST", "/stand-in/behaviour", {"loses": 1, "order": "reversed", "copies": 2})
    answer(hub, case, "uno")
    eventually(lambda: deliveries(hub, case).get("uno") == "delivered", 20)
    time.sleep(0.6)  # the clock looks in between
    assert len(mailbox(hub)) == 1
    write(hub, "a2@example.net", "Gracias a usted", Subject="Otro", In_Reply_To=mailbox(hub)[0]["message-id"])
    eventually(lambda: (case, "Gracias a usted") in said(hub), 20)


def test_an_address_that_is_no_more_is_told_and_gets_nothing_more(hub: RunningHub) -> None:
    case = begun(hub)
    ses(hub, "POST", "/stand-in/vanish", {"address": ANA})
    answer(hub, case, "uno")
    eventually(lambda: deliveries(hub, case).get("uno") == "failed", 20)

    def told() -> str:
        return json.dumps([one["body"] for one in hub.told()], ensure_ascii=False)

    eventually(lambda: "La respuesta volvió" in told(), 20)
    answer(hub, case, "dos")
    eventually(lambda: deliveries(hub, case).get("dos") == "failed", 20)
    eventually(lambda: "ya no llega nada" in told(), 20)
    assert mailbox(hub) == []
