"""Which addresses a configuration may name as the place of a tool. Pure."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from shared.http.addresses import refusal


def fault_of_url(url: str, example: str, *, allow_private: bool) -> str | None:
    """What is wrong with an address to send to, and what to write instead; None when nothing is.

    `allow_private`: it may be this machine or a private network, and plain http.
    """
    parts = _split(url)
    if parts is None or parts.scheme not in ("https", "http") or not parts.hostname:
        return f"give a whole address, like {example}"
    if parts.username is not None or parts.password is not None:
        return "leave the user name and password out; a secret is no part of an address"
    if parts.fragment:
        return "leave out what follows '#'; it is never sent"
    if allow_private:
        return None
    if parts.scheme != "https":
        return "https only (allow_private: true lifts this, in the embedded run)"
    return _fault_of_host(parts.hostname)


def _split(url: str) -> SplitResult | None:
    """The parts of an address; None when it is none, or a client and a server might read it differently."""
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        has_port = parts.port != 0
    except ValueError:
        return None
    return parts if has_port else None


def _fault_of_host(host: str) -> str | None:
    if host == "localhost" or host.endswith(".localhost"):
        return "the hub does not connect to its own machine (allow_private: true lifts this, in the embedded run)"
    is_literal = ":" in host or host.replace(".", "").isdigit()
    reason = refusal(host) if is_literal else None
    return f"the host is {reason}, which the hub does not connect to" if reason else None
