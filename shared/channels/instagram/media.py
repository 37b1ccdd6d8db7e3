"""Files of Instagram: on Meta's own hosts. Of stories nothing is asked: they may not be kept (`shared.domain.media`).

Source: messenger_instagram.md, "Attachment types", 2026-11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.http.download import Downloader
from shared.http.linked_files import LinkedFiles
from shared.http.transport import Dialer

if TYPE_CHECKING:
    from shared.configuration import Config
    from shared.ports.surroundings import Clock, Secrets

HOSTS: Final = ("fbsbx.com", "fbcdn.net", "cdninstagram.com", "instagram.com")


def connect_media(
    config: Config,
    secrets: Secrets,  # noqa: ARG001  as every channel's
    clock: Clock,
    *,
    dialer: Dialer | None = None,
) -> LinkedFiles:
    """How the channel's files are had. `dialer`: where a stand-in answers for Meta's hosts."""
    downloader = Downloader("channel instagram", clock=clock, dialer=dialer or Dialer(keeps=False))
    return LinkedFiles(downloader, (*HOSTS, *config.media.hosts))
