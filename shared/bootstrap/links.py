"""Links to files, and the keys that sign."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from shared.bootstrap.engine import _secrets_at, clock, config, files, metrics
from shared.bootstrap.installing import _installed, once

if TYPE_CHECKING:
    from shared.application.dispatch_survey import SurveyLinks
    from shared.application.file_links import FileLinks
    from shared.ports.surroundings import Secrets

LINKS_FILES = frozenset({"instagram", "messenger"})
"""Channels whose provider fetches the files of an answer by an address."""

PROVIDER_FETCHES_S = 3600
"""So long the address of a file is good at least: a provider fetches it while it answers."""


def link_for_provider(key: str, mime_type: str) -> str | None:
    """An address at which a provider may fetch a file of the hub's; None where nobody outside could reach one."""
    found = files().link(key, PROVIDER_FETCHES_S, mime_type, "attachment")
    links = None if found else file_links()
    return found or (links.link(key)[0] if links else None)


@once
def file_links() -> FileLinks | None:
    """What makes links to files for tools; None where nobody knows the hub's own address, or no key signs."""
    from shared.application.file_links import FileLinks

    url = public_url()
    keys = file_keys() if url else ()
    return FileLinks(url or "", keys, config().media.link_for_s, clock()) if keys else None


def public_url() -> str | None:
    """The hub's own address for people outside, without a slash at its end; None where nobody knows it."""
    return str(_installed.get("public_url") or os.environ.get("PUBLIC_URL") or "").rstrip("/") or None


@once
def survey_links() -> SurveyLinks:
    """What makes the tokens and links of surveys."""
    from shared.application.dispatch_survey import SurveyLinks

    return SurveyLinks(signing_keys, public_url())


def file_keys() -> tuple[bytes, ...]:
    """The keys in force for links to files, the newest first: those in `keys`, then `key`, with which the deployment
    began. None, which is counted, and no link is good."""
    prefix = os.environ.get("LINK_SECRET_PREFIX")
    is_given = "secrets" in _installed or prefix is not None
    return _keys_in(_secrets_at(prefix) if is_given else None, "file-links", "no_file_keys")


def signing_keys() -> tuple[bytes, ...]:
    """The keys in force for the tokens in addresses, the newest first: those in `keys`, then `key`, with which the
    deployment began. Without any, which is counted, no token is known: what came to such an address is recorded by what
    else it says."""
    is_given = "secrets" in _installed or "SECRET_PREFIX" in os.environ
    found = _secrets_at(os.environ.get("CHANNEL_SECRET_PREFIX")) if is_given else None
    return _keys_in(found, "addresses", "no_signing_keys")


def _keys_in(secrets: Secrets | None, name: str, otherwise: str) -> tuple[bytes, ...]:
    """The keys that a secret holds, the newest first. `otherwise`: what is counted where it holds none."""
    from shared.domain.errors import Misconfigured

    try:
        secret = secrets.get(name) if secrets else {}
    except Misconfigured:
        secret = {}
    held = [*secret.get("keys", ()), *([secret["key"]] if secret.get("key") else [])]
    if not held:
        metrics().count(otherwise)
    return tuple(str(key).encode() for key in held)
