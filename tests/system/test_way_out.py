"""An agent answers in their tool and the customer gets it on WhatsApp, in a whole hub with a stand-in for Meta."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from typing import Any

from tests.system.agents import ask_stand_in, case_of, deliveries, reply

Eventually = Callable[..., None]
PERSON = "593991234567"


def whatsapp(hub: Any, method: str, path: str, content: Any = None) -> Any:
    return ask_stand_in(hub.access["whatsapp_stand_in"], hub.access["token"], method, path, content)


def got(hub: Any) -> list[str]:
    """What the customer reads on their phone."""
    found = whatsapp(hub, "GET", f"/stand-in/delivered?person={PERSON}")["delivered"]
    return [one["content"]["body"] for one in found]


def test_an_answer_reaches_the_customer_once_whatever_becomes_of_its_confirmation(
    hub_process: Any, eventually: Eventually
) -> None:
    hub_process.start()
    hub_process.write(PERSON, "No enciende", "wamid.1")
    eventually(lambda: len(hub_process.told_texts()) == 1)
    case = case_of(hub_process)
    reply(hub_process, case, "uno")
    eventually(lambda: deliveries(hub_process, case).get("Respuesta uno") == "read")
    assert got(hub_process) == ["Respuesta uno"]

    whatsapp(hub_process, "POST", "/stand-in/behaviour", {"loses": 1, "order": "reversed", "copies": 2})
    reply(hub_process, case, "dos")
    eventually(lambda: deliveries(hub_process, case).get("Respuesta dos") == "read")
    assert got(hub_process) == ["Respuesta uno", "Respuesta dos"], "what was lost is settled, not sent again"

    hub_process.end(signal.SIGKILL)
    hub_process.start()
    reply(hub_process, case, "tres")
    eventually(lambda: deliveries(hub_process, case).get("Respuesta tres") == "read")
    assert got(hub_process) == ["Respuesta tres"], "a restart closes no window; what was delivered before is forgotten"


def test_an_answer_to_one_who_cannot_be_reached_is_told_in_the_case(running_hub: Any, eventually: Eventually) -> None:
    running_hub.write(PERSON, "Hola", "wamid.1")
    eventually(lambda: len(running_hub.told_texts()) == 1)
    case = case_of(running_hub)
    whatsapp(running_hub, "POST", "/stand-in/behaviour", {"refuses": [131026]})
    reply(running_hub, case, "uno")

    def notices() -> list[Any]:
        told = [event["body"]["data"].get("interaction", {}) for event in running_hub.told()]
        return [one for one in told if "no se pudo entregar" in json.dumps(one, ensure_ascii=False)]

    eventually(notices)
    assert len(notices()) == 1, "the agent reads it in their tool, in the brand's language"
    eventually(lambda: deliveries(running_hub, case) == {"Respuesta uno": "failed"})
    assert got(running_hub) == []
