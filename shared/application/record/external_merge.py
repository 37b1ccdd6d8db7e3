"""A CRM has merged two of its contacts: the customers behind them are one, unless something of ours forbids it."""

from __future__ import annotations

from typing import Final, Literal

from shared.application.record.context import Context, Incoming
from shared.application.record.merge import merge_now
from shared.application.record.who import living_profile
from shared.ports.table import Absent, Equals, Put, Update
from shared.store import keys
from shared.store.conditional import took_effect

RULE: Final = "crm_merge"

Result = Literal["merged", "candidate", "linked", "unknown"]
"""`merged`: or were one already. `candidate`: something forbids it, or somebody refused it; a person decides. `linked`:
one of the contacts was nobody's yet. `unknown`: both were."""


def external_merge(
    context: Context, connector: str, from_id: str, to_id: str, incoming: Incoming | None = None
) -> Result:
    """The contact `from_id` of this connector lives on as `to_id`. Idempotent; in whatever order two such come.

    3 RCU or more, up to 3 writes, and the cost of `merge_now`. Raises `Transient` when others keep changing them.
    """
    gone, stays = (_customer_of(context, connector, one) for one in (from_id, to_id))
    if gone is None and stays is None:
        return "unknown"
    if gone is not None:
        _redirect(context, connector, gone, from_id, to_id)
    if gone is None or stays is None:
        absent = from_id if gone is None else to_id
        pk, sk = keys.remote(connector, "contact", absent)
        took_effect(context.table, [Put({"pk": pk, "sk": sk, "customer": gone or stays}, when=(Absent(),))])
        return "linked"
    one = merge_now(context, gone, stays, RULE, [connector], incoming)
    return "merged" if one else "candidate"


def _customer_of(context: Context, connector: str, remote_id: str) -> str | None:
    item = context.table.get(keys.remote(connector, "contact", remote_id)).item
    return item["customer"] if item else None


def _redirect(context: Context, connector: str, customer: str, from_id: str, to_id: str) -> None:
    """Whoever is told by the contact that is no more is told by the one that stays: theirs, or the survivor's who
    has it by a merge. The index keeps leading from both ids to their customer."""
    for whose in dict.fromkeys((customer, living_profile(context.table, customer)["id"])):
        key = keys.reference_to_contact(whose, connector)
        led = Update(key, set={"remote_id": to_id}, remove=("url",), when=(Equals("remote_id", from_id),))
        took_effect(context.table, [led])
