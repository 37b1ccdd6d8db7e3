"""Of whom a survey is asked, when, and what becomes of one that is not: whole, over each engine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from shared.domain.consent import Consent
from shared.ports.table import Update
from shared.store import keys
from shared.store.consents import consent_put
from tests.engine.record.bench import START
from tests.engine.surveys.bench import HOUR, MINUTE, MORNING, AskingHub, asked_case, asking, resolved

DUE = MORNING + 25 * MINUTE


def why(hub: AskingHub, case: str) -> str | None:
    assert hub.surveys(case) == [], "nobody was asked"
    return hub.case(case)["survey_look"].get("why")


def test_a_resolved_case_is_asked_about_after_its_delay_and_stays_resolved(hub: AskingHub) -> None:
    case = resolved(hub)
    assert hub.look(case, DUE - timedelta(seconds=1)).steps == 0
    assert hub.case(case)["due_sk"].startswith("2026-11-22T16:25:00Z#"), "it is on the clock for that"
    hub.table.reset()
    assert hub.look(case, DUE).steps == 1
    assert [len(writes) for writes in hub.table.transactions] == [4]
    entry = hub.asked(case)
    assert (entry.kind, entry.direction, entry.author.type, entry.visibility) == ("survey", "outbound", "bot", "public")
    assert entry.text == "¿Qué tan satisfecho quedó con la atención que le dimos?"
    assert entry.survey
    assert entry.survey.dump() == {
        "kind": "csat", "scale": "csat", "case": case, "sequence": entry.sequence, "channel": "whatsapp",
        "until": "2026-11-29T16:25:00Z", "scale_mapped": False,
    }  # fmt: skip
    assert hub.case(case)["state"] == "resolved"
    assert hub.case(case)["sequence"] == len(hub.log(case))
    assert hub.look(case, DUE + HOUR).steps == 0, "once"


def test_it_goes_to_where_the_customer_wrote_and_is_bound_to_whoever_has_the_case(hub: AskingHub) -> None:
    case = hub.says("w1", "Hola", MORNING).case
    assert case
    hub.opened(case)
    hub.at(MORNING + MINUTE)
    hub.answers(f"T-{case}")
    hub.sets(case, "resolved", MORNING + 2 * MINUTE)
    hub.look(case, MORNING + 20 * MINUTE)
    entry = hub.asked(case)
    item = next(one for one in hub.entries(case) if one["kind"] == "survey")
    assert item["to"] == hub.case(case)["conversations"][0]
    assert entry.survey
    assert entry.survey.agent == "luis", "nobody took the case: it is of whoever answered last"


def test_without_configuration_nobody_is_asked(hub: AskingHub) -> None:
    hub.config = hub.config.model_copy(update={"surveys": []})
    case = resolved(hub)
    assert hub.look(case, DUE).steps == 0
    assert "survey_look" not in hub.case(case)


def test_another_brand_is_not_asked(hub: AskingHub) -> None:
    case = resolved(hub, account="200000000000003")
    assert hub.look(case, DUE).steps == 0


def test_a_case_that_is_reopened_before_its_time_is_not_asked_about(hub: AskingHub) -> None:
    case = resolved(hub)
    hub.says("w2", "Sigue sin llegar", MORNING + 15 * MINUTE)
    assert hub.look(case, DUE).steps == 0
    hub.sets(case, "resolved", MORNING + HOUR)
    assert hub.look(case, MORNING + 2 * HOUR).steps == 1
    assert len(hub.surveys(case)) == 1, "about its second end"


@pytest.mark.parametrize("ends", ["spam", "closed"])
def test_spam_is_not_asked_about_and_what_was_closed_at_once_is(hub: AskingHub, ends: str) -> None:
    case = hub.says("w1", "Hola", MORNING).case
    assert case
    hub.sets(case, ends, MORNING + MINUTE)
    hub.look(case, MORNING + HOUR)
    assert len(hub.surveys(case)) == (1 if ends == "closed" else 0)


def test_a_case_that_became_spam_before_its_time(hub: AskingHub) -> None:
    case = resolved(hub)
    hub.sets(case, "spam", MORNING + 12 * MINUTE)
    assert hub.look(case, DUE).steps == 0
    assert hub.surveys(case) == []


def test_a_customer_is_asked_once_in_seven_days_on_whatever_channel(hub: AskingHub) -> None:
    asked_case(hub)
    second = resolved(hub, "w2", MORNING + 60 * HOUR)
    hub.look(second, MORNING + 61 * HOUR)
    assert why(hub, second) == "asked_lately"
    assert hub.counters["survey_not_asked"] == 1
    third = resolved(hub, "w3", MORNING + timedelta(days=7, minutes=30))
    hub.look(third, MORNING + timedelta(days=7, minutes=60))
    assert len(hub.surveys(third)) == 1


def test_whoever_was_merged_with_them_was_asked_as_well(hub: AskingHub) -> None:
    asked_case(hub)
    other = hub.says("o1", "Hola", MORNING, phone="593987654321", name="Ana").case
    first = hub.case(other)["customer"]
    loser = hub.case(asked_of(hub))["customer"]
    hub.hold(first, family=[loser])
    hub.sets(other, "resolved", MORNING + HOUR)
    hub.look(other, MORNING + 2 * HOUR)
    assert why(hub, other) == "asked_lately"


def asked_of(hub: AskingHub) -> str:
    found = hub.table.table.get(keys.message("whatsapp", "200000000000001", "w1")).item
    assert found
    return str(found["case"])


@pytest.mark.parametrize(
    ("purpose", "action", "channel", "expected"),
    [
        ("survey", "withdraw", "whatsapp", "opted_out"),
        ("survey", "deny", "*", "opted_out"),
        ("marketing", "withdraw", "whatsapp", "opted_out"),
        ("marketing", "withdraw", "email", None),
        ("marketing", "grant", "whatsapp", None),
    ],
)
def test_whoever_wants_no_messages_is_not_asked(
    hub: AskingHub, purpose: str, action: str, channel: str, expected: str | None
) -> None:
    case = resolved(hub)
    record = {"purpose": purpose, "channel": channel, "action": action, "source": "test", "occurred_at": START}
    consent = Consent.model_validate(record | {"recorded_at": START, "evidence": "e" * 64})
    hub.table.table.transact([consent_put(hub.case(case)["customer"], consent, {})])
    hub.look(case, DUE)
    assert hub.case(case)["survey_look"].get("why") == expected


def test_the_word_stop_stops_surveys(hub: AskingHub) -> None:
    case = resolved(hub)
    hub.says("w2", "STOP", MORNING + 12 * MINUTE)
    hub.look(case, DUE)
    assert why(hub, case) == "opted_out"


def test_outside_the_window_nobody_is_asked_and_the_case_says_why(hub: AskingHub) -> None:
    hub.config = asking("kind: csat, after: P1D, channels: [whatsapp]")
    case = resolved(hub)
    assert hub.look(case, MORNING + timedelta(days=1, minutes=10)).steps == 1
    assert why(hub, case) == "window_closed"
    assert hub.look(case, MORNING + timedelta(days=2)).steps == 0, "that was its time"


def test_at_night_it_waits_for_the_morning(hub: AskingHub) -> None:
    evening = MORNING + timedelta(hours=9, minutes=45)  # 20:45 in Guayaquil
    case = resolved(hub, at=evening)
    assert hub.look(case, evening + 25 * MINUTE).steps == 1
    assert hub.surveys(case) == []
    assert hub.case(case)["due_sk"].startswith("2026-11-23T13:00:00Z#"), "8 o'clock"
    assert hub.look(case, MORNING + 20 * HOUR + 59 * MINUTE).steps == 0
    assert hub.look(case, MORNING + 21 * HOUR).steps == 1
    assert len(hub.surveys(case)) == 1


def test_what_the_clock_finds_a_day_late_is_not_asked(hub: AskingHub) -> None:
    hub.config = asking("kind: csat, channels: [email]")
    case = hub.says("m1", "Hola", MORNING, **MAIL).case
    assert case
    hub.sets(case, "resolved", MORNING + MINUTE)
    hub.look(case, MORNING + timedelta(days=1, minutes=16))
    assert why(hub, case) == "stale"


MAIL = {
    "channel": "email",
    "account": "ayuda@acme.example.com",
    "phone": None,
    "identities": [{"kind": "email", "value": "ana@example.com", "address": "ana@example.com", "level": "channel"}],
    "subject": "Pedido",
}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda hub, case: hub.hold(hub.case(case)["customer"], needs_verification={"at": "x"}), "needs_verification"),
        (lambda hub, case: hub.hold(hub.case(case)["customer"], restrictions=["erasure"]), "restricted"),
        (lambda hub, case: _conversation(hub, case, undeliverable_since="2026-11-23T00:00:00Z"), "undeliverable"),
        (lambda hub, _: setattr(hub, "config", asking("kind: csat, channels: [email]")), "not_on_this_channel"),
    ],
)
def test_nobody_is_asked_who_cannot_be(
    hub: AskingHub, change: Callable[[AskingHub, str], object], expected: str
) -> None:
    case = resolved(hub)
    change(hub, case)
    hub.look(case, DUE)
    assert why(hub, case) == expected


def _conversation(hub: AskingHub, case: str, **changes: str) -> None:
    place = (hub.case(case)["conversations"][0], "CNV")
    hub.table.table.transact([Update(place, set=dict(changes))])


def test_a_public_comment_is_not_asked_about(hub: AskingHub) -> None:
    person = {"kind": "instagram", "value": "9001", "namespace": "17840000000000001", "level": "channel"}
    more = {"channel": "instagram", "account": "17840000000000001", "thread": "p1", "public": True, "phone": None}
    case = hub.says("c1", "¿Precio?", MORNING, kind="comment", identities=[person], **more).case
    assert case
    hub.sets(case, "resolved", MORNING + MINUTE)
    hub.look(case, MORNING + HOUR)
    assert why(hub, case) == "public_thread"


def test_a_late_clock_does_everything_in_its_order(hub: AskingHub) -> None:
    case = hub.says("w1", "Hola", MORNING).case
    assert case
    hub.sets(case, "pending_customer", MORNING + MINUTE)
    hub.look(case, MORNING + timedelta(days=10))
    assert hub.case(case)["state"] == "closed"
    assert why(hub, case) == "stale"


def test_two_cases_of_one_customer_at_the_same_moment_ask_once(hub: AskingHub) -> None:
    """The clock looks at both at once: whoever is later finds that the customer was asked."""
    first = resolved(hub)
    second = resolved(hub, "w2", MORNING, account="200000000000002")
    if second == first:
        pytest.fail("they are to be two cases")
    raced: list[object] = []

    def meanwhile(_: object) -> None:
        if not raced:
            raced.append(None)
            hub.look(second, DUE)

    hub.table.before_transact = meanwhile
    hub.look(first, DUE)
    assert raced
    assert sorted(len(hub.surveys(case)) for case in (first, second)) == [0, 1]
    assert why(hub, first) == "asked_lately"


def test_a_case_that_goes_on_while_it_is_asked_about_is_not_asked_about(hub: AskingHub) -> None:
    case = resolved(hub)
    raced: list[object] = []

    def meanwhile(_: object) -> None:
        if not raced:
            raced.append(None)
            hub.says("w2", "Sigue sin llegar", DUE)

    hub.table.before_transact = meanwhile
    hub.look(case, DUE)
    assert hub.case(case)["state"] == "open"
    assert hub.surveys(case) == []


@pytest.mark.parametrize(("of", "expected"), [("case", None), ("journey", "another_is_open")])
def test_a_journey_is_not_asked_about_while_another_of_its_cases_is_open(
    hub: AskingHub, of: str, expected: str | None
) -> None:
    hub.config = asking(f"kind: nps, of: {of}, channels: [whatsapp]")
    other = hub.says("w0", "Otra cosa", MORNING, account="200000000000002").case
    hub.set_case(other, last_customer_at="2026-11-01T00:00:00Z", updated_at="2026-11-01T00:00:00Z")
    case = resolved(hub)
    assert case != other
    hub.look(case, DUE)
    assert hub.case(case)["survey_look"].get("why") == expected
    if expected:
        hub.sets(str(other), "resolved", DUE)
        hub.look(str(other), DUE + 15 * MINUTE)
        assert len(hub.surveys(str(other))) == 1, "it is asked about when its last case is resolved"
