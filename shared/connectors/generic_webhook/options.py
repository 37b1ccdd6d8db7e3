"""The settings of a generic webhook in `hub.yaml`."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from shared.connectors.addresses import refusal


class Options(BaseModel):
    """Where the receiver is. `allow_private`: it may be this machine or a private network, and plain http."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    allow_private: bool = False  # stands before `url`, which is judged by it
    timeout_s: float = Field(default=15, gt=0, le=15)
    url: str

    @field_validator("url")
    @classmethod
    def _can_be_told(cls, url: str, others: ValidationInfo) -> str:
        if fault := _fault(url, bool(others.data.get("allow_private"))):
            raise ValueError(fault)
        return url


def _fault(url: str, allow_private: bool) -> str | None:
    parts = _split(url)
    if parts is None or parts.scheme not in ("https", "http") or not parts.hostname:
        return "give a whole address, like https://receiver.example.com/hook"
    if parts.username is not None or parts.password is not None:
        return "leave the user name and password out; the receiver knows the hub by the signature"
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
