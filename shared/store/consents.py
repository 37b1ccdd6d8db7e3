"""Consent records beside their customer. Written once, never changed."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from shared.domain.consent import Consent, newest_of_family
from shared.domain.event import utc_text
from shared.domain.merging import family_of
from shared.ports.table import Absent, Item, Put, Table
from shared.store import keys
from shared.store.paging import every_item


def consent_put(customer: str, consent: Consent, original: dict[str, Any]) -> Put:
    """Add a record, unless it is there. `original`: `raw` (compressed) or `raw_file`. 1 WRU per KB."""
    at = utc_text(consent.occurred_at)
    pk, sk = keys.consent(customer, consent.purpose, consent.channel, at, consent.evidence)
    return Put({"pk": pk, "sk": sk, "consent": consent.model_dump_json(exclude_none=True), **original}, (Absent(),))


def consents_in_force(table: Table, profile: Item) -> list[Consent]:
    """For each purpose and channel the record that decides, over everybody merged into this customer. 1 RCU per 4 KB
    of each one's records."""
    members = [consents_of(table, one) for one in family_of(profile)]
    joined_at = profile.get("merged_at")
    return newest_of_family(members, datetime.fromisoformat(joined_at) if joined_at else None)


def consents_of(table: Table, customer: str) -> list[Consent]:
    """Every record of a customer, by purpose, channel and time. 1 RCU per 4 KB."""
    return [_consent(item) for item in every_item(table, keys.customer(customer)[0], keys.CONSENTS)]


def _consent(item: Item) -> Consent:
    return Consent.model_validate(json.loads(item["consent"]))
