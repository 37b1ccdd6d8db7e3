"""Words by which a person stops or resumes marketing messages: privacy.md §5. Pure, and the same in every language.

The whole message must be such a word, never a part of it: "quiero dar de baja mi línea" is a service request.
Words that mean other things as well (`cancelar`, `no`, `fin`, `salir`) decide nothing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

Choice = Literal["withdraw", "grant"]

_WITHDRAW: Final = """
baja / darme de baja / dar de baja / stop / alto / parar / detener / desuscribir / desuscribirme / eliminar suscripcion
no mas mensajes / no quiero mas mensajes / no quiero recibir mensajes / no me escriban mas / dejen de escribirme
detener promociones / sair / pare / descadastrar / remover / cancelar inscricao / nao quero mais receber mensagens
nao quero receber mensagens / parar promocoes / stopall / unsubscribe / quit / end / optout / opt out / remove
stop messages / do not message me / stop promotions
"""
_GRANT: Final = "alta / suscribir / voltar / assinar / start / unstop"
_ERASE: Final = """
eliminar mis datos / borrar mis datos / eliminen mis datos / borren mis datos / borre mis datos / elimine mis datos
excluir meus dados / apagar meus dados / excluam meus dados / apaguem meus dados / delete my data / erase my data
"""
_BY_CARRIERS: Final = {"sms": frozenset({"cancel"})}
"""What the networks of a channel act on themselves: there the person was stopped already."""

LONGEST: Final = 100
"""Characters. No such word is longer, so a longer message is not looked at."""


@lru_cache(maxsize=4)
def plain(text: str) -> str:
    """Case, accents, punctuation, emoji and format characters taken out, spaces collapsed.

    25 µs for 70 characters; the few questions that are asked of one message in a row pay it once.
    """
    folded = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    kept = (" " if unicodedata.category(c)[0] in "PSZC" else c for c in folded if not _is_silent(c))
    return " ".join("".join(kept).split())


def _is_silent(character: str) -> bool:
    return unicodedata.combining(character) > 0 or unicodedata.category(character) in ("Mn", "Me", "Cf")


def _listed(text: str) -> frozenset[str]:
    return frozenset(word.strip() for line in text.strip().splitlines() for word in line.split("/"))


@dataclass(frozen=True, slots=True)
class Words:
    """In their plain form, in whatever language."""

    withdraw: frozenset[str]
    grant: frozenset[str]

    def with_more(self, withdraw: Iterable[str], grant: Iterable[str]) -> Words:
        """These and what a company adds, as it is written."""
        return Words(self.withdraw | set(map(plain, withdraw)), self.grant | set(map(plain, grant)))


WORDS: Final = Words(_listed(_WITHDRAW), _listed(_GRANT))
ERASURE: Final = _listed(_ERASE)


def choice_in(text: str | None, channel: str, words: Words = WORDS) -> Choice | None:
    """What a message that is nothing but such a word decides about marketing; None for any other message.

    A word that stands in both lists of a company withdraws.
    """
    if not text or len(text) > LONGEST:
        return None
    said = plain(text)
    if said in words.withdraw or said in _BY_CARRIERS.get(channel, ()):
        return "withdraw"
    return "grant" if said in words.grant else None


def asks_for_erasure(text: str | None) -> bool:
    """Whether the message is a request to be forgotten, and nothing else: a right, not only an opt-out."""
    return bool(text) and len(text or "") <= LONGEST and plain(text or "") in ERASURE
