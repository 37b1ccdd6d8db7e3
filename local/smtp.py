"""The embedded run's own port for mail: what a mail server would hand to SES, handed to the hub in the same form.

A mail is answered 250 only once it lies in Files and its notice on the queue `mail`, both on the disk. The notice is
that of SES's rule; only verdicts are missing, as nobody judged the mail. To a mailbox of the configuration with
`trusts_local_mail`, what came on this port counts as authenticated: for trying the hub, on one's own machine alone.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from aiosmtpd.smtp import SMTP, Envelope, Session

from shared.domain.errors import HubError
from shared.domain.mail_names import without_tag
from shared.domain.moment import utc_text
from shared.ports.files import Files
from shared.ports.queues import Message, Queues
from shared.ports.surroundings import Clock

if TYPE_CHECKING:
    from local.storage import Storage
    from shared.configuration import Config

HOST: Final = "127.0.0.1"
QUEUE: Final = "mail"
LARGEST: Final = 40 * 1024 * 1024
"""Bytes, as SES takes at most."""
MOST_RECIPIENTS: Final = 100
PATIENCE_S: Final = 60.0
"""For a client that says nothing."""

Mailboxes = Mapping[str, bool]
"""Our mailboxes in small letters, and whether mail that comes to them here counts as authenticated."""


def mail_port(config: Config, storage: Storage) -> MailPort:
    """The port for the mailboxes of the configuration."""
    mailboxes = {one.id.lower(): one.trusts_local_mail for one in config.accounts if one.channel == "email"}
    return MailPort(mailboxes, storage.files, storage.queues, time.time, lambda: uuid4().hex)


class MailPort:
    """Listens from its making until `stop`, and answers from `start` on. `port` 0 takes any free one."""

    def __init__(
        self,
        mailboxes: Mailboxes,
        files: Files,
        queues: Queues,
        clock: Clock,
        new_id: Callable[[], str],
        port: int = 0,
    ) -> None:
        self._mailboxes = mailboxes
        self._door = _Door(mailboxes, files, queues, clock, new_id)
        self._bound = socket.create_server((HOST, port))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="smtp", daemon=True)

    @property
    def port(self) -> int:
        return int(self._bound.getsockname()[1])

    @property
    def place(self) -> dict[str, Any]:
        """As `run.json` says it: `{"host", "port", "mailbox"?}`, the first of the mailboxes."""
        first = next(iter(self._mailboxes), None)
        return {"host": HOST, "port": self.port} | ({"mailbox": first} if first else {})

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Take nothing more. What was not answered 250 is the sender's to send again."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(2.0)
        self._bound.close()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(self._loop.create_server(self._client, sock=self._bound))
        try:
            self._loop.run_forever()
        finally:
            server.close()

    def _client(self) -> SMTP:
        return _Client(
            self._door,
            data_size_limit=LARGEST,
            enable_SMTPUTF8=True,
            hostname="hilo.localhost",
            ident="Hilo",
            loop=self._loop,
            timeout=PATIENCE_S,
        )


class _Client(SMTP):
    line_length_limit = 1024 * 1024
    """Bytes. Programs write longer lines than the standard's 998, and what they say must not be lost for it."""


class _Door:
    """What aiosmtpd asks at each step of a delivery."""

    def __init__(
        self, mailboxes: Mailboxes, files: Files, queues: Queues, clock: Clock, new_id: Callable[[], str]
    ) -> None:
        self._mailboxes = mailboxes
        self._files = files
        self._queues = queues
        self._clock = clock
        self._new_id = new_id

    async def handle_RCPT(  # noqa: N802 the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if without_tag(address)[0] not in self._mailboxes:
            return "550 5.1.1 no mailbox of this hub; see accounts in its configuration"
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 too many recipients"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        head = f"Return-Path: <{_bare(envelope.mail_from)}>\r\n".encode("utf-8", "replace")
        keep = asyncio.get_running_loop().run_in_executor
        try:
            name = await keep(None, self._keep, head + content, list(envelope.rcpt_tos))
        except HubError:
            return "451 4.3.0 not made durable, please send it again"
        return f"250 OK {name}"

    def _keep(self, mail: bytes, recipients: list[str]) -> str:
        name = self._new_id()
        key = f"mail/{name}"
        self._files.put(key, mail, "message/rfc822")
        notice = json.dumps(self._notice(name, key, recipients))
        if self._queues.send(QUEUE, [Message(notice, name, name)]):
            raise HubError("the queue refused a notice of mail")
        return name

    def _notice(self, name: str, key: str, recipients: list[str]) -> dict[str, Any]:
        """As SES's S3 action tells it."""
        at = utc_text(datetime.fromtimestamp(self._clock(), UTC))
        trusts = all(self._mailboxes[without_tag(one)[0]] for one in recipients)
        action = {"type": "S3", "bucketName": "files", "objectKeyPrefix": "mail/", "objectKey": key}
        receipt: dict[str, Any] = {"timestamp": at, "recipients": recipients, "action": action}
        if trusts:
            receipt["dmarcVerdict"] = {"status": "PASS"}
        return {
            "notificationType": "Received",
            "receipt": receipt,
            "mail": {"timestamp": at, "messageId": name},
        }


def _bare(sender: str | None) -> str:
    """The library gives the null sender as it was written."""
    return (sender or "").strip().removeprefix("<").removesuffix(">")
