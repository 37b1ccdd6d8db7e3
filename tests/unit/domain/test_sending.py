"""The checks at the moment of sending: the rows of routing_sla.md §7, and the order in which they are made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.domain.answer import Later
from shared.domain.consent import Consent
from shared.domain.sending import (
    Account,
    Person,
    Sending,
    after_refusal,
    allows,
    give_up_after_s,
    in_window,
    may_send,
    quiet_until,
    wait_s,
)

GUAYAQUIL, GALAPAGOS = ZoneInfo("America/Guayaquil"), ZoneInfo("Pacific/Galapagos")
NOON = datetime(2026, 11, 22, 17, tzinfo=UTC)
ANSWER = Sending("whatsapp")
ALL = ("stopped", "consent", "barred", "identity", "frequency", "quiet_hours", "window", "duplicate", "rate")


def person(ago: timedelta | None = timedelta(hours=1), zone: ZoneInfo = GUAYAQUIL, **more: Any) -> Person:
    return Person(zone, None if ago is None else NOON - ago, **more)


def consent(action: str, purpose: str, channel: str = "whatsapp", hour: int = 1) -> Consent:
    at = f"2026-11-0{hour}T00:00:00Z"
    content = {"purpose": purpose, "channel": channel, "action": action, "source": "meta", "evidence": "e"}
    return Consent.model_validate({**content, "occurred_at": at, "recorded_at": at})


def local(hour: int, minute: int, zone: ZoneInfo = GUAYAQUIL) -> datetime:
    return datetime(2026, 11, 22, hour, minute, tzinfo=zone)


ROWS = [
    ("1: 23 h 59 min after", ANSWER, person(timedelta(hours=23, minutes=59)), "free", None),
    ("1: 23:59:59 after", ANSWER, person(timedelta(hours=23, minutes=59, seconds=59)), "free", None),
    ("2: 24 h to the second", ANSWER, person(timedelta(hours=24)), "draft", "window"),
    ("2: 24 h and a second", ANSWER, person(timedelta(hours=24, seconds=1)), "draft", "window"),
    ("2: with a template", Sending("whatsapp", template=True), person(timedelta(hours=25)), "template", None),
    ("4: nothing was said on this account", ANSWER, person(None), "draft", "window"),
    ("a clock that is ahead of ours", ANSWER, person(timedelta(minutes=-2)), "free", None),
    (
        "5: an outage, by the basis of service",
        Sending("whatsapp", "outage", template=True),
        person(None),
        "template",
        None,
    ),
    (
        "5: an outage, to one who said no",
        Sending("whatsapp", "outage", template=True),
        person(None, consents=[consent("withdraw", "outage")]),
        "no",
        "consent",
    ),
    (
        "5: a second of our numbers",
        Sending("whatsapp", "outage", template=True, is_duplicate=True),
        person(None),
        "no",
        "duplicate",
    ),
    (
        "6: a debt, to a number that several share",
        Sending("whatsapp", "transactional", is_sensitive=True, template=True),
        person(is_shared=True),
        "draft",
        "identity",
    ),
    ("6: nothing sensitive to them", ANSWER, person(is_shared=True), "free", None),
    ("9: the template is paused", Sending("whatsapp", "outage"), person(None), "no", "window"),
    ("somebody else may be behind the number", ANSWER, person(is_verified=False), "draft", "identity"),
    ("blocked", ANSWER, person(bars=frozenset({"blocked"})), "no", "barred"),
    ("erased", ANSWER, person(bars=frozenset({"erased"})), "no", "barred"),
    ("a minor is answered", ANSWER, person(bars=frozenset({"minor"})), "free", None),
    (
        "a minor gets no marketing",
        Sending("whatsapp", "marketing", template=True),
        person(bars=frozenset({"minor"}), consents=[consent("grant", "marketing")]),
        "no",
        "barred",
    ),
    ("marketing without a word", Sending("whatsapp", "marketing", template=True), person(), "no", "consent"),
    (
        "marketing that was stopped does not stop an answer",
        ANSWER,
        person(consents=[consent("withdraw", "marketing")]),
        "free",
        None,
    ),
    ("another channel has no window", Sending("email"), person(None), "free", None),
]


@pytest.mark.parametrize(("what", "whom", "verdict", "because"), [row[1:] for row in ROWS], ids=[r[0] for r in ROWS])
def test_row(what: Sending, whom: Person, verdict: str, because: str | None) -> None:
    decided = may_send(what, whom, Account(), NOON)
    assert (decided.verdict, decided.because) == (verdict, because)
    expected = ALL if because is None else ALL[: ALL.index(because) + 1]
    assert decided.made == expected


def test_the_first_check_that_fails_decides() -> None:
    """Everything is wrong; mended one after the other, each next check decides, in the order of the sheet."""
    granted = [consent("grant", "marketing")]
    tonight = local(22, 0)
    what: dict[str, Any] = {"purpose": "marketing", "is_sensitive": True, "is_duplicate": True}
    whom: dict[str, Any] = {"bars": frozenset({"blocked"}), "is_shared": True, "sent": [tonight]}
    account: dict[str, Any] = {"is_stopped": True, "free_at": tonight + timedelta(hours=20)}
    now, decided = tonight, list[str | None]()
    mends: list[Callable[[], None]] = [
        lambda: None,
        lambda: account.update(is_stopped=False),
        lambda: whom.update(consents=granted),
        lambda: whom.update(bars=frozenset()),
        lambda: whom.update(is_shared=False),
        lambda: whom.update(sent=[]),
        lambda: None,
        lambda: what.update(template=True),
        lambda: what.update(is_duplicate=False),
        lambda: account.update(free_at=None),
    ]
    for mend in mends:
        mend()
        if len(decided) == 6:
            now = tonight + timedelta(hours=12)
        wanted = Sending("whatsapp", **what), Person(GUAYAQUIL, **whom), Account(**account)
        decided.append(may_send(*wanted, now).because)
    assert decided == [*ALL, None]


def test_3_a_window_that_closes_between_click_and_call() -> None:
    assert after_refusal(True, retried=False) == "template"
    assert after_refusal(True, retried=True) == "draft"
    assert after_refusal(False, retried=False) == "draft"


CAPPED = [
    ("never", [], None),
    ("yesterday at the same time", [24.0], None),
    ("a second less than a day ago", [23.9997], 24 - 23.9997),
    ("three in the month", [30, 60, 90], None),
    ("four in the month", [30, 60, 90, 100], 720 - 100),
    ("four, one of them long ago", [30, 60, 90, 721], None),
]


@pytest.mark.parametrize(("hours", "left"), [row[1:] for row in CAPPED], ids=[row[0] for row in CAPPED])
def test_marketing_is_capped_by_day_and_month(hours: list[float], left: float | None) -> None:
    whom = person(consents=[consent("grant", "marketing")], sent=[NOON - timedelta(hours=each) for each in hours])
    decided = may_send(Sending("whatsapp", "marketing", template=True), whom, Account(), NOON)
    expected = None if left is None else NOON + timedelta(hours=left)
    assert (decided.because, decided.until) == ("frequency" if left else None, expected)


NIGHTS = [
    ("11: 20:58", local(20, 58), GUAYAQUIL, None),
    ("11: 21:10 waits until 08:00", local(21, 10), GUAYAQUIL, datetime(2026, 11, 23, 8, tzinfo=GUAYAQUIL)),
    ("21:00 is night", local(21, 0), GUAYAQUIL, datetime(2026, 11, 23, 8, tzinfo=GUAYAQUIL)),
    ("07:59 waits a minute", local(7, 59), GUAYAQUIL, local(8, 0)),
    ("08:00 is day", local(8, 0), GUAYAQUIL, None),
    ("12: 20:30 in Guayaquil is 19:30 in Galápagos", local(20, 30), GALAPAGOS, None),
    ("12: 21:30 is 20:30 there", local(21, 30), GALAPAGOS, None),
    ("22:00 is 21:00 there", local(22, 0), GALAPAGOS, datetime(2026, 11, 23, 8, tzinfo=GALAPAGOS)),
]


@pytest.mark.parametrize(("now", "zone", "until"), [row[1:] for row in NIGHTS], ids=[row[0] for row in NIGHTS])
def test_what_is_proactive_waits_for_the_morning_where_the_person_is(
    now: datetime, zone: ZoneInfo, until: datetime | None
) -> None:
    assert quiet_until(now, zone) == until
    notice = Sending("whatsapp", "transactional", template=True)
    decided = may_send(notice, Person(zone), Account(), now)
    assert (decided.verdict, decided.until) == (("wait", until) if until else ("template", None))
    assert may_send(Sending("whatsapp"), Person(zone, now), Account(), now).verdict == "free", "an answer does not"
    for urgent in ("outage", "security"):
        assert may_send(Sending("whatsapp", urgent, template=True), Person(zone), Account(), now).until is None


SAID = [
    ([], True, False),
    (["withdraw"], False, False),
    (["grant"], True, True),
    (["withdraw", "grant"], True, True),
    (["grant", "deny"], False, False),
    (["grant", "expire"], False, False),
    (["import"], False, False),
]


@pytest.mark.parametrize(("actions", "service", "marketing"), SAID)
def test_what_the_person_said_last_decides(actions: list[Any], service: bool, marketing: bool) -> None:
    for purpose, allowed in (("service", service), ("marketing", marketing)):
        said = [consent(action, purpose, hour=number) for number, action in enumerate(actions, 1)]
        assert allows(said, purpose, "whatsapp") is allowed  # type: ignore[arg-type]


def test_what_was_said_of_every_channel_counts_here() -> None:
    said = [consent("grant", "marketing", "whatsapp", 1), consent("withdraw", "marketing", "*", 2)]
    assert not allows(said, "marketing", "whatsapp")
    assert not allows([consent("grant", "marketing", "email")], "marketing", "whatsapp")


def test_a_window_belongs_to_channels_that_have_one() -> None:
    assert in_window("email", None, NOON)
    assert not in_window("whatsapp", None, NOON)


@pytest.mark.parametrize(
    ("attempts", "said", "seconds"),
    [
        (0, Later("131056"), 1),
        (1, Later("131056"), 4),
        (2, Later("131056"), 16),
        (9, Later("131056"), 900),
        (0, Later("130429", after_s=30), 30),
        (9, Later("130429", after_s=30), 900),
    ],
)
def test_waits_grow_fourfold(attempts: int, said: Later, seconds: float) -> None:
    assert wait_s(attempts, said) == seconds


def test_what_stops_an_account_may_take_a_person_a_day() -> None:
    assert give_up_after_s(Later("190", whole_account=True, stops=True)) == 24 * 3600
    assert give_up_after_s(Later("131000")) == 3600
