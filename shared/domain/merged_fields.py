"""The fields of a customer who was merged with others: which value people are shown, and where the others' are kept.

A profile shows one value of each field (`fields`). Where several of the family have said one, it keeps the rest beside
it (`other_fields`: by field, at most one value of each of them), so that whoever is parted has their own again. A value
carries the `origin`, the customer whose it is, unless that is the profile's own. Rules: "Field survivorship" and
"Unmerge" of the identity sheet.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

Profile = Mapping[str, Any]

OTHER: Final = "other_fields"

_LEVELS: Final = ("claimed", "channel", "confirmed", "staff")
_SOURCES: Final = {"staff": 5, "app": 3, "typed": 1, "inferred": 0}
_OF_A_CRM: Final = 4
_OF_A_CHANNEL: Final = 2

_Values = dict[str, dict[str, dict[str, Any]]]
"""By field, then by whose the value is; each with its `origin`."""


def best(values: Sequence[Mapping[str, Any]], connectors: Collection[str] = ()) -> dict[str, Any]:
    """The value of a field that people are shown: by verification, then by source, then the latest said. Of equals
    the first."""
    heaviest = max(range(len(values)), key=lambda place: _weight(values[place], connectors))
    return dict(values[heaviest])


def said_anew(profile: Profile, name: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """What changes in a profile when this value (with its `origin`, where that is another's) becomes the one shown.
    The one it takes the place of is kept, if it is not of the same customer."""
    owner = profile["id"]
    values = _values_of(profile)
    values.setdefault(name, {})[_whose(said, owner)] = _from(said, owner)
    shown = {field: _whose(held, owner) for field, held in profile.get("fields", {}).items()}
    return _as_listed(values, {**shown, name: _whose(said, owner)}, owner)


def joined(survivor: Profile, loser: Profile, connectors: Collection[str] = ()) -> dict[str, Any]:
    """`fields` and, if there are any, `other_fields` of a survivor. The loser's own are left to the tombstone."""
    owner = survivor["id"]
    values, theirs = _values_of(survivor), _values_of(loser)
    shown = {name: _whose(held, owner) for name, held in survivor.get("fields", {}).items()}
    for name, held in loser.get("fields", {}).items():
        whose = _whose(held, loser["id"])
        choice = [values[name][shown[name]]] if name in shown else []
        if best([*choice, theirs[name][whose]], connectors)["origin"] == whose:
            shown[name] = whose
    for name, said in theirs.items():
        kept = {whose: value for whose, value in said.items() if whose != loser["id"] or shown[name] == whose}
        values[name] = {**values.get(name, {}), **kept}
    return _as_listed(values, shown, owner)


def given(loser: Profile, living: Profile, share: Collection[str]) -> dict[str, Any]:
    """The same of a loser who is live again with all of `share`: what they had, and what they said since."""
    then, now = _values_of(loser, share), _values_of(living, share)
    values = {name: {**then.get(name, {}), **now.get(name, {})} for name in (*then, *now)}
    shown = {name: _whose(held, loser["id"]) for name, held in loser.get("fields", {}).items()}
    shown |= {
        name: whose for name, held in living.get("fields", {}).items() if (whose := _whose(held, living["id"])) in share
    }
    return _as_listed(values, shown, loser["id"])


def left(
    living: Profile, present: Collection[str], others: Iterable[Profile] = (), connectors: Collection[str] = ()
) -> dict[str, Any]:
    """The same of a survivor with whom only `present` are left. `others`: the tombstones of those of them who stay, for
    what takes the place of a value that leaves."""
    owner, values = living["id"], _values_of(living, present)
    tombstones = [_values_of(one, present) for one in others]
    shown: dict[str, str] = {}
    for name, held in living.get("fields", {}).items():
        if (whose := _whose(held, owner)) in present:
            shown[name] = whose
            continue
        known = values.get(name, {})
        for one in tombstones:
            known = {**one.get(name, {}), **known}
        if known:
            chosen = best(list(known.values()), connectors)
            shown[name] = chosen["origin"]
            values.setdefault(name, {})[chosen["origin"]] = chosen
    return _as_listed(values, shown, owner)


def _weight(said: Mapping[str, Any], connectors: Collection[str]) -> tuple[int, int, str]:
    level = _LEVELS.index(said["level"]) if said.get("level") in _LEVELS else 0
    source = said.get("source", "inferred")
    rank = _OF_A_CRM if source in connectors else _SOURCES.get(source, _OF_A_CHANNEL)
    return level, rank, said.get("at", "")


def _whose(said: Mapping[str, Any], owner: str) -> str:
    return str(said.get("origin", owner))


def _from(said: Mapping[str, Any], owner: str) -> dict[str, Any]:
    return {"origin": owner, **said}


def _values_of(profile: Profile, of: Collection[str] | None = None) -> _Values:
    """Every value that the profile holds. `of`: of these customers alone."""
    owner = profile["id"]
    held = [(name, said) for name, several in profile.get(OTHER, {}).items() for said in several]
    held += profile.get("fields", {}).items()
    values: _Values = {}
    for name, said in held:
        if of is None or _whose(said, owner) in of:
            values.setdefault(name, {})[_whose(said, owner)] = _from(said, owner)
    return values


def _as_listed(values: _Values, shown: Mapping[str, str], owner: str) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    others: dict[str, Any] = {}
    for name, known in values.items():
        whose = shown.get(name, "")
        if whose not in known:
            whose = best(list(known.values()))["origin"]
        listed = {one: _listed(said, owner) for one, said in known.items()}
        fields[name] = listed.pop(whose)
        if listed:
            others[name] = list(listed.values())
    return {"fields": fields, **({OTHER: others} if others else {})}


def _listed(said: Mapping[str, Any], owner: str) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name != "origin" or value != owner}
