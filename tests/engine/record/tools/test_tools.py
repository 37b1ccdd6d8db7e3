"""What agents do in a tool becomes entries of its case, with the effect that the providers' clocks give it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.errors import Conflict, Malformed
from shared.domain.event import HUB, Event
from tests.engine.record.bench import OTHER_NUMBER

Make = Callable[..., Event]
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def _told(hub: Any, case: str) -> list[tuple[str, str | None, str | None]]:
    """The changes of state in a case's log: channel, state before, state after."""
    log = [entry for entry in hub.log(case) if entry.kind == "state_change"]
    return [(entry.channel, entry.reason, entry.text) for entry in log]


def test_a_first_answer_opens_a_new_case_and_gives_it_an_owner(tool_hub: Any, say: Make, do: Make) -> None:
    case = tool_hub.record(say("m1")).case
    ticket = tool_hub.opened_in(case)
    tool_hub.table.reset()
    outcome = tool_hub.record(do("1", ticket, at=MINUTE))
    assert (tool_hub.table.reads, [len(writes) for writes in tool_hub.table.transactions]) == (4, [4])
    item = tool_hub.case(case)
    assert (outcome.result, outcome.case, outcome.sequence) == ("recorded", case, 3)
    assert (item["state"], item["owner"], item["state_at"]) == ("open", "luis", "2026-11-22T10:01:00Z")
    assert item["channels"] == ["whatsapp"]
    assert _told(tool_hub, case) == [("desk", "new", "open")]
    assert tool_hub.log(case)[-1].text == "Buenas tardes"


def test_what_a_tool_says_twice_is_recorded_once(tool_hub: Any, say: Make, do: Make) -> None:
    case = tool_hub.record(say("m1")).case
    ticket = tool_hub.opened_in(case)
    tool_hub.record(do("1", ticket, at=MINUTE))
    assert tool_hub.record(do("1", ticket, at=MINUTE)).result == "copy"
    assert tool_hub.case(case)["sequence"] == 3


def test_a_note_changes_nothing(tool_hub: Any, say: Make, do: Make) -> None:
    case = tool_hub.record(say("m1")).case
    tool_hub.record(do("1", tool_hub.opened_in(case), visibility="internal", at=MINUTE))
    item = tool_hub.case(case)
    assert (item["state"], item["sequence"], "owner" in item) == ("new", 2, False)


def test_a_reply_that_waits_is_pending(tool_hub: Any, say: Make, do: Make) -> None:
    case = tool_hub.record(say("m1")).case
    tool_hub.record(do("1", tool_hub.opened_in(case), flags=["reply_and_wait"], at=MINUTE))
    assert tool_hub.case(case)["state"] == "pending_customer"


@pytest.mark.parametrize(
    "ticket", [None, "unknown"], ids=["names no ticket", "a ticket that no case of ours is behind"]
)
def test_what_is_of_no_case_of_ours_is_parked(tool_hub: Any, do: Make, ticket: str | None) -> None:
    with pytest.raises(Malformed):
        tool_hub.record(do("1", ticket))


def test_states_set_in_a_tool_are_kept_with_their_moments(tool_hub: Any, say: Make, put: Make) -> None:
    case = tool_hub.record(say("m1")).case
    ticket = tool_hub.opened_in(case)
    tool_hub.record(put("1", ticket, "state", "pending_customer", at=MINUTE, reason="Waiting"))
    tool_hub.record(put("2", ticket, "state", "on_hold", at=2 * MINUTE))
    tool_hub.record(put("3", ticket, "state", "resolved", at=3 * MINUTE))
    tool_hub.record(put("4", ticket, "state", "closed", at=4 * MINUTE))
    item = tool_hub.case(case)
    assert (item["resolved_at"], item["closed_at"]) == ("2026-11-22T10:03:00Z", "2026-11-22T10:04:00Z")
    assert _told(tool_hub, case) == [
        ("desk", "new", "pending_customer"),
        ("desk", "pending_customer", "on_hold"),
        ("desk", "on_hold", "resolved"),
        ("desk", "resolved", "closed"),
    ]
    assert case not in tool_hub.profile(item["customer"])["cases"], "a closed case is no longer reachable by time"


def test_two_tools_at_once_end_as_the_later_one_said(tool_hub: Any, say: Make, put: Make) -> None:
    case = tool_hub.record(say("m1")).case
    desk, crm = tool_hub.opened_in(case), tool_hub.opened_in(case, "crm")
    tool_hub.record(put("1", desk, "state", "resolved", at=2 * MINUTE))
    tool_hub.record(put("1", crm, "state", "pending_customer", tool="crm", at=MINUTE))
    assert tool_hub.case(case)["state"] == "resolved"
    entries = tool_hub.log(case)[-2:]
    assert [(entry.channel, entry.text, "late" in entry.flags) for entry in entries] == [
        ("crm", "resolved", True),
        (HUB, "resolved", False),
    ], "the one that was late is told what holds"


def test_at_the_same_moment_the_case_stays_to_be_seen(tool_hub: Any, say: Make, put: Make) -> None:
    case = tool_hub.record(say("m1")).case
    ticket = tool_hub.opened_in(case)
    other = tool_hub.opened_in(case, "crm")
    tool_hub.record(put("1", ticket, "state", "resolved", at=MINUTE))
    tool_hub.record(put("2", other, "state", "open", at=MINUTE, tool="crm"))
    tool_hub.record(put("3", ticket, "state", "resolved", at=MINUTE))
    assert tool_hub.case(case)["state"] == "open"


def test_of_one_ticket_and_one_second_the_later_told_counts(
    tool_hub: Any, say: Make, do: Make, put: Make, staff: Make
) -> None:
    """RT's clock has seconds: an agent who answers and resolves does both in one."""
    case = tool_hub.record(say("m1")).case
    ticket = tool_hub.opened_in(case)
    tool_hub.record(do("1", ticket, at=MINUTE))
    tool_hub.record(put("2", ticket, "state", "resolved", at=MINUTE))
    assert tool_hub.case(case)["state"] == "resolved"
    tool_hub.record(put("3", ticket, "state", "open", at=MINUTE))
    tool_hub.record(put("4", ticket, "state", "pending_customer", at=MINUTE))
    assert (tool_hub.case(case)["state"], tool_hub.case(case)["state_by"]) == ("pending_customer", f"desk#{ticket}")
    tool_hub.record(staff("5", case, "state", "open", at=2 * MINUTE))
    assert "state_by" not in tool_hub.case(case)
    tool_hub.record(put("6", ticket, "state", "resolved", at=2 * MINUTE))
    assert tool_hub.case(case)["state"] == "open", "what others decided in that second stands"


def test_who_resolves_has_not_seen_what_the_customer_wrote_since(tool_hub: Any, say: Make, put: Make) -> None:
    case = tool_hub.record(say("m1")).case
    ticket = tool_hub.opened_in(case)
    tool_hub.record(say("m2", at=10 * MINUTE))
    tool_hub.record(put("1", ticket, "state", "resolved", at=5 * MINUTE))
    assert tool_hub.case(case)["state"] == "new"


def test_an_unknown_state_stays_to_be_seen_and_is_counted(tool_hub: Any, say: Make, put: Make) -> None:
    case = tool_hub.record(say("m1")).case
    ticket = tool_hub.opened_in(case)
    tool_hub.record(put("1", ticket, "state", "resolved", at=MINUTE))
    tool_hub.record(put("2", ticket, "state", "stalled", at=2 * MINUTE))
    assert tool_hub.case(case)["state"] == "open"
    assert tool_hub.counters["unmapped_state"] == 1
    assert "unmapped" in tool_hub.log(case)[-1].flags


def test_an_answer_after_resolution_is_recorded_and_reopens_nothing(
    tool_hub: Any, say: Make, do: Make, put: Make
) -> None:
    case = tool_hub.record(say("m1")).case
    ticket = tool_hub.opened_in(case)
    tool_hub.record(put("1", ticket, "state", "resolved", at=MINUTE))
    tool_hub.record(do("2", ticket, at=2 * MINUTE))
    assert (tool_hub.case(case)["state"], tool_hub.log(case)[-1].text) == ("resolved", "Buenas tardes")


def test_an_answer_after_closure_begins_a_follow_up_and_the_next_one_joins_it(
    tool_hub: Any, say: Make, do: Make, put: Make
) -> None:
    case = tool_hub.record(say("m1")).case
    ticket = tool_hub.opened_in(case)
    tool_hub.record(put("1", ticket, "state", "closed", at=MINUTE))
    begun = tool_hub.record(do("2", ticket, at=2 * MINUTE))
    item = tool_hub.case(begun.case)
    assert (begun.case != case, item["follow_up_of"], item["state"], item["owner"]) == (True, case, "open", "luis")
    assert list(tool_hub.profile(item["customer"])["cases"]) == [begun.case]
    assert tool_hub.record(do("3", ticket, at=3 * MINUTE)).case == begun.case
    assert tool_hub.record(say("m2", at=4 * MINUTE)).case == begun.case, "the customer's answer finds it too"
    assert tool_hub.case(case)["sequence"] == 2


def test_an_answer_from_before_closure_belongs_to_the_closed_case(
    tool_hub: Any, say: Make, do: Make, put: Make
) -> None:
    case = tool_hub.record(say("m1")).case
    ticket = tool_hub.opened_in(case)
    tool_hub.record(put("1", ticket, "state", "closed", at=5 * MINUTE))
    assert tool_hub.record(do("2", ticket, at=4 * MINUTE)).case == case
    assert tool_hub.case(case)["state"] == "closed"


def test_a_closed_case_is_not_reopened_and_the_tool_is_told_so(tool_hub: Any, say: Make, put: Make) -> None:
    case = tool_hub.record(say("m1")).case
    ticket = tool_hub.opened_in(case)
    tool_hub.record(put("1", ticket, "state", "closed", at=MINUTE))
    tool_hub.record(put("2", ticket, "state", "open", at=2 * MINUTE))
    assert tool_hub.case(case)["state"] == "closed"
    assert _told(tool_hub, case)[1:] == [("desk", "closed", "closed"), (HUB, "open", "closed")]


def test_an_owner_given_by_a_person_stays_and_the_later_one_counts(
    tool_hub: Any, say: Make, do: Make, put: Make
) -> None:
    case = tool_hub.record(say("m1")).case
    ticket = tool_hub.opened_in(case)
    tool_hub.record(put("1", ticket, "owner", "marta", at=3 * MINUTE))
    tool_hub.record(do("2", ticket, at=2 * MINUTE))
    tool_hub.record(put("3", ticket, "owner", "pepe", at=MINUTE))
    assert tool_hub.case(case)["owner"] == "marta"


def test_a_rule_never_lowers_the_priority_a_person_set(tool_hub: Any, say: Make, put: Make) -> None:
    case = tool_hub.record(say("m1")).case
    ticket = tool_hub.opened_in(case)
    rule = {"author": {"type": "system"}}
    tool_hub.record(put("1", ticket, "priority", "high", at=MINUTE))
    tool_hub.record(put("2", ticket, "priority", "low", at=2 * MINUTE, **rule))
    assert tool_hub.case(case)["priority"] == "high"
    tool_hub.record(put("3", ticket, "priority", "urgent", at=3 * MINUTE, **rule))
    assert tool_hub.case(case)["priority"] == "urgent"


def test_staff_act_in_the_hub_itself(tool_hub: Any, say: Make, staff: Make) -> None:
    case = tool_hub.record(say("m1")).case
    tool_hub.record(staff("1", case, "state", "spam", at=MINUTE))
    item = tool_hub.case(case)
    assert (item["state"], tool_hub.profile(item["customer"])["cases"]) == ("spam", {})
    assert tool_hub.record(say("m2", at=2 * MINUTE)).case == case, "spam is recorded and stays spam"
    assert tool_hub.case(case)["state"] == "spam"
    tool_hub.record(staff("2", case, "state", "open", at=3 * MINUTE))
    assert tool_hub.case(case)["state"] == "open", "a person lifts it"
    assert case in tool_hub.profile(item["customer"])["cases"]


def test_an_answer_to_spam_is_refused_and_kept(tool_hub: Any, say: Make, do: Make, staff: Make) -> None:
    case = tool_hub.record(say("m1")).case
    tool_hub.record(staff("1", case, "state", "spam", at=MINUTE))
    tool_hub.record(do("2", tool_hub.opened_in(case), at=2 * MINUTE))
    assert tool_hub.case(case)["state"] == "spam"
    answer, told = tool_hub.log(case)[-2:]
    assert (answer.flags, told.kind, told.receipt.target) == (["refused"], "receipt", answer.message_id)


def test_a_rival_makes_the_decision_anew(tool_hub: Any, say: Make, put: Make) -> None:
    case = tool_hub.record(say("m1")).case
    ticket = tool_hub.opened_in(case)
    rivals = [say("m2", at=9 * MINUTE)]

    def meanwhile(_: Any) -> None:
        if rivals:
            tool_hub.record(rivals.pop())

    tool_hub.table.before_transact = meanwhile
    tool_hub.record(put("1", ticket, "state", "resolved", at=5 * MINUTE))
    assert tool_hub.case(case)["state"] == "new", "the customer wrote after the agent resolved"
    assert [entry.sequence for entry in tool_hub.log(case)] == list(range(1, tool_hub.case(case)["sequence"] + 1))


def _two_cases(hub: Any, say: Make, put: Make) -> tuple[str, str, str, str]:
    """Two active cases of one customer, and their tickets."""
    first = hub.record(say("m1")).case
    ticket = hub.opened_in(first)
    hub.record(put("r", ticket, "state", "resolved", at=MINUTE))
    second = hub.record(say("m2", at=60 * HOUR)).case
    hub.record(put("o", ticket, "state", "open", at=61 * HOUR))
    assert first != second
    return first, second, ticket, hub.opened_in(second)


def test_a_merged_case_goes_on_in_the_other(tool_hub: Any, say: Make, do: Make, put: Make) -> None:
    first, second, ticket, other = _two_cases(tool_hub, say, put)
    tool_hub.record(put("x", ticket, "merge", other, at=62 * HOUR))
    item = tool_hub.case(first)
    assert (item["state"], item["merged_into"]) == ("merged", second)
    assert tool_hub.log(first)[-1].text == "merged"
    heard = tool_hub.log(second)[-1]
    assert (heard.provider_type, heard.reason, heard.channel) == ("merge", item["reference"], "desk")
    assert list(tool_hub.profile(item["customer"])["cases"]) == [second]
    assert tool_hub.record(do("2", ticket, at=63 * HOUR)).case == second, "what comes to it is followed"
    assert tool_hub.record(say("m3", at=64 * HOUR, in_reply_to="m1")).case == second


def test_two_cases_merge_once_and_never_in_a_circle(tool_hub: Any, say: Make, put: Make) -> None:
    first, second, ticket, other = _two_cases(tool_hub, say, put)
    tool_hub.record(put("x", ticket, "merge", other, at=62 * HOUR))
    again = tool_hub.record(put("y", other, "merge", ticket, at=63 * HOUR))
    assert (again.case, tool_hub.case(second)["state"]) == (second, "new")
    assert tool_hub.log(second)[-1].flags == ["stayed"]
    assert tool_hub.case(first)["merged_into"] == second


def test_rivals_that_merge_crosswise_end_with_one_case(tool_hub: Any, say: Make, put: Make) -> None:
    first, second, ticket, other = _two_cases(tool_hub, say, put)
    rivals = [put("y", other, "merge", ticket, at=62 * HOUR)]

    def meanwhile(_: Any) -> None:
        if rivals:
            tool_hub.record(rivals.pop())

    tool_hub.table.before_transact = meanwhile
    tool_hub.record(put("x", ticket, "merge", other, at=62 * HOUR))
    assert sorted([tool_hub.case(first)["state"], tool_hub.case(second)["state"]]) == ["merged", "open"]


def test_cases_of_two_people_do_not_merge(tool_hub: Any, say: Make, do: Make, put: Make) -> None:
    first = tool_hub.record(say("m1")).case
    second = tool_hub.record(say("m2", phone="593987654321", name="Eva")).case
    tool_hub.record(put("x", tool_hub.opened_in(first), "merge", tool_hub.opened_in(second), at=MINUTE))
    assert tool_hub.case(first)["state"] == "new"
    refused, told = tool_hub.log(first)[-2:]
    assert refused.flags == ["refused", "ticket_lost"]
    heard = tool_hub.log(second)[-1]
    assert [(one.channel, one.provider_type, one.visibility) for one in (told, heard)] == [
        (HUB, "kept_apart", "internal")
    ] * 2, "agents are told in both, by the hub: also in the tool where it was done"
    assert (told.reason, heard.reason) == (tool_hub.case(second)["reference"], tool_hub.case(first)["reference"])
    assert tool_hub.record(do("9", tool_hub.opened_in(first), at=2 * MINUTE)).case == first
    with pytest.raises(Malformed):
        tool_hub.record(put("y", tool_hub.opened_in(first), "merge", "unknown", at=MINUTE))


def test_two_events_of_a_tool_at_once_both_get_their_place(tool_hub: Any, say: Make, do: Make) -> None:
    case = tool_hub.record(say("m1")).case
    ticket = tool_hub.opened_in(case)
    lost = [do("2", ticket, at=MINUTE)]

    def meanwhile(_: Any) -> None:
        if lost:
            tool_hub.record(lost.pop())

    tool_hub.table.before_transact = meanwhile
    assert tool_hub.record(do("1", ticket, at=2 * MINUTE)).result == "recorded"
    assert [entry.sequence for entry in tool_hub.log(case)] == [1, 2, 3, 4]
    assert Conflict.__name__ not in tool_hub.counters


def by_mail(do: Make, message: str, ticket: str, **more: Any) -> Event:
    """What the customer wrote to the tool itself."""
    author = {"type": "customer", "id": "ana@example.com", "name": "Ana"}
    return do(message, ticket, direction="inbound", author=author, text="¿Y entonces?", **more)


def test_what_the_customer_writes_to_the_tool_wakes_the_case(tool_hub: Any, say: Make, do: Make, put: Make) -> None:
    case = tool_hub.record(say("m1")).case
    ticket = tool_hub.opened_in(case)
    tool_hub.record(put("1", ticket, "state", "resolved", at=MINUTE))
    outcome = tool_hub.record(by_mail(do, "2", ticket, at=2 * MINUTE))
    change, said = tool_hub.log(case)[-2:]
    assert (change.channel, change.reason, change.text) == (HUB, "resolved", "open"), "its own tool is told as well"
    assert (said.sequence, said.direction, said.author.type, said.channel) == (
        outcome.sequence, "inbound", "customer", "desk",
    )  # fmt: skip
    item = tool_hub.case(case)
    assert (item["state"], item["last_customer_at"]) == ("open", "2026-11-22T10:02:00Z")
    assert "to" not in tool_hub.entries(case)[-1], "it goes out to nobody"
    tool_hub.record(put("3", ticket, "state", "resolved", at=MINUTE))
    assert tool_hub.case(case)["state"] == "open", "who resolved had not seen it"


def test_an_answer_to_what_was_written_to_the_tool_goes_where_the_customer_is(
    tool_hub: Any, say: Make, do: Make
) -> None:
    case = tool_hub.record(say("m1")).case
    ticket = tool_hub.opened_in(case)
    tool_hub.record(by_mail(do, "1", ticket, at=MINUTE))
    tool_hub.record(do("2", ticket, at=2 * MINUTE))
    [to] = [item["to"] for item in tool_hub.entries(case) if "to" in item]
    assert to == tool_hub.case(case)["conversations"][0]


def test_what_the_customer_writes_to_the_tool_after_the_end_is_a_case_that_continues_it(
    tool_hub: Any, say: Make, do: Make, put: Make
) -> None:
    case = tool_hub.record(say("m1")).case
    ticket = tool_hub.opened_in(case)
    tool_hub.record(put("1", ticket, "state", "closed", at=MINUTE))
    begun = tool_hub.record(by_mail(do, "2", ticket, at=2 * MINUTE)).case
    item = tool_hub.case(begun)
    assert (item["follow_up_of"], item["state"], item["last_customer_at"]) == (case, "new", "2026-11-22T10:02:00Z")
    assert tool_hub.record(by_mail(do, "3", ticket, at=3 * MINUTE)).case == begun
    assert tool_hub.record(by_mail(do, "3", ticket, at=3 * MINUTE)).result == "copy"
    assert tool_hub.record(say("m2", at=4 * MINUTE)).case == begun


def test_a_ticket_that_was_deleted_changes_nothing_but_the_log(tool_hub: Any, say: Make, put: Make) -> None:
    case = tool_hub.record(say("m1")).case
    tool_hub.record(put("1", tool_hub.opened_in(case), "deletion", "", at=MINUTE))
    item = tool_hub.case(case)
    assert (item["state"], tool_hub.log(case)[-1].provider_type) == ("new", "deletion")
    assert case in tool_hub.profile(item["customer"])["cases"]


@pytest.mark.parametrize(
    ("told", "said", "goes_to"),
    [(1000, {"seen": 1}, 0), (1000, {}, 1), (1, {}, 0), (1, {"seen": 2}, 1), (1000, {"in_reply_to": "m1"}, 0)],
    ids=["as the tool says", "all was told", "the other was not yet told", "the tool knows better", "it names one"],
)
def test_a_customer_who_writes_elsewhere_meanwhile_is_answered_where_the_agent_saw(
    tool_hub: Any, say: Make, do: Make, told: int, said: dict[str, Any], goes_to: int
) -> None:
    case = tool_hub.record(say("m1")).case
    ticket = tool_hub.opened_in(case, told=told)
    assert tool_hub.record(say("m2", account=OTHER_NUMBER, at=MINUTE)).case == case
    tool_hub.record(do("1", ticket, at=2 * MINUTE, **said))
    [to] = [item["to"] for item in tool_hub.entries(case) if "to" in item]
    assert to == tool_hub.case(case)["conversations"][goes_to]
