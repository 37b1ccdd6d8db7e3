"""What an event claims of its sender: what they typed, and the cards they passed on. Recorded beside them, after the
event itself, and again by every copy of it: harmless to repeat. Nothing is locked, shown or written to by it.

What somebody typed and another holds, or a tool's record has, makes the two a candidate, nothing more. A card is
mostly another person's: it suggests nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from shared.application.record.claimed import KINDS
from shared.application.record.context import Context, Incoming, Outcome
from shared.application.record.teller import teller_of
from shared.application.record.who import attested, living_profile
from shared.domain.blocking import SHARED
from shared.domain.event import Card, Event, Identity
from shared.domain.identity import Invalid, canonical, is_matchable, loose_email, phone_aliases
from shared.domain.identity.names import compare_key
from shared.domain.identity.pairs import HOLDERS_OF_A_SHARED_LINE
from shared.ports.table import Equals, Item, Update
from shared.store import keys
from shared.store.candidates import candidate_puts
from shared.store.claims import MAILBOX, Claim, Claimed, Rule, claim_updates, claimants_of, settle
from shared.store.conditional import took_effect

MOST: Final = 10
"""Of one event. A person who passes on an address book claims nothing of themselves."""

RULE = "claimed"


def claims_in(event: Event) -> bool:
    """Whether the event claims anything of its sender. Pure: the usual message pays nothing."""
    if event.direction != "inbound" or event.author.type != "customer" or event.kind in ("account_news", "history"):
        return False
    return bool(event.contacts) or any(one.level == "claimed" for one in event.identities)


def note_claims(context: Context, incoming: Incoming, outcome: Outcome) -> None:
    """Record them. Cost of `teller_of`; for each claim 2 writes (3 for an e-mail), and where it was typed 1 RCU for
    each spelling's holder, 1 or 2 for who else claims it, 2 writes for each candidate."""
    people = attested(incoming.event.identities)
    sender = teller_of(context, incoming, outcome)
    if sender is None:
        return
    said = list(_said(context, incoming, people))[:MOST]
    record_claims(context, sender, said, incoming.source.message)


def _said(context: Context, incoming: Incoming, people: Sequence[Identity]) -> Iterator[Claim]:
    event, source = incoming.event, incoming.source
    brand, _ = context.config.brand_of(event.channel, event.account)
    own = {(one.kind, one.value) for one in people}
    typed = ((one.kind, one.value, "typed", event.display_name) for one in event.identities if one.level == "claimed")
    for kind, raw, rule, name in (*typed, *_on_cards(event.contacts)):
        value = _canonical(kind, raw, brand.default_country)
        if value and (kind, value) not in own:
            yield Claim(kind, value, _rule(rule), source.channel, source.at, source.message, name)


def _rule(text: str) -> Rule:
    return "typed" if text == "typed" else "card"


def _on_cards(cards: Iterable[Card]) -> Iterator[tuple[str, str, str, str | None]]:
    for card in cards:
        yield from (("phone", phone, "card", card.name) for phone in card.phones)
        yield from (("email", email, "card", card.name) for email in card.emails)


def _canonical(kind: str, raw: str, country: str) -> str | None:
    """Its one form; None for what is no identity, or one that nobody types."""
    if kind not in KINDS:
        return None
    try:
        return canonical(kind, raw, country).value
    except Invalid:
        return None


def record_claims(context: Context, customer: str, claims: Sequence[Claim], message: str | None) -> None:
    """Record what is claimed of a customer, and suggest them together with whom else it speaks of."""
    for claim in claims:
        for write in claim_updates(customer, claim):
            context.table.transact([write])
        if claim.rule != "card" and is_matchable(claim.kind, claim.value):
            _compare(context, customer, claim, message)


def _compare(context: Context, customer: str, claim: Claim, message: str | None) -> None:
    living = living_profile(context.table, customer)
    lock = _lock(context, claim)
    others: dict[str, str] = {}
    if lock:
        holder = living_profile(context.table, lock["customer"])["id"]
        others[holder] = f"{claim.kind} claimed: {claim.rule}; attested of the other"
    found = claimants_of(context.table, claim.kind, claim.value)
    for one, loosely in (*((one, "") for one in found), *((one, ", loosely") for one in _loosely(context, claim))):
        if "crm" in one.said or (claim.rule == "crm" and "typed" in one.said):
            by = "crm" if "crm" in one.said else "typed"
            others.setdefault(living_profile(context.table, one.customer)["id"], f"{claim.kind} claimed: {by}{loosely}")
    for other, why in others.items():
        if other != living["id"]:
            puts = candidate_puts(living["id"], other, RULE, [why], claim.at, message)
            took_effect(context.table, puts)
    if lock and lock["pk"] == keys.identity(claim.kind, None, claim.value)[0]:
        for one in found:
            if one.customer == customer and not one.is_settled:
                context.table.transact([settle(one, lock["customer"], claim.at)])
        _mark_crowded(context, lock, found)


def _lock(context: Context, claim: Claim) -> Item | None:
    """Who holds the value: in its own form, in another spelling of the number, or of the mailbox."""
    spellings = [claim.value]
    if claim.kind == "phone":
        spellings += phone_aliases(claim.value)
    elif loose_email(claim.value) != claim.value:
        spellings.append(loose_email(claim.value))
    for value in spellings:
        found = context.table.get(keys.identity(claim.kind, None, value)).item
        if found:
            return found
    return None


def _loosely(context: Context, claim: Claim) -> list[Claimed]:
    if claim.kind != "email":
        return []
    return [one for one in claimants_of(context.table, MAILBOX, loose_email(claim.value)) if one.value != claim.value]


def _mark_crowded(context: Context, lock: Item, found: Sequence[Claimed]) -> None:
    """Three names of three customers at one number: it is nobody's alone, and merges nobody, unless staff said
    otherwise. 1 write, once."""
    names = {compare_key(name) for one in found if (name := one.name_by("crm"))} - {""}
    if len(names) >= HOLDERS_OF_A_SHARED_LINE and SHARED not in lock:
        mark = Update((lock["pk"], lock["sk"]), set={SHARED: True}, when=(Equals("customer", lock["customer"]),))
        took_effect(context.table, [mark])
