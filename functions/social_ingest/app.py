"""The webhooks of Messenger and Instagram: verify the raw bytes, split, enqueue, answer. Reads no table; standard
library alone. Each product is signed with secrets of its own: one proves nothing at the other's address."""

from __future__ import annotations

import os
from functools import partial
from typing import Any, Final

from shared import bootstrap
from shared.application.receive import receive
from shared.channels.instagram.webhook import split as split_instagram
from shared.channels.messenger.webhook import split as split_messenger
from shared.meta.webhook import Answer, Webhook

CHANNELS: Final = {
    "/webhooks/messenger": ("messenger", split_messenger),
    "/webhooks/instagram": ("instagram", split_instagram),
}
"""By route: the channel, and what takes its deliveries apart."""


def handler(event: dict[str, Any], _context: object) -> Answer:
    """One request of an HTTP API (payload 2.0), on one of the routes of CHANNELS. The names of secrets come from
    MESSENGER_SECRETS and INSTAGRAM_SECRETS; all that are named for a route are in force there."""
    channel, split = CHANNELS[event["routeKey"].partition(" ")[2]]
    in_force = {
        "messenger": os.environ.get("MESSENGER_SECRETS", "messenger"),
        "instagram": os.environ.get("INSTAGRAM_SECRETS", "instagram"),
    }
    webhook = Webhook(
        channel=channel,
        split=split,
        secret_names=in_force[channel],
        secrets=bootstrap.secrets(),
        metrics=bootstrap.metrics(),
        clock=bootstrap.clock(),
        receive=partial(receive, queues=bootstrap.queues(), files=bootstrap.files()),
    )
    return webhook.answer(event)
