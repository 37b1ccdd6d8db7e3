"""An agent answers in their tool and the customer gets it on WhatsApp, in a whole hub with a stand-in for Meta."""

from __future__ import annotations

import http.client
import json
import signal
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from shared.connectors.standard_webhooks import keys_of, sign

Eventually = Callable[..., None]
PERSON = "593991234567"


def reply(hub: Any, case: str, name: str) -> None:
    """The agent answers in the tool, which tells the hub."""
    secret = json.loads((hub.data / "secrets.json").read_text())["demo"]
    now = int(time.time())
    data = {"case_id": case, "external_id": name, "author": {"id": "u-3", "name": "Luis"}, "text": f"Respuesta {name}"}
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
    body = json.dumps({"type": "agent.reply", "timestamp": at, "data": data}).encode()
    headers = {
        "Content-Type": "application/json",
        "webhook-id": f"msg_{name}",
        "webhook-timestamp": str(now),
        "webhook-signature": sign(keys_of(secret, "demo"), f"msg_{name}", now, body),
    }
    status, _ = hub.ask("POST", "/connectors/demo/events", body, headers)
    assert status == 202


def ask_stand_in(hub: Any, method: str, path: str, content: Any = None) -> Any:
    connection = http.client.HTTPConnection(urlsplit(hub.access["whatsapp_stand_in"]).netloc, timeout=10)
    try:
        headers = {"Authorization": f"Bearer {hub.access['token']}"}
        connection.request(method, path, None if content is None else json.dumps(content), headers)
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        return json.loads(answer.read())
    finally:
        connection.close()


def got(hub: Any) -> list[str]:
    """What the customer reads on their phone."""
    found = ask_stand_in(hub, "GET", f"/stand-in/delivered?person={PERSON}")["delivered"]
    return [one["content"]["body"] for one in found]


def test_an_answer_reaches_the_customer_once_whatever_becomes_of_its_confirmation(
    hub_process: Any, eventually: Eventually
) -> None:
    hub_process.start()
    hub_process.write(PERSON, "No enciende", "wamid.1")
    eventually(lambda: len(hub_process.told_texts()) == 1)
    case = next(event["body"]["data"]["case"]["id"] for event in hub_process.told() if "case" in event["body"]["data"])

    def deliveries() -> dict[str, str | None]:
        log = hub_process.look(f"/v1/cases/{case}?log=full")["interactions"]
        return {entry["text"]: entry.get("delivery") for entry in log if entry.get("direction") == "outbound"}

    reply(hub_process, case, "uno")
    eventually(lambda: deliveries().get("Respuesta uno") == "read")
    assert got(hub_process) == ["Respuesta uno"]

    ask_stand_in(hub_process, "POST", "/stand-in/behaviour", {"loses": 1, "order": "reversed", "copies": 2})
    reply(hub_process, case, "dos")
    eventually(lambda: deliveries().get("Respuesta dos") == "read")
    assert got(hub_process) == ["Respuesta uno", "Respuesta dos"], "what was lost is settled, not sent again"

    hub_process.end(signal.SIGKILL)
    hub_process.start()
    reply(hub_process, case, "tres")
    eventually(lambda: deliveries().get("Respuesta tres") == "read")
    assert got(hub_process) == ["Respuesta tres"], "a restart closes no window; what was delivered before is forgotten"


def test_an_answer_to_one_who_cannot_be_reached_is_told_in_the_case(running_hub: Any, eventually: Eventually) -> None:
    running_hub.write(PERSON, "Hola", "wamid.1")
    eventually(lambda: len(running_hub.told_texts()) == 1)
    case = next(event["body"]["data"]["case"]["id"] for event in running_hub.told() if "case" in event["body"]["data"])
    ask_stand_in(running_hub, "POST", "/stand-in/behaviour", {"refuses": [131026]})
    reply(running_hub, case, "uno")

    def notices() -> list[Any]:
        told = [event["body"]["data"].get("interaction", {}) for event in running_hub.told()]
        return [one for one in told if "no se pudo entregar" in json.dumps(one, ensure_ascii=False)]

    eventually(notices)
    assert len(notices()) == 1, "the agent reads it in their tool, in the brand's language"

    def becomes() -> list[Any]:
        log = running_hub.look(f"/v1/cases/{case}?log=full")["interactions"]
        return [one.get("delivery") for one in log if one.get("text") == "Respuesta uno"]

    eventually(lambda: becomes() == ["failed"])
    assert got(running_hub) == []
