"""A message that is nothing but a word to stop or resume marketing: a consent record, at once. privacy.md §5.

It is no contact: it opens no case, reopens none, and asks for no answer. Where its conversation has an active case
the words also stand there, as an entry that changes neither its state nor any clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from shared.application.record.consent import MOST_OTHERS, consent_of
from shared.application.record.context import Context, Incoming, Outcome
from shared.application.record.message import Message
from shared.application.record.person import find_or_make, mark
from shared.application.record.teller import BEFORE, is_of_before, teller_of
from shared.application.record.who import attested
from shared.domain.case import ACTIVE
from shared.domain.consent import MARKETING
from shared.domain.event import Event
from shared.domain.opt_out import WORDS, Choice, Words, asks_for_erasure, choice_in
from shared.ports.table import Absent, Check, Equals, Item, Operation, Put
from shared.store import items, keys
from shared.store.conditional import took_effect
from shared.store.consents import consent_put

FLAGS: Final[dict[Choice, str]] = {"withdraw": "opt_out", "grant": "opt_in"}
"""Of the entry in which somebody said so."""

ERASURE: Final = "erasure_request"
"""Flag of an entry that asks for what is known of the person to be deleted."""


def choice_of(context: Context, event: Event) -> Choice | None:
    """What the event decides about marketing by its words alone; None for all other events. Pure."""
    if not _is_own_word(event) or not attested(event.identities):
        return None
    more = context.config.opt_out
    return choice_in(event.text, event.channel, _words(tuple(more.withdraw), tuple(more.grant)))


def wants_erasure(event: Event) -> bool:
    """Whether the event is a person's request to be forgotten, and nothing else."""
    return _is_own_word(event) and asks_for_erasure(event.text)


def _is_own_word(event: Event) -> bool:
    """Said by the person, to us, in private: neither quoted by an agent nor passed on."""
    if event.kind not in ("message", "postback") or event.direction != "inbound" or event.author.type != "customer":
        return False
    if event.public or event.forwarded or event.visibility != "public":
        return False
    return not (event.attachments or event.contacts or event.location or event.order)


@lru_cache(maxsize=8)
def _words(withdraw: tuple[str, ...], grant: tuple[str, ...]) -> Words:
    return WORDS.with_more(withdraw, grant) if withdraw or grant else WORDS


def record_choice(context: Context, incoming: Incoming, original: dict[str, Any], *, was_waiting: bool) -> Outcome:
    """Try once. Raises `Conflict` when somebody else was quicker.

    Of somebody known in their active case: 2 reads, 4 writes. Else 2 reads and 2 writes, and those of
    `find_or_make` where the person is not known by this conversation. Of a word to resume 1 RCU more.
    """
    choice = choice_of(context, incoming.event)
    if choice is None:
        raise ValueError("a message that decides nothing about marketing")
    if choice == "grant" and is_of_before(context, incoming):
        return Outcome("ignored", detail=BEFORE)
    message = Message(incoming, attested(incoming.event.identities), original, was_waiting)
    conversation = _conversation(context, message)
    consent = consent_of(incoming, message.people, MARKETING, choice, incoming.event.channel)
    outcome: Outcome
    if conversation and set(conversation["known"]).issuperset(message.names):
        writes, outcome = _in_conversation(context, message, conversation, choice)
        writes.append(consent_put(conversation["customer"], consent, original))
    else:
        person = find_or_make(context, incoming, message.people)
        also: Sequence[str] = person.sender.resolution.others[:MOST_OTHERS] if choice == "withdraw" else ()
        writes = [mark(incoming.event, person.customer, {}, was_waiting=was_waiting), *person.operations]
        writes += [consent_put(customer, consent, original) for customer in (person.customer, *also)]
        outcome = Outcome("recorded", had_waiting=was_waiting)
    context.table.transact(writes)
    context.metrics.count("consent_recorded", channel=incoming.event.channel, action=choice)
    return outcome


def note_erasure(context: Context, incoming: Incoming, outcome: Outcome) -> None:
    """A request to be forgotten stops marketing as well: recorded after its entry, and again by every copy. Cost of
    `teller_of`, and 1 write."""
    event, people = incoming.event, attested(incoming.event.identities)
    customer = teller_of(context, incoming, outcome)
    if customer:
        consent = consent_of(incoming, people, MARKETING, "withdraw", event.channel)
        took_effect(context.table, [consent_put(customer, consent, {})])


def _conversation(context: Context, message: Message) -> Item | None:
    home = context.table.get((message.home, "CNV")).item
    if home and "points_to" in home:
        home = context.table.get((home["points_to"], "CNV")).item
    return home if home and "customer" in home else None


def _in_conversation(
    context: Context, message: Message, conversation: Item, choice: Choice
) -> tuple[list[Operation], Outcome]:
    """Their words in the conversation's active case, else only their place in the message index."""
    case = context.table.get(keys.case(conversation["case"])).item if conversation.get("case") else None
    event, customer = message.event, conversation["customer"]
    if case is None or case["state"] not in ACTIVE:
        place = mark(event, customer, {}, was_waiting=message.was_waiting)
        return [place], Outcome("recorded", had_waiting=message.was_waiting)
    sequence = int(case["sequence"]) + 1
    holder = customer if customer != case["customer"] else None
    more = {"holder": holder} if holder else {}
    flagged = event.model_copy(update={"flags": [*event.flags, FLAGS[choice]]})
    received_at = message.incoming.received_at
    entry = items.entry_item(case["id"], sequence, flagged, received_at, message.original, **more)
    changes = {"updated_at": received_at, **items.with_holder(case, holder)}
    writes: list[Operation] = [
        items.index_put(event, case["id"], sequence, was_waiting=message.was_waiting, holder=holder),
        Put(entry, when=(Absent(),)),
        items.case_step(case, sequence, changes),
    ]
    if holder:  # the conversation leads to the other's case still: when a merge is undone, it leads there no longer
        as_read = (Equals("customer", customer), Equals("case", case["id"]))
        writes.append(Check((conversation["pk"], conversation["sk"]), as_read))
    return writes, Outcome("recorded", case["id"], sequence, had_waiting=message.was_waiting)
