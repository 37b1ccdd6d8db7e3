"""The section `reviews`: which mails with figures go to whom. None goes to anybody without it.

reviews:
- brand: acme
  from: ayuda@acme.example.com       # a mailbox of this brand
  to: [jefa@acme.example.com]        # staff, 20 at most
  daily: "07:30"                     # of the brand's zone: about the day before
  weekly: "mon 08:00"                # about the seven days before
  language: es                       # es, en or pt
  weekly_cost_cents: 630000          # what a week costs, for the cost per contact
"""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, StrictInt, StrictStr, model_validator

from shared.configuration.entries import OfBrand, of_brands
from shared.configuration.source import Source
from shared.domain.business_time.calendars import WEEKDAYS
from shared.domain.reviews.schedule import Slot

_TIME: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)


def _address(text: str) -> str:
    if len(text) > 254 or not _ADDRESS.fullmatch(text):
        raise ValueError("must be one address, such as jefa@acme.example.com")
    return text


def _time(text: str) -> str:
    if not _TIME.fullmatch(text):
        raise ValueError('must be a time of day in quotes: write "07:30"')
    return text


def _weekly(text: str) -> str:
    day, _, at = text.partition(" ")
    if day not in WEEKDAYS or not _TIME.fullmatch(at):
        raise ValueError('must be a weekday and a time: write "mon 08:00"')
    return text


Address = Annotated[StrictStr, AfterValidator(_address)]


class ReviewSettings(OfBrand):
    """One brand's reviews."""

    sender: Annotated[Address, Field(alias="from")]
    to: Annotated[list[Address], Field(min_length=1, max_length=20)]
    daily: Annotated[StrictStr, AfterValidator(_time)] | None = None
    weekly: Annotated[StrictStr, AfterValidator(_weekly)] | None = None
    language: Literal["es", "en", "pt"] = "es"
    weekly_cost_cents: Annotated[StrictInt, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _says_when(self) -> ReviewSettings:
        if not (self.daily or self.weekly):
            raise ValueError('says nowhere when: write daily: "07:30", or weekly: "mon 08:00"')
        if len({one.lower() for one in self.to}) < len(self.to):
            raise ValueError("to: an address is there twice: remove one")
        return self

    @property
    def slots(self) -> tuple[Slot, ...]:
        """When which review is due."""
        found = []
        if self.daily:
            found.append(Slot("daily", time.fromisoformat(self.daily)))
        if self.weekly:
            day, _, at = self.weekly.partition(" ")
            found.append(Slot("weekly", time.fromisoformat(at), WEEKDAYS.index(day)))
        return tuple(found)


def read_reviews(source: Source) -> list[ReviewSettings]:
    """The section `reviews`: a list, one entry a brand."""
    how = 'write - {brand: acme, from: …, to: […], daily: "07:30"}'
    return of_brands(source, "reviews", ReviewSettings, how)
