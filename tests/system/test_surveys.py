"""A resolved case leads to a survey in a whole hub: tapped on WhatsApp, answered on the page that a mail leads to."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from email import message_from_string
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from tests.system.embedded import ROOT, RunningHub, eventually
from tests.system.test_mail_out import ANA, ses, write

PERSON = "593990000007"
NUMBER = "200000000000001"


def zone_of_noon() -> str:
    """Where it is about noon now: nobody is asked at night."""
    ahead = 12 - time.gmtime().tm_hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[RunningHub]:
    text = (ROOT / "config" / "demo.yaml").read_text().replace("America/Guayaquil", zone_of_noon())
    config = tmp_path / "hub.yaml"
    config.write_text(text.replace("after: PT10S", "after: PT1S"))
    made = RunningHub(tmp_path / "data", config)
    made.start()
    yield made
    made.stop()


def resolve(hub: RunningHub, case: str) -> None:
    time.sleep(1.1)  # providers' clocks have whole seconds: at the same one the customer's words would count for more
    body = json.dumps({"case": case, "action": "resolve"}).encode()
    status, heard = hub.ask("POST", "/demo-tool/agent", body, Authorization=f"Bearer {hub.about['token']}")
    assert status == 202, heard


def shown(hub: RunningHub, case: str) -> dict[str, Any]:
    found: dict[str, Any] = hub.get(f"/v1/cases/{case}?log=full")
    return found


def surveys(hub: RunningHub, case: str) -> list[dict[str, Any]]:
    return [one for one in shown(hub, case)["entries"] if one["kind"] == "survey"]


def case_of(hub: RunningHub) -> str:
    eventually(hub.said, 20)
    return str(hub.said()[0]["body"]["data"]["case"]["id"])


def phone(hub: RunningHub) -> list[Any]:
    connection = HTTPConnection(urlsplit(hub.about["whatsapp_stand_in"]).netloc, timeout=10)
    try:
        headers = {"Authorization": f"Bearer {hub.about['token']}"}
        connection.request("GET", f"/stand-in/delivered?person={PERSON}", headers=headers)
        found: list[Any] = json.loads(connection.getresponse().read())["delivered"]
        return found
    finally:
        connection.close()


def delivery(**said: Any) -> dict[str, Any]:
    sender = {"from": PERSON, "timestamp": str(int(time.time())), **said}
    contacts = [{"wa_id": PERSON, "profile": {"name": "Ana"}}]
    value = {"metadata": {"phone_number_id": NUMBER}, "contacts": contacts, "messages": [sender]}
    entry = [{"id": "1", "changes": [{"field": "messages", "value": {"messaging_product": "whatsapp", **value}}]}]
    return {"object": "whatsapp_business_account", "entry": entry}


def test_a_tap_is_recorded_and_the_case_stays_resolved(hub: RunningHub) -> None:
    assert hub.deliver(delivery(id="wamid.q1", type="text", text={"body": "No me llega"})) == 200
    case = case_of(hub)
    resolve(hub, case)
    [asked] = eventually(lambda: [one for one in phone(hub) if one["kind"] == "interactive"], 20)
    rows = asked["content"]["action"]["sections"][0]["rows"]
    assert [row["title"] for row in rows] == ["5 · Muy bien", "4 · Bien", "3 · Regular", "2 · Mal", "1 · Muy mal"]

    reply = {"type": "list_reply", "list_reply": {"id": rows[1]["id"], "title": rows[1]["title"]}}
    tap = delivery(id="wamid.q2", type="interactive", interactive=reply)
    assert [hub.deliver(tap), hub.deliver(tap)] == [200, 200]
    eventually(lambda: len(surveys(hub, case)) == 2, 20)
    answer = surveys(hub, case)[1]
    assert (answer["survey"]["value"], answer["author"]["type"]) == (4, "customer")
    assert (shown(hub, case)["state"], shown(hub, case)["survey"]["result"]) == ("resolved", "asked")

    def told() -> list[str]:
        return [one["body"]["data"]["interaction"]["kind"] for one in hub.said()]

    eventually(lambda: told().count("survey") == 2, 20)
    token = rows[1]["id"].split(":")[1]
    assert token not in json.dumps([one["body"] for one in hub.told()]), "who has it could answer in her place"
    assert hub.letters() == []
    assert len(hub.timeline(f"+{PERSON}")["cases"]) == 1


def test_a_mail_leads_to_the_page(hub: RunningHub) -> None:
    write(hub, "s1@example.net", "No enciende")
    case = case_of(hub)
    resolve(hub, case)

    def mails() -> list[str]:
        found = ses(hub, "GET", f"/stand-in/delivered?person={ANA}")["delivered"]
        parsed = [message_from_string(one["raw"]) for one in found]
        return [str(one.get_payload(0).get_payload(decode=True).decode()) for one in parsed]  # type: ignore[union-attr]

    [text] = eventually(mails, 20)
    found = re.search(r"http://\S+(/s/[a-z2-7]+)", text)
    assert found
    path = found.group(1)
    status, page = hub.ask("GET", path)
    assert (status, page.count(b'type="radio"'), b"Ana" in page) == (200, 5, False)
    assert len(surveys(hub, case)) == 1, "looking records nothing"

    once = re.search(rb'name="once" value="([^"]+)"', page)
    assert once
    body = urlencode({"answer": "2", "comment": "Llegó rota", "once": once.group(1).decode()}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    for _ in range(2):
        status, thanks = hub.ask("POST", path, body, **headers)
        assert (status, b"Gracias" in thanks) == (200, True)
    answers = surveys(hub, case)[1:]
    assert [(one["survey"]["value"], one["text"]) for one in answers] == [(2, "Llegó rota")]
    assert shown(hub, case)["state"] == "resolved"
    assert hub.ask("POST", path[:-1] + ("a" if path[-1] != "a" else "b"), body, **headers)[0] == 404
    assert hub.ask("POST", f"{path}/stop", b"List-Unsubscribe=One-Click", **headers)[0] == 200
    assert hub.letters() == []
