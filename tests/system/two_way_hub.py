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
from shared.channels.whatsapp.send import WhatsAppOut
from shared.http.client import Client
from shared.http.transport import Dialer


class OneToken:
    """Whichever account asks."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get(self, name: str) -> dict[str, Any]:
        return {"access_token": self._token}


def main() -> int:
    port, folder, config, clock_every, template, url, token = sys.argv[1:]
    client = Client("channel whatsapp", clock=time.time, dialer=Dialer(allow_private=True, keeps=False))
    way = WhatsAppOut(client, OneToken(token), lambda _: "whatsapp", url)

    def ports(storage: Storage) -> dict[str, Any]:
        return {**ports_of(storage), "ways_out": {"whatsapp": way}}

    return run(int(port), folder, config, clock_every=float(clock_every), template=Path(template), ports=ports)


if __name__ == "__main__":
    sys.exit(main())
