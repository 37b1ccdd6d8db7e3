"""What a text means that somebody writes after a survey came to them: an answer, a comment, or neither.

In doubt it is a message like any other: an agent who reads one too many loses a moment, a customer whom nobody reads is
lost.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Final, Literal

from shared.domain.courtesy import is_courtesy
from shared.domain.opt_out import plain
from shared.domain.surveys.scales import SCALES, Scale
from shared.domain.surveys.texts import LANGUAGES, title_of

COMMENT_FOR: Final = timedelta(minutes=10)
"""So long after the score what is written in the same conversation may be its comment. Half-open."""

_LOOKED_AT: Final = 500
"""Characters. Whoever writes more than this writes to be read."""

Meaning = Literal["comment", "both", "message"]
"""`both`: a message like any other that is also kept as the comment."""

_LONGEST: Final = 40
"""Characters of an answer in words."""

_UNSURE: Final = re.compile(r"[?¿？]|[+\-−]\s*\d|\d\s*%")
"""A question, a sign, a share: not an answer."""

_OUT_OF: Final = re.compile(r"(\d)\s*/\s*(\d)")

_NUMBERS: Final[Mapping[str, int]] = {
    word: number
    for words in (
        "cero uno dos tres cuatro cinco seis siete ocho nueve diez",
        "zero um dois tres quatro cinco seis sete oito nove dez",
        "zero one two three four five six seven eight nine ten",
    )
    for number, word in enumerate(words.split())
}
_MARK: Final = re.compile(
    rf"(?:(?:le |les |te |i )?(?:doy|dou|give)(?: you)? )?(?:(?:el|un|una|uma|um|a) )?(?:nota )?"
    rf"(0|[1-9]\d?|{'|'.join(_NUMBERS)})"
    r"(?: (?:de|sobre|out of) ([1-9]\d?))?"
    r"(?: (?:estrellas?|estrelas?|stars?|puntos?|pontos?|points?))?"
)
"""In plain form."""

_GRACE: Final = r"(?:(?:muchas |mil )?gracias|(?:muito )?obrigad[oa]|(?:many )?thanks|thank you)"
_THANKS: Final = re.compile(rf"^{_GRACE} |(?: [ye]| and)? {_GRACE}$")
"""Before or after an answer, in plain form."""

_STARS: Final = frozenset("⭐🌟★")
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
    """The answer that a text is, and nothing beside: `5`, `*5*`, `5!`, `５`, `cinco`, `5 estrellas`, `5/5`; on thumbs
    and faces the sign. None for any other text."""
    said = _MODIFIERS.sub("", (text or "").strip())
    if len(said) > _LONGEST:
        return None
    if scale.name == "thumbs":
        return {_UP: 1, _DOWN: 0}.get(said)
    if scale.name == "faces":
        return _FACES.get(said)
    answer = _stars(said) if scale.name == "csat" else None
    answer = _number(said, scale.highest) if answer is None else answer
    return answer if answer in scale.counts else None


def worded_answer(text: str | None, scale: Scale) -> int | None:
    """The answer whose words these are, in any of our languages, with its number or without: `Muy mal`, `5 · Muy bien`.
    Once somebody has answered, such words are rather their comment."""
    said = (text or "").strip()
    if scale.name != "csat" or len(said) > _LONGEST or _UNSURE.search(said):
        return None
    return _labels().get(_THANKS.sub("", plain(_in_our_digits(said))))


def _stars(said: str) -> int | None:
    without = set(said) - {" "}
    return sum(said.count(star) for star in _STARS) if without and without <= _STARS else None


def _number(said: str, highest: int) -> int | None:
    """A number from 0 to 99 by itself, perhaps out of the highest; with what is said beside a mark."""
    said = _in_our_digits(said)
    if _UNSURE.search(said):
        return None
    found = _MARK.fullmatch(_THANKS.sub("", plain(_OUT_OF.sub(r"\1 de \2", said))))
    if found is None or found.group(2) not in (None, str(highest)):
        return None
    mark = found.group(1)
    return int(mark) if mark.isdigit() else _NUMBERS[mark]


def _in_our_digits(text: str) -> str:
    """The same with the decimal digits of other scripts as ours."""
    return "".join(sign if (value := unicodedata.decimal(sign, None)) is None else str(value) for sign in text)


@cache
def _labels() -> Mapping[str, int]:
    """The words of the one scale that has some, each with its number and without."""
    scale = SCALES["csat"]
    whole = {plain(title_of(scale, answer, one)): answer for one in LANGUAGES for answer in scale.counts}
    return whole | {title.partition(" ")[2]: answer for title, answer in whole.items()}


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
