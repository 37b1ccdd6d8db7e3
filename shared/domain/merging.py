"""Merge and unmerge of two customers: what each profile holds afterwards. Pure; profiles are items as stored.

Nothing is re-pointed: the loser's profile stays as it is, and the survivor lists what came from it with its
`origin` (identities, fields) or `holder` (cases). The `family` of a profile are the customers merged into it, at
any remove. Rules: "Merge and unmerge" of the identity sheet.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from shared.domain import merged_fields
from shared.domain.resolution import MAX_IDENTITIES

Profile = Mapping[str, Any]

MOVED: Final = "moved"
"""Flag of a deletion that deletes nothing: what it speaks of went to a case of the other customer, when they parted."""

MAX_FAMILY: Final = 50
"""Customers merged into one. More are no person's doing."""

MAX_CONVERSATIONS: Final = 100

_OPTIONAL: Final = ("display_name", "needs_verification", "national_ids", merged_fields.OTHER, "merged_at")
"""What a profile may lack, and what a merge may give it."""


def survivor_of(first: Profile, second: Profile) -> tuple[Profile, Profile]:
    """Survivor and loser: who holds more attested identities, then the older, then the smaller id. The same
    whichever comes first, so that two who merge the same pair at once agree."""
    ahead, behind = sorted((first, second), key=lambda one: (-_attested(one), one["created_at"], one["id"]))
    return ahead, behind


def family_of(profile: Profile) -> list[str]:
    """The customer and everybody merged into them, themselves first."""
    return [profile["id"], *profile.get("family", ())]


def origin_of(held: Mapping[str, Any], owner: str) -> str:
    """Under whose id an identity was locked, or by whose message a field came."""
    return str(held.get("origin", owner))


def holder_of(place: Mapping[str, Any], owner: str) -> str:
    """Whose case it is."""
    return str(place.get("holder", owner))


# merging


def united(survivor: Profile, loser: Profile, at: str, connectors: Collection[str] = ()) -> dict[str, Any]:
    """What changes in the survivor's profile by a merge at `at`. `connectors`: the names of CRMs, as sources."""
    identities, _ = _joined_identities(survivor, loser)
    changes: dict[str, Any] = {
        "identities": identities,
        "conversations": _joined_conversations(survivor, loser),
        "cases": {**_cases_from(loser), **survivor.get("cases", {})},
        **merged_fields.joined(survivor, loser, connectors),
        "family": [*survivor.get("family", ()), *family_of(loser)],
        "merged_at": max(at, survivor.get("merged_at", ""), loser.get("merged_at", "")),
    }
    changes["merged"] = len(changes["family"])
    if loser.get("national_ids"):
        theirs = [_from(one, loser["id"]) for one in loser["national_ids"]]
        changes["national_ids"] = [*survivor.get("national_ids", ()), *theirs]
    name = changes["fields"].get("display_name")
    if name:
        changes["display_name"] = name["value"]
    doubt = loser.get("needs_verification")
    if doubt and not survivor.get("needs_verification"):
        changes["needs_verification"] = _from(doubt, loser["id"])
    return changes


def before_of(survivor: Profile, loser: Profile) -> dict[str, Any]:
    """What the survivor had and a merge may hide: kept in the record of the merge, for its undoing."""
    _, left_out = _joined_identities(survivor, loser)
    listed = set(_joined_conversations(survivor, loser))
    kept: dict[str, Any] = {name: survivor[name] for name in _OPTIONAL if name in survivor}
    kept["fields"] = dict(survivor.get("fields", {}))
    kept["identities"] = [one for one in left_out if origin_of(one, survivor["id"]) not in family_of(loser)]
    kept["conversations"] = [key for key in survivor.get("conversations", ()) if key not in listed]
    return kept


def _attested(profile: Profile) -> int:
    return sum(1 for one in profile.get("identities", ()) if not one.get("until") and one["level"] != "claimed")


def _from(held: Mapping[str, Any], origin: str) -> dict[str, Any]:
    return {"origin": origin, **held}


def _joined_identities(survivor: Profile, loser: Profile) -> tuple[list[Any], list[Any]]:
    """The union, and what has no room in it: ended ones go first, then the loser's last ones."""
    theirs = [_from(one, loser["id"]) for one in loser.get("identities", ())]
    union = [*survivor.get("identities", ()), *theirs]
    if len(union) <= MAX_IDENTITIES:
        return union, []
    kept = [one for one in union if not one.get("until")][:MAX_IDENTITIES]
    return kept, [one for one in union if one not in kept]


def _joined_conversations(survivor: Profile, loser: Profile) -> list[str]:
    union = dict.fromkeys((*loser.get("conversations", ()), *survivor.get("conversations", ())))
    return list(union)[-MAX_CONVERSATIONS:]


def _cases_from(loser: Profile) -> dict[str, Any]:
    return {case: {"holder": loser["id"], **place} for case, place in loser.get("cases", {}).items()}


# undoing


def share_of(loser: Profile, living: Profile) -> list[str]:
    """The customers who leave with the loser: those merged into them before, as far as they still are."""
    current = set(living.get("family", ()))
    return [loser["id"], *(one for one in loser.get("family", ()) if one in current)]


def given_back(loser: Profile, living: Profile, lost: Iterable[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """The loser's profile, live again: what is listed with the survivor as theirs, whatever became of it since.

    `lost`: identities of theirs that had no room with the survivor. To be set beside removing what marks a
    tombstone.
    """
    share = set(share_of(loser, living))
    mine = loser["id"]
    identities = [_own(one, mine) for one in living["identities"] if origin_of(one, living["id"]) in share]
    cases = {
        case: _own(place, mine, "holder")
        for case, place in living["cases"].items()
        if holder_of(place, living["id"]) in share
    }
    changes: dict[str, Any] = {
        "identities": [*identities, *lost],
        "conversations": _conversations_of(loser, living),
        "cases": cases,
        **merged_fields.given(loser, living, share),
    }
    if "display_name" in changes["fields"]:
        changes["display_name"] = changes["fields"]["display_name"]["value"]
    proofs = [_own(one, mine) for one in living.get("national_ids", ()) if origin_of(one, living["id"]) in share]
    changes |= {"national_ids": proofs} if proofs else {}
    doubt = living.get("needs_verification")
    if doubt and origin_of(doubt, living["id"]) in share:
        changes["needs_verification"] = _own(doubt, mine)
    return changes


def without(
    living: Profile,
    loser: Profile,
    record: Mapping[str, Any],
    others: Sequence[Profile] = (),
    connectors: Collection[str] = (),
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What changes in the survivor's profile when the loser leaves: attributes to set, and attributes to remove.

    `record`: of the merge, with `at`, `survivor` and `before`, as `before_of` made it. `others`: the tombstones of
    those who stay, for what takes the place of a value that leaves.
    """
    share, owner = set(share_of(loser, living)), living["id"]
    before = _own_before(record, owner)
    leaving = set(_conversations_of(loser, living))
    identities = [one for one in living["identities"] if origin_of(one, owner) not in share]
    room = MAX_IDENTITIES - len(identities)
    conversations = [key for key in living["conversations"] if key not in leaving]
    present = {owner, *living.get("family", ())} - share
    kept = [one for one in before["identities"] if origin_of(one, owner) in present]
    fields = merged_fields.left(living, present, others, connectors)
    changes: dict[str, Any] = {
        "identities": [*identities, *kept[: max(room, 0)]],
        "conversations": [*before.get("conversations", ()), *conversations][-MAX_CONVERSATIONS:],
        "cases": {case: place for case, place in living["cases"].items() if holder_of(place, owner) not in share},
        "fields": fields["fields"],
    }
    family = [one for one in living.get("family", ()) if one not in share]
    if family:
        changes |= {"family": family, "merged": len(family)}
    optional: dict[str, Any] = {name: living[name] for name in _OPTIONAL if name in living}
    optional |= _optional_without(optional, fields, present, others, owner)
    if not family or optional.get("merged_at") == record["at"]:
        optional["merged_at"] = before.get("merged_at") if family else None
    gone = [name for name in _OPTIONAL if name in living and optional[name] is None]
    changes |= {name: value for name, value in optional.items() if value is not None}
    return changes, (*gone, *(() if family else ("family", "merged")))


def _own_before(record: Mapping[str, Any], owner: str) -> dict[str, Any]:
    """What the one who lives had before; of a survivor who was merged into them since, their identities alone."""
    before = record["before"]
    if record["survivor"] == owner:
        return {"identities": (), **before}
    return {"identities": [_from(one, record["survivor"]) for one in before.get("identities", ())]}


def agent_entered(living: Profile, since: str, staff: Collection[str]) -> list[str]:
    """The names of fields that people entered since the merge: nobody knows about whom, so they stay, for review."""
    own = living["id"]
    return sorted(
        name
        for name, said in living.get("fields", {}).items()
        if said.get("at", "") >= since and said.get("source") in staff and origin_of(said, own) == own
    )


def _optional_without(
    now: Mapping[str, Any], kept: Mapping[str, Any], present: set[str], others: Sequence[Profile], owner: str
) -> dict[str, Any]:
    """Of what a profile may lack: what it is now. None: it has it no longer. `kept`: its fields."""
    changed: dict[str, Any] = {merged_fields.OTHER: kept.get(merged_fields.OTHER)}
    if "display_name" in now:
        name = kept["fields"].get("display_name")
        changed["display_name"] = name["value"] if name else None
    if "national_ids" in now:
        changed["national_ids"] = [one for one in now["national_ids"] if origin_of(one, owner) in present] or None
    doubt = now.get("needs_verification")
    if doubt and origin_of(doubt, owner) not in present:
        theirs = [_from(one["needs_verification"], one["id"]) for one in others if one.get("needs_verification")]
        changed["needs_verification"] = next((one for one in theirs if one["origin"] in present), None)
    return changed


def _conversations_of(loser: Profile, living: Profile) -> list[str]:
    """Those the loser brought along, and those begun since by an identity of theirs."""
    share = set(share_of(loser, living))
    brought = set(loser.get("conversations", ()))
    names = [_name(one) for one in living["identities"] if origin_of(one, living["id"]) in share]
    listed = living["conversations"]
    current = [key for key in listed if key in brought or any(_is_by(key, name) for name in names)]
    unlisted = [key for key in loser.get("conversations", ()) if key not in listed]
    return [*unlisted, *current][-MAX_CONVERSATIONS:]


def _name(held: Mapping[str, Any]) -> str:
    """As keys of conversations name an identity."""
    return f"{held['kind']}:{held.get('namespace') or '-'}:{held['value']}"


def _is_by(conversation: str, name: str) -> bool:
    return conversation.endswith(f"#{name}") or f"#{name}#" in conversation


def _own(held: Mapping[str, Any], owner: str, mark: str = "origin") -> dict[str, Any]:
    """As its own holder lists it."""
    return {name: value for name, value in held.items() if name != mark or value != owner}
