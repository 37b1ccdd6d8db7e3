"""Which satisfaction surveys a company asks, by brand. Nothing is asked of anybody without this section."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictBool, field_validator, model_validator

from shared.configuration.entries import OfBrand, of_brands
from shared.configuration.source import Source
from shared.configuration.values import closest
from shared.configuration.windows import seconds_of
from shared.domain.surveys.scales import BY_KIND

SurveyChannel = Literal["whatsapp", "messenger", "instagram", "email"]

DELAY_S = 15 * 60
LONGEST_S = 7 * 86_400


def _seconds(value: Any) -> int:
    seconds = seconds_of(value if isinstance(value, str) else "")
    if seconds > LONGEST_S:
        raise ValueError("longer than a week: nobody remembers by then; write it as PT15M (minutes) or PT2H (hours)")
    return seconds


class SurveySettings(OfBrand):
    """One brand's survey: `{brand: acme, kind: csat, after: PT15M, channels: [whatsapp, email]}`.

    `kind`: csat, nps or ces. `scale`: on which it is asked where that is not the kind's own: thumbs or faces for csat
    (they count by a fixed table), ces_old for ces (1 to 5, 1 easy; never added up with ces). `of`: about the case, or
    about the whole journey, which nps and ces are about unless said otherwise; then nobody is asked while another case
    of theirs is open at the brand, nor twice about one journey. `after`: so long
    after the case was resolved. `channels`: on which it is asked; the customer is asked where they last wrote.
    `comments`: what they write within ten minutes of answering is kept as their comment.
    """

    kind: Literal["csat", "nps", "ces"]
    scale: Literal["csat", "thumbs", "faces", "nps", "ces", "ces_old"] | None = None
    of: Literal["case", "journey"] | None = None
    after: Annotated[int, BeforeValidator(_seconds)] = DELAY_S
    channels: Annotated[list[SurveyChannel], Field(min_length=1)]
    comments: StrictBool = True

    @field_validator("channels")
    @classmethod
    def _distinct(cls, channels: list[SurveyChannel]) -> list[SurveyChannel]:
        if len(set(channels)) < len(channels):
            raise ValueError("a channel is there twice: remove one")
        return channels

    @model_validator(mode="after")
    def _fits(self) -> SurveySettings:
        if self.scale and self.scale not in BY_KIND[self.kind]:
            raise ValueError(f"scale: belongs to another kind; {closest(self.scale, BY_KIND[self.kind])}")
        return self

    @property
    def is_of_journey(self) -> bool:
        """Whether it is asked at the end of a journey, once, and not of each case. Source: journeys.md §2."""
        return self.of == "journey" or (self.of is None and self.kind != "csat")

    @property
    def scale_name(self) -> str:
        """The scale on which it is asked."""
        return self.scale or BY_KIND[self.kind][0]


def read_surveys(source: Source) -> list[SurveySettings]:
    """The section `surveys`: a list, one entry a brand."""
    return of_brands(source, "surveys", SurveySettings, "write - {brand: acme, kind: csat, channels: [whatsapp]}")
