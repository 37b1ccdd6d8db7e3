"""Claims: what somebody typed, sent as a card, or a tool said of a customer's phone or e-mail. They lock nothing.

One item beside the value (who claims it) and its like beside the customer (what is claimed of them): `kind`, `value`,
`customer`, `level` (always `claimed`), for each rule by which it came `typed`, `card` or `crm` = `{source, at, event?,
name?}`, the newest of its rule; `settled` = `{by, at}` once a channel attested the value of whomever: from then on it
is a text, which finds nobody. An e-mail also lies under its loose form, to suggest by.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from shared.domain.identity import loose_email
from shared.ports.table import Item, Table, Update
from shared.store import keys
from shared.store.paging import every_item

Rule = Literal["typed", "card", "crm"]
"""`typed`: by the person, in a chat. `card`: a shared contact card, mostly another person's. `crm`: a tool's record."""

RULES: Final[tuple[Rule, ...]] = ("typed", "card", "crm")
MAILBOX: Final = "mailbox"
"""Stands for the kind of an e-mail in its loose form."""
MOST: Final = 25
"""Claimants of one value that are told from each other. A value with more is a desk's, or somebody's game."""


@dataclass(frozen=True, slots=True)
class Claim:
    """`event`: a digest of the message that says so; `name`: who is said to be there."""

    kind: str
    value: str
    rule: Rule
    source: str
    at: str
    event: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """One customer of whom a value is claimed. `said`: by rule, where it comes from."""

    customer: str
    kind: str
    value: str
    said: dict[str, dict[str, Any]]
    is_settled: bool

    def name_by(self, rule: Rule) -> str | None:
        """The name that came with it by this rule."""
        name = self.said.get(rule, {}).get("name")
        return str(name) if name else None


def claim_updates(customer: str, claim: Claim) -> list[Update]:
    """Record a claim; harmless to repeat, and to be cut short. 2 WRU, 3 for an e-mail."""
    said = {"source": claim.source, "at": claim.at}
    said |= {name: value for name, value in (("event", claim.event), ("name", claim.name)) if value}
    changes = {"customer": customer, "kind": claim.kind, "value": claim.value, "level": "claimed", claim.rule: said}
    places = [keys.claim(claim.kind, claim.value, customer), keys.claim_of(customer, claim.kind, claim.value)]
    if claim.kind == "email":
        places.append(keys.claim(MAILBOX, loose_email(claim.value), customer))
    return [Update(place, set=changes) for place in places]


def settle(claimed: Claimed, by: str, at: str) -> Update:
    """The value was attested of customer `by`: the claim finds nobody any more. 1 WRU."""
    key = keys.claim(claimed.kind, claimed.value, claimed.customer)
    return Update(key, set={"settled": {"by": by, "at": at}})


def claimants_of(table: Table, kind: str, value: str) -> list[Claimed]:
    """Of whom this value is claimed, the oldest customers first; one more than `MOST` says that there may be others.
    1 RCU per 4 KB, 1 at least."""
    found = table.query(keys.claim(kind, value, "")[0], limit=MOST + 1).items
    return [_claimed(item) for item in found if "customer" in item]


def claims_of(table: Table, customer: str) -> Iterator[Claimed]:
    """Everything that is claimed of a customer. 1 RCU per 4 KB."""
    return map(_claimed, every_item(table, keys.customer(customer)[0], keys.CLAIMS))


def _claimed(item: Item) -> Claimed:
    said: dict[str, dict[str, Any]] = {rule: item[rule] for rule in RULES if rule in item}
    return Claimed(item["customer"], item["kind"], item["value"], said, "settled" in item)
