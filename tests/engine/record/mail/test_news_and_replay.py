"""What SES tells of our mails reaches their answers; and every mail can be read again as it was."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from shared.application.record import Outcome
from shared.application.replay_originals import Originals, Unreadable
from shared.domain.rereading import differences
from shared.store.views import event_of
from tests.engine.record.mail.conftest import HELP, SALES, MailHub, mail
from tests.engine.record.mail.test_who import report

HOUR = timedelta(hours=1)
SES = "0100018c2f-5b1d-4f4e-a0aa-7a2a0f2d4c11-000000"
AT = "2026-11-22T11:00:00.000Z"


def notice(kind: str, **part: Any) -> dict[str, Any]:
    about = {"messageId": SES, "timestamp": AT, "source": HELP, "destination": ["ana@example.net"]}
    return {"eventType": kind, "mail": about, kind.lower(): {"timestamp": AT, **part}}


def told(mails: MailHub, said: dict[str, Any]) -> Outcome:
    envelope = {"channel": "email", "delivery": "n", "index": 0, "received_at": "2026-11-22T11:00:01Z"}
    return mails.intake.take(json.dumps(envelope | {"raw": {"notice": said, "number": 0}}))


def delivery_of(mails: MailHub, case: str | None, sequence: int) -> str | None:
    return next(one.delivery for one in mails.log(case) if one.sequence == sequence)


def test_a_delivery_is_kept_on_the_answer(mails: MailHub) -> None:
    first = mails.arrive(mail())
    sent = mails.answer(first.case, SES)
    outcome = told(mails, notice("Delivery", recipients=["ana@example.net"]))
    assert (outcome.result, outcome.case, outcome.sequence) == ("receipt", first.case, sent)
    assert delivery_of(mails, first.case, sent) == "delivered"


def test_a_bounce_is_told_to_the_agent_once(mails: MailHub) -> None:
    first = mails.arrive(mail())
    sent = mails.answer(first.case, SES)
    bounced = [{"emailAddress": "ana@example.net", "status": "5.1.1", "diagnosticCode": "smtp; 550 no such user"}]
    said = notice("Bounce", bounceType="Permanent", bounceSubType="General", bouncedRecipients=bounced)
    assert [told(mails, said).result for _ in range(3)] == ["recorded", "copy", "copy"]
    assert delivery_of(mails, first.case, sent) == "failed"
    entry = mails.log(first.case)[-1]
    assert (entry.kind, entry.receipt is not None) == ("receipt", True)


def test_news_before_the_answer_is_known_waits_for_it(mails: MailHub) -> None:
    mails.arrive(mail())
    assert told(mails, notice("Delivery", recipients=["ana@example.net"])).result == "waiting"


def test_news_that_cannot_be_read_is_parked(mails: MailHub) -> None:
    from shared.domain.errors import Malformed

    with pytest.raises(Malformed):
        told(mails, {"eventType": "Bounce"})


MAILS = [
    pytest.param(mail(), [HELP], {}, id="plain"),
    pytest.param(mail(to="x@example.org"), ["lista@example.org", SALES], {}, id="alias"),
    pytest.param(mail(), [HELP], {"dmarc": "FAIL", "spam": "FAIL"}, id="unproved"),
    pytest.param(mail(text="Hola\n\nEl lun, 16 nov 2026 a las 10:15, x escribió:\n> uno"), [HELP], {}, id="quoted"),
]


@pytest.mark.parametrize(("content", "to", "verdicts"), MAILS)
def test_a_mail_is_read_again_as_it_was(
    mails: MailHub, content: bytes, to: list[str], verdicts: dict[str, str]
) -> None:
    outcome = mails.arrive(content, to, **verdicts)
    assert same(mails, outcome) == []


def test_a_returned_mail_is_read_again_as_it_was(mails: MailHub) -> None:
    first = mails.arrive(mail())
    mails.answer(first.case, SES)
    assert same(mails, mails.arrive(report(f"{SES}@email.amazonses.com"))) == []


def same(mails: MailHub, outcome: Outcome) -> list[str]:
    """The fields in which a second reading differs."""
    item = next(one for one in mails.entries(outcome.case) if one["sequence"] == outcome.sequence)
    read = Originals(mails.files, mails.intake.channel).read(item, "email")  # type: ignore[arg-type]
    return differences(event_of(item), read)


def test_a_mail_that_is_gone_is_named_by_a_replay(mails: MailHub) -> None:
    outcome = mails.arrive(mail())
    [item] = mails.entries(outcome.case)
    mails.files.clear()
    with pytest.raises(Unreadable, match="mail/ses1"):
        Originals(mails.files, mails.intake.channel).read(item, "email")  # type: ignore[arg-type]
