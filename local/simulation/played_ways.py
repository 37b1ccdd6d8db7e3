"""The ways out of the channels whose providers a story plays: each says an answer as the channel does, and hands it to
the far end in place of the provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from shared.channels.email.advice import advice as mail_advice
from shared.channels.email.render import render as mail
from shared.channels.instagram.limits import LIMITS as INSTAGRAM
from shared.channels.messenger.limits import LIMITS as MESSENGER
from shared.domain.answer import Address, Answer, Body, Language, SendOutcome
from shared.meta.social.advice import advice as social_advice
from shared.meta.social.render import render as social

Render = Callable[[Answer, Address, str], list[Body]]
Advice = Callable[[str, Language], str]
Take = Callable[[str, str, str, Body], SendOutcome]
"""Channel, account, mark and request, to what became of it."""

_RENDERS: Final[Mapping[str, Render]] = {
    "email": mail,
    "messenger": partial(social, MESSENGER),
    "instagram": partial(social, INSTAGRAM),
}
_ADVICE: Final[Mapping[str, Advice]] = {
    "email": mail_advice,
    "messenger": partial(social_advice, network=MESSENGER.network),
    "instagram": partial(social_advice, network=INSTAGRAM.network),
}


@dataclass(frozen=True, slots=True)
class PlayedWay:
    """A `WayOut`."""

    channel: str
    take: Take

    def render(self, answer: Answer, to: Address, mark: str) -> list[Body]:
        """As the channel says it."""
        return _RENDERS[self.channel](answer, to, mark)

    def send(self, account: str, body: Body) -> SendOutcome:
        """To the far end."""
        mark = body["tags"]["mark"].replace("_", ":") if self.channel == "email" else body["message"]["metadata"]
        return self.take(self.channel, account, mark, body)

    def advice(self, code: str, language: Language) -> str:
        """The channel's own."""
        return _ADVICE[self.channel](code, language)


def played_ways(take: Take) -> dict[str, PlayedWay]:
    """By channel."""
    return {channel: PlayedWay(channel, take) for channel in _RENDERS}
