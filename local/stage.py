"""Where a story happens: the first account of each channel, and how its provider hands over what people write."""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import SMTP
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import urlsplit

from local.deliveries import signature_headers
from local.story import NAMED_BY
from shared.domain.errors import Misconfigured

if TYPE_CHECKING:
    from shared.configuration import Config
    from shared.ports.surroundings import Secrets

LOG: Final = logging.getLogger("hilo")

MAIL: Final = "email"
TIMEOUT_S: Final = 10.0

Deliver: TypeAlias = Callable[[bytes], bool]
"""Hand over one delivery: whether it was made durable. Raises `Misconfigured` for one that never will be."""


@dataclass(frozen=True, slots=True)
class Place:
    """One channel's. `account`: as the provider names it. `sends_really`: asked when a story starts, whether answers
    leave this machine."""

    account: str
    brand: str
    deliver: Deliver
    sends_really: Callable[[], bool]


def stage_of(config: Config, secrets: Secrets, url: str, smtp: Mapping[str, Any]) -> dict[str, Place]:
    """By channel, for those of which the configuration has an account. `url`: the hub's; `smtp`: `{"host", "port"}`
    of its mail port."""
    places: dict[str, Place] = {}
    for one in config.accounts:
        if one.channel in places or one.channel not in NAMED_BY:
            continue
        if one.channel == MAIL:  # the embedded run never sends mail itself
            places[MAIL] = Place(one.id, one.brand, by_mail(smtp), lambda: False)
        elif one.secret is not None:
            held = _Held(secrets, one.secret)
            deliver = by_webhook(f"{url}/webhooks/{one.channel}", held.app_secrets)
            places[one.channel] = Place(one.id, one.brand, deliver, held.sends_really)
    return places


class _Held:
    """An account's secret, read at each question, so that a change is noticed."""

    def __init__(self, secrets: Secrets, name: str) -> None:
        self._secrets = secrets
        self._name = name

    def app_secrets(self) -> list[str]:
        return [str(each) for each in self._secrets.get(self._name)["app_secrets"]]

    def sends_really(self) -> bool:
        held = self._secrets.get(self._name)
        return bool(held.get("access_token") or held.get("access_tokens"))


def by_webhook(address: str, app_secrets: Callable[[], Sequence[str]]) -> Deliver:
    """Posted and signed as Meta does."""
    parts = urlsplit(address)

    def deliver(body: bytes) -> bool:
        secrets = app_secrets()
        if not secrets:
            raise Misconfigured("the account's secret holds no app secret")
        headers = {"Content-Type": "application/json", **signature_headers(body, secrets[0])}
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT_S)
        try:
            connection.request("POST", parts.path, body, headers)
            status = connection.getresponse().status
        except (OSError, HTTPException) as error:
            LOG.debug("no answer to a delivery of the story: %s", type(error).__name__)
            return False
        finally:
            connection.close()
        if status != 200 and status < 500:
            raise Misconfigured(f"the webhook answered {status}")
        return status == 200

    return deliver


def by_mail(place: Mapping[str, Any]) -> Deliver:
    """As a mail server hands over a mail: from whom and to whom its own header says."""

    def deliver(body: bytes) -> bool:
        try:
            with smtplib.SMTP(str(place["host"]), int(place["port"]), timeout=TIMEOUT_S) as client:
                client.send_message(message_from_bytes(body, policy=SMTP))
        except smtplib.SMTPResponseException as error:
            if error.smtp_code >= 500:
                raise Misconfigured(f"the mail port answered {error.smtp_code}") from error
            return False
        except OSError as error:  # smtplib's own among them
            LOG.debug("a mail of the story was not taken: %s", type(error).__name__)
            return False
        return True

    return deliver
