"""Files of mails: the part of the MIME tree that was named, out of the mail as it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.channels.email.contained import content_of
from shared.domain.media import Ended

if TYPE_CHECKING:
    from shared.configuration import Config
    from shared.ports.media import Sink, Wanted
    from shared.ports.surroundings import Clock, Secrets


class MailFiles:
    """A `Fetcher`."""

    def fetch(self, wanted: Wanted, sink: Sink, timeout_s: float) -> None:  # noqa: ARG002  it lies in our own Files
        """As a `Fetcher`. The whole mail is read: 1 request to Files for each file."""
        path, mail = wanted.attachment.provider_id, wanted.original().get("mail")
        if path is None or not isinstance(mail, bytes):
            raise Ended("gone", "the original is no mail, or the file is no part of it")
        content = content_of(mail, path)
        if content is None:
            raise Ended("gone", "the mail has no such part")
        sink.write(content)


def connect_media(config: Config, secrets: Secrets, clock: Clock) -> MailFiles:  # noqa: ARG001  as every channel's
    """How the channel's files are had."""
    return MailFiles()
