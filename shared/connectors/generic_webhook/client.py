"""Sends signed webhooks to one receiver."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from shared.connectors.generic_webhook import mapping
from shared.connectors.generic_webhook.mapping import Webhook
from shared.connectors.http import POLICY as USUAL
from shared.connectors.http import Policy, Rule
from shared.connectors.standard_webhooks import keys_of, sign
from shared.ports.connectors import Remote

if TYPE_CHECKING:
    from shared.connectors.http import Http
    from shared.domain.case import Case
    from shared.domain.customer import Customer
    from shared.domain.event import Entry
    from shared.ports.surroundings import Clock, Secrets

_REFUSES = "it refuses what we said; correct the receiver, or see the dead letter that this becomes"

POLICY: Final[Policy] = {
    **USUAL,
    410: Rule("misconfigured", "the receiver says it is gone; remove the connector or correct its url"),
    400: Rule("unwelcome", _REFUSES),
    413: Rule("unwelcome", _REFUSES),
    415: Rule("unwelcome", _REFUSES),
    422: Rule("unwelcome", _REFUSES),
    "4xx": Rule("transient", "it is waited for"),
}
"""A receiver that fails is waited for, so that order is kept. One that refuses a single body while it takes others is
waited for only so long: one poison message stops no customer."""

USER_AGENT: Final = "hub-webhooks/1"


class GenericWebhook:
    """A receiver that can only be told. Any 2xx is its confirmation.

    No method looks anything up, `retry` or not: a second telling has the same `webhook-id`, and by that the
    receiver knows it. Our own ids serve as remote ids.
    """

    def __init__(self, name: str, url: str, secret: str, secrets: Secrets, clock: Clock, http: Http) -> None:
        self.name = name
        self._url = url
        self._secret = secret
        self._secrets = secrets
        self._clock = clock
        self._http = http

    def put_contact(self, customer: Customer, version: int, known: Remote | None, *, retry: bool) -> Remote:  # noqa: ARG002
        """Tell the contact as it is: created when it was not known there, else updated. One request."""
        now = datetime.fromtimestamp(self._clock(), UTC)
        self.tell(mapping.contact_told(self.name, customer, version, is_new=known is None, now=now))
        return Remote(customer.id)

    def open_case(self, case: Case, customer: Customer, contact: Remote, *, retry: bool) -> Remote:  # noqa: ARG002
        """Tell that the case was opened. One request."""
        self.tell(mapping.case_opened(self.name, case, customer))
        return Remote(case.id)

    def append(self, case: Case, ticket: Remote, entry: Entry, customer: Customer, *, retry: bool) -> str:  # noqa: ARG002
        """Tell one entry; returns its `webhook-id`. One request."""
        webhook = mapping.entry_told(self.name, case, entry, customer)
        self.tell(webhook)
        return webhook.id

    def show_delivery(self, case: Case, entry: Entry) -> None:
        """Tell that an answer was delivered or read. One request."""
        self.tell(mapping.delivery_told(self.name, case, entry))

    def tell(self, webhook: Webhook) -> None:
        """Send it, signed. Raises as a `Connector` does. One request."""
        keys = keys_of(self._secrets.get(self._secret), self.name)
        timestamp = int(self._clock())
        headers = {
            "content-type": "application/json",
            "user-agent": USER_AGENT,
            "webhook-id": webhook.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(keys, webhook.id, timestamp, webhook.body),
        }
        self._http.send("POST", self._url, headers=headers, body=webhook.body)
