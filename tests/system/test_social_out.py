"""An agent answers and the customer gets it on Messenger or Instagram, in a whole hub with a stand-in for Meta."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.system.agents import ask_stand_in, case_of, deliveries, log_of, reply

Eventually = Callable[..., None]
CHANNELS = pytest.mark.parametrize("channel", ["messenger", "instagram"])
AUTHOR = "6000000000000001"
IN_PRIVATE = {"messenger": f"9{AUTHOR}", "instagram": AUTHOR}
"""On a Page the stand-in knows a commenter by another id in private."""


class Meta:
    """What Meta does for one account of a hub."""

    def __init__(self, hub: Any, channel: str) -> None:
        self.hub, self.channel = hub, channel
        self.account = hub.access["secrets"][channel]["account"]
        self.key = hub.access["secrets"][channel]["app_secret"]

    def post(self, kind: str, item: dict[str, Any]) -> None:
        product = "page" if self.channel == "messenger" else "instagram"
        entry = {"id": self.account, "time": int(time.time() * 1000), kind: [item]}
        body = json.dumps({"object": product, "entry": [entry]}).encode()
        signed = hmac.new(self.key.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signed}"}
        status, _ = self.hub.ask("POST", f"/webhooks/{self.channel}", body, headers)
        assert status == 200

    def writes(self, person: str, mid: str, text: str) -> None:
        ends = {"sender": {"id": person}, "recipient": {"id": self.account}}
        self.post("messaging", {**ends, "timestamp": int(time.time() * 1000), "message": {"mid": mid, "text": text}})

    def comments(self, number: str, text: str) -> None:
        if self.channel == "messenger":
            value = {"item": "comment", "verb": "add", "comment_id": number, "post_id": "post", "parent_id": "post"}
            value |= {"from": {"id": AUTHOR, "name": "Ana"}, "message": text, "created_time": int(time.time())}  # type: ignore[dict-item]
            self.post("changes", {"field": "feed", "value": value})
            return
        said = {"id": number, "text": text, "from": {"id": AUTHOR, "username": "ana"}, "media": {"id": "post"}}
        self.post("changes", {"field": "comments", "value": said})


def social(hub: Any, method: str, path: str, content: Any = None) -> Any:
    return ask_stand_in(hub.access["social_stand_in"], hub.access["token"], method, path, content)


def got(hub: Any, person: str) -> list[str]:
    found = social(hub, "GET", f"/stand-in/delivered?person={person}")["delivered"]
    return [one["content"]["text"] for one in found]


def told_words(hub: Any) -> list[str]:
    """What the tool was told, as text."""
    return [json.dumps(event["body"], ensure_ascii=False) for event in hub.told()]


@CHANNELS
def test_an_answer_reaches_the_customer_once_whatever_becomes_of_its_confirmation(
    running_hub: Any, eventually: Eventually, channel: str
) -> None:
    person = "5000000000000001"
    Meta(running_hub, channel).writes(person, "m_1", "¿Tienen rojo?")
    eventually(lambda: running_hub.told_texts() == ["¿Tienen rojo?"])
    case = case_of(running_hub)
    reply(running_hub, case, "uno")
    eventually(lambda: deliveries(running_hub, case).get("Respuesta uno") == "read")
    social(running_hub, "POST", "/stand-in/behaviour", {"loses": 1, "copies": 2})
    reply(running_hub, case, "dos")
    eventually(lambda: deliveries(running_hub, case).get("Respuesta dos") == "read")
    social(running_hub, "POST", "/stand-in/behaviour", {"echo": "before"})
    reply(running_hub, case, "tres")
    eventually(lambda: deliveries(running_hub, case).get("Respuesta tres") == "read")
    assert got(running_hub, person) == ["Respuesta uno", "Respuesta dos", "Respuesta tres"], "each of them once"
    assert sorted(deliveries(running_hub, case)) == sorted(["Respuesta uno", "Respuesta dos", "Respuesta tres"]), (
        "no echo is an entry"
    )
    shown = running_hub.look(f"/local/phones?person={person}")["messages"]
    assert (shown[0]["text"], shown[0]["state"]) == ("Respuesta uno", "read")


@CHANNELS
def test_who_commented_is_answered_in_private_and_goes_on_there(
    running_hub: Any, eventually: Eventually, channel: str
) -> None:
    """One customer, one case, two threads."""
    meta, person = Meta(running_hub, channel), IN_PRIVATE[channel]
    meta.comments("900_901", "¿Precio?")
    eventually(lambda: running_hub.told_texts() == ["¿Precio?"])
    case = case_of(running_hub)
    reply(running_hub, case, "uno")
    eventually(lambda: got(running_hub, person) == ["Respuesta uno"])
    eventually(lambda: any("en privado" in text for text in told_words(running_hub)))
    reply(running_hub, case, "dos")
    eventually(lambda: any("una sola respuesta privada" in text for text in told_words(running_hub)))
    assert got(running_hub, person) == ["Respuesta uno"], "one for each comment"
    meta.writes(person, "m_1", "Gracias, ¿y el envío?")
    eventually(lambda: "Gracias, ¿y el envío?" in [one.get("text") for one in log_of(running_hub, case)])
    eventually(lambda: "Gracias, ¿y el envío?" in running_hub.told_texts())
    reply(running_hub, case, "tres")
    eventually(lambda: got(running_hub, person) == ["Respuesta uno", "Respuesta tres"])
    texts = [one.get("text") for one in log_of(running_hub, case) if one.get("direction") == "outbound"]
    assert texts.count("Respuesta uno") == 1
