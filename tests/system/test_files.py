"""A customer's photo, from their phone to the tool: once, whole, by a link that is good for nothing else."""

from __future__ import annotations

import hashlib
import http.client
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

Eventually = Callable[..., None]
PERSON = "593991234567"
PHOTO = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 300


def send_from_phone(hub: Any, content: bytes, mime_type: str, name: str = "") -> dict[str, Any]:
    """The phone's file goes to WhatsApp; what a message says of it."""
    connection = http.client.HTTPConnection(urlsplit(hub.access["whatsapp_stand_in"]).netloc, timeout=10)
    try:
        headers = {"Authorization": f"Bearer {hub.access['token']}", "Content-Type": mime_type}
        path = "/stand-in/media" + (f"?filename={quote(name)}" if name else "")
        connection.request("POST", path, content, headers)
        answer = connection.getresponse()
        assert answer.status == 200
        said: dict[str, Any] = json.loads(answer.read())
        return said
    finally:
        connection.close()


def write(hub: Any, message_id: str, kind: str, media: dict[str, Any]) -> None:
    message = {"from": PERSON, "id": message_id, "timestamp": str(int(time.time())), "type": kind, kind: media}
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"phone_number_id": hub.access["secrets"]["whatsapp"]["account"]},
        "contacts": [{"profile": {"name": "Ana Example"}, "wa_id": PERSON}],
        "messages": [message],
    }
    change = {"field": "messages", "value": value}
    delivery = {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}
    assert hub.post(json.dumps(delivery).encode()) == 200


def told_of(hub: Any, message_id: str) -> list[dict[str, Any]]:
    interactions = [one["body"]["data"].get("interaction", {}) for one in hub.told()]
    return [one for one in interactions if message_id in (one.get("message_id"), one.get("in_reply_to"))]


def test_a_photo_reaches_the_tool_as_a_link_to_the_same_bytes(running_hub: Any, eventually: Eventually) -> None:
    media = send_from_phone(running_hub, PHOTO, "image/png")
    write(running_hub, "wamid.photo", "image", {**media, "caption": "Mi medidor"})
    eventually(lambda: told_of(running_hub, "wamid.photo"))
    [told] = told_of(running_hub, "wamid.photo")
    [attachment] = told["attachments"]
    stored = attachment["stored"]
    assert (stored["state"], stored["mime_type"], stored["size"]) == ("fetched", "image/png", len(PHOTO))
    assert stored["sha256"] == hashlib.sha256(PHOTO).hexdigest()
    assert "key" not in stored
    link = stored["url"].removeprefix(running_hub.access["url"])
    assert running_hub.ask("GET", link) == (200, PHOTO)
    for changed in (link[:-1] + ("A" if link[-1] != "A" else "B"), link.replace("/0?", "/1?"), link.split("?")[0]):
        assert running_hub.ask("GET", changed)[0] == 404
    time.sleep(1.5)  # nothing more is told of it
    assert len(told_of(running_hub, "wamid.photo")) == 1


def test_what_may_harm_is_only_saved_and_what_is_gone_is_told_so(running_hub: Any, eventually: Eventually) -> None:
    page = b"<!DOCTYPE html><script>alert(1)</script>"
    media = send_from_phone(running_hub, page, "image/jpeg")
    write(running_hub, "wamid.page", "image", media)
    write(running_hub, "wamid.gone", "image", {"id": "404404", "mime_type": "image/jpeg"})
    eventually(lambda: told_of(running_hub, "wamid.page") and told_of(running_hub, "wamid.gone"))
    stored = told_of(running_hub, "wamid.page")[0]["attachments"][0]["stored"]
    assert (stored["state"], stored["dangerous"]) == ("fetched", "active_content")
    parts = urlsplit(stored["url"])
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    connection.request("GET", f"{parts.path}?{parts.query}")
    answer = connection.getresponse()
    assert answer.read() == page
    connection.close()
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert told_of(running_hub, "wamid.gone")[0]["attachments"][0]["stored"]["state"] == "gone"
