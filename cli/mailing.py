"""A mail file, handed to a running hub by SMTP, as a mail server would."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cli.faults import BadInput, Failed

TAKEN: Final = 250
_ENDS = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Delivered:
    """`status`: SMTP's code for the mail, 250 when the hub has it. `to`: the recipients that were taken."""

    status: int
    url: str
    to: tuple[str, ...]
    said: str


def deliver(mail: bytes, place: Mapping[str, Any], to: Sequence[str], nobody_there: str) -> Delivered:
    """Hand a mail to the port at `place` (`smtp` of `run.json`).

    `to`: its recipients; without any those of To and Cc that are mailboxes of the hub, else the hub's first mailbox.
    Raises `BadInput` for what is no mail, `Failed` when nobody answers.
    """
    from shared.channels.email.addresses import listed, sender_of
    from shared.channels.email.mime import read

    start = read(mail)
    if not start.headers:
        raise BadInput("this is no mail: it has no header")
    sender = sender_of(start).address
    named = [one.spec for name in ("to", "cc") for one in listed(start.undecoded(name)) if one.canonical]
    first = place.get("mailbox")
    host, port = str(place.get("host")), int(place.get("port") or 0)
    tries = [list(to)] if to else [named, [str(first)] if first else []]
    try:
        with smtplib.SMTP(host, port, timeout=30) as server:
            return _through(server, mail, sender.spec if sender and sender.canonical else "", tries)
    except (OSError, smtplib.SMTPServerDisconnected) as fault:
        raise Failed(nobody_there) from fault


def _through(server: smtplib.SMTP, mail: bytes, sender: str, tries: Sequence[Sequence[str]]) -> Delivered:
    server.ehlo()
    url = f"smtp://{server.sock.getpeername()[0]}:{server.sock.getpeername()[1]}" if server.sock else "smtp:"
    options = ["SMTPUTF8", "BODY=8BITMIME"] if not sender.isascii() else []
    code, said = server.mail(sender, options)
    taken: list[str] = []
    for some in tries if code == TAKEN else ():
        for recipient in some:
            code, said = server.rcpt(recipient)
            taken += [recipient] if code == TAKEN else []
        if taken:
            break
    if taken:
        code, said = server.data(_ENDS.sub(b"\r\n", mail))
    elif code == TAKEN:
        code, said = 554, b"it names no mailbox of the hub: --to ADDRESS"
    return Delivered(code, url, tuple(taken), said.decode("utf-8", "replace"))
