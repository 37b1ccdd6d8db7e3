"""What a profile holds, as the rules about merging look at it."""

from __future__ import annotations

from collections.abc import Mapping

from shared.domain.blocking import RESTRICTIONS, Holding, NationalId
from shared.ports import Item
from shared.store.items import live_identities


def holding_of(profile: Item, remotes: Mapping[str, str] | None = None) -> Holding:
    """From a PROFILE item. `remotes`: the contacts in tools that its REF# items adopted, by connector."""
    return Holding(
        identities=live_identities(profile),
        remotes=remotes or {},
        national_ids=tuple(
            NationalId(one["type"], one["digest"], one["level"])
            for one in profile.get("national_ids", [])
            if not one.get("until")
        ),
        restrictions=frozenset(profile.get("restrictions", ())) & frozenset(RESTRICTIONS),
    )
