"""Raw mails that reach the hub: in Files, read by the channel's parser, recorded on every engine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import count
from typing import Any

import pytest

from shared.application.intake import Intake
from shared.application.record import Context, Outcome
from shared.channels.email.reader import Reader
from shared.configuration import parse
from shared.domain.address_token import make_token
from shared.domain.event import Event, utc_text
from shared.ports.table import Item, Put, Table, Update
from shared.store import items, keys
from tests.engine.record.bench import START, CountedTable, Hub

KEY = b"k" * 32
HELP, SALES, ZETA = "ayuda@acme.example.com", "ventas@acme.example.com", "hola@zeta.example.com"

CONFIG = parse(
    f"""
brands:
- {{name: acme, languages: [es], default_country: EC, time_zone: America/Guayaquil}}
- {{name: zeta, languages: [es], default_country: EC, time_zone: America/Guayaquil}}
accounts:
- {{channel: email, id: {HELP}, brand: acme}}
- {{channel: email, id: {SALES}, brand: acme}}
- {{channel: email, id: {ZETA}, brand: zeta}}
""",
    "test",
    {},
)


def mail(
    name: str | None = "1@example.net",
    text: str = "¿Dónde está mi pedido?",
    *,
    sender: str = "Ana <ana@example.net>",
    to: str = HELP,
    subject: str = "Mi pedido",
    answers: str | None = None,
    references: Sequence[str] = (),
    at: timedelta = timedelta(),
    **headers: str,
) -> bytes:
    """The bytes of a mail. `name`: its Message-ID; `answers`: In-Reply-To; `references`: oldest first."""
    lines = {"From": sender, "To": to, "Subject": subject, "Date": format_datetime(START + at)}
    lines |= {"Message-ID": f"<{name}>"} if name else {}
    lines |= {"In-Reply-To": f"<{answers}>"} if answers is not None else {}
    lines |= {"References": " ".join(f"<{one}>" for one in references)} if references else {}
    lines |= {field.replace("_", "-"): value for field, value in headers.items()}
    lines = {"Content-Type": "text/plain; charset=utf-8", "Content-Transfer-Encoding": "8bit"} | lines
    head = "".join(f"{field}: {value}\r\n" for field, value in lines.items())
    return f"{head}\r\n{text}\r\n".encode()


@dataclass
class MailHub(Hub):
    numbers_of_mails: Any = field(default_factory=lambda: count(1))

    @property
    def context(self) -> Context:
        return replace(super().context, config=CONFIG, signing_keys=lambda: (KEY,))

    @property
    def intake(self) -> Intake:
        reader = Reader({HELP, SALES, ZETA}, "this-hub")
        return Intake(self.context, lambda _: reader)

    def envelope(
        self, content: bytes, to: Sequence[str] = (HELP,), *, at: timedelta | None = None, **verdicts: str
    ) -> str:
        """A mail in Files, and the message that names it. DMARC passed unless said otherwise."""
        number = next(self.numbers_of_mails)
        received = utc_text(datetime.fromtimestamp(self.seconds, START.tzinfo) if at is None else START + at)
        self.files.put(f"mail/ses{number}", content)
        verdicts = {"dmarc": "PASS", "spam": "PASS", "virus": "PASS"} | verdicts
        receipt = {"ses_id": f"ses{number}", "recipients": list(to), "at": received, "verdicts": verdicts}
        raw = {"mail_file": f"mail/ses{number}", "receipt": receipt}
        return json.dumps(
            {"channel": "email", "delivery": f"ses{number}", "index": 0, "received_at": received, "raw": raw}
        )

    def arrive(
        self, content: bytes, to: Sequence[str] = (HELP,), *, at: timedelta | None = None, **verdicts: str
    ) -> Outcome:
        return self.intake.take(self.envelope(content, to, at=at, **verdicts))

    def token(self, case_id: str | None) -> str:
        assert case_id
        return make_token(case_id, KEY)

    def reference(self, case_id: str | None) -> str:
        return str(self.case(case_id)["reference"])

    def answer(self, case_id: str | None, ses_id: str) -> int:
        """An agent's answer in this case that SES took under this id. Its sequence."""
        case = self.case(case_id)
        sequence = int(case["sequence"]) + 1
        event = Event.model_validate(
            {
                "channel": "email",
                "account": HELP,
                "kind": "message",
                "message_id": f"answer-{sequence}",
                "author": {"type": "agent"},
                "direction": "outbound",
                "text": "Va en camino",
                "provider_type": "mail",
            }
        )
        pk, sk = keys.message("email", HELP, ses_id)
        self.table.table.transact(
            [
                Put(items.entry_item(case["id"], sequence, event, utc_text(START), {})),
                Put({"pk": pk, "sk": sk, "case": case["id"], "sequence": sequence}),
                Update(keys.case(case["id"]), set={"sequence": sequence}),
            ]
        )
        return sequence

    def entry(self, outcome: Outcome) -> Any:
        """The entry that came of it, as tools see it."""
        return next(one for one in self.log(outcome.case) if one.sequence == outcome.sequence)

    def index(self, outcome: Outcome) -> Item:
        """The place in the index of the message behind an outcome."""
        entry = self.entry(outcome)
        found = self.table.table.get(keys.message("email", entry.account, entry.message_id)).item
        assert found
        return found


@pytest.fixture
def mails(table: Table) -> MailHub:
    return MailHub(CountedTable(table))


@pytest.fixture
def contended_mails(contended_table: Table) -> MailHub:
    return MailHub(CountedTable(contended_table))
