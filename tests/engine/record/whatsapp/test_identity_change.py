"""A person changes number or id: the identity moves, the person stays, and nobody else inherits anything."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shared.domain.errors import Transient
from shared.ports.table import Update
from shared.store import keys

OLD, NEW = "593991234567", "593987654321"
NUMBER, OTHER_NUMBER = "200000000000001", "200000000000002"
CHANGED = {"wa_id": NEW, "user_id": "EC.2", "previous_user_id": "EC.1"}


def change(whatsapp: Any, message: str = "s1") -> Any:
    return whatsapp.system(message, "user_changed_number", phone=OLD, **CHANGED)


def conversation(whatsapp: Any, name: str, account: str = NUMBER) -> Any:
    return whatsapp.item(keys.conversation("whatsapp", account, name))


def test_the_person_keeps_case_and_history_under_the_new_ids(whatsapp: Any) -> None:
    before = whatsapp.text("m1", bsuid="EC.1")
    outcome = change(whatsapp)
    after = whatsapp.text("m2", phone=NEW, bsuid="EC.2")
    assert (outcome.result, outcome.case, outcome.sequence) == ("recorded", before.case, 2)
    assert (after.case, after.sequence) == (before.case, 3)
    customer = whatsapp.customer(before)
    assert whatsapp.holder("phone", f"+{NEW}") == whatsapp.holder("whatsapp", "EC.2", "default") == customer


def test_the_former_ids_end_on_the_profile_and_say_why(whatsapp: Any) -> None:
    before = whatsapp.text("m1", bsuid="EC.1")
    change(whatsapp)
    listed = whatsapp.hub.profile(whatsapp.customer(before))["identities"]
    ended = {one["value"] for one in listed if one.get("until") == "2026-11-22T10:00:00Z"}
    assert ended == {f"+{OLD}", "EC.1"}
    gained = [one for one in listed if not one.get("until")]
    assert {(one["value"], one["level"], one["source"]) for one in gained} == {
        (f"+{NEW}", "channel", "whatsapp"),
        ("EC.2", "channel", "whatsapp"),
    }
    assert {one["ended_by"] for one in listed if one.get("until")} == {one["event"] for one in gained}


def test_the_active_case_logs_it_internally_and_tools_hear_of_case_and_contact(whatsapp: Any) -> None:
    before = whatsapp.text("m1", bsuid="EC.1")
    version = whatsapp.hub.profile(whatsapp.customer(before))["contact_version"]
    change(whatsapp)
    entry = whatsapp.hub.log(before.case)[1]
    assert (entry.kind, entry.visibility, entry.author.type) == ("identity_change", "internal", "system")
    assert [one.value for one in entry.previous_identities] == ["EC.1", f"+{OLD}"]
    case = whatsapp.hub.case(before.case)
    assert (case["state"], case["sequence"]) == ("new", 2)
    assert case["conversations"] == [f"CNV#whatsapp#{NUMBER}#whatsapp:default:EC.2"]
    assert whatsapp.hub.profile(whatsapp.customer(before))["contact_version"] == version + 1


def test_without_an_active_case_the_profile_alone_changes(whatsapp: Any) -> None:
    before = whatsapp.text("m1", bsuid="EC.1")
    whatsapp.hub.set_case(before.case, state="resolved", resolved_at="2026-11-22T10:00:00Z")
    outcome = change(whatsapp)
    assert (outcome.result, outcome.case) == ("recorded", None)
    assert len(whatsapp.hub.log(before.case)) == 1
    mark = whatsapp.item(keys.message("whatsapp", NUMBER, "s1"))
    assert mark["customer"] == whatsapp.customer(before)
    assert mark["raw"], "its original is kept with it"
    assert whatsapp.text("m2", phone=NEW, bsuid="EC.2").case == before.case, "reopened within its window"


def test_it_happens_once(whatsapp: Any) -> None:
    before = whatsapp.text("m1", bsuid="EC.1")
    change(whatsapp)
    profile = whatsapp.hub.profile(whatsapp.customer(before))
    again = whatsapp.again()
    assert (again.result, again.case, again.sequence) == ("copy", before.case, 2)
    assert whatsapp.hub.profile(profile["id"]) == profile


@pytest.mark.parametrize("bsuid", [None, "EC.9"])
def test_the_next_holder_of_the_number_begins_without_history(whatsapp: Any, bsuid: str | None) -> None:
    before = whatsapp.text("m1", bsuid="EC.1")
    whatsapp.text("m2")  # the phone alone: a pointer
    whatsapp.text("m3", account=OTHER_NUMBER)
    change(whatsapp)
    for account in (NUMBER, OTHER_NUMBER):
        assert conversation(whatsapp, f"phone:-:+{OLD}", account) is None
        assert conversation(whatsapp, "whatsapp:default:EC.1", account) is None
    for number, account in enumerate((NUMBER, OTHER_NUMBER)):
        later = whatsapp.text(f"n{number}", bsuid=bsuid, account=account, name="Luis")
        assert later.case != before.case
        assert whatsapp.customer(later) == whatsapp.holder("phone", f"+{OLD}") != whatsapp.customer(before)


def test_conversations_on_our_other_numbers_follow(whatsapp: Any) -> None:
    before = whatsapp.text("m1", bsuid="EC.1")
    whatsapp.text("m2", bsuid="EC.1", account=OTHER_NUMBER)
    change(whatsapp)
    for account in (NUMBER, OTHER_NUMBER):
        moved = conversation(whatsapp, "whatsapp:default:EC.2", account)
        assert (moved["case"], moved["address"]) == (before.case, "EC.2")
        assert moved["known"] == ["whatsapp:default:EC.2", f"phone:-:+{NEW}"]
    whatsapp.hub.table.reset()
    assert whatsapp.text("m3", phone=NEW, bsuid="EC.2").case == before.case
    assert whatsapp.hub.table.reads == 2, "the usual way again"


def test_a_number_alone_moves_as_well(whatsapp: Any) -> None:
    before = whatsapp.text("m1")
    whatsapp.system("s1", "user_changed_number", phone=OLD, wa_id=NEW)
    assert whatsapp.text("m2", phone=NEW).case == before.case
    assert whatsapp.text("m3").case != before.case


def test_an_id_alone_moves_and_the_phone_stays(whatsapp: Any) -> None:
    before = whatsapp.text("m1", bsuid="EC.1")
    whatsapp.system("s1", "user_changed_user_id", user_id="EC.2", previous_user_id="EC.1")
    assert whatsapp.text("m2", phone=None, bsuid="EC.2").case == before.case
    assert whatsapp.text("m3", bsuid="EC.2").case == before.case
    assert whatsapp.holder("whatsapp", "EC.1", "default") is None


def test_after_the_first_message_from_the_new_id_both_are_suggested_as_one(whatsapp: Any) -> None:
    before = whatsapp.text("m1", bsuid="EC.1")
    early = whatsapp.text("m2", phone=NEW, bsuid="EC.2")
    outcome = change(whatsapp)
    person, other = whatsapp.customer(before), whatsapp.customer(early)
    assert person != other
    suggested = whatsapp.item(keys.candidate(person, other))
    assert (suggested["rule"], suggested["evidence"]) == ("identity_change", ["whatsapp", "phone"])
    assert outcome.case == before.case
    assert "conflict" in whatsapp.hub.log(before.case)[-1].flags
    assert whatsapp.holder("phone", f"+{NEW}") == other, "nobody is merged"
    assert whatsapp.holder("phone", f"+{OLD}") is None, "the stale phone is cleared"
    assert whatsapp.hub.profile(person)["conversations"] == []
    assert whatsapp.customer(whatsapp.text("m3", name="Luis")) not in (person, other)


def test_where_one_new_id_is_somebody_elses_none_is_claimed(whatsapp: Any) -> None:
    before = whatsapp.text("m1", bsuid="EC.1")
    early = whatsapp.text("m2", phone=None, bsuid="EC.2")
    change(whatsapp)
    assert whatsapp.holder("phone", f"+{NEW}") is None
    assert whatsapp.text("m3", phone=NEW, bsuid="EC.2").case == early.case
    assert whatsapp.holder("phone", f"+{NEW}") == whatsapp.customer(early) != whatsapp.customer(before)


def test_what_a_person_decided_about_two_customers_stays(whatsapp: Any) -> None:
    before = whatsapp.text("m1", bsuid="EC.1")
    early = whatsapp.text("m2", phone=NEW, bsuid="EC.2")
    suggested = keys.candidate(whatsapp.customer(before), whatsapp.customer(early))
    whatsapp.hub.table.table.transact([Update(suggested, set={"refused_at": "2026-11-22T09:00:00Z"})])
    change(whatsapp)
    assert whatsapp.item(suggested)["refused_at"] == "2026-11-22T09:00:00Z"


def test_a_new_number_that_had_another_holder_is_moved_by_the_next_message(whatsapp: Any) -> None:
    before = whatsapp.text("m1", bsuid="EC.1")
    former_holder = whatsapp.text("m2", phone=NEW, bsuid="EC.7", name="Luis")
    change(whatsapp)
    assert whatsapp.item(keys.candidate(whatsapp.customer(before), whatsapp.customer(former_holder))) is None
    assert whatsapp.text("m3", phone=NEW, bsuid="EC.2").case == before.case
    assert whatsapp.holder("phone", f"+{NEW}") == whatsapp.customer(before)


def test_a_later_holder_is_not_the_one_who_left(whatsapp: Any) -> None:
    """The event of long ago is redriven after the number found its next holder."""
    whatsapp.text("m0", phone="593990000001")
    [envelope] = whatsapp.envelopes(
        whatsapp.body(
            "messages",
            {"messages": [{"id": "s1", "timestamp": "1795341600", "type": "system", "from": OLD,
                           "system": {"type": "user_changed_number", "wa_id": NEW}}]},
        )
    )  # fmt: skip
    whatsapp.hub.seconds += 60
    holder = whatsapp.text("m1")
    assert whatsapp.intake.take(envelope).result == "ignored"
    assert whatsapp.text("m2").case == holder.case


def test_of_somebody_unknown_there_is_nothing_to_move(whatsapp: Any) -> None:
    outcome = change(whatsapp)
    assert (outcome.result, outcome.detail) == ("ignored", "a change of ids of somebody the hub does not know")
    assert whatsapp.holder("phone", f"+{NEW}") is None
    assert whatsapp.hub.counters["ignored"] == 1


def test_parent_ids_move_too_within_ten_writes(whatsapp: Any) -> None:
    ids = {"parent_user_id": "EC.ENT.2", "previous_parent_user_id": "EC.ENT.1"}
    before = whatsapp.text("m1", bsuid="EC.1", from_parent_user_id="EC.ENT.1")
    whatsapp.hub.table.reset()
    whatsapp.system("s1", "user_changed_number", phone=OLD, **CHANGED, **ids)
    assert max(len(operations) for operations in whatsapp.hub.table.transactions) == 10
    assert whatsapp.holder("whatsapp", "EC.ENT.2", "parent") == whatsapp.customer(before)
    assert whatsapp.holder("whatsapp", "EC.ENT.1", "parent") is None


def test_a_sudden_death_before_the_clearing_is_mended_by_the_next_delivery(whatsapp: Any) -> None:
    before = whatsapp.text("m1", bsuid="EC.1")

    class Dying:
        """Dies at the first write after the one that moves the locks."""

        def __init__(self, table: Any) -> None:
            self.table, self.left = table, 1

        def __getattr__(self, name: str) -> Any:
            return getattr(self.table, name)

        def transact(self, operations: Any) -> Any:
            if not self.left:
                raise Transient("the engine went away")
            self.left -= 1
            return self.table.transact(operations)

    whole = whatsapp.hub.table
    whatsapp.hub.table = Dying(whole)
    dying = type(whatsapp)(whatsapp.hub)
    with pytest.raises(Transient):
        change(dying)
    whatsapp.hub.table = whole
    assert conversation(whatsapp, "whatsapp:default:EC.1") is not None
    assert whatsapp.intake.take(dying.sent[-1]).result == "copy"
    assert conversation(whatsapp, "whatsapp:default:EC.1") is None
    assert whatsapp.text("m2", bsuid="EC.9", name="Luis").case != before.case


def test_messages_from_both_ids_at_the_same_time_never_split_a_lock(contended_whatsapp: Any) -> None:
    whatsapp = contended_whatsapp
    first = whatsapp.text("m0", bsuid="EC.1")
    works = [lambda: change(whatsapp), lambda: change(whatsapp)]
    works += [lambda n=n: whatsapp.text(f"o{n}", bsuid="EC.1") for n in range(5)]
    works += [lambda n=n: whatsapp.text(f"n{n}", phone=NEW, bsuid="EC.2") for n in range(5)]
    random.Random(5).shuffle(works)
    with ThreadPoolExecutor(8) as workers:
        outcomes = [future.result() for future in [workers.submit(work) for work in works]]
    person, holder = whatsapp.customer(first), whatsapp.holder("whatsapp", "EC.2", "default")
    assert {outcome.result for outcome in outcomes} <= {"recorded", "copy"}
    assert sum(outcome.result == "copy" for outcome in outcomes) == 1
    if holder != person:
        assert whatsapp.item(keys.candidate(person, holder)), "else the change came before their first message"
    sequences = [entry.sequence for entry in whatsapp.hub.log(first.case)]
    assert sequences == list(range(1, len(sequences) + 1))


def test_what_the_move_costs(priced_whatsapp: Any) -> None:
    whatsapp = priced_whatsapp
    whatsapp.text("m1", bsuid="EC.1")
    whatsapp.hub.table.reset()
    change(whatsapp)
    writes = [len(operations) for operations in whatsapp.hub.table.transactions]
    assert writes == [8, 2], "index, entry, case, two locks freed, two claimed, profile; then the conversation"
    assert whatsapp.hub.table.reads <= 25
    assert whatsapp.hub.table.cost.writes <= 30
