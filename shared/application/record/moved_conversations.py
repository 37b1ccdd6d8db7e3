"""The conversations at ids that are no longer somebody's: moved to the new id, or removed, so that nobody else
lands there. They are short cuts: what is removed is found anew from the identities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shared.application.record.context import Context
from shared.application.record.who import living_profile, reach_of
from shared.domain.errors import Conflict
from shared.domain.event import Event, Identity
from shared.domain.identity import phone_aliases
from shared.ports.table import Absent, Condition, Delete, Equals, Item, Operation, Put, Update
from shared.store import items, keys
from shared.store.conditional import took_effect

TRIES = 5


@dataclass(frozen=True, slots=True)
class Moved:
    """On `channel`. `former`: ids given up. `present`: the same person's ids now, best first; none where they stay
    another's."""

    channel: str
    former: tuple[Identity, ...]
    present: tuple[Identity, ...]


def new_key(conversation: str, moved: Moved) -> str | None:
    """Where a conversation lies after the move; None where it is no more."""
    for name in _names(moved.former):
        if conversation.endswith(f"#{name}"):
            if not moved.present or not conversation.startswith(f"CNV#{moved.channel}#"):
                return None
            return conversation.removesuffix(name) + items.identity_name(moved.present[0])
    return conversation


def clear(context: Context, event: Event, customer: str, moved: Moved) -> None:
    """Leave nothing of this customer at the conversations of ids that they no longer hold.

    Reads 1 RCU for each id, for each spelling of each former id on each account, and for each conversation of theirs;
    2 writes for each conversation moved, 1 for each pointer and each that knew a former id. Raises `Conflict` when
    others keep changing one.
    """
    gone = tuple(one for one in moved.former if not _origin(context, event, customer, one))
    origins = {one: _origin(context, event, customer, one) for one in moved.present}
    held = tuple(one for one in moved.present if origins[one])
    for place in _places(context, event, gone):
        _clear_one(context, customer, place, Moved(moved.channel, gone, held), origins[held[0]] if held else None)
    if gone:
        _forget(context, customer, gone)


def _forget(context: Context, customer: str, gone: tuple[Identity, ...]) -> None:
    """Their conversations by other ids no longer know these: should one come back to them, it is looked up."""
    names = set(_names(gone))
    for home in living_profile(context.table, customer)["conversations"]:
        for _ in range(TRIES):
            known = (context.table.get((home, "CNV")).item or {}).get("known", [])
            left = [name for name in known if name not in names]
            if left == known or took_effect(
                context.table, [Update((home, "CNV"), set={"known": left}, when=(Equals("known", known),))]
            ):
                break


def _origin(context: Context, event: Event, customer: str, identity: Identity) -> str | None:
    """Under whose id the customer holds it: theirs, or that of one merged into them. None where they do not."""
    key = items.identity_key(identity, reach_of(identity, event.channel, event.account))
    lock = context.table.get(key).item
    is_theirs = lock is not None and living_profile(context.table, lock["customer"])["id"] == customer
    return str(lock["customer"]) if lock and is_theirs else None


def _names(identities: tuple[Identity, ...]) -> list[str]:
    """How conversations name these identities, other spellings of a phone included."""
    spelt = [
        one.model_copy(update={"value": value})
        for one in identities
        for value in (one.value, *(phone_aliases(one.value) if one.kind == "phone" else ()))
    ]
    return [items.identity_name(one) for one in spelt]


def _places(context: Context, event: Event, gone: tuple[Identity, ...]) -> Iterator[str]:
    listed = ((one.channel, one.id) for one in context.config.accounts)
    for channel, account in dict.fromkeys(((event.channel, event.account), *listed)):
        for name in _names(gone):
            yield keys.conversation(channel, account, name)[0]


def _clear_one(context: Context, customer: str, place: str, moved: Moved, origin: str | None) -> None:
    for _ in range(TRIES):
        found = context.table.get((place, "CNV")).item
        if found is None or not _is_theirs(context, customer, found):
            return
        if any(took_effect(context.table, writes) for writes in _writes(found, moved, origin)):
            return
    raise Conflict("a conversation of a former id keeps changing")


def _is_theirs(context: Context, customer: str, found: Item) -> bool:
    """Their conversation, or a pointer that leads to theirs or nowhere."""
    if "points_to" in found:
        behind = context.table.get((found["points_to"], "CNV")).item
        if behind is None:
            return True
        found = behind
    return "customer" in found and bool(living_profile(context.table, found["customer"])["id"] == customer)


def _writes(found: Item, moved: Moved, origin: str | None) -> Iterator[list[Operation]]:
    """Ways to clear it, the better one first: with the conversation kept at its new key, where that is free. One of
    another origin than the new id's is not: it would be a stranger's, should the two be parted."""
    key = found["pk"], found["sk"]
    seen = "points_to" if "points_to" in found else "known"
    as_read: tuple[Condition, ...] = (Equals(seen, found[seen]),)
    target = new_key(found["pk"], moved)
    if seen == "known" and target and moved.present and found["customer"] == origin:
        address = next((one.address for one in moved.present if one.address), None)
        kept = {name: value for name, value in found.items() if name != "address"}
        kept |= {"pk": target, "known": [items.identity_name(one) for one in moved.present]}
        kept |= {"address": address} if address else {}
        yield [Delete(key, as_read), Put(kept, when=(Absent(),))]
    yield [Delete(key, as_read)]
