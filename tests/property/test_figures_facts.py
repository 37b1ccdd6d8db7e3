"""Facts of random cases: the same whatever the order and copies, and never saying what cannot be."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain.business_time.calendars import Calendar
from shared.domain.business_time.levels import Policy, ServiceLevels, Target, Whom
from shared.domain.figures.backlog import is_pending
from shared.domain.figures.beside import with_beside
from shared.domain.figures.chronicle import chronicle_of
from shared.domain.figures.facts import facts_of
from shared.domain.figures.metrics import METRICS
from shared.domain.figures.model import CaseHistory, KpiEvent
from shared.domain.figures.ripening import turning_points
from shared.domain.figures.rules import Rules
from shared.domain.figures.vocabulary import TYPES

BEGIN = datetime(2026, 11, 9, 12, tzinfo=UTC)
OFFICE = Calendar("office", "America/Guayaquil", (*(((540, 1080),),) * 5, ((540, 780),), ()))
POLICY = Policy(
    "all", targets={name: Target({"any": 900}) for name in ("first_response", "next_response", "resolution")}
)
RULES = Rules(ServiceLevels({"acme": OFFICE.zone}, {("acme", "office"): (OFFICE,)}, ((Whom(), "office"),), (POLICY,)))
AS_OF = BEGIN + timedelta(days=30)

STATES = ("open", "pending_customer", "on_hold", "resolved", "closed", "spam", "merged")
FLAGS = ("auto_ack", "auto_reply", "courtesy", "confirmed", "forced", "outbound", "failed", "no_contact")
IDS = [f"e{number}" for number in range(25)]

EVENTS = st.builds(
    KpiEvent,
    id=st.sampled_from(IDS),
    type=st.sampled_from(sorted(TYPES)),
    occurred_at=st.integers(0, 10_000).map(lambda steps: BEGIN + timedelta(seconds=47 * steps)),
    sequence=st.integers(0, 2),
    channel=st.sampled_from(("whatsapp", "webchat", "email", "voice", "in_person", "-")),
    actor_type=st.sampled_from(("customer", "agent", "bot", "system")),
    actor=st.sampled_from((None, "ana", "luis")),
    public=st.booleans(),
    state=st.sampled_from((None, *STATES)),
    team=st.sampled_from((None, "soporte")),
    topic=st.sampled_from((None, "pedido", "factura")),
    target=st.sampled_from((None, *IDS)),
    reason=st.sampled_from((None, "callback", "automated", "human", "agent", "internal", "spam", "handoff")),
    flags=st.frozensets(st.sampled_from(FLAGS), max_size=2),
    from_ingest=st.booleans(),
    details=st.dictionaries(
        st.sampled_from(("talk_s", "hold_s", "acw_s", "queue_s", "value", "cents", "active_s")),
        st.integers(0, 400),
        max_size=2,
    ),
)
CASES = st.lists(EVENTS, min_size=1, max_size=25)


def history(name: str, events: list[KpiEvent]) -> CaseHistory:
    return CaseHistory(name, "p", "acme", tuple(events))


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
@given(CASES, st.data())
def test_order_and_copies_change_nothing(events: list[KpiEvent], data: Any) -> None:
    copies = data.draw(st.lists(st.sampled_from(events), max_size=5))
    shuffled = data.draw(st.permutations([*events, *copies]))
    assert facts_of(history("c", shuffled), RULES, AS_OF) == facts_of(history("c", events), RULES, AS_OF)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
@given(CASES, CASES)
def test_no_fact_says_what_cannot_be(first: list[KpiEvent], second: list[KpiEvent]) -> None:
    for case in with_beside([history("c", first), history("d", second)]):
        facts = facts_of(case, RULES, AS_OF)
        for fact in facts:
            assert fact.amount >= (METRICS[fact.metric].metric_class == "counter")
            assert fact.at <= AS_OF
        sums = Counter[str]()
        for fact in facts:
            sums[fact.metric] += fact.amount
        for part, whole in PARTS:
            assert sums[part] <= sums[whole], (part, whole)
        pending = sums["backlog_entered"] - sums["backlog_left"]
        assert pending == is_pending(chronicle_of(case, RULES, AS_OF))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
@given(CASES)
def test_time_alone_changes_facts_at_turning_points_and_nowhere_between(events: list[KpiEvent]) -> None:
    case = history("c", events)
    latest = max(event.occurred_at for event in events)
    points = [latest, *sorted(set(turning_points(case, RULES, latest)))]
    for before, after in pairwise(points[:12]):
        assert facts_of(case, RULES, after - timedelta(seconds=1)) == facts_of(case, RULES, before)


PARTS = [
    *((f"{name}_business", f"{name}_calendar") for name in ("frt_human", "frt_contact", "nrt", "full_resolution")),
    ("net_resolution_calendar", "full_resolution_calendar"),
    ("net_resolution_business", "full_resolution_business"),
    ("contacts_short", "contacts_offered"),
    ("contacts_handled", "contacts_offered"),
    ("contacts_handled_human", "contacts_handled"),
    ("contacts_transferred", "contacts_handled_human"),
    ("cases_reopened", "cases_resolved"),
    ("cases_switched", "cases_human"),
    ("fcr_yes", "fcr_eligible"),
    ("fcr_eligible", "cases_resolved"),
    ("fcr_repeat_yes", "fcr_repeat_eligible"),
    ("bot_contained", "bot_sessions"),
    ("bot_contained_verified", "bot_contained"),
    ("bot_handoffs", "bot_sessions"),
    ("calls_within", "calls_answered"),
    ("calls_answered", "calls_offered"),
    ("queue_recovered", "queue_abandoned"),
    ("surveys_answered", "surveys_delivered"),
    ("surveys_delivered", "surveys_sent"),
    ("conversion_yes", "conversion_eligible"),
    ("chats_left", "chats_ended"),
    ("chats_ended", "chats_offered"),
]
"""What is a part of what."""
