"""What a message changes about its customer and conversation: identities, names, pointers, a phone's new holder."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from shared.application.record.context import Context
from shared.application.record.message import Message
from shared.application.record.tool_case import OUT_OF_SIGHT
from shared.application.record.who import Sender, reach_of
from shared.domain.attachment import Decision
from shared.domain.event import Identity
from shared.domain.merged_fields import said_anew
from shared.ports.table import Absent, Check, Condition, Delete, Equals, Item, Key, Operation, Put, Update
from shared.store import items, keys
from shared.store.candidates import candidate_puts
from shared.store.claims import settle
from shared.store.conditional import took_effect


def item_at(key: Key, **attributes: Any) -> Item:
    return {"pk": key[0], "sk": key[1], **attributes}


@dataclass(slots=True)
class CustomerChange:
    """`home`, `conversation`, `over`: as in the plan. `case_customer`: whose case it is, None for a new one.

    `customer`: under whose id the message's identity is locked, a new id for a new customer. What is written anew
    is theirs, also where they were merged into the one whose profile lists it.
    """

    context: Context
    message: Message
    sender: Sender
    home: Item | None
    conversation: Item | None
    decision: Decision
    brand: str
    case_id: str
    over: frozenset[str]
    case_customer: str | None = None
    customer: str = field(init=False)

    def __post_init__(self) -> None:
        self.customer = self.sender.origin or self.context.new_id()

    @property
    def _living(self) -> str:
        """Whose profile lists it: theirs, or the survivor's."""
        return self.sender.profile["id"] if self.sender.profile else self.customer

    def _by_origin(self, said: dict[str, Any], whose: str | None = None, mark: str = "origin") -> dict[str, Any]:
        """As the profile lists what is another's who was merged into it."""
        whose = whose or self.customer
        return said if whose == self._living else {**said, mark: whose}

    def operations(self, room: int) -> list[Operation]:
        """The writes that belong into the message's own transaction, as many identities among them as fit.

        An identity left out is not listed as known, so the next message brings it again.
        """
        claims = list(self.sender.resolution.claims)
        while True:
            writes = self._with(claims)
            if len(writes) <= room or len(claims) <= (0 if self.sender.profile else 1):
                return writes
            claims.pop()

    def suggestions(self) -> list[Operation]:
        """What is written beside it and harms nobody alone: claims that find nobody any more, since their value was
        attested; and, for a customer who is new, others who may be the same person, for somebody to judge."""
        source, sender = self.message.incoming.source, self.sender
        writes: list[Operation] = [settle(one, self.customer, source.at) for one in sender.settled]
        if sender.profile:
            return writes
        kinds: list[str] = [identity.kind for identity in self.message.people if identity in sender.locks]
        others = dict.fromkeys(sender.resolution.others, ("one_event_two_customers", kinds))
        others |= {other: ("claimed", list(why)) for other, why in sender.claimants.items() if other not in others}
        for other, (rule, why) in others.items():
            writes += candidate_puts(self.customer, other, rule, why, source.at, source.message)
        return writes

    def stale_elsewhere(self) -> list[Operation]:
        """A phone with a new holder: its conversations on our other accounts are found anew by their next message."""
        return [
            Delete((home, "CNV"))
            for identity, _ in self._moves()
            for home in self._homes(identity)
            if home != self.message.conversation_key(identity)
        ]

    def forget_elsewhere(self) -> None:
        """The loser's other conversations no longer know a phone that changed hands: should it come back to them, it
        is looked up. 1 RCU for each conversation of theirs, 1 WRU for each that knew it."""
        table = self.context.table
        for identity, loser in self._moves():
            gone = {items.identity_name(one) for one in self._spelt(identity)}
            for home in self.sender.profiles[loser]["conversations"]:
                known = (table.get((home, "CNV")).item or {}).get("known", [])
                if gone.intersection(known):
                    left = [name for name in known if name not in gone]
                    took_effect(table, [Update((home, "CNV"), set={"known": left}, when=(Equals("known", known),))])

    def _homes(self, phone: Identity) -> list[str]:
        """Where conversations by this phone lie: on each account of ours, in each of its spellings. A number that
        many people share is another person's on another account."""
        event = self.message.event
        accounts = {event.account}
        if not reach_of(phone, event.channel, event.account):
            accounts |= {one.id for one in self.context.config.accounts if one.channel == event.channel}
        spellings = self._spelt(phone)
        return [self.message.conversation_key(one, account) for account in sorted(accounts) for one in spellings]

    def _spelt(self, phone: Identity) -> list[Identity]:
        return [phone.model_copy(update={"value": value}) for value in self._spellings(phone)]

    def _spellings(self, phone: Identity) -> list[str]:
        """As the message has it, and as it was locked."""
        locked = self.sender.locks[phone]["pk"].rpartition("#")[2]
        return list(dict.fromkeys((phone.value, locked)))

    def _moves(self) -> tuple[tuple[Identity, str], ...]:
        return self.sender.resolution.moves[:1]

    def _with(self, claims: list[Identity]) -> list[Operation]:
        event, source = self.message.event, self.message.incoming.source
        gained = [*claims, *(identity for identity, _ in self._moves())]
        known = [one for one in self.message.people if one in gained or one in self.sender.locks]
        left_out = {identity for identity, _ in self.sender.resolution.moves[1:]}
        left_out.update((*self.sender.resolution.outdated, *self.sender.resolution.foreign))
        names = [items.identity_name(one) for one in known if one not in left_out]
        writes: list[Operation] = [
            items.claim(
                one,
                self.customer,
                source,
                reach_of(one, event.channel, event.account),
                shared=one in self.sender.crowded,
            )
            for one in claims
        ]
        for identity, loser in self._moves():
            writes += self._move(identity, loser)
        writes += self._profile([self._by_origin(items.held(one, source)) for one in gained])
        writes += self._conversation(names)
        return writes

    def _move(self, identity: Identity, loser: str) -> list[Operation]:
        """The phone's lock, the loser's profile and the phone's conversation change hands at once."""
        source = self.message.incoming.source
        lock, profile = self.sender.locks[identity], self.sender.profiles[loser]
        phone_home, homes = self.message.conversation_key(identity), self._homes(identity)
        changes = {
            "identities": items.ended(profile["identities"], "phone", self._spellings(identity), source.at),
            "conversations": [key for key in profile["conversations"] if key not in homes],
        }
        holder = {"customer": self.customer, "level": identity.level, "source": source.channel, "since": source.at}
        holder |= {"occurred_at": source.occurred_at, "event": source.message}
        moved = Update((lock["pk"], lock["sk"]), set=holder, when=(Equals("customer", lock["customer"]),))
        pointer = Put(item_at((phone_home, "CNV"), points_to=self._here()))
        return [moved, items.profile_step(profile, changes, tells=True), pointer]

    def _here(self) -> str:
        return str(self.conversation["pk"]) if self.conversation else self.message.home

    def _profile(self, gained: list[dict[str, Any]]) -> list[Operation]:
        profile = self.sender.profile
        if profile is None:
            return [self._new_profile(gained)]
        changes: dict[str, Any] = {}
        if gained:
            changes["identities"] = items.with_identities(profile["identities"], gained)
        if self._names_anew(profile):
            changes |= self._named(profile)
        tells = bool(changes)
        if self._here() not in profile["conversations"]:
            changes["conversations"] = [*profile["conversations"], self._here()][-items.MAX_CONVERSATIONS :]
        if self.case_id not in profile["cases"] and self.decision.state not in OUT_OF_SIGHT:
            changes["cases"] = self._cases(profile)
        return [items.profile_step(profile, changes, tells=tells)] if changes else []

    def _names_anew(self, profile: Item) -> bool:
        """A name from the channel is taken where no better source has given one."""
        name, held = self.message.event.display_name, profile["fields"].get("display_name")
        if not name or name == profile.get("display_name"):
            return False
        return held is None or held["source"] == self.message.event.channel

    def _named(self, profile: Item) -> dict[str, Any]:
        """The name that the message says, as what changes in this profile."""
        name = self.message.event.display_name
        if not name:
            return {}
        source = self.message.incoming.source
        provenance = {"value": name, "source": source.channel, "at": source.at, "event": source.message}
        return {"display_name": name, **said_anew(profile, "display_name", self._by_origin(provenance))}

    def _cases(self, profile: Item) -> dict[str, Any]:
        """With this case; without the one it follows and others that will never be active again."""
        over = {*self.over, self.decision.follow_up_of}
        cases = {key: place for key, place in profile["cases"].items() if key not in over}
        place = {"brand": self.brand, "conversation": self._here()}
        return items.with_case(cases, self.case_id, self._by_origin(place, self.case_customer, "holder"))

    def _new_profile(self, gained: list[dict[str, Any]]) -> Put:
        item = item_at(keys.customer(self.customer), id=self.customer, identities=gained, version=1)
        item |= {"contact_version": 1, "created_at": self.message.incoming.received_at}
        item |= {"conversations": [self._here()], "cases": {}, "fields": {}}
        item |= self._named(item)
        item["cases"] = {self.case_id: {"brand": self.brand, "conversation": self._here()}}
        return Put(item, when=(Absent(),))

    def _conversation(self, names: list[str]) -> list[Operation]:
        """The conversation itself, and a pointer from the message's own key where that is another."""
        event = self.message.event
        address = next((one.address for one in self.message.people if one.address), None)
        listed: dict[str, Any] = {"customer": self.customer, "case": self.case_id}
        listed |= {"display_name": event.display_name} if event.display_name else {}
        listed |= {"address": address} if address else {}
        if self.conversation is None:
            fresh = item_at((self.message.home, "CNV"), known=names, **listed)
            return [Put(fresh, when=self._as_read(self.home)), *self._still_theirs()]
        known = [*self.conversation["known"], *(name for name in names if name not in self.conversation["known"])]
        changed = {"known": known[-items.MAX_KNOWN :], **listed}
        writes: list[Operation] = []
        if any(self.conversation.get(name) != value for name, value in changed.items()):
            when = self._as_read(self.conversation)
            writes.append(Update((self.conversation["pk"], "CNV"), set=changed, when=when))
        if self.conversation["pk"] != self.message.home:
            writes += self._pointer()
        return writes

    def _pointer(self) -> list[Operation]:
        here = self._here()
        if self.home is not None and self.home.get("points_to") == here:
            return []
        pointer = Put(item_at((self.message.home, "CNV"), points_to=here), when=self._as_read(self.home))
        return [pointer, *self._still_theirs()]

    def _still_theirs(self) -> list[Operation]:
        """A phone whose conversation begins here has not changed hands since it was looked up."""
        best = self.message.people[0]
        lock = self.sender.locks.get(best)
        if best.kind != "phone" or lock is None:
            return []
        return [Check((lock["pk"], lock["sk"]), when=(Equals("customer", lock["customer"]),))]

    @staticmethod
    def _as_read(item: Item | None) -> tuple[Condition, ...]:
        """Nobody has changed where this leads since it was read."""
        if item is None:
            return (Absent(),)
        if "points_to" in item:
            return (Equals("points_to", item["points_to"]),)
        return (Equals("customer", item["customer"]), Equals("case", item["case"]))
