"""Messages become customers, cases and entries, once, on every engine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.errors import Malformed
from shared.domain.event import Event
from shared.ports.table import Put, Update
from shared.store import keys
from shared.store.candidates import decide
from tests.engine.record.bench import NUMBER

Say = Callable[..., Event]
HOUR = timedelta(hours=1)


def test_a_first_message_makes_a_customer_a_case_and_an_entry(hub: Any, say: Say) -> None:
    outcome = hub.record(say("m1", bsuid="EC.1"))
    case = hub.case(outcome.case)
    profile = hub.profile(case["customer"])
    assert (outcome.result, outcome.sequence, case["state"], case["brand"]) == ("recorded", 1, "new", "acme")
    assert [(one["kind"], one.get("namespace")) for one in profile["identities"]] == [
        ("whatsapp", "default"),
        ("phone", None),
    ]
    assert profile["display_name"] == "Ana"
    assert profile["fields"]["display_name"]["source"] == "whatsapp"
    assert list(profile["cases"]) == [outcome.case]
    assert [entry.text for entry in hub.log(outcome.case)] == ["Hola"]
    assert hub.table.table.get(keys.reference(case["reference"])).item["case"] == outcome.case


def test_a_second_delivery_changes_nothing(hub: Any, say: Say) -> None:
    first = hub.record(say("m1"))
    again = hub.record(say("m1"))
    assert (again.result, again.case, again.sequence) == ("copy", first.case, 1)
    assert len(hub.log(first.case)) == 1


def test_the_usual_way_is_two_reads_and_three_writes(priced_hub: Any, say: Say) -> None:
    hub = priced_hub
    hub.record(say("m1", bsuid="EC.1"))
    hub.table.reset()
    hub.record(say("m2", bsuid="EC.1"))
    assert hub.table.reads == 2
    assert hub.table.cost.reads == 2
    assert [len(operations) for operations in hub.table.transactions] == [3]
    # every item is below 1 KB or 2 KB, doubled by the transaction; indexes are not touched
    assert hub.table.cost.writes <= 10


@pytest.mark.parametrize("bsuid", [None, "EC.1"])
def test_the_usual_way_holds_for_phone_and_scoped_id(hub: Any, say: Say, bsuid: str | None) -> None:
    hub.record(say("m1", bsuid=bsuid))
    hub.table.reset()
    hub.record(say("m2", bsuid=bsuid, in_reply_to="m1"))
    assert hub.table.reads == 3
    assert [len(operations) for operations in hub.table.transactions] == [3]


def test_a_person_without_a_phone_is_a_customer(hub: Any, say: Say) -> None:
    outcome = hub.record(say("m1", phone=None, bsuid="EC.1"))
    assert [one["kind"] for one in hub.profile(hub.case(outcome.case)["customer"])["identities"]] == ["whatsapp"]


def test_a_known_phone_gains_its_scoped_id_and_keeps_the_conversation(hub: Any, say: Say) -> None:
    first = hub.record(say("m1"))
    second = hub.record(say("m2", bsuid="EC.1"))
    third = hub.record(say("m3", phone=None, bsuid="EC.1"))
    assert {first.case} == {second.case, third.case}
    assert len(hub.profile(hub.case(first.case)["customer"])["identities"]) == 2
    hub.table.reset()
    hub.record(say("m4", bsuid="EC.1"))
    assert hub.table.reads == 3, "a pointer adds one read"


def test_a_known_scoped_id_is_found_again_by_its_phone(hub: Any, say: Say) -> None:
    first = hub.record(say("m1", bsuid="EC.1"))
    second = hub.record(say("m2"))
    assert second.case == first.case


@pytest.mark.parametrize(
    ("first", "second"),
    [("+5511987654321", "+551187654321"), ("+525512345678", "+5215512345678"), ("+5491123456789", "+541123456789")],
)
def test_other_spellings_of_a_phone_are_looked_up(hub: Any, say: Say, first: str, second: str) -> None:
    one = hub.record(say("m1", phone=second[1:]))
    other = hub.record(say("m2", phone=first[1:]))
    assert hub.case(one.case)["customer"] == hub.case(other.case)["customer"]


def test_two_customers_whom_one_event_attests_are_one(hub: Any, say: Say) -> None:
    by_phone = hub.record(say("m1"))
    by_id = hub.record(say("m2", phone=None, bsuid="EC.1"))
    both = hub.record(say("m3", bsuid="EC.1"))
    owner, other = hub.case(by_id.case)["customer"], hub.case(by_phone.case)["customer"]
    assert both.case == by_id.case
    assert {hub.profile(one).get("merged_into") for one in (owner, other)} == {None, min(owner, other)}
    assert hub.counters["customers_merged"] == 1
    hub.table.reset()
    hub.record(say("m4", bsuid="EC.1"))
    assert hub.table.reads == 2, "the usual way again"
    assert hub.record(say("m5")).case == by_phone.case


def test_two_customers_whom_one_event_attests_stay_two_where_something_forbids_it(hub: Any, say: Say) -> None:
    by_phone = hub.record(say("m1"))
    by_id = hub.record(say("m2", phone=None, bsuid="EC.1"))
    owner, other = hub.case(by_id.case)["customer"], hub.case(by_phone.case)["customer"]
    hub.table.table.transact([Update(keys.customer(other), set={"restrictions": ["legal_hold"]})])
    both = hub.record(say("m3", bsuid="EC.1"))
    assert both.case == by_id.case, "the most specific one"
    assert hub.table.table.get(keys.candidate(owner, other)).item["evidence"][:2] == ["whatsapp", "phone"]
    assert hub.counters["merge_blocked"] == 1, "an alarm says so"
    hub.table.reset()
    hub.record(say("m4", bsuid="EC.1"))
    assert hub.table.reads == 2, "it is said once"


def test_a_landline_that_several_answer_makes_nobody_one(hub: Any, say: Say) -> None:
    by_phone = hub.record(say("m1", phone="59322123456"))
    by_id = hub.record(say("m2", phone=None, bsuid="EC.1"))
    both = hub.record(say("m3", phone="59322123456", bsuid="EC.1"))
    owner, other = hub.case(by_id.case)["customer"], hub.case(by_phone.case)["customer"]
    assert both.case == by_id.case
    assert hub.table.table.get(keys.candidate(owner, other)).item["rule"] == "one_event_two_customers"
    assert "customers_merged" not in hub.counters
    assert hub.record(say("m4", phone="59322123456")).case == by_phone.case


def test_a_phone_with_another_scoped_id_has_a_new_holder(hub: Any, say: Say) -> None:
    old = hub.record(say("m1", bsuid="EC.1"))
    hub.record(say("m2"))
    new = hub.record(say("m3", bsuid="EC.2", name="Luis"))
    loser, gainer = hub.case(old.case)["customer"], hub.case(new.case)["customer"]
    assert loser != gainer
    assert hub.table.table.get(keys.identity("phone", None, "+593991234567")).item["customer"] == gainer
    assert [one.get("until") is None for one in hub.profile(loser)["identities"]] == [True, False]
    assert hub.record(say("m4")).case == new.case, "the phone alone now means the new holder"
    assert hub.record(say("m5", phone=None, bsuid="EC.1")).case == old.case, "the other keeps their history"


def test_a_phone_moves_between_two_customers_who_exist(hub: Any, say: Say) -> None:
    hub.record(say("m1", bsuid="EC.1"))
    second = hub.record(say("m2", phone=None, bsuid="EC.2"))
    both = hub.record(say("m3", bsuid="EC.2"))
    assert both.case == second.case
    holder = hub.table.table.get(keys.identity("phone", None, "+593991234567")).item["customer"]
    assert holder == hub.case(second.case)["customer"]


def test_a_moved_phone_is_found_anew_on_the_other_accounts(hub: Any, say: Say) -> None:
    hub.record(say("m1", bsuid="EC.1"))
    hub.record(say("m2", account="200000000000002"))
    new = hub.record(say("m3", bsuid="EC.2"))
    elsewhere = hub.record(say("m4", account="200000000000002"))
    assert hub.case(elsewhere.case)["customer"] == hub.case(new.case)["customer"]


def test_a_fresh_case_of_the_same_brand_is_joined_from_another_account(hub: Any, say: Say) -> None:
    first = hub.record(say("m1"))
    assert hub.record(say("m2", account="200000000000002", at=HOUR)).case == first.case
    assert hub.record(say("m3", account="200000000000002", at=HOUR)).case == first.case
    assert len(hub.case(first.case)["conversations"]) == 2


def test_cases_never_join_across_brands(hub: Any, say: Say) -> None:
    first = hub.record(say("m1"))
    other = hub.record(say("m2", account="200000000000003"))
    assert first.case != other.case
    assert hub.case(first.case)["customer"] == hub.case(other.case)["customer"]
    assert hub.case(other.case)["brand"] == "zeta"


def test_an_unknown_account_belongs_to_the_first_brand_and_is_counted(hub: Any, say: Say) -> None:
    outcome = hub.record(say("m1", account="999"))
    hub.record(say("m2", account="999"))
    assert hub.case(outcome.case)["brand"] == "acme"
    assert hub.counters["unknown_account"] == 2


def test_an_entry_names_the_portfolio_that_only_the_configuration_knows(hub: Any, say: Say) -> None:
    outcome = hub.record(say("m1", bsuid="EC.1"))
    assert [one.namespace for one in hub.log(outcome.case)[0].identities] == ["default", None]


def test_a_message_wakes_a_waiting_case_with_an_entry_of_its_own(hub: Any, say: Say) -> None:
    first = hub.record(say("m1"))
    hub.set_case(first.case, state="pending_customer")
    second = hub.record(say("m2"))
    assert second.sequence == 3
    assert [(e.kind, e.text, e.reason) for e in hub.log(first.case)[1:]] == [
        ("state_change", "open", "pending_customer"),
        ("message", "Hola", None),
    ]
    assert hub.case(first.case)["state"] == "open"


def test_a_resolved_case_comes_back_within_its_window(hub: Any, say: Say) -> None:
    first = hub.record(say("m1"))
    hub.set_case(first.case, state="resolved", resolved_at="2026-11-22T11:00:00Z")
    second = hub.record(say("m2", at=48 * HOUR))
    case = hub.case(first.case)
    assert second.case == first.case
    assert (case["state"], case["reopen_count"], "resolved_at" in case) == ("open", 1, False)


def test_outside_its_window_a_follow_up_begins(hub: Any, say: Say) -> None:
    first = hub.record(say("m1"))
    hub.set_case(first.case, state="resolved", resolved_at="2026-11-22T10:00:00Z")
    second = hub.record(say("m2", at=48 * HOUR))
    assert hub.case(second.case)["follow_up_of"] == first.case
    profile = hub.profile(hub.case(first.case)["customer"])
    assert list(profile["cases"]) == [second.case]
    hub.table.reset()
    assert hub.record(say("m3", at=49 * HOUR)).case == second.case
    assert hub.table.reads == 2


def test_a_quote_of_an_earlier_open_case_joins_it(hub: Any, say: Say) -> None:
    first = hub.record(say("m1"))
    hub.set_case(first.case, state="resolved", resolved_at="2026-11-20T10:00:00Z")
    second = hub.record(say("m2", at=HOUR))
    hub.set_case(first.case, state="open")
    quoting = hub.record(say("m3", in_reply_to="m1", at=HOUR))
    assert second.case != first.case
    assert quoting.case == first.case


def test_a_quote_of_something_unknown_is_no_obstacle(hub: Any, say: Say) -> None:
    first = hub.record(say("m1"))
    assert hub.record(say("m2", in_reply_to="wamid.never-seen")).case == first.case


def test_naming_another_persons_case_never_joins_it(hub: Any, say: Say) -> None:
    theirs = hub.record(say("m1"))
    reference = hub.case(theirs.case)["reference"]
    mine = hub.record(say("m2", f"caso {reference}", phone="593987654321"))
    assert mine.case != theirs.case
    assert hub.log(mine.case)[0].flags == ["foreign_ref"]


def test_naming_ones_own_case_joins_it(hub: Any, say: Say) -> None:
    first = hub.record(say("m1"))
    named = f"mi caso {hub.case(first.case)['reference']}"
    assert hub.record(say("m2", named, account="200000000000002", at=90 * HOUR)).case == first.case


def test_a_name_that_changes_is_kept_with_its_source(hub: Any, say: Say) -> None:
    first = hub.record(say("m1"))
    customer = hub.case(first.case)["customer"]
    version = hub.profile(customer)["contact_version"]
    hub.record(say("m2", name="Ana P."))
    assert hub.profile(customer)["display_name"] == "Ana P."
    assert hub.profile(customer)["contact_version"] == version + 1


def test_a_name_from_the_channel_never_overwrites_a_better_one(hub: Any, say: Say) -> None:
    first = hub.record(say("m1"))
    key = keys.customer(hub.case(first.case)["customer"])
    better = {"display_name": {"value": "Ana Pérez", "source": "crm", "at": "2026-11-22T10:00:00Z"}}
    hub.table.table.transact([Update(key, set={"display_name": "Ana Pérez", "fields": better})])
    hub.record(say("m2", name="Mamá ❤"))
    assert hub.profile(key[0][4:])["display_name"] == "Ana Pérez"


def test_a_tombstone_is_followed(hub: Any, say: Say) -> None:
    lost = hub.record(say("m1"))
    survivor = hub.record(say("m2", phone="593987654321"))
    loser, winner = hub.case(lost.case)["customer"], hub.case(survivor.case)["customer"]
    hub.table.table.transact([Update(keys.customer(loser), set={"merged_into": winner}, add={"version": 1})])
    hub.set_case(lost.case, state="closed")
    after = hub.record(say("m3"))
    assert after.case == survivor.case


def test_a_shared_number_finds_nobody_beyond_its_own_conversation(hub: Any, say: Say) -> None:
    one = hub.record(say("m1", phone="5931800123456"))
    two = hub.record(say("m2", phone="5931800123456"))
    other = hub.record(say("m3", phone="5931800123456", account="200000000000002"))
    assert one.case == two.case
    assert hub.case(one.case)["customer"] != hub.case(other.case)["customer"]


def test_claimed_identities_lock_nothing_and_open_nothing(hub: Any, say: Say) -> None:
    claimed = [{"kind": "phone", "value": "+593991234567", "level": "claimed"}]
    with pytest.raises(Malformed):
        hub.record(say("m1", identities=claimed))
    assert hub.table.table.get(keys.identity("phone", None, "+593991234567")).item is None


def test_what_our_people_say_elsewhere_joins_as_an_answer(hub: Any, say: Say) -> None:
    first = hub.record(say("m1"))
    hub.record(say("m2", "Ya le ayudo", direction="outbound", author={"type": "agent"}, name=None, at=HOUR))
    case = hub.case(first.case)
    assert case["state"] == "open"
    assert case["last_customer_at"] == "2026-11-22T10:00:00Z"


@pytest.mark.parametrize("kind", ["ignored", "account_news", "history"])
def test_what_belongs_to_no_case_is_counted_and_its_original_kept(hub: Any, say: Say, kind: str) -> None:
    outcome = hub.record(say("m1", kind=kind))
    assert outcome.result == "ignored"
    assert hub.counters["ignored"] == 1
    assert list(hub.files) == ["ignored/2026-11-22/d/0.json"]


def test_unsupported_content_opens_a_case_when_it_has_a_sender(hub: Any, say: Say) -> None:
    assert hub.record(say("m1", None, kind="unsupported")).result == "recorded"
    assert hub.record(say("m2", None, kind="unsupported", phone=None)).result == "ignored"


def test_what_cannot_be_read_is_malformed(hub: Any, say: Say) -> None:
    with pytest.raises(Malformed, match="no id"):
        hub.record(say("m1", kind="unsupported", flags=["malformed"], reason="no id"))


def test_a_long_text_is_kept_whole(hub: Any, say: Say) -> None:
    text = "ñandú 🌸 " * 20_000
    outcome = hub.record(say("m1", text))
    assert hub.log(outcome.case)[0].text == text


def test_a_reference_that_is_taken_is_not_given_twice(hub: Any, say: Say) -> None:
    from shared.domain.reference import reference_of

    hub.numbers = iter(range(1_000))
    probe = hub.context.new_id()
    hub.numbers = iter(range(1_000))
    hub.table.table.transact([Put({"pk": keys.reference(reference_of(probe))[0], "sk": "REFNO", "case": "other"})])
    outcome = hub.record(say("m1"))
    assert outcome.case == probe
    assert hub.case(outcome.case)["reference"] == reference_of(probe, 1)


def test_a_pair_that_was_refused_is_neither_merged_nor_suggested_anew(hub: Any, say: Say) -> None:
    by_phone = hub.record(say("m1"))
    by_id = hub.record(say("m2", phone=None, bsuid="EC.1"))
    owner, other = hub.case(by_id.case)["customer"], hub.case(by_phone.case)["customer"]
    decide(hub.table.table, owner, other, "refused", by="Eva", at="2026-11-22T10:00:00Z")
    for number, name in enumerate(("Ana", "Ana P.")):
        assert hub.record(say(f"n{number}", bsuid="EC.1", name=name)).case == by_id.case
    assert hub.table.table.get(keys.candidate(owner, other)).item["status"] == "refused"
    assert "customers_merged" not in hub.counters


@pytest.mark.large
def test_lists_of_a_profile_and_a_conversation_do_not_grow_without_end(priced_hub: Any, say: Say) -> None:
    hub = priced_hub  # an engine that is quick enough
    first = hub.record(say("m1", phone=None, bsuid="EC.1"))
    customer = hub.case(first.case)["customer"]
    for number in range(130):
        hub.record(say(f"t{number}", phone=None, bsuid="EC.1", thread=f"post-{number}", at=timedelta(hours=number)))
    profile = hub.profile(customer)
    assert len(profile["conversations"]) == 100
    for number in range(60):
        hub.record(say(f"p{number}", phone=f"5939912345{number:02}", bsuid="EC.1", at=timedelta(hours=130)))
    home = hub.table.table.get(keys.conversation("whatsapp", NUMBER, "whatsapp:default:EC.1")).item
    assert len(home["known"]) == 40
    assert len(hub.profile(customer)["identities"]) == 20


def test_a_case_that_is_over_leaves_the_profile(hub: Any, say: Say) -> None:
    """Also one of another account, that the next case does not follow."""
    late = timedelta(hours=100)
    over = hub.record(say("m1"))
    second = hub.record(say("m2", account="200000000000002", at=late))
    hub.set_case(over.case, state="closed", closed_at="2026-11-23T10:00:00Z")
    hub.set_case(second.case, state="closed", closed_at="2026-11-23T10:00:00Z")
    third = hub.record(say("m3", account="200000000000002", at=2 * late))
    assert list(hub.profile(hub.case(third.case)["customer"])["cases"]) == [third.case]
