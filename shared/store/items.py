"""What is written: customers, conversations, cases and entries as items. Pure: nothing here calls the table."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.domain import media
from shared.domain.blocking import SHARED
from shared.domain.event import Event, Identity, utc_text
from shared.domain.resolution import MAX_IDENTITIES, PARENT
from shared.ports.table import Absent, Condition, Equals, Item, Key, Put, Update
from shared.store import keys
from shared.store.views import event_text

MAX_CONVERSATIONS = 100
"""That a profile or a case lists: on channels with threads there are more. An older one is found by its key alone."""

MAX_CASES = 50
"""That a profile lists, of those that may go on: every mail may begin one. An older one is found by what names it."""

MAX_HOLDERS = 100
"""That a case lists: enough to know that there are some."""

MAX_KNOWN = 40
"""Identities that a conversation knows. One that is left out is looked up again."""

UNDELIVERABLE_SINCE = "undeliverable_since"
"""When it came back to a conversation that nothing is delivered at its address."""

INLINE_TEXT_BYTES = 32 * 1024
"""A longer event is stored compressed."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact comes from: the channel that said it, when, and in which message (a digest).

    `at` is our clock, `occurred_at` the provider's.
    """

    channel: str
    at: str
    message: str
    occurred_at: str


def identity_key(identity: Identity, reach: str | None = None) -> Key:
    """The lock of an identity. `reach`: an identity that must not be matched beyond one account of a channel."""
    return keys.identity(identity.kind, reach or identity.namespace, identity.value)


def identity_name(identity: Identity) -> str:
    """How a conversation lists an identity it knows."""
    return f"{identity.kind}:{identity.namespace or '-'}:{identity.value}"


def message_key(event: Event) -> Key:
    return keys.message(event.channel, event.account, event.message_id)


def target_key(event: Event, target: str) -> Key:
    return keys.message(event.channel, event.account, target)


def held(identity: Identity, source: Source) -> dict[str, Any]:
    """An identity as a profile lists it."""
    parts = identity.model_dump(exclude_none=True)
    return parts | {"source": source.channel, "since": source.at, "event": source.message}


def with_identities(listed: Sequence[dict[str, Any]], more: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The profile's list with more of them. Over the limit the ended ones go first; then no more are listed."""
    joined = [*listed, *more]
    if len(joined) > MAX_IDENTITIES:
        joined = [one for one in joined if not one.get("until")]
    return joined[:MAX_IDENTITIES]


def ended(listed: Sequence[dict[str, Any]], kind: str, values: Collection[str], at: str) -> list[dict[str, Any]]:
    """The profile's list with one identity, in each of its spellings, no longer theirs since `at`."""
    return [
        one | {"until": at} if one["kind"] == kind and one["value"] in values and not one.get("until") else one
        for one in listed
    ]


def live_identities(profile: Item) -> tuple[Identity, ...]:
    """The identities a customer holds now."""
    return tuple(_identity(one) for one in profile.get("identities", []) if not one.get("until"))


def listed_identities(profile: Item) -> tuple[Identity, ...]:
    """The identities a customer holds or held."""
    return tuple(map(_identity, profile.get("identities", [])))


def _identity(listed: Mapping[str, Any]) -> Identity:
    parts = ("kind", "value", "namespace", "address", "level")
    return Identity.model_validate({part: listed[part] for part in parts if part in listed})


def claim(identity: Identity, customer: str, source: Source, reach: str | None, *, shared: bool = False) -> Put:
    """Lock an identity that nobody holds. `shared`: several people answer there, as far as is known."""
    pk, sk = identity_key(identity, reach)
    item: Item = {"pk": pk, "sk": sk, "customer": customer, "level": identity.level, "source": source.channel}
    item |= {SHARED: True} if shared else {}
    said = {"since": source.at, "occurred_at": source.occurred_at, "event": source.message}
    return Put(item | said, when=(Absent(),))


def scoped(identities: Sequence[Identity], portfolio: str) -> tuple[Identity, ...]:
    """Business-scoped ids with the namespace that only configuration knows: the portfolio of the account."""
    return tuple(
        identity.model_copy(update={"namespace": portfolio})
        if identity.kind == "whatsapp" and identity.namespace != PARENT
        else identity
        for identity in identities
    )


def entry_item(
    case_id: str, sequence: int, event: Event, received_at: str, original: dict[str, Any], **more: Any
) -> Item:
    """One entry of a case's log. `original`: `raw` (compressed) or `raw_file`."""
    pk, sk = keys.entry(case_id, sequence)
    item: Item = {"pk": pk, "sk": sk, "sequence": sequence, "kind": event.kind, "author": event.author.type}
    item |= {"direction": event.direction, "received_at": received_at, "message_key": message_key(event)[0]}
    text = event_text(event)
    raw_text = text.encode()
    item |= {"event": text} if len(raw_text) <= INLINE_TEXT_BYTES else {"event_z": zlib.compress(raw_text, 6)}
    if event.occurred_at:
        item["occurred_at"] = utc_text(event.occurred_at)
    if event.attachments and (files := media.count(event)):
        item["files"] = files  # by this alone the relay and the sync know that there is something to fetch
    return item | original | more


def state_change(
    case_id: str, sequence: int, cause: Event, was: str, becomes: str, at: datetime, received_at: str
) -> Item:
    """The entry of a change of state that `cause` brought about: `text` the new state, `reason` the old."""
    event = Event.model_validate(
        {
            "channel": cause.channel,
            "account": cause.account,
            "kind": "state_change",
            "message_id": f"{case_id}:{sequence}",
            "author": {"type": "system"},
            "visibility": "internal",
            "occurred_at": at,
            "text": becomes,
            "reason": was,
            "provider_type": "hilo",
        }
    )
    return entry_item(case_id, sequence, event, received_at, {})


def index_put(event: Event, case_id: str, sequence: int, *, was_waiting: bool, holder: str | None = None) -> Put:
    """The message index: what makes a second delivery a copy. The first operation of every transaction.

    `holder`: whose message it is, where that is not the case's customer but one merged with them.
    """
    pk, sk = message_key(event)
    condition: Condition = Equals("waiting", True) if was_waiting else Absent()
    item: Item = {"pk": pk, "sk": sk, "case": case_id, "sequence": sequence}
    item |= {"holder": holder} if holder else {}
    item |= {"account": event.account} if event.channel in keys.OF_NO_ACCOUNT else {}
    return Put(item | ({"overtaken": True} if was_waiting else {}), when=(condition,))


def case_step(case: Item, sequence: int, changes: Mapping[str, Any], remove: tuple[str, ...] = ()) -> Update:
    """Move a case on to `sequence`, if nobody else has since it was read."""
    return Update(
        (case["pk"], case["sk"]),
        set={"sequence": sequence, **changes},
        remove=remove,
        when=(Equals("sequence", case["sequence"]),),
    )


def with_holder(case: Item, holder: str | None) -> dict[str, Any]:
    """What changes in a case that gets an entry of another customer, merged with its own: nothing when it is known."""
    known = case.get("holders", [])
    return {"holders": [*known, holder][-MAX_HOLDERS:]} if holder and holder not in known else {}


def with_conversations(listed: Sequence[str], more: Sequence[str]) -> list[str]:
    """A case's conversations with more of them. The first, in which it began, stays; then the newest."""
    union = list(dict.fromkeys([*listed, *more]))
    return [*union[:1], *union[1:][-(MAX_CONVERSATIONS - 1) :]]


def with_case(listed: Mapping[str, Any], case_id: str, place: Mapping[str, Any]) -> dict[str, Any]:
    """A profile's cases with one more. The newest stay, by their ids."""
    others = sorted(one for one in listed if one != case_id)[-(MAX_CASES - 1) :]
    return {**{one: listed[one] for one in others}, case_id: place}


def profile_step(profile: Item, changes: Mapping[str, Any], *, tells: bool) -> Update:
    """Change a profile, if nobody else has since it was read. `tells`: tools are told of the contact again."""
    versions = {"version": profile["version"] + 1}
    if tells:
        versions["contact_version"] = profile["contact_version"] + 1
    return Update(
        (profile["pk"], profile["sk"]), set={**versions, **changes}, when=(Equals("version", profile["version"]),)
    )


def latest(first: str | None, second: str) -> str:
    """The later of two moments in text form (both UTC with `Z`)."""
    if first is None:
        return second
    return max(first, second, key=datetime.fromisoformat)
