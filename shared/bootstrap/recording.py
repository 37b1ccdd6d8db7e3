"""What brings what came in to its end."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from shared.bootstrap.channels import channel
from shared.bootstrap.engine import clock, config, files, metrics, pause, table
from shared.bootstrap.installing import _chosen, once
from shared.bootstrap.links import signing_keys

if TYPE_CHECKING:
    from shared.application.intake import Intake
    from shared.application.record import Context


@once
def context() -> Context:
    """What recording works with."""
    from shared.application.record import Context
    from shared.domain.ids import uuid7

    now = clock()
    return Context(
        table=table(),
        files=files(),
        metrics=metrics(),
        config=config(),
        clock=now,
        new_id=_chosen("new_id", lambda: lambda: uuid7(now(), os.urandom(10))),
        pause=pause(),
        signing_keys=signing_keys,
    )


@once
def intake() -> Intake:
    """What brings an inbound message to its end."""
    from shared.application.intake import Intake

    return Intake(context(), channel)
