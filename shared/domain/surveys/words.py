"""What a text means that somebody writes after a survey came to them: an answer, a comment, or neither.

In doubt it is a message like any other: an agent who reads one too many loses a moment, a customer whom nobody reads is
lost.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final, Literal

from shared.domain.courtesy import is_courtesy
from shared.domain.opt_out import plain
from shared.domain.surveys.scales import Scale

COMMENT_FOR: Final = timedelta(minutes=10)
"""So long after the score what is written in the same conversation may be its comment. Half-open."""

_LOOKED_AT: Final = 500
"""Characters. Whoever writes more than this writes to be read."""

Meaning = Literal["comment", "both", "message"]
"""`both`: a message like any other that is also kept as the comment."""

_NUMBER: Final = re.compile(r"\D{0,3}?(\d{1,2})\D{0,3}", re.ASCII)
_UP: Final = "👍"
_DOWN: Final = "👎"
_FACES: Final = {"😀": 3, "😃": 3, "🙂": 3, "😊": 3, "😐": 2, "🙁": 1, "☹": 1, "😡": 1, "😞": 1}
_MODIFIERS: Final = re.compile("[\U0001f3fb-\U0001f3ff\ufe0e\ufe0f]")

_ASKS: Final = re.compile(
    r"(?:que|como|cuando|donde|cual|cuales|cuanto|cuanta|quien|por que|porque no|pueden|podrian|puede|podria|"
    r"quando|onde|qual|quais|quanto|quem|podem|voces podem|what|how|when|where|which|who|why|can you|could you|"
    r"would you|will you|is there|are there|do you|does)\b"
)
"""Words with which a question begins that has no sign."""

_WANTS: Final = re.compile(
    r"\b(?:necesito|quiero|quisiera|ayuda|ayudenme|por favor|sigue sin|siguen sin|no funciona|no sirve|no llega|"
    r"no ha llegado|todavia|aun no|otra vez|de nuevo|urgente|reclamo|denuncia|devolucion|reembolso|llamen|llamenme|"
    r"escribanme|envien|manden|preciso|quero|gostaria|ajuda|nao funciona|nao chegou|ainda|reclamacao|reembolso|liguem|"
    r"i need|i want|please|help|still|not working|does not work|doesn t work|hasn t|again|refund|complaint|call me)\b"
)
"""Words of somebody who may wait for something."""


def typed_answer(text: str | None, scale: Scale) -> int | None:
    """The answer that a text is, and nothing beside: `5`, `5!`, `*5*`, `10/10` is none. None for any other text."""
    said = _MODIFIERS.sub("", (text or "").strip())
    if scale.name == "thumbs":
        return {_UP: 1, _DOWN: 0}.get(said)
    if scale.name == "faces":
        return _FACES.get(said)
    found = _NUMBER.fullmatch(said) if not any(sign in said for sign in "/+-%?¿") else None
    if found is None or any(sign.isalpha() for sign in said):
        return None
    answer = int(found.group(1))
    return answer if answer in scale.counts else None


def is_soon_after(answered: datetime, at: datetime) -> bool:
    """Whether what was written at `at` may be the comment on an answer of `answered` (both by the provider's clock)."""
    return timedelta() <= at - answered < COMMENT_FOR


def meaning_of(text: str, *, busy: bool) -> Meaning:
    """What a text of somebody means who has just answered. `busy`: another matter of theirs is open in this very
    conversation, which it may be about."""
    if any(sign in text for sign in "?¿\N{FULLWIDTH QUESTION MARK}"):
        return "message"
    if is_courtesy(text):
        return "comment"
    wants = _WANTS.search(plain(text[:_LOOKED_AT])) is not None
    return "both" if busy or wants or len(text) > _LOOKED_AT or _begins_as_question(text) else "comment"


def _begins_as_question(text: str) -> bool:
    return any(_ASKS.match(plain(part)) is not None for part in re.split(r"[.!;\n]", text[:_LOOKED_AT]))
