"""What SES does with a mail: refuses it, or takes it, writes its own Message-ID and Date into it, and delivers it."""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any, Final
from uuid import uuid4

from local.stand_ins.ses.behaviour import ERRORS, Behaviour, changed
from local.stand_ins.ses.notices import Notices
from local.stand_ins.ses.rules import Asked, Fault, is_blocked, read, signed

KEPT: Final = 2_000
"""Delivered mails; older ones are forgotten."""
CONFIGURATION_SET: Final = "hub"
_ITS_OWN: Final = re.compile(rb"(?im)^(?:message-id|date):[^\r]*(?:\r\n[ \t][^\r]*)*\r\n")


@dataclass(frozen=True, slots=True)
class Delivered:
    """A mail that was taken. `raw`: as it arrives. `bounces`: the sub type of the bounce where it does not."""

    n: int
    id: str
    message_id: str
    sender: str
    to: tuple[str, ...]
    subject: str
    at: float
    raw: bytes
    tags: Mapping[str, str] = field(default_factory=dict)
    bounces: str | None = None

    @property
    def mail(self) -> EmailMessage:
        found: EmailMessage = message_from_bytes(self.raw, policy=SMTP)
        return found

    @property
    def text(self) -> str:
        """What a person reads."""
        body = self.mail.get_body(("plain", "html"))
        return str(body.get_content()).replace("\r\n", "\n") if body else ""


@dataclass(frozen=True, slots=True)
class Said:
    """An answer. `after_s`: only then. `is_lost`: the caller never hears it."""

    status: int
    content: dict[str, Any]
    code: str = ""
    after_s: float = 0.0
    is_lost: bool = False


class Provider:
    """Threads may share it. `verified`: addresses and domains that may send, and in the sandbox get mail.

    `nowhere`: addresses that do not exist: what is for them is taken, and bounces. `suppressed`: those on the account's
    own list.
    """

    def __init__(
        self,
        verified: Collection[str],
        notices: Notices,
        clock: Callable[[], float],
        *,
        nowhere: Collection[str] = (),
        suppressed: Collection[str] = (),
        new_id: Callable[[], str] = lambda: f"0100{uuid4().hex[:12]}-{uuid4()}-000000",
        behaviour: Behaviour | None = None,
    ) -> None:
        self._verified = frozenset(one.lower() for one in verified)
        self._notices = notices
        self._clock = clock
        self._nowhere = set(nowhere)
        self._suppressed = set(suppressed)
        self._new_id = new_id
        self._behaviour = behaviour or Behaviour()
        self._mails: deque[Delivered] = deque(maxlen=KEPT)
        self._number = 0
        self._lock = threading.Lock()

    @property
    def behaviour(self) -> Behaviour:
        return self._behaviour

    def behave(self, wanted: dict[str, Any]) -> Behaviour:
        """Change what is named. Raises ValueError naming what cannot be."""
        with self._lock:
            self._behaviour = changed(self._behaviour, wanted)
            return self._behaviour

    def vanish(self, address: str) -> None:
        """From now on nobody has this address."""
        with self._lock:
            self._nowhere.add(address.lower())

    def delivered(self, person: str | None = None, after: int = 0) -> list[Delivered]:
        """What people got, oldest first; of one person, by their address."""
        with self._lock:
            arrived = [one for one in self._mails if one.bounces is None and one.n > after]
        return [one for one in arrived if person is None or person.lower() in one.to]

    def send(self, headers: Mapping[str, str], request: bytes) -> Said:
        """`POST /v2/email/outbound-emails`. `headers`: names in lower case."""
        with self._lock:
            try:
                region = signed(headers.get("authorization"), headers.get("x-amz-date"))
                asked = read(_parsed(request), (CONFIGURATION_SET,))
                self._check(asked, region)
                return self._taken(asked, region)
            except Fault as fault:
                return Said(fault.status, {"message": fault.words}, fault.code)

    def account(self, headers: Mapping[str, str]) -> Said:
        """`GET /v2/email/account`."""
        try:
            signed(headers.get("authorization"), headers.get("x-amz-date"))
        except Fault as fault:
            return Said(fault.status, {"message": fault.words}, fault.code)
        quota = {"Max24HourSend": 50000.0, "MaxSendRate": 14.0, "SentLast24Hours": float(self._number)}
        is_out = not self._behaviour.is_sandbox
        said = {"SendingEnabled": True, "ProductionAccessEnabled": is_out, "EnforcementStatus": "HEALTHY"}
        return Said(200, {**said, "SendQuota": quota})

    def identity(self, headers: Mapping[str, str], name: str) -> Said:
        """`GET /v2/email/identities/{name}`."""
        try:
            signed(headers.get("authorization"), headers.get("x-amz-date"))
        except Fault as fault:
            return Said(fault.status, {"message": fault.words}, fault.code)
        if name.lower() not in self._verified:
            return Said(404, {"message": f"Email identity {name} does not exist."}, "NotFoundException")
        return Said(200, {"VerifiedForSendingStatus": True, "DkimAttributes": {"Status": "SUCCESS"}})

    def _check(self, asked: Asked, region: str) -> None:
        """Raises `Fault` for what is not taken just now."""
        if self._behaviour.refuses:
            name, *rest = self._behaviour.refuses
            self._behaviour = replace(self._behaviour, refuses=tuple(rest))
            raise Fault(*ERRORS[name])
        wanted = (asked.sender, *(asked.to if self._behaviour.is_sandbox else ()))
        failing = [one for one in wanted if not {one, one.rpartition("@")[2]} & self._verified]
        if failing:
            words = "Email address is not verified. The following identities failed the check in region"
            raise Fault(400, "MessageRejected", f"{words} {region.upper()}: {', '.join(failing)}")

    def _taken(self, asked: Asked, region: str) -> Said:
        behaviour, now = self._behaviour, self._clock()
        self._number += 1
        sent = self._new_id()
        message_id = f"{sent}@{'email' if region == 'us-east-1' else region}.amazonses.com"
        mail = Delivered(
            n=self._number,
            id=sent,
            message_id=message_id,
            sender=asked.sender,
            to=asked.to,
            subject=str(asked.mail["subject"] or ""),
            at=now,
            raw=_rewritten(asked.raw, message_id, now),
            tags=dict(asked.tags),
            bounces=self._bounce(asked),
        )
        self._mails.append(mail)
        if asked.configuration_set is not None:
            self._notices.tell(mail, self._kinds(mail), behaviour)
        if behaviour.loses:
            self._behaviour = replace(behaviour, loses=behaviour.loses - 1)
        return Said(200, {"MessageId": sent}, after_s=behaviour.answers_after_s, is_lost=behaviour.loses > 0)

    def _bounce(self, asked: Asked) -> str | None:
        """Why what is taken does not arrive."""
        if is_blocked(asked.mail):
            return "Reject"
        if self._suppressed.intersection(asked.to):
            return "OnAccountSuppressionList"
        return "General" if self._nowhere.intersection(asked.to) else None

    def _kinds(self, mail: Delivered) -> list[str]:
        if mail.bounces == "Reject":
            return ["Reject"]
        if mail.bounces:
            return ["Send", "Bounce"]
        return [*self._behaviour.tells, *(["Complaint"] if self._behaviour.complains else [])]


def _rewritten(raw: bytes, message_id: str, now: float) -> bytes:
    head, _, body = raw.partition(b"\r\n\r\n")
    kept = _ITS_OWN.sub(b"", head + b"\r\n")
    date = format_datetime(datetime.fromtimestamp(now, UTC))
    return f"Message-ID: <{message_id}>\r\nDate: {date}\r\n".encode() + kept + b"\r\n" + body


def _parsed(request: bytes) -> Any:
    try:
        asked = json.loads(request)
    except (ValueError, RecursionError):
        raise Fault(400, "SerializationException", "The request is not JSON") from None
    if not isinstance(asked, dict):
        raise Fault(400, "SerializationException", "The request is not an object")
    return asked
