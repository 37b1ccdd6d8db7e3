"""What a system tells the hub by a signed webhook: verified and checked against its schema. Standard library alone.

Source: the generic webhook's sheet, "Inbound counterpart".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, TypeAlias

from shared.connectors.standard_webhooks import keys_of, verify
from shared.domain.errors import Malformed
from shared.ports.connectors import Hint, Request

Check: TypeAlias = Callable[[Any], str | None]
"""What is wrong with a value, in words; None when nothing is."""

LONGEST_TEXT: Final = 100_000
LONGEST_ID: Final = 256
MOST_LISTED: Final = 20

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)


def hint(request: Request, secret: Mapping[str, Any], connector: str) -> list[Hint]:
    """The one thing that the request tells, which is the hint itself. Its id is the idempotency key."""
    webhook_id = verify(keys_of(secret, connector), request.headers, request.body, request.at)
    told = _read(request.body)
    faults = faults_of(told)
    if faults:
        raise Malformed("; ".join(faults))
    data = told["data"]
    key = data.get("idempotency_key") or webhook_id
    thing = data.get("case_id") or f"contact {data['contact_id']}"
    return [Hint(thing, key, told["timestamp"], {**told, "id": key, "ids": ids_of(told, key)})]


def ids_of(told: Mapping[str, Any], key: str) -> dict[str, str]:
    """The message id of each event that it becomes, by what it changes; of what is one event, by nothing."""
    if told["type"] != "case.update":
        return {"": key}
    return {name: f"{key}:{name}" for name in CHANGES if told["data"].get(name, False) is not False}


def _read(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed("the body is not JSON") from None
    if not isinstance(told, dict):
        raise Malformed("the body is not an object")
    return told


def faults_of(told: Mapping[str, Any]) -> list[str]:
    """What is wrong with a body, each fault with its path; empty when it may be taken."""
    faults = _of(told, "", {"type": (True, _one_of(*TYPES)), "timestamp": (True, _moment), "data": (True, _object)})
    if faults:
        return faults
    wanted, data = TYPES[told["type"]], told["data"]
    faults = _of(data, "data.", {**_ANY, **wanted})
    if told["type"].startswith("contact."):
        return faults + ([] if "contact_id" in data else ["data.contact_id is missing"])
    if "case_id" not in data:
        return [*faults, "data.case_id is missing"]
    if not ids_of(told, ""):
        faults.append(f"data holds none of {', '.join(CHANGES)}")
    if told["type"] in ("agent.reply", "note.create") and not (data.get("text") or data.get("attachments")):
        faults.append("data.text is missing")
    return faults


def _of(thing: Mapping[str, Any], path: str, schema: Mapping[str, tuple[bool, Check]]) -> list[str]:
    faults = []
    for name, (is_needed, check) in schema.items():
        if name not in thing:
            faults += [f"{path}{name} is missing"] if is_needed else []
        elif fault := check(thing[name]):
            faults.append(f"{path}{name}{fault}" if fault[0] in "[." else f"{path}{name} {fault}")
    return faults


def _text(longest: int) -> Check:
    def check(value: Any) -> str | None:
        if not isinstance(value, str) or not value.strip():
            return "is no text, or empty"
        return f"has more than {longest} characters" if len(value) > longest else None

    return check


def _one_of(*allowed: str) -> Check:
    def check(value: Any) -> str | None:
        return None if isinstance(value, str) and value in allowed else f"is none of {', '.join(allowed)}"

    return check


def _moment(value: Any) -> str | None:
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        with suppress(ValueError):  # a thirteenth month
            datetime.fromisoformat(value)
            return None
    return "is no moment like 2026-11-22T10:00:00Z"


def _object(value: Any) -> str | None:
    return None if isinstance(value, dict) else "is no object"


def _flag(value: Any) -> str | None:
    return None if isinstance(value, bool) else "is neither true nor false"


def _whole(value: Any) -> str | None:
    return None if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else "is no whole number"


def _person(value: Any) -> str | None:
    if not isinstance(value, dict):
        return "is no object"
    return next(iter(_of(value, ".", {"id": (True, _id), "name": (False, _name)})), None)


def _nobody_or_person(value: Any) -> str | None:
    return None if value is None else _person(value)


def _list_of(schema: Mapping[str, tuple[bool, Check]]) -> Check:
    def check(value: Any) -> str | None:
        if not isinstance(value, list) or len(value) > MOST_LISTED:
            return f"is no list of at most {MOST_LISTED}"
        for place, one in enumerate(value):
            if not isinstance(one, dict):
                return f"[{place}] is no object"
            if faults := _of(one, f"[{place}].", schema):
                return faults[0]
        return None

    return check


_id, _name, _long = _text(LONGEST_ID), _text(1000), _text(LONGEST_TEXT)

_ATTACHMENT: Final[Mapping[str, tuple[bool, Check]]] = {
    "url": (True, _text(2000)),
    "name": (False, _name),
    "mime": (False, _name),
    "id": (False, _id),
    "size": (False, _whole),
}
_IDENTITY: Final[Mapping[str, tuple[bool, Check]]] = {
    "type": (True, _one_of("phone", "email", "external")),
    "value": (True, _id),
}
_ANY: Final[Mapping[str, tuple[bool, Check]]] = {
    "external_id": (True, _id),
    "case_id": (False, _id),
    "contact_id": (False, _id),
    "idempotency_key": (False, _id),
    "author": (False, _person),
    "version": (False, _whole),
}
_SAID: Final[Mapping[str, tuple[bool, Check]]] = {
    "author": (True, _person),
    "text": (False, _long),
    "html": (False, _long),
    "attachments": (False, _list_of(_ATTACHMENT)),
    "in_reply_to": (False, _id),
}

TYPES: Final[Mapping[str, Mapping[str, tuple[bool, Check]]]] = {
    "agent.reply": {**_SAID, "visibility": (False, _one_of("public", "internal")), "sequence": (False, _whole)},
    "note.create": _SAID,
    "case.update": {
        "state": (False, _name),
        "priority": (False, _one_of("urgent", "high", "normal", "low")),
        "merged_into": (False, _id),
        "deleted": (False, _flag),
    },
    "case.assign": {"assignee": (True, _nobody_or_person)},
    "contact.update": {"display_name": (False, _name), "identities": (False, _list_of(_IDENTITY))},
    "contact.merge": {"into": (True, _id)},
}
"""What each type holds in `data`, beside what any holds."""

CHANGES: Final = ("state", "priority", "merged_into", "deleted")
"""What a `case.update` may say, at least one of it; in this order, since what follows a merge finds no case."""
