"""How a survey is asked on a channel: what can be tapped there, a number to type, the link of the hub's page.

The token is made here, where it goes out: the case's log does not hold it, so that nobody but the customer has it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from shared.domain.answer import Answer
from shared.domain.event import Survey
from shared.domain.surveys.scales import SCALES
from shared.domain.surveys.texts import CHOOSE, by_mail, by_text, options_of
from shared.domain.surveys.token import Asked, make_token

TAPS: Final = {"whatsapp": 10, "messenger": 13, "instagram": 13}
"""So many answers can be offered to be tapped: rows of a list, quick replies. Source: whatsapp.md §16,
messenger_instagram.md §12, 2026-11."""
PAGE: Final = "/s/"
STOP: Final = "/stop"


@dataclass(frozen=True, slots=True)
class SurveyLinks:
    """`keys`: those in force, the newest first. `url`: the hub's own, None where nobody outside knows it."""

    keys: Callable[[], Sequence[bytes]]
    url: str | None

    def token(self, survey: Survey) -> str | None:
        """The survey's token; None where no key signs."""
        newest = next(iter(self.keys()), None)
        return make_token(Asked(survey.case, survey.sequence), newest) if newest else None


def asked(answer: Answer, survey: Survey, channel: str, links: SurveyLinks | None) -> Answer:
    """The survey's question as the channel can put it. Where no key signs nothing can be tapped and no page leads here:
    what is left is a number to type."""
    scale, question = SCALES[survey.scale], answer.text or ""
    token = links.token(survey) if links else None
    link = f"{links.url}{PAGE}{token}" if links and links.url and token else None
    if channel == "email":
        stop = f"{link}{STOP}" if link and link.startswith("https://") else None
        return replace(answer, text=by_mail(question, scale, answer.language, link), stop_url=stop)
    if token and len(scale.counts) <= TAPS.get(channel, 0):
        options = options_of(scale, token, answer.language)
        return replace(answer, options=options, choose=CHOOSE[answer.language])
    return replace(answer, text=by_text(question, scale, answer.language, link))
