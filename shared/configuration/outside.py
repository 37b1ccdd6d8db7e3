"""The section `outside_numbers`: numbers of a period that the hub cannot know, with where they come from and of when.

outside_numbers:
- brand: acme
  from: 2026-11-01                   # local days of the brand, both included
  to: 2026-11-30
  source: CRM, report of active customers
  taken: 2026-12-01                  # the day on which they were read there
  active_customers: 8000             # or orders: for the contact rate
  customers_contacted: 210           # different ones: for the value per customer
  customers_at_start: 200            # these three: for retention
  customers_gained: 30
  customers_at_end: 206
  help_visits: 500                   # with the intent to contact; these two: for deflection, an estimate
  help_visits_without_contact: 350   # within 24 h
  cost_cents: 630000                 # operating cost: for the cost per contact, and by channel
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, model_validator

from shared.configuration.checks import check
from shared.configuration.source import Source
from shared.configuration.values import Name

MOST: Final = timedelta(days=400)
Number = Annotated[StrictInt, Field(ge=0, le=10**12)]

TOGETHER: Final = (
    ("customers_at_start", "customers_gained", "customers_at_end"),
    ("help_visits", "help_visits_without_contact"),
)
"""Numbers of which one says nothing without the others."""


class OutsideNumbers(BaseModel):
    """Numbers of one brand and period. What is not known is None."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    brand: Name
    first: Annotated[date, Field(alias="from")]
    last: Annotated[date, Field(alias="to")]
    source: Annotated[StrictStr, Field(min_length=1, max_length=200)]
    taken: date
    active_customers: Number | None = None
    customers_contacted: Number | None = None
    customers_at_start: Number | None = None
    customers_gained: Number | None = None
    customers_at_end: Number | None = None
    help_visits: Number | None = None
    help_visits_without_contact: Number | None = None
    cost_cents: Number | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> OutsideNumbers:
        if self.last < self.first:
            raise ValueError("to: before from")
        if self.last - self.first >= MOST:
            raise ValueError(f"to: at most {MOST.days} days from from")
        for names in TOGETHER:
            missing = [name for name in names if getattr(self, name) is None]
            given = [name for name in names if name not in missing]
            if missing and given:
                raise ValueError(f"{missing[0]}: is missing, it belongs to {', '.join(given)}")
        return self


def read_outside(source: Source) -> list[OutsideNumbers]:
    """The section `outside_numbers`: a list, one entry a brand and period."""
    data = source.data.get("outside_numbers")
    if data is None:
        return []
    if not isinstance(data, list):
        source.fault(("outside_numbers",), "must be a list: write - {brand: acme, from: …, to: …, source: …, taken: …}")
        return []
    made = (check(OutsideNumbers, entry, ("outside_numbers", place), source) for place, entry in enumerate(data))
    return [one for one in made if one is not None]
