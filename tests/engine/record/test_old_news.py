"""What comes late or again speaks of who had a number then, and says nothing of who has it today."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.event import Event
from shared.store import keys
from shared.store.candidates import candidates_of
from shared.store.claims import claims_of
from shared.store.consents import consents_in_force

Say = Callable[..., Event]
PHONE, NEXT = "+593991234567", "+593991234599"
DAYS = timedelta(days=3)
HOUR = timedelta(hours=1)


@pytest.fixture
def hub(contended_hub: Any) -> Any:
    return contended_hub


def identity(kind: str, value: str, level: str = "channel") -> dict[str, str]:
    return {"kind": kind, "value": value, "level": level}


def customer_of(hub: Any, outcome: Any) -> str:
    return str(hub.case(outcome.case)["customer"])


def changes_hands(hub: Any, say: Say) -> str:
    """The number's next holder."""
    hub.seconds += DAYS.total_seconds()
    new = customer_of(hub, hub.record(say("next", "número equivocado", at=DAYS)))
    hub.seconds += 60
    return new


def holder(hub: Any, value: str) -> str | None:
    lock = hub.table.table.get(keys.identity("phone", None, value)).item
    return lock["customer"] if lock else None


def test_a_copy_claims_nothing_of_the_numbers_next_holder(hub: Any, say: Say) -> None:
    hub.record(say("e1", identities=[identity("email", "ana@example.com")]))
    hub.seconds += 60
    typed = say("m1", identities=[identity("phone", PHONE), identity("email", "ana@example.com", "claimed")])
    before = customer_of(hub, hub.record(typed))
    new = changes_hands(hub, say)
    assert (new != before, hub.record(typed).result) == (True, "copy")
    assert list(claims_of(hub.table.table, new)) == []
    assert candidates_of(hub.table.table, new) == []


@pytest.mark.parametrize("text", ["borrar mis datos", "baja"])
def test_a_copy_decides_nothing_for_the_numbers_next_holder(hub: Any, say: Say, text: str) -> None:
    hub.record(say("m0"))
    asked = say("m1", text)
    hub.record(asked)
    new = changes_hands(hub, say)
    assert hub.record(asked).result == "copy"
    assert consents_in_force(hub.table, hub.profile(new)) == []


def test_a_claim_that_came_with_a_word_is_recorded_by_its_copy_should_we_have_died(hub: Any, say: Say) -> None:
    typed = say("m1", "baja", identities=[identity("phone", PHONE), identity("email", "ana@example.com", "claimed")])

    def die(operations: Any) -> None:
        if operations[0].key[0].startswith("CLM#"):
            raise MemoryError

    hub.table.before_transact = die
    with pytest.raises(MemoryError):
        hub.record(typed)
    hub.table.before_transact = None
    assert hub.record(typed).result == "copy"
    assert [one.value for one in claims_of(hub.table.table, holder(hub, PHONE) or "")] == ["ana@example.com"]


def test_a_number_change_told_late_takes_nothing_from_the_next_holder(hub: Any, say: Say) -> None:
    before = customer_of(hub, hub.record(say("m1", bsuid="EC.1")))
    hub.seconds += 60
    new = customer_of(hub, hub.record(say("m2", bsuid="EC.2", at=3 * HOUR)))
    hub.seconds += 60
    told = {"kind": "identity_change", "author": {"type": "system"}, "name": None, "at": 2 * HOUR}
    moved = say(
        "c1", None, identities=[identity("phone", NEXT)], previous_identities=[identity("phone", PHONE)], **told
    )
    assert hub.record(moved).result == "ignored"
    assert (new != before, holder(hub, PHONE), holder(hub, NEXT)) == (True, new, None)


def platforms_choice(say: Say, message: str, wish: str, **more: Any) -> Event:
    return say(message, None, kind="account_news", choice={"id": wish, "title": "marketing_messages"}, **more)


@pytest.mark.parametrize("by_word", [True, False])
def test_an_agreement_told_late_is_not_the_next_holders_and_a_refusal_stops_them_all_the_same(
    hub: Any, say: Say, by_word: bool
) -> None:
    def told(message: str, wish: str) -> Any:
        word = {"resume": "alta", "stop": "baja"}[wish]
        return hub.record(say(message, word, at=HOUR) if by_word else platforms_choice(say, message, wish, at=HOUR))

    hub.record(say("m0"))
    new = changes_hands(hub, say)
    assert told("yes", "resume").result == "ignored"
    assert consents_in_force(hub.table, hub.profile(new)) == []
    assert told("no", "stop").result == "recorded"
    assert [one.action for one in consents_in_force(hub.table, hub.profile(new))] == ["withdraw"]


def test_a_copy_of_an_agreement_is_a_copy(hub: Any, say: Say) -> None:
    hub.record(say("m0"))
    agreed = say("m1", "alta", at=HOUR)
    assert hub.record(agreed).result == "recorded"
    changes_hands(hub, say)
    assert hub.record(agreed).result == "copy"
