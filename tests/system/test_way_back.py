"""What a tool tells comes back into the case, in a whole hub."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Callable
from typing import Any

from tests.system.agents import case_of, log_of, tell

Eventually = Callable[..., None]


def test_an_agents_answer_comes_into_the_case_once_and_not_back_to_its_tool(
    running_hub: Any, eventually: Eventually
) -> None:
    running_hub.write("593991234567", "No enciende", "wamid.1")
    eventually(lambda: len(running_hub.told_texts()) == 1)
    case = case_of(running_hub)
    author = {"id": "u-3", "name": "Luis"}
    reply = {"case_id": case, "external_id": "note-5", "author": author, "text": "Ya sale"}
    assert tell(running_hub, "msg_1", "agent.reply", reply) == 202
    eventually(lambda: any(entry.get("text") == "Ya sale" for entry in log_of(running_hub, case)))
    assert tell(running_hub, "msg_1", "agent.reply", reply) == 200
    solved = {"case_id": case, "external_id": "7", "state": "solved"}
    assert tell(running_hub, "msg_2", "case.update", solved, later_s=1) == 202
    eventually(lambda: running_hub.look(f"/v1/cases/{case}")["state"] == "resolved")

    [answer] = [entry for entry in log_of(running_hub, case) if entry.get("text") == "Ya sale"]
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
