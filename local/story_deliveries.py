"""What each provider delivers when a step of a story happens; ids and times are made anew each time it is played.

Sources: WhatsApp's webhooks `messages` and `smb_message_echoes`; Instagram's webhook `messages`; RFC 5322.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from email.utils import formataddr, formatdate
from functools import partial
from mimetypes import guess_type
from typing import Any, Final, TypeAlias

from local.deliveries import Person, message_delivery
from local.story import WHATSAPP, Step, Story

MAIL_DOMAIN: Final = "example.net"

SendFile: TypeAlias = Callable[[bytes, str], Mapping[str, Any]]
"""A person's phone hands a file, of a type, to WhatsApp: what a message then says of it."""


def delivery(story: Story, step: Step, account: str, run: str, now: float, send_file: SendFile) -> bytes:
    """What is delivered for a step that is no repetition, and no agent's. `account`: as the provider names ours;
    `run`: never used before; `now`: epoch seconds."""
    said = _with_ids(step.said, partial(_message_id, step.channel, run))
    id_ = _message_id(step.channel, run, step.id)
    person = story.people[step.person]
    if step.channel == "email":
        return _mail(story, person, account, id_, said["mail"], now)
    if step.channel == "instagram":
        return _direct(person, account, id_, said, now)
    head = {"id": id_, "timestamp": str(int(now))}
    given = {key: value for key, value in person.items() if key in ("name", "phone", "user_id")}
    message = {**head, **_with_files(story, said, send_file)}
    return message_delivery(account, Person(**given), message, by_company=step.by_company)


def _mail(
    story: Story, person: Mapping[str, str], account: str, id_: str, said: Mapping[str, Any], now: float
) -> bytes:
    mail = EmailMessage()
    mail["From"] = formataddr((person["name"], person["mail"]))
    mail["To"], mail["Subject"], mail["Date"], mail["Message-ID"] = account, said["subject"], formatdate(now), id_
    if "in_reply_to" in said:
        mail["In-Reply-To"] = mail["References"] = said["in_reply_to"]
    mail.set_content(said["text"])
    if "file" in said:
        main, sub = _type_of(said["file"]).split("/")
        mail.add_attachment((story.folder / said["file"]).read_bytes(), main, sub, filename=said["file"])
    return mail.as_bytes()


def _direct(person: Mapping[str, str], account: str, id_: str, said: Mapping[str, Any], now: float) -> bytes:
    at = int(now * 1000)
    item = {"sender": {"id": person["instagram"]}, "recipient": {"id": account}, "timestamp": at, **said}
    if "message" in said:
        item["message"] = {"mid": id_, **said["message"]}
    whole = {"object": "instagram", "entry": [{"id": account, "time": at, "messaging": [item]}]}
    return json.dumps(whole, ensure_ascii=False).encode()


def _with_files(story: Story, said: Mapping[str, Any], send_file: SendFile) -> dict[str, Any]:
    """The message, with what WhatsApp says of a file in the place of its name."""
    whole = dict(said)
    for kind, content in said.items():
        if isinstance(content, Mapping) and "file" in content:
            told = send_file((story.folder / content["file"]).read_bytes(), _type_of(content["file"]))
            whole[kind] = {**told, **{key: value for key, value in content.items() if key != "file"}}
    return whole


def _type_of(name: str) -> str:
    return guess_type(name)[0] or "application/octet-stream"


def _message_id(channel: str, run: str, step: str) -> str:
    if channel == "email":
        return f"<{run}.{step}@{MAIL_DOMAIN}>"
    return f"wamid.{run}.{step}" if channel == WHATSAPP else f"m_{run}.{step}"


def _with_ids(value: Any, id_of: Callable[[str], str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _with_ids(each, id_of) for key, each in value.items()}
    if isinstance(value, list):
        return [_with_ids(each, id_of) for each in value]
    return id_of(value[1:]) if isinstance(value, str) and value.startswith("@") else value
