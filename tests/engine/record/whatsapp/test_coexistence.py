"""A number that also lives in the phone app: what staff types there, its address book, and its past."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from shared.application.inquire_cases import timeline
from shared.application.relay import Change, triggers_of
from shared.domain.errors import Malformed, Transient
from shared.store import keys

NUMBER, PHONE = "200000000000001", "593991234567"
AT = 1_795_341_600
LONG_AGO = AT - 90 * 86_400


def said(message: str, text: str = "antes", *, ours: bool = False, at: int = LONG_AGO, **more: Any) -> dict[str, Any]:
    sender = {"from": "15550100001", "to": PHONE} if ours else {"from": PHONE}
    content = {"type": "text", "text": {"body": text}, "history_context": {"status": "READ"}}
    return {"id": message, "timestamp": str(at), **sender, **content, **more}


def claim(whatsapp: Any) -> Any:
    return whatsapp.item(keys.address_book("phone", f"+{PHONE}", "whatsapp", NUMBER))


class TestEchoes:
    def test_an_answer_from_the_phone_opens_a_new_case_and_is_no_message_of_the_customer(self, whatsapp: Any) -> None:
        first = whatsapp.text("m1")
        outcome = whatsapp.echo("e1", at=AT + 60)
        case = whatsapp.hub.case(first.case)
        assert (outcome.case, outcome.sequence, case["state"]) == (first.case, 3, "open")
        assert case["last_customer_at"] == "2026-11-22T10:00:00Z", "no window of the customer's opens"
        log = whatsapp.hub.log(first.case)
        assert [(entry.kind, entry.direction, entry.author.type) for entry in log[1:]] == [
            ("state_change", "inbound", "system"),
            ("message", "outbound", "agent"),
        ]

    def test_staff_who_write_first_open_a_case(self, whatsapp: Any) -> None:
        outcome = whatsapp.echo("e1")
        assert whatsapp.hub.case(outcome.case)["state"] == "open"
        assert whatsapp.text("m1", at=AT + 60).case == outcome.case

    def test_an_answer_never_reopens(self, whatsapp: Any) -> None:
        first = whatsapp.text("m1")
        whatsapp.hub.set_case(first.case, state="resolved", resolved_at="2026-11-22T10:00:00Z")
        assert whatsapp.echo("e1", at=AT + 60).case == first.case
        assert whatsapp.hub.case(first.case)["state"] == "resolved"

    def test_staff_correct_and_take_back(self, whatsapp: Any) -> None:
        first = whatsapp.text("m1")
        whatsapp.echo("e1", at=AT + 60)
        corrected = {"original_message_id": "e1", "message": {"type": "text", "text": {"body": "mejor"}}}
        assert whatsapp.echo("e2", type="edit", edit=corrected).sequence == 4
        assert whatsapp.echo("e3", type="revoke", revoke={"original_message_id": "e1"}).sequence == 5
        assert [entry.kind for entry in whatsapp.hub.log(first.case)][3:] == ["edit", "deletion"]

    def test_a_correction_that_comes_first_waits_for_its_echo(self, whatsapp: Any) -> None:
        whatsapp.text("m1")
        corrected = {"original_message_id": "e1", "message": {"type": "text", "text": {"body": "mejor"}}}
        assert whatsapp.echo("e2", type="edit", edit=corrected).result == "waiting"
        outcome = whatsapp.echo("e1")
        assert [entry.kind for entry in whatsapp.hub.log(outcome.case)][-2:] == ["message", "edit"]


class TestAddressBook:
    def test_a_name_is_claimed_of_a_number_and_of_nobody(self, whatsapp: Any) -> None:
        assert whatsapp.address("add", "Ana Proveedora").result == "recorded"
        found = claim(whatsapp)
        assert (found["name"], found["source"], found["at"]) == (
            "Ana Proveedora",
            "address_book",
            "2026-11-22T10:00:00Z",
        )
        assert found["raw"]
        assert whatsapp.holder("phone", f"+{PHONE}") is None, "no customer is made"

    def test_it_never_overwrites_a_name(self, whatsapp: Any) -> None:
        person = whatsapp.customer(whatsapp.text("m1", name="Ana"))
        before = whatsapp.hub.profile(person)
        whatsapp.address("add", "NO CONTESTAR")
        assert whatsapp.hub.profile(person) == before

    def test_a_removal_ends_the_claim_and_keeps_the_name(self, whatsapp: Any) -> None:
        whatsapp.address("add", "Ana")
        whatsapp.address("remove", at=AT + 5)
        assert (claim(whatsapp)["name"], claim(whatsapp)["until"]) == ("Ana", "2026-11-22T10:00:05Z")
        whatsapp.address("add", "Anita", at=AT + 9)
        assert claim(whatsapp)["name"] == "Anita"
        assert "until" not in claim(whatsapp)

    def test_late_and_repeated_changes_are_without_effect(self, whatsapp: Any) -> None:
        whatsapp.address("add", "Nueva", at=AT + 9)
        assert whatsapp.again().result == "copy"
        assert whatsapp.address("add", "Vieja", at=AT).result == "copy"
        assert claim(whatsapp)["name"] == "Nueva"

    @pytest.mark.parametrize("phone", ["", "sin número"])
    def test_an_entry_without_a_number_is_counted(self, whatsapp: Any, phone: str) -> None:
        assert whatsapp.address("add", "Ana", phone=phone).result == "ignored"
        assert whatsapp.hub.counters["ignored"] == 1


class TestHistory:
    def test_the_past_lies_in_a_closed_case_with_the_times_of_then(self, whatsapp: Any) -> None:
        messages = [said("h2", ours=True, at=LONG_AGO + 60), said("h1"), said("h3", at=LONG_AGO + 120)]
        assert whatsapp.past((PHONE, messages)).result == "recorded"
        person = whatsapp.holder("phone", f"+{PHONE}")
        [case] = whatsapp.cases(person)
        assert (case["state"], case["imported"], case["opened_at"]) == ("closed", True, "2026-08-24T10:00:00Z")
        log = whatsapp.hub.log(case["id"])
        assert [(entry.message_id, entry.direction, entry.sequence) for entry in log] == [
            ("h1", "inbound", 1),
            ("h2", "outbound", 2),
            ("h3", "inbound", 3),
        ]
        assert all("imported" in entry.flags for entry in log)
        assert whatsapp.item(keys.entry(case["id"], 1))["raw_file"] in whatsapp.hub.files

    def test_it_is_silent(self, whatsapp: Any) -> None:
        """No active case, nothing on anybody's clock, no tool told, whatever is added later."""
        whatsapp.past((PHONE, [said("h1"), said("h2", ours=True)]))
        person = whatsapp.holder("phone", f"+{PHONE}")
        [case] = whatsapp.cases(person)
        assert "due_pk" not in case
        assert whatsapp.hub.profile(person)["cases"] == {}
        assert triggers_of(Change(None, case), lambda _: ["tool"]) == []
        assert triggers_of(Change(None, whatsapp.hub.profile(person)), lambda _: ["tool"]) == []
        whatsapp.text("r1", type="reaction", reaction={"message_id": "h2", "emoji": "👍"})
        later = whatsapp.hub.case(case["id"])
        assert later["sequence"] == case["sequence"] + 1
        assert triggers_of(Change(case, later), lambda _: ["tool"]) == []

    def test_the_first_message_afterwards_opens_a_case_of_its_own(self, whatsapp: Any) -> None:
        whatsapp.past((PHONE, [said("h1")]))
        first = whatsapp.text("m1", bsuid="EC.1")
        case = whatsapp.hub.case(first.case)
        assert (case["state"], case.get("follow_up_of")) == ("new", None)
        assert whatsapp.customer(first) == whatsapp.holder("phone", f"+{PHONE}")

    def test_the_timeline_shows_the_past_below_the_present(self, whatsapp: Any) -> None:
        first = whatsapp.text("m1")
        whatsapp.past((PHONE, [said("h2", "ayer", at=AT - 86_400)]))
        whatsapp.past((PHONE, [said("h1", "hace meses")]), order=2)
        shown = timeline(whatsapp.hub.table.table, whatsapp.customer(first))
        assert [case["interactions"][0]["text"] for case in shown["cases"]] == ["Hola", "ayer", "hace meses"]
        assert [case["state"] for case in shown["cases"]] == ["new", "closed", "closed"]

    def test_a_chunk_twice_and_a_message_in_two_chunks_are_there_once(self, whatsapp: Any) -> None:
        whatsapp.past((PHONE, [said("h1"), said("h2")]))
        assert whatsapp.again().result == "copy"
        whatsapp.past((PHONE, [said("h0"), said("h1"), said("h3"), said("h3"), said("h2")]), order=2)
        person = whatsapp.holder("phone", f"+{PHONE}")
        logs = [whatsapp.hub.log(case["id"]) for case in whatsapp.cases(person)]
        assert sorted(sorted(entry.message_id for entry in log) for log in logs) == [["h0", "h3"], ["h1", "h2"]]
        assert all([entry.sequence for entry in log] == [1, 2] for log in logs)

    def test_a_message_that_came_live_stays_where_it_is(self, whatsapp: Any) -> None:
        first = whatsapp.text("m1")
        whatsapp.past((PHONE, [said("m1", at=AT), said("h1")]))
        assert len(whatsapp.hub.log(first.case)) == 1
        [past] = [case for case in whatsapp.cases(whatsapp.customer(first)) if case.get("imported")]
        assert [entry.message_id for entry in whatsapp.hub.log(past["id"])] == ["h1"]

    def test_a_file_that_came_live_is_not_added_again(self, whatsapp: Any) -> None:
        picture = {"type": "image", "image": {"id": "M1"}}
        first = whatsapp.text("m1", **picture)
        whatsapp.past((PHONE, [said("m1", at=AT) | picture]))
        assert [entry.kind for entry in whatsapp.hub.log(first.case)] == ["message"]

    def test_each_person_of_a_chunk_has_a_past_of_their_own(self, whatsapp: Any) -> None:
        other = said("h2") | {"from": "EC.5"}
        whatsapp.past((PHONE, [said("h1")]), ("EC.5", [other]))
        people = {whatsapp.holder("phone", f"+{PHONE}"), whatsapp.holder("whatsapp", "EC.5", "default")}
        assert len(people) == 2
        assert all(len(whatsapp.cases(person)) == 1 for person in people)

    @pytest.mark.parametrize("file_first", [False, True])
    def test_a_file_that_comes_later_joins_its_message(self, whatsapp: Any, file_first: bool) -> None:
        waits = said("h1", type="media_placeholder")
        late = {
            "messages": [
                {"from": PHONE, "id": "h1", "timestamp": str(LONG_AGO), "type": "image", "image": {"id": "M9"}}
            ]
        }
        if file_first:
            whatsapp.tell("history", late)
        whatsapp.past((PHONE, [waits]))
        whatsapp.tell("history", late)
        assert whatsapp.again().result == "copy"
        shown = timeline(whatsapp.hub.table.table, whatsapp.holder("phone", f"+{PHONE}"))
        [message] = [one for case in shown["cases"] for one in case["interactions"]]
        assert [file["provider_id"] for file in message["attachments"]] == ["M9"]
        assert "edited" not in message

    def test_what_cannot_be_read_keeps_nothing_else_back_and_is_not_lost(self, whatsapp: Any) -> None:
        broken = said("h2") | {"timestamp": "nunca"}
        for _ in range(2):
            with pytest.raises(Malformed, match="1 of the 3"):
                whatsapp.past((PHONE, [said("h1"), broken, said("h3")]))
        [case] = whatsapp.cases(whatsapp.holder("phone", f"+{PHONE}"))
        assert [entry.message_id for entry in whatsapp.hub.log(case["id"])] == ["h1", "h3"]

    def test_a_declined_import_is_counted_with_its_reason(self, whatsapp: Any) -> None:
        outcome = whatsapp.tell("history", {"history": [{"errors": [{"code": 2593109, "title": "History declined"}]}]})
        assert (outcome.result, "declined" in (outcome.detail or "")) == ("ignored", True)

    def test_groups_of_the_past_are_left_out(self, whatsapp: Any) -> None:
        whatsapp.past((PHONE, [said("h1", group_id="G1"), said("h2")]))
        [case] = whatsapp.cases(whatsapp.holder("phone", f"+{PHONE}"))
        assert [entry.message_id for entry in whatsapp.hub.log(case["id"])] == ["h2"]

    def test_a_long_chunk_is_taken_in_turns_and_loses_nothing(self, whatsapp: Any) -> None:
        hub = whatsapp.hub
        ticking = iter(range(10**9))
        began = hub.seconds
        whatsapp.intake = type(whatsapp.intake)(
            _with_clock(hub.context, lambda: began + next(ticking) / 4), whatsapp.intake.channel
        )
        messages = [said(f"h{number}", at=LONG_AGO + number) for number in range(150)]
        chunk = (PHONE, messages), ("EC.5", [said("x1") | {"from": "EC.5"}])
        with pytest.raises(Transient):
            whatsapp.past(*chunk)
        outcome, turns = None, 1
        while outcome is None and turns < 40:
            turns += 1
            with contextlib.suppress(Transient):
                outcome = whatsapp.again()
        assert outcome is not None, "each turn gets on"
        assert turns > 2
        assert outcome.result == "recorded"
        [case] = whatsapp.cases(whatsapp.holder("phone", f"+{PHONE}"))
        assert [entry.message_id for entry in hub.log(case["id"])] == [f"h{number}" for number in range(150)]
        assert len(whatsapp.cases(whatsapp.holder("whatsapp", "EC.5", "default"))) == 1
        assert whatsapp.again().result == "copy"

    def test_what_the_past_costs(self, priced_whatsapp: Any) -> None:
        whatsapp = priced_whatsapp
        whatsapp.past((PHONE, [said(f"h{number}", at=LONG_AGO + number) for number in range(40)]))
        transactions = whatsapp.hub.table.transactions
        assert max(len(operations) for operations in transactions) == 9
        assert len(transactions) == 1 + 1 + 10 + 1, "person, reference, four messages at a time, the mark at the end"
        assert whatsapp.hub.table.cost.writes / 40 <= 5
        assert whatsapp.hub.table.cost.reads / 40 <= 0.5


def _with_clock(context: Any, clock: Any) -> Any:
    import dataclasses

    return dataclasses.replace(context, clock=clock)


@pytest.mark.large
@pytest.mark.slow
def test_thousands_of_messages_make_cases_of_a_thousand(contended_whatsapp: Any) -> None:
    whatsapp = contended_whatsapp  # moto copies the whole table for each transaction
    whatsapp.past((PHONE, [said(f"h{number}", at=LONG_AGO + number) for number in range(2_500)]))
    cases = whatsapp.cases(whatsapp.holder("phone", f"+{PHONE}"))
    assert sorted(case["sequence"] for case in cases) == [500, 1000, 1000]
