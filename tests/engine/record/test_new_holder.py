"""A phone with a new holder, on several accounts of ours: nobody is taken for somebody else, no case is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from shared.domain.event import Event
from shared.domain.identity import phone_aliases
from shared.ports.table import Put
from shared.store import keys
from shared.store.items import live_identities
from tests.engine.record.bench import NUMBER, OTHER_NUMBER

Say = Callable[..., Event]
LATER = timedelta(hours=30)
"""Later than any window in which another account's case is joined."""


def customer_of(hub: Any, outcome: Any) -> str:
    return str(hub.case(outcome.case)["customer"])


def test_who_lost_a_phone_never_takes_over_its_new_holders_conversation(hub: Any, say: Say) -> None:
    hub.record(say("m1", bsuid="EC.1"))
    hub.record(say("m2", account=OTHER_NUMBER))
    new = hub.record(say("m3", bsuid="EC.2"))
    hub.record(say("m4", account=OTHER_NUMBER))
    hub.record(say("m5", phone=None, bsuid="EC.1", account=OTHER_NUMBER))
    assert customer_of(hub, hub.record(say("m6", account=OTHER_NUMBER))) == customer_of(hub, new)


def test_who_lost_a_phone_keeps_the_case_that_was_opened_by_it(hub: Any, say: Say) -> None:
    old = hub.record(say("m1"))
    hub.record(say("m2", bsuid="EC.1"))
    hub.record(say("m3", bsuid="EC.2"))
    assert hub.record(say("m4", phone=None, bsuid="EC.1", at=LATER)).case == old.case


def test_who_lost_a_phone_keeps_the_case_on_another_account_too(hub: Any, say: Say) -> None:
    hub.record(say("m1", bsuid="EC.1"))
    old = hub.record(say("m2", account=OTHER_NUMBER, at=LATER))
    hub.record(say("m3", bsuid="EC.2"))
    mine = say("m4", phone=None, bsuid="EC.1", account=OTHER_NUMBER, at=2 * LATER)
    assert hub.record(mine).case == old.case


def test_a_copy_changes_nothing_on_other_accounts(hub: Any, say: Say) -> None:
    first = hub.record(say("m1", bsuid="EC.1"))
    hub.set_case(first.case, state="closed")
    hub.record(say("m2", bsuid="EC.2"))
    hub.record(say("m3", account=OTHER_NUMBER))
    home = keys.conversation("whatsapp", OTHER_NUMBER, "phone:-:+593991234567")
    before = hub.table.table.get(home).item
    assert hub.record(say("m1", bsuid="EC.1")).result == "copy"
    assert before
    assert hub.table.table.get(home).item == before


def test_a_pointer_made_while_the_phone_moves_does_not_outlive_the_move(hub: Any, say: Say) -> None:
    hub.record(say("m1", bsuid="EC.1"))
    hub.record(say("m2", phone=None, bsuid="EC.1", account=OTHER_NUMBER))
    new = []

    def meanwhile(_: Any) -> None:
        hub.table.before_transact = None
        new.append(hub.record(say("m3", bsuid="EC.2")))

    hub.table.before_transact = meanwhile
    by_phone = hub.record(say("m4", account=OTHER_NUMBER))
    assert customer_of(hub, by_phone) == customer_of(hub, new[0])


def test_what_is_recorded_while_the_phone_moves_does_not_outlive_the_move(hub: Any, say: Say) -> None:
    hub.record(say("m1", bsuid="EC.1"))
    hub.record(say("m2", phone=None, bsuid="EC.1", account=OTHER_NUMBER))

    def meanwhile(operations: Any) -> None:
        if len(operations) > 1:
            hub.table.before_transact = None
            hub.record(say("m3", account=OTHER_NUMBER))

    hub.table.before_transact = meanwhile
    new = hub.record(say("m4", bsuid="EC.2"))
    assert customer_of(hub, hub.record(say("m5", account=OTHER_NUMBER))) == customer_of(hub, new)


def test_a_shared_number_that_moves_on_one_account_leaves_the_others_alone(hub: Any, say: Say) -> None:
    shared = "5931800123456"
    hub.record(say("m1", phone=shared, bsuid="EC.1"))
    other = hub.record(say("m2", phone=shared, account=OTHER_NUMBER))
    hub.record(say("m3", phone=shared, bsuid="EC.2"))
    home = keys.conversation("whatsapp", OTHER_NUMBER, f"phone:-:+{shared}")
    assert hub.table.table.get(home).item["case"] == other.case


def test_a_phone_known_by_another_spelling_is_ended_in_that_spelling(hub: Any, say: Say) -> None:
    spelling = "+551178123456"
    (other,) = phone_aliases(spelling)
    old = hub.record(say("m1", phone=spelling[1:], bsuid="BR.1"))
    hub.record(say("m2", phone=spelling[1:]))
    new = hub.record(say("m3", phone=other[1:], bsuid="BR.2"))
    assert customer_of(hub, new) != customer_of(hub, old)
    live = live_identities(hub.profile(customer_of(hub, old)))
    assert [one.value for one in live] == ["BR.1"]
    assert customer_of(hub, hub.record(say("m4", phone=spelling[1:]))) == customer_of(hub, new)


def test_a_message_from_before_the_move_takes_nothing_back(hub: Any, say: Say) -> None:
    old = hub.record(say("m1", bsuid="EC.1", at=timedelta(hours=1)))
    hub.set_case(old.case, state="closed")
    new = hub.record(say("m2", bsuid="EC.2", at=timedelta(hours=3)))
    late = hub.record(say("m3", bsuid="EC.1", at=timedelta(hours=2)))
    assert customer_of(hub, late) == customer_of(hub, old)
    assert customer_of(hub, hub.record(say("m4", at=timedelta(hours=4)))) == customer_of(hub, new)


def test_a_parent_id_alone_does_not_make_the_loser_the_gainer(hub: Any, say: Say) -> None:
    def by(message: str, scoped: str) -> Event:
        both = [
            {"kind": "whatsapp", "value": scoped, "level": "channel"},
            {"kind": "whatsapp", "value": "EC.ENT.1", "namespace": "parent", "level": "channel"},
            {"kind": "phone", "value": "+593991234567", "level": "channel"},
        ]
        return say(message, identities=both)

    old, new = hub.record(by("m1", "EC.1")), hub.record(by("m2", "EC.2"))
    assert customer_of(hub, old) != customer_of(hub, new)
    assert hub.table.table.get(keys.candidate(customer_of(hub, new), customer_of(hub, old))).item


def test_a_case_left_by_a_quote_is_found_again(hub: Any, say: Say) -> None:
    other = hub.record(say("m1", account=OTHER_NUMBER))
    own = hub.record(say("m2", at=LATER))
    assert hub.record(say("m3", in_reply_to="m2", account=OTHER_NUMBER, at=LATER)).case in (own.case, other.case)
    quoting = say("m4", f"caso {hub.case(other.case)['reference']}", at=LATER)
    assert hub.record(quoting).case == other.case
    hub.set_case(other.case, state="closed")
    assert hub.record(say("m5", at=2 * LATER + LATER)).case == own.case


def test_a_reference_taken_meanwhile_is_not_given_twice(hub: Any, say: Say) -> None:
    taken = []

    def meanwhile(operations: Any) -> None:
        hub.table.before_transact = None
        pk = next(operation.key[0] for operation in operations if operation.key[0].startswith("REFNO#"))
        taken.append(pk)
        hub.table.table.transact([Put({"pk": pk, "sk": "REFNO", "case": "another"})])

    hub.table.before_transact = meanwhile
    outcome = hub.record(say("m1", bsuid="EC.1", account=NUMBER))
    assert hub.table.table.get((taken[0], "REFNO")).item["case"] == "another"
    reference = hub.case(outcome.case)["reference"]
    assert hub.table.table.get(keys.reference(reference)).item["case"] == outcome.case
