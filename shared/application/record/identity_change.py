"""A person changed number or id: the identity moves, the person stays.

The former ids end on the profile and their locks are freed, so that whoever holds the number next begins without
history; the new ones become the person's. Where a new one is somebody's already, nobody is merged: the two are
suggested to a person as one, and the former ids end all the same.

One transaction changes locks, profile, index and, in the active case, an internal entry. What remains at the
conversations of the former ids is cleared after it, and again by every copy of the event: a sudden death in
between costs nothing, since the event is not done before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.application.record.claimed import with_claims
from shared.application.record.context import Context, Incoming, Outcome
from shared.application.record.moved_conversations import Moved, clear, new_key
from shared.application.record.person import attested_people, mark
from shared.application.record.sender import CLAIMED, suggest
from shared.application.record.who import Sender, find_sender, living_profile, reach_of
from shared.domain.case import ACTIVE
from shared.domain.event import Identity
from shared.ports.table import MAX_OPERATIONS, Absent, Delete, Equals, Item, Operation, Put
from shared.store import items, keys
from shared.store.claims import settle

RULE = "identity_change"

UNKNOWN = "a change of ids of somebody the hub does not know"


def change_identity(context: Context, incoming: Incoming, original: dict[str, Any]) -> Outcome:
    """Reads: index, each identity, each profile, each open case; writes: 4 to 10 items, then what was left behind.

    Of somebody unknown there is nothing to move: ignored. Raises `Conflict` when somebody else was quicker.
    """
    known = context.table.get(items.message_key(incoming.event)).item
    if known and not known.get("waiting"):
        if known.get("customer"):
            _clear(context, incoming, known["customer"])
        return Outcome("copy", known.get("case"), known.get("sequence"))
    change = _read(context, incoming)
    if change is None:
        return Outcome("ignored", detail=UNKNOWN)
    outcome = change.carry_out(original, was_waiting=known is not None)
    _clear(context, incoming, change.profile["id"])
    context.metrics.count("identity_changed", channel=incoming.event.channel)
    return outcome


def _clear(context: Context, incoming: Incoming, customer: str) -> None:
    event = incoming.event
    former = attested_people(context, event, event.previous_identities)
    present = attested_people(context, event, event.identities)
    clear(context, event, customer, Moved(event.channel, former, present))


def _read(context: Context, incoming: Incoming) -> Change | None:
    event = incoming.event
    former = attested_people(context, event, event.previous_identities)
    present = attested_people(context, event, event.identities)
    before = find_sender(context.table, former, event.channel, event.account)
    profile = before.profile
    if profile is None:
        return None
    after = find_sender(context.table, present, *_place(incoming))
    after = with_claims(context, event, after, may_attach=False)
    stays = {lock["pk"] for lock in after.locks.values()}  # another spelling of the very same number
    # Nor the very same that somebody else freed since it was read above.
    stays |= {items.identity_key(one, reach_of(one, *_place(incoming)))[0] for one in present}
    freed = {
        identity: lock
        for identity, lock in before.locks.items()
        if lock["pk"] not in stays and _is_meant(context, lock, profile, incoming)
    }
    return Change(context, incoming, profile, freed, present, after) if freed else None


def _place(incoming: Incoming) -> tuple[str, str]:
    return incoming.event.channel, incoming.event.account


def _is_meant(context: Context, lock: Item, profile: Item, incoming: Incoming) -> bool:
    """Held by this person, and since before the change and before we were told: a later holder is not the one who
    left, whether the change comes late or again."""
    if datetime.fromisoformat(lock["since"]) > datetime.fromisoformat(incoming.received_at):
        return False
    if datetime.fromisoformat(str(lock.get("occurred_at") or lock["since"])) > incoming.at:
        return False
    return lock["customer"] == profile["id"] or bool(
        living_profile(context.table, lock["customer"])["id"] == profile["id"]
    )


@dataclass(frozen=True, slots=True)
class Change:
    """`profile`: whose ids change. `freed`: the locks of the former ids they hold. `after`: who holds the new ones."""

    context: Context
    incoming: Incoming
    profile: Item
    freed: dict[Identity, Item]
    present: tuple[Identity, ...]
    after: Sender

    def carry_out(self, original: dict[str, Any], *, was_waiting: bool) -> Outcome:
        others = self._others()
        self._suggest(others)
        case = self._active_case()
        event = self.incoming.event
        log: list[Operation] = []
        if case:
            sequence = int(case["sequence"]) + 1
            index = items.index_put(event, case["id"], sequence, was_waiting=was_waiting)
            log = [
                Put(index.item | {"customer": self.profile["id"]}, when=index.when),
                Put(self._entry(case, sequence, original, others), when=(Absent(),)),
                items.case_step(case, sequence, self._of_case(case, others)),
            ]
        else:
            log = [mark(event, self.profile["id"], original, was_waiting=was_waiting)]
        room = MAX_OPERATIONS - len(log) - 1
        locks = {lock["pk"]: lock for lock in self.freed.values()}
        frees = [Delete((pk, lock["sk"]), _as_read(lock)) for pk, lock in locks.items()][:room]
        gained = [] if others else list(self.after.resolution.claims)[: room - len(frees)]
        self.context.table.transact([*log, *frees, *self._claims(gained), self._profile(gained, others)])
        return Outcome("recorded", case["id"] if case else None, sequence if case else None, had_waiting=was_waiting)

    def _others(self) -> list[str]:
        """Customers who hold a new id already. A phone that must have a new holder is not theirs to keep: the next
        message from it moves it, as any message would."""
        moving = {identity for identity, _ in self.after.resolution.moves}
        holders = [lock["customer"] for identity, lock in self.after.locks.items() if identity not in moving]
        living = [living_profile(self.context.table, holder)["id"] for holder in holders]
        return [one for one in dict.fromkeys(living) if one != self.profile["id"]]

    def _suggest(self, others: list[str]) -> None:
        """Candidates are harmless alone, and written first; what a person decided about one stays. So are claims of
        the new ids, which find nobody from now on."""
        evidence = [identity.kind for identity in self.present if identity in self.after.locks]
        for other in others[:MAX_OPERATIONS]:
            suggest(self.context, self.incoming, self.profile["id"], other, RULE, evidence)
        for other, why in self.after.claimants.items():
            if other != self.profile["id"]:
                suggest(self.context, self.incoming, self.profile["id"], other, CLAIMED, why)
        for claimed in self.after.settled:
            self.context.table.transact([settle(claimed, self.profile["id"], self.incoming.source.at)])

    def _active_case(self) -> Item | None:
        """The active case of the account's brand that the person wrote to last. 1 RCU for each case listed."""
        brand, _ = self.context.config.brand_of(*_place(self.incoming))
        listed = [case for case, place in self.profile["cases"].items() if place["brand"] == brand.name]
        read = (self.context.table.get(keys.case(case)).item for case in sorted(listed))
        active = [case for case in read if case and case["state"] in ACTIVE]
        return max(active, key=lambda case: (case["last_customer_at"], case["id"]), default=None)

    @property
    def _origin(self) -> str:
        """Under whose id a former id was locked: theirs, or that of a customer merged into them."""
        return str(next(iter(self.freed.values()))["customer"])

    def _entry(self, case: Item, sequence: int, original: dict[str, Any], others: list[str]) -> Item:
        event = self.incoming.event
        flags = [*event.flags, "conflict"] if others else event.flags
        internal = event.model_copy(update={"visibility": "internal", "flags": flags})
        holder = {} if case["customer"] == self._origin else {"holder": self._origin}
        return items.entry_item(case["id"], sequence, internal, self.incoming.received_at, original, **holder)

    def _of_case(self, case: Item, others: list[str]) -> dict[str, Any]:
        return {
            "updated_at": self.incoming.received_at,
            "conversations": self._moved_keys(case["conversations"], others),
            **items.with_holder(case, None if case["customer"] == self._origin else self._origin),
        }

    def _moved(self, others: list[str]) -> Moved:
        """Nowhere to a new id of another origin: parting would leave it in a stranger's."""
        lock = self.after.locks.get(self.present[0])
        is_anothers = others or (lock is not None and lock["customer"] != self._origin)
        return Moved(self.incoming.event.channel, tuple(self.freed), () if is_anothers else self.present)

    def _moved_keys(self, conversations: list[str], others: list[str]) -> list[str]:
        """Conversations of former ids become those of the new id; where that is another's, they are no more."""
        moved = self._moved(others)
        found = (new_key(key, moved) for key in conversations)
        return list(dict.fromkeys(key for key in found if key))

    def _claims(self, gained: list[Identity]) -> list[Put]:
        channel, account = _place(self.incoming)
        source = self.incoming.source
        return [items.claim(one, self._origin, source, reach_of(one, channel, account)) for one in gained]

    def _profile(self, gained: list[Identity], others: list[str]) -> Operation:
        source = self.incoming.source
        gone = {_value_of(lock) for lock in self.freed.values()}
        gone |= {(one.kind, one.value) for one in self.freed}
        ended = [
            one | {"until": source.at, "ended_by": source.message}
            if (one["kind"], one["value"]) in gone and not one.get("until")
            else one
            for one in self.profile["identities"]
        ]
        origin = {} if self._origin == self.profile["id"] else {"origin": self._origin}
        listed = [items.held(one, source) | origin for one in gained]
        moved = self._moved(others)
        cases = {
            case: place | {"conversation": new_key(place["conversation"], moved) or place["conversation"]}
            for case, place in self.profile["cases"].items()
        }
        changes = {
            "identities": items.with_identities(ended, listed),
            "conversations": self._moved_keys(self.profile["conversations"], others),
            "cases": cases,
        }
        return items.profile_step(self.profile, changes, tells=True)


def _as_read(lock: Item) -> tuple[Equals, ...]:
    return (Equals("customer", lock["customer"]),)


def _value_of(lock: Item) -> tuple[str, str]:
    """Kind and value that a lock stands for: it may be another spelling than the event's."""
    _, kind, _, value = lock["pk"].split("#", 3)
    return kind, value
