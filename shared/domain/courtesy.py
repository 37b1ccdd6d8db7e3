"""Thanks and nothing more: a message after which nobody waits for an answer.

Only what consists of courtesies alone counts, in Spanish, Portuguese or English; a word that is not known, a
question, a figure or an attachment makes it a message like any other. Found too rarely, a case is reopened for
nothing; found too often, a customer waits: so it errs to the first.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from shared.domain.event import Event


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_THANKS: Final = _words(
    "gracias grax agradezco agradecido agradecida agradecidos obrigado obrigada obrigados obg valeu grato grata "
    "agradeco thanks thank thx ty cheers"
)
_FINE: Final = _words(
    "ok okay oki vale listo lista perfecto perfecta excelente genial buenisimo entendido igualmente saludos "
    "bendiciones perfeito perfeita otimo beleza blz entendi abraco abracos perfect great excellent awesome "
    "understood bye chao chau adios tchau"
)
_BESIDE: Final = _words(
    "muchas mil muchisimas por la el su tu ayuda atencion todo muy amable usted ustedes a le te les de buen buena "
    "buenos buenas dia dias tarde tardes noche noches feliz si ya bueno bien senor senora senorita "
    "amigo amiga que tenga tengan lindo linda muito muita muitas pela pelo ajuda tudo bom boa ate logo mais voce "
    "you so very much a lot for the help your have nice good day evening night all ever mas"
)
_NO: Final = _words("no nao muchas mil muy amable ya mas todo bien muito you so much")
"""Beside "no, thanks": anything more may be what is still wrong."""
_HANDS: Final = frozenset("👍🙏👌🙌👏😊🙂😀😃😄😁🤗🥰😍😘❤💙💚💛💜🧡🤝✅💯🎉✨🌹🌷💐☺")
_LONGEST: Final = 80
_WORD: Final = re.compile(r"[^\W\d_]+")
_ALLOWED: Final = re.compile(r"[\w\s.,;:!¡'’\-()]*")


def is_courtesy(text: str) -> bool:
    """Whether a text is thanks, an "all right" or a farewell, and nothing beside."""
    if not text.strip() or len(text) > _LONGEST:
        return False
    plain = _plain(text)
    words = _WORD.findall(plain)
    without = "".join(sign for sign in plain if sign not in _HANDS)
    if re.search(r"\d", without) or not _ALLOWED.fullmatch(without):
        return False
    if not words:
        return any(sign in _HANDS for sign in plain)
    said = set(words)
    if said & {"no", "nao"}:
        return bool(said & _THANKS) and said <= _THANKS | _NO
    return bool(said & (_THANKS | _FINE)) and said <= _THANKS | _FINE | _BESIDE


def says_only_thanks(event: Event) -> bool:
    """Whether an event is a courtesy: a message of text alone."""
    more = event.attachments or event.location or event.contacts or event.order or event.choice
    if event.kind != "message" or more or not event.text:
        return False
    return is_courtesy(event.text)


def _plain(text: str) -> str:
    """Small letters without accents, tones of skin and variants."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in apart if unicodedata.category(sign) not in ("Mn", "Sk", "Cf"))
