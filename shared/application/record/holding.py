"""What a customer holds, as far as it decides about a merge."""

from __future__ import annotations

from shared.domain.blocking import RESTRICTIONS, Holding, NationalId
from shared.domain.merging import family_of
from shared.ports.table import Item, Table
from shared.store import keys
from shared.store.items import live_identities


def holding_of(table: Table, profile: Item) -> Holding:
    """The customer's own and their family's. 1 RCU per 4 KB of what connectors know of each of them.

    A contact that the hub made itself is no evidence of a second person; one that it found is.
    """
    remotes: dict[str, str] = {}
    for member in family_of(profile):
        for known in table.query(keys.customer(member)[0], keys.REFERENCES).items:
            if known.get("adopted") and known.get("remote_id"):
                remotes.setdefault(known["sk"].removeprefix(keys.REFERENCES), known["remote_id"])
    national = tuple(
        NationalId(one["type"], one["digest"], one["level"])
        for one in profile.get("national_ids", ())
        if not one.get("until")
    )
    restrictions = frozenset(profile.get("restrictions", ())) & frozenset(RESTRICTIONS)
    return Holding(live_identities(profile), remotes, national, restrictions)
