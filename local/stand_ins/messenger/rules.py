"""What the Send API refuses in a request, whoever it is for: shapes and lengths. Pure.

Written from the sheet for itself, not from the hub's own limits: two readings of one page that must agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

PARAMETER: Final = 100
_TOP: Final = frozenset({"recipient", "messaging_type", "tag", "message", "reply_to"})
_ENDS: Final = frozenset({"id", "comment_id", "post_id"})
_INSTAGRAM: Final = frozenset({"id", "comment_id"})


class Fault(Exception):
    """The API refuses this."""

    def __init__(self, code: int, details: str, subcode: int | None = None) -> None:
        super().__init__(details)
        self.code = code
        self.subcode = subcode
        self.details = details


def checked(body: Any, channel: str) -> dict[str, Any]:
    """The request. Raises `Fault` for the first thing that is wrong."""
    if not isinstance(body, dict):
        raise Fault(PARAMETER, "The request is not an object")
    for key in body:
        if key not in _TOP:
            raise Fault(PARAMETER, f"Invalid parameter: unexpected key {key}")
    recipient = body.get("recipient")
    ends = _INSTAGRAM if channel == "instagram" else _ENDS
    if not isinstance(recipient, dict) or len(recipient) != 1 or not set(recipient) <= ends:
        raise Fault(PARAMETER, "recipient must name one person, comment or post")
    if not all(isinstance(value, str) and value for value in recipient.values()):
        raise Fault(PARAMETER, "recipient must be a string")
    _check_type(body, channel, is_private="id" in recipient)
    _check_message(body.get("message"), channel, is_private="id" in recipient)
    if "reply_to" in body and (channel != "instagram" or not isinstance(body["reply_to"].get("mid"), str)):
        raise Fault(PARAMETER, "Invalid parameter: reply_to")
    return body


def _check_type(body: Mapping[str, Any], channel: str, *, is_private: bool) -> None:
    kind, tag = body.get("messaging_type"), body.get("tag")
    if (kind == "MESSAGE_TAG") != (tag is not None):
        raise Fault(PARAMETER, "MESSAGE_TAG and tag go together")
    if tag not in (None, "HUMAN_AGENT"):
        raise Fault(PARAMETER, "Invalid parameter: tag")
    if kind not in ("RESPONSE", "UPDATE", "MESSAGE_TAG", None) or (
        kind is None and channel == "messenger" and is_private
    ):
        raise Fault(PARAMETER, "Invalid parameter: messaging_type")


def _check_message(message: Any, channel: str, *, is_private: bool) -> None:
    if not isinstance(message, dict) or ("text" in message) == ("attachment" in message):
        raise Fault(PARAMETER, "message must have either text or attachment")
    if not set(message) <= {"text", "attachment", "quick_replies", "metadata"}:
        raise Fault(PARAMETER, "Invalid parameter: unexpected key in message")
    if len(str(message.get("metadata", ""))) > 1000:
        raise Fault(PARAMETER, "metadata is limited to 1000 characters")
    if "text" in message:
        _check_text(message["text"], channel)
    else:
        _check_attachment(message["attachment"], is_private=is_private)
    if "quick_replies" in message:
        _check_quick_replies(message["quick_replies"])


def _check_text(text: Any, channel: str) -> None:
    if not isinstance(text, str) or not text.strip():
        raise Fault(PARAMETER, "text must be a non-empty string")
    size = len(text.encode("utf-8")) if channel == "instagram" else len(text.encode("utf-16-le")) // 2
    if size > (1000 if channel == "instagram" else 2000):
        raise Fault(PARAMETER, "Length of param message[text] is too long")


def _check_attachment(attachment: Any, *, is_private: bool) -> None:
    if not is_private:
        raise Fault(PARAMETER, "a private reply is text")
    if not isinstance(attachment, dict) or attachment.get("type") not in ("image", "video", "audio", "file"):
        raise Fault(PARAMETER, "Invalid parameter: attachment type")
    payload = attachment.get("payload")
    url = payload.get("url") if isinstance(payload, dict) else None
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise Fault(PARAMETER, "attachment needs the url of a file")


def _check_quick_replies(replies: Any) -> None:
    if not isinstance(replies, list) or not 1 <= len(replies) <= 13:
        raise Fault(PARAMETER, "quick_replies must be 1 to 13")
    for one in replies:
        title = one.get("title") if isinstance(one, dict) and one.get("content_type") == "text" else None
        if not isinstance(title, str) or not 1 <= len(title) <= 20 or len(str(one.get("payload", ""))) > 1000:
            raise Fault(PARAMETER, "a quick reply is a text with a title of up to 20 characters")
