"""The embedded hub, whose answers go to a stand-in for WhatsApp outside it: it survives the hub's end, as Meta does.

`python -m tests.system.two_way_hub PORT DATA_DIR CONFIG CLOCK_EVERY TEMPLATE STAND_IN_URL TOKEN`
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from local.run import ports_of, run
from local.storage import Storage
from shared import bootstrap
from shared.channels.whatsapp.send import WhatsAppOut
from shared.channels.whatsapp.way_out import connect
from shared.configuration import load


class OneToken:
    """Whichever account asks."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get(self, name: str) -> dict[str, Any]:
        return {"access_token": self._token}


def whatsapp_at(url: str, token: str, config: str, storage: Storage) -> WhatsAppOut:
    """The hub's own way out, files and all, to a stand-in at this address."""
    settings = load(config, bootstrap.connector_options())
    pieces = storage.files.piece
    return connect(settings, OneToken(token), time.time, root=url, allow_private=True, piece=pieces)


def main() -> int:
    port, folder, config, clock_every, template, url, token = sys.argv[1:]

    def ports(storage: Storage) -> dict[str, Any]:
        return {**ports_of(storage), "ways_out": {"whatsapp": whatsapp_at(url, token, config, storage)}}

    return run(int(port), folder, config, clock_every=float(clock_every), template=Path(template), ports=ports)


if __name__ == "__main__":
    sys.exit(main())
