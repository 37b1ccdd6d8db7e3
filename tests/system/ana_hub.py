"""The embedded hub with WhatsApp and SES outside it, and a shelf that can be made to hang.

`python -m tests.system.ana_hub PORT DATA_DIR CONFIG CLOCK_EVERY TEMPLATE WHATSAPP_URL TOKEN SES_URL SPOOL`

SES's notices lie as files in SPOOL until the hub has them on its queue. While SPOOL holds a file `hang`, whoever
stores a customer's file writes `hanging` there and waits for the end.
"""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from local.run import ports_of, run
from local.storage import Storage
from shared.aws.http import AwsClient, Endpoint
from shared.aws.ses import SesMailer
from shared.aws.sigv4 import Credentials, Scope
from shared.domain.element import digest
from shared.ports.queues import Message
from tests.system.two_way_hub import whatsapp_at


class HangingShelf:
    """`Files`, which stops in the middle of storing a customer's file while it is told to."""

    def __init__(self, files: Any, spool: Path) -> None:
        self._files = files
        self._spool = spool

    def __getattr__(self, name: str) -> Any:
        return getattr(self._files, name)

    def put_stream(self, key: str, content: BinaryIO, content_type: str) -> None:
        while key.startswith("media/") and (self._spool / "hang").exists():
            (self._spool / "hanging").touch()
            time.sleep(0.05)
        self._files.put_stream(key, content, content_type)


def mailer(url: str) -> SesMailer:
    place = urlsplit(url)
    endpoint = Endpoint(str(place.hostname), place.port, secure=False, overridden=True)
    nobody = Credentials("STANDIN", "stand-in")
    return SesMailer(AwsClient(endpoint, Scope("us-east-1", "ses"), lambda: nobody, read_timeout_s=12.0), "hub")


def carry(spool: Path, storage: Storage) -> None:
    """From SNS to the queue, for ever: at least once."""
    while True:
        for file in sorted(spool.glob("*.json")):
            said = file.read_text("utf-8")
            storage.queues.send("mail", [Message(said, digest(said), digest(said))])
            file.unlink()
        time.sleep(0.05)


def main() -> int:
    port, folder, config, clock_every, template, url, token, ses, spooled = sys.argv[1:]
    spool = Path(spooled)

    def ports(storage: Storage) -> dict[str, Any]:
        threading.Thread(target=carry, args=(spool, storage), daemon=True).start()
        bare = ports_of(storage)
        return {
            **bare,
            "files": HangingShelf(bare["files"], spool),
            "ways_out": {"whatsapp": whatsapp_at(url, token, config, storage)},
            "mailer": mailer(ses),
        }

    return run(int(port), folder, config, clock_every=float(clock_every), template=Path(template), ports=ports)


if __name__ == "__main__":
    sys.exit(main())
