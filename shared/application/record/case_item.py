"""A new case, and the reference that people name it by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shared.application.record.context import Context
from shared.domain.case import State
from shared.domain.errors import Transient
from shared.domain.reference import reference_of
from shared.ports.table import Absent, Item, Put
from shared.store import keys


def new_case(
    case_id: str, customer: str, brand: str, reference: str, state: State, channels: Sequence[str], **more: Any
) -> Item:
    """The item of a case that begins with one entry. `more`: its moments, conversations and due attributes."""
    pk, sk = keys.case(case_id)
    item: Item = {"pk": pk, "sk": sk, "id": case_id, "customer": customer, "brand": brand, "reference": reference}
    item |= {"state": state, "sequence": 1, "reopen_count": 0, "channels": list(channels)}
    return item | {"cases_pk": keys.customer(customer)[0], "cases_sk": case_id, **more}


def free_reference(context: Context, case_id: str) -> str:
    """A reference no other case has. 1 RCU, another for each collision. Raises `Transient` after sixteen."""
    for attempt in range(16):
        reference = reference_of(case_id, attempt)
        taken = context.table.get(keys.reference(reference)).item
        if taken is None or taken["case"] == case_id:
            return reference
    raise Transient("sixteen references in a row were taken")


def reference_put(reference: str, case_id: str) -> Put:
    """The way from a reference to its case. It harms nobody alone."""
    pk, sk = keys.reference(reference)
    return Put({"pk": pk, "sk": sk, "case": case_id}, when=(Absent(),))
