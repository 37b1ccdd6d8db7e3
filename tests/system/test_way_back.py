"""What a tool tells comes back into the case, in a whole hub."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from collections.abc import Callable
from typing import Any

from shared.connectors.standard_webhooks import keys_of, sign

Eventually = Callable[..., None]


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


def test_an_agents_answer_comes_into_the_case_once_and_not_back_to_its_tool(
    running_hub: Any, eventually: Eventually
) -> None:
    running_hub.write("593991234567", "No enciende", "wamid.1")
    eventually(lambda: len(running_hub.told_texts()) == 1)
    case = next(event["body"]["data"]["case"]["id"] for event in running_hub.told() if "case" in event["body"]["data"])

    def log() -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = running_hub.look(f"/v1/cases/{case}?log=full")["interactions"]
        return entries

    author = {"id": "u-3", "name": "Luis"}
    reply = {"case_id": case, "external_id": "note-5", "author": author, "text": "Ya sale"}
    assert tell(running_hub, "msg_1", "agent.reply", reply) == 202
    eventually(lambda: any(entry.get("text") == "Ya sale" for entry in log()))
    assert tell(running_hub, "msg_1", "agent.reply", reply) == 200
    solved = {"case_id": case, "external_id": "7", "state": "solved"}
    assert tell(running_hub, "msg_2", "case.update", solved, later_s=1) == 202
    eventually(lambda: running_hub.look(f"/v1/cases/{case}")["state"] == "resolved")

    [answer] = [entry for entry in log() if entry.get("text") == "Ya sale"]
    assert (answer["author"], answer["direction"], answer["channel"]) == (
        {"type": "agent", "id": "u-3", "name": "Luis"},
        "outbound",
        "demo",
    )
    running_hub.write("593991234567", "¿Cuándo?", "wamid.2")
    eventually(lambda: "¿Cuándo?" in running_hub.told_texts())
    assert "Ya sale" not in running_hub.told_texts()
    assert tell(running_hub, "msg_3", "agent.reply", {**reply, "case_id": "unknown"}) == 404
    unsigned = {
        "webhook-id": "m",
        "webhook-timestamp": str(int(time.time())),
        "webhook-signature": "v1," + b64encode(b"0" * 32).decode(),
    }
    assert running_hub.ask("POST", "/connectors/demo/events", b"{}", unsigned)[0] == 401
