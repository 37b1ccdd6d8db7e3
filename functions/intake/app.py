"""Queued elements become customers, cases and entries."""

from __future__ import annotations

from typing import Any

from shared import bootstrap
from shared.worker import batch_of


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """SQS `inbound.fifo`, up to ten messages; answers with those to be shown again."""
    return batch_of("inbound", "intake", context).run(event["Records"], bootstrap.intake().take)
