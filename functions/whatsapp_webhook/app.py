"""WhatsApp's webhook: verify the raw bytes, split, enqueue, answer. Reads no table; standard library alone."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

from shared import bootstrap
from shared.application.receive import receive
from shared.channels.whatsapp.webhook import split
from shared.meta.webhook import Answer, Webhook


def handler(event: dict[str, Any], _context: object) -> Answer:
    """One request of an HTTP API (payload 2.0). Secrets' names come from CHANNEL_SECRETS; all of them are in force."""
    webhook = Webhook(
        channel="whatsapp",
        split=split,
        secret_names=os.environ.get("CHANNEL_SECRETS", "whatsapp"),
        secrets=bootstrap.secrets(),
        metrics=bootstrap.metrics(),
        clock=bootstrap.clock(),
        receive=partial(receive, queues=bootstrap.queues(), files=bootstrap.files()),
    )
    return webhook.answer(event)
