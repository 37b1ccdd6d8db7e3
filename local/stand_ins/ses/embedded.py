"""The stand-in beside an embedded hub: it takes every mail that the hub sends, and tells the hub's own queue of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from local.stand_ins.ses.notices import Notices
from local.stand_ins.ses.provider import CONFIGURATION_SET, Provider
from local.stand_ins.ses.server import Server
from shared.aws.http import AwsClient, Endpoint
from shared.aws.ses import SesMailer
from shared.aws.sigv4 import Credentials, Scope
from shared.domain.element import digest
from shared.ports.queues import Message

if TYPE_CHECKING:
    from shared.configuration import Config
    from shared.ports.queues import Queues
    from shared.ports.surroundings import Clock

QUEUE: Final = "mail"
REGION: Final = "us-east-1"
_NOBODYS: Final = Credentials("STANDIN", "stand-in")


class StandIn:
    """`mailer`: the hub's own, which leads to it. What people got lies in memory and goes with the process."""

    def __init__(self, config: Config, queues: Queues, is_token: Callable[[str], bool], clock: Clock) -> None:
        def deliver(said: str) -> None:
            name = digest(said)
            queues.send(QUEUE, [Message(said, name, name)])

        self.notices = Notices(deliver)
        mailboxes = [one.id for one in config.accounts if one.channel == "email"]
        self.provider = Provider(mailboxes, self.notices, clock)
        self._server = Server(self.provider, is_token)
        url = urlsplit(self._server.url)
        endpoint = Endpoint(str(url.hostname), url.port, secure=False, overridden=True)
        client = AwsClient(endpoint, Scope(REGION, "ses"), lambda: _NOBODYS, read_timeout_s=12.0)
        self.mailer = SesMailer(client, CONFIGURATION_SET)

    @property
    def url(self) -> str:
        return self._server.url

    def start(self) -> None:
        self._server.start()
        self.notices.start()

    def stop(self) -> None:
        self._server.stop()
        self.notices.stop()
