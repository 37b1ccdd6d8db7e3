"""Who could be taken for somebody else: a second phone, a browser that two people share, a number that many claim."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.application.inquire import profile_of
from shared.application.record.imported_contact import Contact, import_contact
from shared.application.record.merge import merge, merge_now
from shared.application.record.who import living_profile
from shared.domain.event import Event
from shared.domain.merging import MAX_FAMILY
from shared.ports.connectors import Remote
from shared.store import keys
from tests.engine.record.people import PHONES, STAFF, People

Say = Callable[..., Event]
HOUR = timedelta(hours=1)
WEB = {"channel": "webchat", "account": "web"}
VISITOR = {"kind": "external", "value": "visitor-1", "namespace": "web", "level": "channel"}


@pytest.fixture
def hub(contended_hub: Any) -> Any:
    return contended_hub


@pytest.fixture
def people(hub: Any, say: Say) -> People:
    return People(hub, say)


def customer_of(hub: Any, outcome: Any) -> str:
    return str(hub.case(outcome.case)["customer"])


def holder(hub: Any, kind: str, value: str, namespace: str | None = None) -> str | None:
    lock = hub.table.table.get(keys.identity(kind, namespace, value)).item
    return lock["customer"] if lock else None


# two phones of one person


def test_the_first_scoped_id_at_a_merged_persons_other_phone_is_theirs(people: People) -> None:
    """The id that they have belongs to their first phone, with which it came."""
    people.writes("a", bsuid="EC.a")
    people.writes("b")
    people.merge("a", "b")
    people.writes("b", "b2", HOUR, bsuid="EC.b")
    assert holder(people.hub, "phone", "+" + PHONES["b"]) == people.ids["b"]
    assert holder(people.hub, "whatsapp", "EC.b", "default") == people.ids["b"]
    assert people.lives_as("b") == "a"


def test_another_scoped_id_at_that_phone_is_its_next_holder(people: People) -> None:
    people.writes("a", bsuid="EC.a")
    people.writes("b", bsuid="EC.b")
    people.merge("a", "b")
    people.hub.record(people.say("n1", phone=PHONES["b"], bsuid="EC.n", name="N", at=HOUR))
    assert holder(people.hub, "phone", "+" + PHONES["b"]) not in people.ids.values()


def test_a_scoped_id_that_came_without_a_phone_may_go_with_any_of_theirs(people: People) -> None:
    """Merged because one event named both: the id and the phone are one line, under two customers' ids."""
    hub = people.hub
    without = customer_of(hub, hub.record(people.say("m1", phone=None, bsuid="EC.a")))
    hub.seconds += 60
    people.writes("b")
    assert merge_now(hub.context, without, people.ids["b"], "one_event_two_customers", ["phone"])
    hub.record(people.say("n1", phone=PHONES["b"], bsuid="EC.n", name="N", at=HOUR))
    assert holder(hub, "phone", "+" + PHONES["b"]) not in (without, people.ids["b"])


# two people at one browser


def signed(user: str) -> dict[str, str]:
    return {"kind": "external", "value": user, "namespace": "web", "level": "confirmed"}


@pytest.mark.parametrize("best_first", [True, False])
def test_who_signs_in_at_anothers_browser_is_not_them(hub: Any, say: Say, best_first: bool) -> None:
    def by(message: str, user: str) -> str:
        both = [signed(user), VISITOR] if best_first else [VISITOR, signed(user)]
        hub.seconds += 60
        return customer_of(hub, hub.record(say(message, identities=both, **WEB)))

    ana, luis = by("m1", "ana"), by("m2", "luis")
    assert ana != luis
    assert holder(hub, "external", "luis", "web") == luis
    assert (by("m3", "ana"), by("m4", "luis"), by("m5", "ana")) == (ana, luis, ana)
    assert customer_of(hub, hub.record(say("m6", identities=[VISITOR], **WEB))) == ana, "whose browser it was first"
    assert "customers_merged" not in hub.counters


# a number that many claim


@pytest.mark.large
def test_what_so_many_claim_that_not_all_are_looked_at_attaches_nobody(hub: Any, say: Say) -> None:
    def imported(number: int, name: str) -> str:
        hub.seconds += 1
        return import_contact(hub.context, Contact("crm", Remote(str(number)), name, ["0991234567"], country="EC"))

    first = imported(1, "Ana")
    typed = {"kind": "phone", "value": "+593991234567", "level": "claimed"}
    for number in range(24):
        hub.seconds += 1
        hub.record(say(f"t{number}", identities=[{**VISITOR, "value": f"v{number}"}, typed]))
    second = imported(2, "Luis")
    assert customer_of(hub, hub.record(say("m1", name="Zoe"))) not in (first, second)


# a long chain of merges


@pytest.mark.large
def test_however_long_the_chain_everybody_in_it_is_found(hub: Any, say: Say) -> None:
    """Each survivor loses to the next one, so that the first has as many tombstones before them as there can be."""
    ids = []
    for number in range(MAX_FAMILY):
        hub.seconds += 60
        outcome = hub.record(say(f"m{number}", phone=f"5939912300{number:02d}", name=None))
        hub.set_case(outcome.case, state="closed", closed_at="2026-11-22T10:00:00Z")
        ids.append(customer_of(hub, outcome))
        held = hub.profile(ids[-1])["identities"] * 21
        hub.hold(ids[-1], cases={}, identities=held, created_at=f"20{99 - number}-01-01T00:00:00Z")
    for one, other in itertools.pairwise(ids):
        assert merge(hub.context, one, other, STAFF).survivor == other
    assert living_profile(hub.table, ids[0])["id"] == profile_of(hub.table, ids[0])["id"] == ids[-1]
    again = hub.record(say("again", phone="593991230000", name=None, at=HOUR))
    assert customer_of(hub, again) == ids[0], "recorded under whose number it is"
