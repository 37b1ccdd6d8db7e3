"""What becomes of answers, and what staff type into WhatsApp itself, is seen in the tool."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from tests.system.agents import case_of, reply

Eventually = Callable[..., None]
PERSON = "593991234567"


def test_that_an_answer_was_read_is_told_without_its_words(running_hub: Any, eventually: Eventually) -> None:
    running_hub.write(PERSON, "Hola", "wamid.1")
    eventually(lambda: len(running_hub.told_texts()) == 1)
    reply(running_hub, case_of(running_hub), "uno")

    def shown() -> list[dict[str, Any]]:
        told = [event["body"] for event in running_hub.told() if event["body"]["type"] == "interaction.updated"]
        return [one["data"]["interaction"] for one in told if "delivery" in one["data"]["interaction"]]

    eventually(lambda: any(one["delivery"] == "read" for one in shown()))
    assert {one["message_ref"] for one in shown()} == {"uno"}
    assert not any("text" in one for one in shown())
    assert running_hub.told_texts() == ["Hola"]


def test_what_staff_type_in_whatsapps_own_app_is_in_the_case(running_hub: Any, eventually: Eventually) -> None:
    running_hub.write(PERSON, "Hola", "wamid.1")
    eventually(lambda: len(running_hub.told_texts()) == 1)
    echo = {
        "from": "15550100001",
        "to": PERSON,
        "id": "wamid.E1",
        "timestamp": str(int(time.time())),
        "type": "text",
        "text": {"body": "Le llamo ahora"},
    }
    account = running_hub.access["secrets"]["whatsapp"]["account"]
    metadata = {"display_phone_number": "15550100001", "phone_number_id": account}
    value = {"messaging_product": "whatsapp", "metadata": metadata, "message_echoes": [echo]}
    change = {"field": "smb_message_echoes", "value": value}
    whole = {"object": "whatsapp_business_account", "entry": [{"id": "100000000000001", "changes": [change]}]}
    assert running_hub.post(json.dumps(whole).encode()) == 200
    eventually(lambda: running_hub.told_texts() == ["Hola", "Le llamo ahora"])
    told = [event["body"]["data"] for event in running_hub.told() if "interaction" in event["body"]["data"]][-1]
    assert (told["interaction"]["direction"], told["interaction"]["author"]["type"]) == ("outbound", "agent")
    assert told["case"]["id"] == case_of(running_hub)
