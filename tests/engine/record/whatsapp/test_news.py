"""Groups, calls, news of our own account, Meta's agent, and warnings about who is behind an identity."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shared.application.inquire import customer

PHONE = "593991234567"
AT = 1_795_341_600


def a_call(step: str, *, phone: str = PHONE, at: int = AT, **more: Any) -> dict[str, Any]:
    made = {"id": "wacid.1", "from": phone, "to": "15550100001", "event": step, "direction": "USER_INITIATED"}
    said = {"calls": [made | {"timestamp": str(at)} | more]}
    return said | {"contacts": [{"wa_id": phone, "profile": {"name": "Ana"}}]}


class TestGroups:
    def test_a_group_message_opens_no_case_and_makes_nobody(self, whatsapp: Any) -> None:
        outcome = whatsapp.text("m1", group_id="G1")
        assert outcome.result == "ignored"
        assert whatsapp.holder("phone", f"+{PHONE}") is None
        [kept] = whatsapp.hub.files.values()
        assert json.loads(kept)["raw"]["entry"][0]["changes"][0]["value"]["messages"][0]["text"] == {"body": "Hola"}
        assert whatsapp.hub.counters["ignored"] == 1

    def test_it_joins_no_open_case_of_the_same_person(self, whatsapp: Any) -> None:
        first = whatsapp.text("m1")
        whatsapp.text("m2", group_id="G1")
        assert len(whatsapp.hub.log(first.case)) == 1

    def test_a_receipt_from_a_group_is_counted(self, whatsapp: Any) -> None:
        status = {"id": "out", "status": "read", "timestamp": str(AT), "recipient_type": "group", "recipient_id": "G1"}
        assert whatsapp.tell("messages", {"statuses": [status]}).result == "ignored"

    @pytest.mark.parametrize("field", ["group_lifecycle_update", "group_participants_update"])
    def test_news_of_groups_is_counted_by_field(self, whatsapp: Any, field: str) -> None:
        assert whatsapp.tell(field, {"groups": [{"group_id": "G1", "type": "x"}]}).result == "ignored"
        assert whatsapp.hub.counters["account_news"] == 1
        assert "account_alert" not in whatsapp.hub.counters


class TestCalls:
    @pytest.mark.parametrize("steps", [("connect", "terminate"), ("terminate", "connect")])
    def test_a_missed_call_is_one_contact_whatever_comes_first(self, whatsapp: Any, steps: tuple[str, str]) -> None:
        outcomes = [whatsapp.tell("calls", a_call(step)) for step in steps for _ in range(2)]
        assert [outcome.result for outcome in outcomes] == ["recorded", "copy", "recorded", "copy"]
        assert len({outcome.case for outcome in outcomes}) == 1
        case = whatsapp.hub.case(outcomes[0].case)
        assert (case["state"], case["sequence"]) == ("new", 2)
        states = {entry.call.state for entry in whatsapp.hub.log(case["id"]) if entry.call}
        assert states == {"ringing", "missed"}

    def test_both_steps_at_once_open_one_case(self, contended_whatsapp: Any) -> None:
        whatsapp = contended_whatsapp
        steps = ["connect", "terminate"] * 4
        with ThreadPoolExecutor(8) as workers:
            outcomes = list(workers.map(lambda step: whatsapp.tell("calls", a_call(step)), steps))
        assert len({outcome.case for outcome in outcomes}) == 1
        assert [entry.sequence for entry in whatsapp.hub.log(outcomes[0].case)] == [1, 2]

    def test_a_call_joins_the_open_case(self, whatsapp: Any) -> None:
        first = whatsapp.text("m1")
        ended = {"status": "COMPLETED", "start_time": str(AT), "end_time": str(AT + 90), "duration": 90}
        assert whatsapp.tell("calls", a_call("terminate", **ended)).case == first.case
        call = whatsapp.hub.log(first.case)[1].call
        assert (call.state, call.duration_s) == ("completed", 90)


ALARMING: list[tuple[str, dict[str, Any]]] = [
    ("account_update", {"event": "ACCOUNT_RESTRICTION", "restriction_info": []}),
    ("account_update", {"event": "ACCOUNT_VIOLATION"}),
    ("account_update", {"event": "PARTNER_REMOVED"}),
    ("account_update", {"event": "ACCOUNT_OFFBOARDED"}),
    ("account_update", {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}}),
    ("account_update", {"event": "SOMETHING_NEW"}),
    ("account_alerts", {"entity_type": "WABA", "alert_info": {"alert_severity": "CRITICAL"}}),
    ("account_review_update", {"decision": "REJECTED"}),
    ("message_template_status_update", {"event": "PAUSED", "message_template_id": 2**60}),
    ("message_template_status_update", {"event": "REJECTED", "reason": None}),
    ("message_template_status_update", {"event": "DISABLED"}),
    ("message_template_quality_update", {"previous_quality_score": "GREEN", "new_quality_score": "RED"}),
    ("phone_number_quality_update", {"event": "FLAGGED"}),
    ("security", {"event": "PIN_CHANGED", "requester": "1"}),
    ("account_update", {"errors": [{"code": 131031, "title": "Account locked"}]}),
]

QUIET: list[tuple[str, dict[str, Any]]] = [
    ("account_update", {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "REINSTATE"}}),
    ("account_update", {"event": "PARTNER_ADDED"}),
    ("account_review_update", {"decision": "APPROVED"}),
    ("message_template_status_update", {"event": "APPROVED"}),
    ("message_template_quality_update", {"new_quality_score": "GREEN"}),
    ("phone_number_quality_update", {"event": "THROUGHPUT_UPGRADE"}),
    ("business_capability_update", {"max_daily_conversations_per_business": -1}),
    ("phone_number_name_update", {"decision": "APPROVED"}),
    ("messaging_handovers", {"control": {"to": "app"}}),
]


class Dimensions:
    """Keeps what was counted, with its dimensions."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, tuple[tuple[str, str], ...]]] = []

    def count(self, name: str, value: float = 1, **dimensions: str) -> None:
        self.seen.append((name, tuple(sorted(dimensions.items()))))


@pytest.fixture
def counting(whatsapp: Any) -> Callable[[str, dict[str, Any]], list[tuple[str, str]]]:
    """Tells one piece of news and gives the counters of it by field."""

    def tell(field: str, value: dict[str, Any]) -> list[tuple[str, str]]:
        whatsapp.hub.counters = counters = Dimensions()
        again = type(whatsapp)(whatsapp.hub)
        assert again.tell(field, {**value, "metadata": None}).result == "ignored"
        assert again.hub.files, "the original is kept"
        return [(name, dict(parts)["field"]) for name, parts in counters.seen if name.startswith("account_")]

    return tell


class TestAccountNews:
    @pytest.mark.parametrize(("field", "value"), ALARMING)
    def test_what_a_person_must_see_raises_the_alarm(
        self, counting: Callable[..., Any], field: str, value: dict[str, Any]
    ) -> None:
        counted = "errors" if "errors" in value else field
        assert counting(field, value) == [("account_news", counted), ("account_alert", counted)]

    @pytest.mark.parametrize(("field", "value"), QUIET)
    def test_the_rest_is_counted_by_field(
        self, counting: Callable[..., Any], field: str, value: dict[str, Any]
    ) -> None:
        assert counting(field, value) == [("account_news", field)]

    def test_quality_under_the_other_name_is_counted_as_what_it_is(self, counting: Callable[..., Any]) -> None:
        named = counting("message_template_status_update", {"new_quality_score": "YELLOW"})
        assert named == [
            ("account_news", "message_template_quality_update"),
            ("account_alert", "message_template_quality_update"),
        ]

    def test_a_field_that_is_no_name_is_no_dimension(self, counting: Callable[..., Any]) -> None:
        assert counting("Ana +593 99", {"groups": [{"group_id": "G1"}]}) == [("account_news", "other")]


class TestMetasAgent:
    def test_what_it_holds_is_recorded_like_any_message_with_its_flag(self, whatsapp: Any) -> None:
        message = {"id": "m1", "from": PHONE, "timestamp": str(AT), "type": "text", "text": {"body": "Hola"}}
        first = whatsapp.tell("standby", {"messages": [message]})
        echo = {"from": "15550100001", "to": PHONE, "id": "e1", "timestamp": str(AT + 5), "type": "text"}
        answer = whatsapp.tell("standby", {"message_echoes": [echo | {"text": {"body": "Soy un asistente"}}]})
        read = {"id": "e1", "status": "read", "timestamp": str(AT + 9), "recipient_id": PHONE}
        assert whatsapp.tell("standby", {"statuses": [read]}).result == "receipt"
        assert answer.case == first.case
        flagged = [entry for entry in whatsapp.hub.log(first.case) if entry.kind == "message"]
        assert [entry.flags for entry in flagged] == [["standby", "handled_by_meta_agent"]] * 2
        assert flagged[1].delivery == "read"

    def test_the_hand_over_to_people_joins_the_same_case(self, whatsapp: Any) -> None:
        message = {"id": "m1", "from": PHONE, "timestamp": str(AT), "type": "text", "text": {"body": "Hola"}}
        first = whatsapp.tell("standby", {"messages": [message]})
        assert whatsapp.tell("messaging_handovers", {"control": {"to": "app"}}).result == "ignored"
        assert whatsapp.text("m2", at=AT + 60).case == first.case


class TestWarnings:
    def test_the_profile_is_flagged_with_source_and_time(self, whatsapp: Any) -> None:
        first = whatsapp.text("m1")
        person = whatsapp.customer(first)
        outcome = whatsapp.system("s1", "customer_identity_changed", phone=PHONE, at=AT + 60)
        assert outcome.result == "recorded"
        doubt = customer(whatsapp.hub.table.table, person).needs_verification
        assert doubt is not None
        assert doubt.dump() == {"source": "whatsapp", "at": "2026-11-22T10:01:00Z"}
        assert len(whatsapp.hub.log(first.case)) == 1, "it is no message"
        version = whatsapp.hub.profile(person)["contact_version"]
        assert whatsapp.again().result == "copy"
        assert whatsapp.hub.profile(person)["contact_version"] == version == 2

    def test_of_somebody_unknown_it_is_counted(self, whatsapp: Any) -> None:
        assert whatsapp.system("s1", "customer_identity_changed", phone=PHONE).result == "ignored"
        assert whatsapp.holder("phone", f"+{PHONE}") is None

    def test_a_reaction_to_what_is_in_no_case_is_counted(self, whatsapp: Any) -> None:
        whatsapp.text("m1")
        whatsapp.system("s1", "customer_identity_changed", phone=PHONE)
        assert whatsapp.text("r1", type="reaction", reaction={"message_id": "s1", "emoji": "👍"}).result == "ignored"
