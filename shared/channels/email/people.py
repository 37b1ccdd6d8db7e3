"""Who a mail is from and to, as an event says it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.channels.email.addresses import Sender, listed
from shared.channels.email.authentication import Authentication
from shared.channels.email.mime import Mail
from shared.domain.address_token import LENGTH
from shared.domain.element import digest
from shared.domain.event import Identity
from shared.domain.identity import Invalid, canonical

UNVERIFIED: Final = "unverified"
"""The namespace of addresses of which nobody proved that the mail is from there."""
UNKNOWN_SENDER: Final = "unknown_sender"
"""The namespace of senders without a usable address: whoever wrote stays apart from everybody else."""

_ENVELOPE: Final = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to")
_TOKEN_SIGNS: Final = frozenset("abcdefghijklmnopqrstuvwxyz234567")
NOBODY: Final = "-"


@dataclass(frozen=True, slots=True)
class Recipient:
    """`account`: the mailbox without its plus part, in small letters. `token`: the plus part, where it may be one."""

    account: str
    token: str | None


def recipient_of(mail: Mail, receipt: Mapping[str, Any]) -> Recipient:
    """The first envelope recipient; without an envelope the first addressee. The token may stand in any of them."""
    everybody = [_parted(value) for value in _addressed(mail, receipt)]
    token = next((one.token for one in everybody if one.token), None)
    return Recipient(everybody[0].account if everybody else NOBODY, token)


def _addressed(mail: Mail, receipt: Mapping[str, Any]) -> Iterator[str]:
    said = receipt.get("recipients")
    yield from (str(one) for one in said if isinstance(one, str) and "@" in one) if isinstance(said, list) else ()
    for name in (*_ENVELOPE, "to", "cc"):
        yield from (address.value for address in listed(mail.undecoded(name)) if address.is_valid)


def _parted(value: str) -> Recipient:
    try:
        value = canonical("email", value).value
    except Invalid:
        value = value.strip().lower()
    local, _, domain = value.rpartition("@")
    name, plus, tag = local.partition("+")
    last = tag.rpartition("+")[2]
    is_token = len(last) == LENGTH and _TOKEN_SIGNS.issuperset(last)
    return Recipient(f"{name}@{domain}" if plus and name else value, last if is_token else None)


def identity_of(sender: Sender, proved: Authentication, message_id: str) -> Identity:
    """Whose mail it is. There always is somebody: a mail is never lost because its sender cannot be read."""
    address = sender.address
    if address is None or address.canonical is None:
        known_by = ("address", address.spec.lower()) if address and address.spec else ("mail", message_id)
        value = digest("unknown sender", *known_by)
        return Identity(kind="external", value=value, namespace=UNKNOWN_SENDER, level="channel")
    is_proved = proved.is_authenticated and sender.found_in == "from" and not sender.is_odd
    is_proved = is_proved and proved.domain == address.value.rpartition("@")[2]
    return Identity(
        kind="email",
        value=address.value,
        namespace=None if is_proved else UNVERIFIED,
        address=address.spec,
        level="channel",
    )


def name_of(sender: Sender) -> str | None:
    """What people see. Of somebody without a usable address: the name, else what stands in its place."""
    address = sender.address
    if address is None:
        return None
    return address.name or (address.spec[:200] or None if address.canonical is None else None)


def notes_on(mail: Mail, sender: Sender, identity: Identity) -> Iterator[str]:
    """The flags about people."""
    address = sender.address
    if address is None or address.canonical is None:
        yield "address_invalid"
    elif sender.found_in != "from":
        yield "sender_not_in_from"
    if address and address.pretends:
        yield "name_is_address"
    if identity.namespace is not None:
        yield "unauthenticated"
    answers_to = {one.value for one in listed(mail.undecoded("reply-to")) if one.is_valid}
    if address and answers_to and address.value not in answers_to:
        yield "reply_to_differs"
