"""What a connector must do whose tool can be asked, and keeps contacts and tickets of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import pytest

from shared.domain.case import State
from shared.domain.errors import Permanent
from shared.ports.connectors import Remote
from tests.contract.connectors.conformance import (
    Connect,
    OtherSide,
    Stories,
    each_call,
    outcome_of,
    shows,
)
from tests.contract.connectors.stories import AT, Telling, Told


class AskedTool(OtherSide, Protocol):
    """A tool that can be asked what it holds."""

    def lie_next(self, after: int = 0) -> None:
        """A request to write is answered as if it had taken effect, and has none. One to read is answered as usual."""


class LyingTool:
    """For a tool that answers 2xx to what it did not do."""

    @shows("a 2xx that lied is noticed")
    @each_call
    def test_whichever_request_is_lied_about_in_the_end_there_is_one_effect(
        self, connect: Connect, other_side: AskedTool, stories: Stories, told: Told
    ) -> None:
        noticed = 0
        for after in range(8):
            telling = Telling(connect(), next(stories))
            telling.prepare(told)
            held = other_side.effects()
            other_side.lie_next(after)
            failure = outcome_of(telling, told)
            other_side.as_usual()
            noticed += failure is not None
            if failure is not None:
                telling.tell(told, retry=True)
            assert other_side.effects() == [*held, telling.story.named(told)], f"with request {after} lied about"
        assert noticed > 0


class ContactsTool(AskedTool, Protocol):
    def hold_person(self, *, phone: str = "", email: str = "") -> str:
        """Somebody that the tool knew before the hub. Their id."""

    def people(self) -> int: ...

    def name_of(self, person: str) -> str: ...


class LinkedContacts:
    """For a tool that has contacts of its own."""

    @shows("an existing contact is linked, not doubled")
    @pytest.mark.parametrize("by", ["phone", "email"])
    def test_somebody_the_tool_knows_by_what_is_attested_is_linked(
        self, connect: Connect, other_side: ContactsTool, stories: Stories, by: str
    ) -> None:
        story = next(stories)
        story = replace(story, email=f"ana.{story.number}@example.com", email_level="confirmed")
        person = other_side.hold_person(**{by: getattr(story, by)})
        people = other_side.people()
        linked = Telling(connect(), story).contact()
        again = Telling(connect(), story).contact(retry=True)
        known = connect().put_contact(story.customer, 2, linked, retry=False)
        assert linked.id == again.id == known.id == person
        assert linked.adopted
        assert again.adopted
        assert other_side.people() == people

    @shows("an existing contact is linked, not doubled")
    def test_a_claimed_address_links_nobody_and_is_not_passed_on(
        self, connect: Connect, other_side: ContactsTool, stories: Stories
    ) -> None:
        story = next(stories)
        story = replace(story, email=f"ana.{story.number}@example.com", email_level="claimed")
        person = other_side.hold_person(email=story.email)
        assert Telling(connect(), story).contact().id != person

    @shows("an existing contact is linked, not doubled")
    def test_another_customers_contact_is_never_taken(
        self, connect: Connect, other_side: ContactsTool, stories: Stories
    ) -> None:
        first = next(stories)
        theirs = Telling(connect(), first).contact()
        second = next(stories)
        same_phone = second.customer.model_copy(update={"identities": first.customer.identities})
        ours = connect().put_contact(same_phone, 1, None, retry=False)
        assert ours.id != theirs.id
        assert connect().put_contact(same_phone, 1, None, retry=True) == ours

    @shows("an existing contact is linked, not doubled")
    def test_the_contact_of_one_who_was_merged_is_the_survivors_and_theirs_again_afterwards(
        self, connect: Connect, other_side: ContactsTool, stories: Stories
    ) -> None:
        first, second = next(stories), next(stories)
        theirs = Telling(connect(), first).contact()
        assert not theirs.adopted
        people = other_side.people()
        alone = second.customer
        survivor = alone.model_copy(update={"family": [first.customer.id]})
        assert connect().put_contact(survivor, 2, theirs, retry=False).id == theirs.id
        assert connect().put_contact(survivor, 2, theirs, retry=True).id == theirs.id
        assert other_side.people() == people
        assert connect().put_contact(alone, 3, None, retry=False).id != theirs.id
        assert connect().put_contact(first.customer, 3, theirs, retry=False).id == theirs.id

    @shows("a contact is brought up to date")
    def test_a_new_name_arrives(self, connect: Connect, other_side: ContactsTool, stories: Stories) -> None:
        story = next(stories)
        known = Telling(connect(), story).contact()
        renamed = story.customer.model_copy(update={"display_name": "Ana María Ejemplo"})
        assert connect().put_contact(renamed, 2, known, retry=False).id == known.id
        assert other_side.name_of(known.id) == "Ana María Ejemplo"


class TicketsTool(ContactsTool, Protocol):
    def merge(self, ticket: str, into: str) -> None: ...

    def delete(self, ticket: str) -> None: ...

    def close(self, ticket: str) -> None: ...

    def is_open(self, ticket: str) -> bool: ...

    def entries_of(self, ticket: str) -> list[str]:
        """The texts that the hub added to a ticket, and to those merged into it, in order."""


class FollowedTickets:
    """For a tool whose people merge, delete and close tickets."""

    @shows("a merged ticket is followed")
    def test_entries_of_a_merged_ticket_go_to_the_survivor(
        self, connect: Connect, other_side: TicketsTool, stories: Stories
    ) -> None:
        ours, survivor = Telling(connect(), next(stories)), Telling(connect(), next(stories))
        ours.prepare("entry")
        survivor.prepare("entry")
        ours.entry(1)
        other_side.merge(ours.remotes["case"].id, into=survivor.remotes["case"].id)
        ours.entry(2)
        ours.entry(1, retry=True)
        ours.entry(2, retry=True)
        texts = [text for text in other_side.entries_of(survivor.remotes["case"].id) if "no enciende" in text]
        assert texts == ["La lavadora no enciende 1", "La lavadora no enciende 2"]

    @shows("a deleted ticket comes back when its customer goes on")
    @pytest.mark.parametrize("end", ["delete", "close"])
    def test_a_customer_who_goes_on_brings_the_ticket_back(
        self, connect: Connect, other_side: TicketsTool, stories: Stories, end: str
    ) -> None:
        telling = Telling(connect(), next(stories))
        telling.prepare("entry")
        telling.entry(1)
        ticket = telling.remotes["case"].id
        getattr(other_side, end)(ticket)
        telling.entry(2)
        assert other_side.is_open(ticket)
        assert other_side.entries_of(ticket) == ["La lavadora no enciende 1", "La lavadora no enciende 2"]

    @shows("a closed ticket stays closed for what is no customer's")
    @pytest.mark.parametrize("state", ["resolved", "spam"])
    def test_what_is_said_in_a_case_that_is_over_opens_no_ticket(
        self, connect: Connect, other_side: TicketsTool, stories: Stories, state: State
    ) -> None:
        telling = Telling(connect(), replace(next(stories), state=state))
        telling.prepare("entry")
        telling.entry(1)
        ticket = telling.remotes["case"].id
        other_side.close(ticket)
        telling.entry(2)
        assert not other_side.is_open(ticket)
        assert len(other_side.entries_of(ticket)) == 2

    @shows("a ticket that is gone holds up no other")
    def test_a_ticket_that_is_gone_is_permanent(
        self, connect: Connect, other_side: TicketsTool, stories: Stories
    ) -> None:
        telling = Telling(connect(), next(stories))
        telling.remotes["case"] = Remote("99999999")
        with pytest.raises(Permanent):
            telling.entry(1)

    @shows("the state of a case is the state of its ticket")
    def test_a_change_of_state_changes_the_ticket(
        self, connect: Connect, other_side: TicketsTool, stories: Stories
    ) -> None:
        telling = Telling(connect(), next(stories))
        telling.prepare("entry")
        ticket = telling.remotes["case"].id

        def change(sequence: int, was: State, becomes: State) -> None:
            for retry in (False, True):
                telling.entry(sequence, "state_change", retry=retry, text=becomes, reason=was, visibility="internal")

        telling.entry(1)
        change(2, "open", "resolved")
        assert not other_side.is_open(ticket)
        change(3, "resolved", "open")
        assert other_side.is_open(ticket)
        assert len(other_side.entries_of(ticket)) == 3

    @shows("the state of a case is the state of its ticket")
    def test_a_retry_does_not_undo_what_people_did_since(
        self, connect: Connect, other_side: TicketsTool, stories: Stories
    ) -> None:
        telling = Telling(connect(), next(stories))
        telling.prepare("entry")
        telling.entry(1)
        ticket = telling.remotes["case"].id
        said = {"text": "pending_customer", "reason": "open", "visibility": "internal"}
        telling.entry(2, "state_change", **said)
        other_side.close(ticket)
        telling.entry(2, "state_change", retry=True, **said)
        assert not other_side.is_open(ticket)


_REVISIONS = {
    "edit": {"text": "La lavadora sí enciende", "in_reply_to": "wamid.1"},
    "deletion": {"in_reply_to": "wamid.1", "text": None},
    "reaction": {"reaction": {"emoji": "👍", "target": "wamid.1"}, "text": None},
}


class ToldRevisions:
    """For a tool in which what was said is not rewritten."""

    @shows("an edit, a deletion, a reaction is told as one")
    @pytest.mark.parametrize("kind", _REVISIONS)
    def test_a_revision_is_told_once_and_says_what_it_is(
        self, connect: Connect, other_side: TicketsTool, stories: Stories, kind: str
    ) -> None:
        telling = Telling(connect(), next(stories))
        telling.prepare("entry")
        telling.entry(1)
        revision = {"occurred_at": AT, **_REVISIONS[kind]}
        for retry in (False, True):
            telling.entry(2, kind, retry=retry, **revision)  # type: ignore[arg-type]
        first, told = other_side.entries_of(telling.remotes["case"].id)
        assert first == "La lavadora no enciende 1"
        assert {"edit": "Editó", "deletion": "Borró", "reaction": "👍"}[kind] in told
        assert "wamid.1" in told
