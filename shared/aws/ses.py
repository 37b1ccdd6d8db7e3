"""Mails out by Amazon SES, API version 2: `SendEmail` with the raw message. Standard library alone.

`SendEmail` has no token by which a repetition would be known for one, so a request is made once, over a connection of
its own. Source: SES API v2 reference, `SendEmail`, `GetAccount`, `GetEmailIdentity`, 2026-11.
"""

from __future__ import annotations

import json
import os
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from shared.aws.answers import Answer
from shared.aws.http import AwsClient, Endpoint, environment_credentials, region_of
from shared.aws.sigv4 import Scope
from shared.domain.errors import Transient
from shared.ports.mail import MailSaid

READ_S: Final = 12.0
"""For the answer; with the connection less than the 15 s that the dispatch allows a call."""
SEND: Final = "/v2/email/outbound-emails"
_JSON: Final = {"Content-Type": "application/json"}
_UNKNOWN: Final = frozenset({404})


class SesMailer:
    """`Mailer` on SES. `configuration_set`: whose event destination tells what became of each mail; without one
    nobody does."""

    def __init__(self, client: AwsClient, configuration_set: str | None = None) -> None:
        self._client = client
        self._configuration_set = configuration_set

    @classmethod
    def connect(cls, environ: Mapping[str, str] = os.environ) -> SesMailer:
        """By the environment: `AWS_ENDPOINT_URL_SESV2` for elsewhere, `MAIL_CONFIGURATION_SET`."""
        client = AwsClient(
            Endpoint.of("email", "SESV2", environ),
            Scope(region_of(environ), "ses"),
            lambda: environment_credentials(environ),
            read_timeout_s=READ_S,
        )
        return cls(client, environ.get("MAIL_CONFIGURATION_SET") or None)

    def send(self, mail: bytes, *, sender: str, to: str, tags: Mapping[str, str]) -> MailSaid:
        """See `Mailer.send`. One request, never repeated."""
        asked: dict[str, Any] = {
            "FromEmailAddress": sender,
            "Destination": {"ToAddresses": [to]},
            "Content": {"Raw": {"Data": b64encode(mail).decode("ascii")}},
            "EmailTags": [{"Name": name, "Value": value} for name, value in tags.items()],
        }
        if self._configuration_set:
            asked["ConfigurationSetName"] = self._configuration_set
        return _said(self._client.once("POST", SEND, headers=_JSON, body=json.dumps(asked).encode("ascii")))

    def account(self) -> Mapping[str, Any]:
        return _object(self._client.request("GET", "/v2/email/account"))

    def identity(self, name: str) -> Mapping[str, Any] | None:
        path = f"/v2/email/identities/{quote(name, safe='')}"
        answer = self._client.request("GET", path, accept=_UNKNOWN)
        return None if answer.status in _UNKNOWN else _object(answer)


def _said(answer: Answer) -> MailSaid:
    content = _content(answer)
    if 200 <= answer.status < 300:
        sent = content.get("MessageId")
        return MailSaid(answer.status, id=sent if isinstance(sent, str) and sent else None)
    words = content.get("message") or content.get("Message") or ""
    return MailSaid(answer.status, answer.code, str(words)[:500])


def _object(answer: Answer) -> Mapping[str, Any]:
    content = _content(answer)
    if not content:
        raise Transient(f"ses: the answer is no JSON object (request {answer.request_id})")
    return content


def _content(answer: Answer) -> dict[str, Any]:
    try:
        content = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
