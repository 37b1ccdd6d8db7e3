"""What the Cloud API refuses in a request, whoever it is for: shapes and lengths. Pure.

Written from the sheet for itself, not from the hub's own limits: two readings of one page that must agree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

MISSING: Final = 131008
WRONG: Final = 131009
PARAMETER: Final = 100
UNSUPPORTED: Final = 131051
FILE: Final = 131053

TITLES: Final = {
    4: "Application request limit reached",
    100: "Invalid parameter",
    190: "Access token has expired or is invalid",
    130429: "Rate limit hit",
    131000: "Something went wrong",
    131008: "Required parameter is missing",
    131009: "Parameter value is not valid",
    131026: "Message undeliverable",
    131047: "Re-engagement message",
    131051: "Unsupported message type",
    131053: "Media upload error",
    131056: "(Business Account, Consumer Account) pair rate limit hit",
    131062: "Business-scoped user id recipients are not supported for this message",
    132000: "Number of parameters does not match the expected number of params",
    132001: "Template name does not exist in the translation",
    132012: "Parameter format does not match format in the created template",
    132015: "Template is paused",
}

_SCOPED: Final = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")
_CAPTIONED: Final = frozenset({"image", "video", "document"})
MEDIA: Final = frozenset({"image", "video", "audio", "document", "sticker"})


class Fault(Exception):
    """The API refuses this. `details` as it says them."""

    def __init__(self, code: int, details: str) -> None:
        super().__init__(details)
        self.code = code
        self.details = details

    @property
    def title(self) -> str:
        return TITLES.get(self.code, "Message failed")


@dataclass(frozen=True, slots=True)
class Known:
    """An approved template: how many positional parameters, or the names of named ones. `category` as Meta has it."""

    parameters: int | frozenset[str] = 0
    category: str = "utility"
    paused: bool = False


Templates = Mapping[tuple[str, str], Known]
"""By name and language."""


def checked(body: Any, templates: Templates) -> dict[str, Any]:
    """The request. Raises `Fault` for the first thing that is wrong."""
    if not isinstance(body, dict) or body.get("messaging_product") != "whatsapp":
        raise Fault(PARAMETER, "(#100) The parameter messaging_product is required.")
    if body.get("recipient_type", "individual") != "individual":
        raise Fault(WRONG, "recipient_type must be individual")
    _check_addressee(body)
    _check_callback(body)
    _check_content(body, body.get("type", "text"), templates)
    if "context" in body:
        _text(_part(body, "context"), "message_id", 512)
    return body


def _check_content(body: Mapping[str, Any], kind: Any, templates: Templates) -> None:
    if kind == "template":
        _check_template(_part(body, kind), templates, has_phone="to" in body)
    elif kind in MEDIA:
        _check_media(kind, _part(body, kind))
    elif kind in _CONTENTS:
        _CONTENTS[kind](_part(body, kind))
    else:
        raise Fault(UNSUPPORTED, f"message type {kind!s} is not supported")


def _check_addressee(body: Mapping[str, Any]) -> None:
    if not body.get("to") and not body.get("recipient"):
        raise Fault(MISSING, "The parameter to or recipient is required.")
    if body.get("to"):
        if not re.fullmatch(r"\+?[0-9]{5,15}", str(body["to"])):
            raise Fault(WRONG, "to is not a phone number")
    elif not _SCOPED.fullmatch(str(body["recipient"])):
        raise Fault(WRONG, "recipient is not a business-scoped user id")


def _check_callback(body: Mapping[str, Any]) -> None:
    ours = body.get("biz_opaque_callback_data")
    if ours is not None and (not isinstance(ours, str) or len(ours.encode()) > 512):
        raise Fault(PARAMETER, "biz_opaque_callback_data must be at most 512 bytes")


def _part(fields: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = fields.get(name)
    if found is None:
        raise Fault(MISSING, f"The parameter {name} is required.")
    if not isinstance(found, dict):
        raise Fault(WRONG, f"{name} must be an object")
    return found


def _text(fields: Mapping[str, Any], name: str, most: int) -> str:
    found = fields.get(name)
    if found is None or found == "":
        raise Fault(MISSING, f"The parameter {name} is required.")
    if not isinstance(found, str):
        raise Fault(WRONG, f"{name} must be a string")
    if len(found.encode("utf-16-le")) // 2 > most:
        raise Fault(PARAMETER, f"(#100) Param {name} must be at most {most} characters long.")
    return found


def _check_text(content: Mapping[str, Any]) -> None:
    _text(content, "body", 4096)


def _check_media(kind: str, content: Mapping[str, Any]) -> None:
    if ("id" in content) == ("link" in content):
        raise Fault(MISSING, f"{kind} needs id or link, and only one of them")
    where = _text(content, "id" if "id" in content else "link", 2048)
    if "link" in content and not where.startswith(("http://", "https://")):
        raise Fault(FILE, "Unable to download the media from this link")
    if "caption" in content:
        if kind not in _CAPTIONED:
            raise Fault(PARAMETER, f"(#100) Unexpected key caption on param {kind}.")
        _text(content, "caption", 1024)
    if "filename" in content:
        if kind != "document":
            raise Fault(PARAMETER, f"(#100) Unexpected key filename on param {kind}.")
        _text(content, "filename", 240)


def _check_interactive(content: Mapping[str, Any]) -> None:
    kind = content.get("type")
    if kind not in ("button", "list"):
        raise Fault(WRONG, f"interactive type {kind!s} is not supported here")
    _text(_part(content, "body"), "text", 1024 if kind == "button" else 4096)
    if "footer" in content:
        _text(_part(content, "footer"), "text", 60)
    action = _part(content, "action")
    if kind == "button":
        _check_buttons(action)
    else:
        _check_list(action)


def _check_buttons(action: Mapping[str, Any]) -> None:
    replies = [_part(each, "reply") for each in _several(action, "buttons", 3)]
    _check_unique("button", [(_text(each, "id", 256), _text(each, "title", 20)) for each in replies])


def _check_list(action: Mapping[str, Any]) -> None:
    _text(action, "button", 20)
    sections = _several(action, "sections", 10)
    rows = [row for section in sections for row in _several(section, "rows", 10)]
    if len(rows) > 10:
        raise Fault(WRONG, "Total row count exceed max allowed count: 10")
    for section in sections:
        if len(sections) > 1:
            _text(section, "title", 24)
    for row in rows:
        if "description" in row:
            _text(row, "description", 72)
    _check_unique("row", [(_text(row, "id", 200), _text(row, "title", 24)) for row in rows])


def _several(fields: Mapping[str, Any], name: str, most: int) -> list[dict[str, Any]]:
    found = fields.get(name)
    if not isinstance(found, list) or not 1 <= len(found) <= most or not all(isinstance(each, dict) for each in found):
        raise Fault(WRONG, f"{name} must be 1 to {most} objects")
    return found


def _check_unique(what: str, choices: Sequence[tuple[str, str]]) -> None:
    for part in zip(*choices, strict=True):
        if len(set(part)) < len(choices):
            raise Fault(WRONG, f"Duplicated {what} id or title")


def _check_reaction(content: Mapping[str, Any]) -> None:
    _text(content, "message_id", 512)
    if not isinstance(content.get("emoji"), str):
        raise Fault(MISSING, "The parameter emoji is required.")


def _check_template(content: Mapping[str, Any], templates: Templates, *, has_phone: bool) -> None:
    name, language = _text(content, "name", 512), _text(_part(content, "language"), "code", 20)
    known = templates.get((name, language))
    if known is None:
        raise Fault(132001, f"template name ({name}) does not exist in {language}")
    if known.paused:
        raise Fault(132015, "Template is paused")
    if known.category == "authentication" and not has_phone:
        raise Fault(131062, "Authentication templates need a phone number")
    components = content.get("components", [])
    body = [each for each in components if each.get("type") == "body"]
    _check_parameters(body[0].get("parameters", []) if body else [], known)


def _check_parameters(given: Sequence[Mapping[str, Any]], known: Known) -> None:
    expected = known.parameters if isinstance(known.parameters, int) else len(known.parameters)
    if len(given) != expected:
        raise Fault(132000, f"number of localizable_params ({len(given)}) does not match ({expected})")
    for each in given:
        text = _text(each, "text", 1024)
        if re.search(r"[\n\t]| {5}", text):
            raise Fault(PARAMETER, "(#100) Param text cannot have new-line/tab characters or more than 4 spaces")
    if isinstance(known.parameters, frozenset) and {each.get("parameter_name") for each in given} != known.parameters:
        raise Fault(132012, "Parameter name is missing or unknown")


_CONTENTS: Final[Mapping[str, Callable[[Mapping[str, Any]], None]]] = {
    "text": _check_text,
    "interactive": _check_interactive,
    "reaction": _check_reaction,
}
