"""An agent answers in the demo tool, and what a stand-in has delivered of it: over HTTP, in a whole hub."""

from __future__ import annotations

import json
import time
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from shared.connectors.standard_webhooks import keys_of, sign


def tell(hub: Any, webhook_id: str, kind: str, data: dict[str, Any], later_s: int = 0) -> int:
    """One signed webhook of the demo tool, of something that happened now or later. The status of the answer."""
    secret = json.loads((hub.data / "secrets.json").read_text())["demo"]
    now = int(time.time())
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + later_s))
    body = json.dumps({"type": kind, "timestamp": at, "data": data}).encode()
    headers = {
        "Content-Type": "application/json",
        "webhook-id": webhook_id,
        "webhook-timestamp": str(now),
        "webhook-signature": sign(keys_of(secret, "demo"), webhook_id, now, body),
    }
    status, _ = hub.ask("POST", "/connectors/demo/events", body, headers)
    return int(status)


def reply(hub: Any, case: str, name: str) -> None:
    """The agent answers in the tool, which tells the hub."""
    data = {"case_id": case, "external_id": name, "author": {"id": "u-3", "name": "Luis"}, "text": f"Respuesta {name}"}
    assert tell(hub, f"msg_{name}", "agent.reply", data) == 202


def case_of(hub: Any) -> str:
    """The first case that the tool was told of."""
    told = [event["body"]["data"] for event in hub.told()]
    return str(next(data["case"]["id"] for data in told if "case" in data))


def log_of(hub: Any, case: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = hub.look(f"/v1/cases/{case}?log=full")["interactions"]
    return found


def deliveries(hub: Any, case: str) -> dict[str, str | None]:
    """By text, what became of each answer."""
    return {one["text"]: one.get("delivery") for one in log_of(hub, case) if one.get("direction") == "outbound"}


def ask_stand_in(url: str, token: str, method: str, path: str, content: Any = None) -> Any:
    """What a stand-in says, as JSON."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=10)
    try:
        headers = {"Authorization": f"Bearer {token}"}
        connection.request(method, path, None if content is None else json.dumps(content), headers)
        answer = connection.getresponse()
        heard = answer.read()
        assert answer.status == 200, heard
        return json.loads(heard)
    finally:
        connection.close()
