"""Staff say that several people answer at an identity, or that only one does. identity.md §7."""

from __future__ import annotations

from shared.application.inquire_errors import NotFound
from shared.application.record.context import Context
from shared.domain.blocking import SHARED
from shared.ports.table import Equals, Update
from shared.store import keys

BY = "shared_by"


def mark_shared(context: Context, kind: str, value: str, namespace: str | None, *, shared: bool, by: str) -> str:
    """A shared identity never merges two customers, and what a tool's record says of it attaches nobody. The holder.

    1 RCU and 1 write. Raises `NotFound` where nobody holds it, `Conflict` when it changed hands meanwhile.
    """
    key = keys.identity(kind, namespace, value)
    lock = context.table.get(key).item
    if lock is None:
        raise NotFound("nobody holds this identity")
    said = {SHARED: shared, BY: {"by": by, "at": context.now()}}
    context.table.transact([Update(key, set=said, when=(Equals("customer", lock["customer"]),))])
    return str(lock["customer"])
