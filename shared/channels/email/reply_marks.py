"""The marks that mail programs leave around what a person wrote, in Spanish, Portuguese and English. Pure.

Every function looks at one line, or at a few lines from one on, and reads at most `WIDTH` characters of each: the
time is linear in the text whatever it holds. Lines come through `plain` first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from shared.domain.answer import Language

WIDTH: Final = 1000
"""No mark is longer than this; a longer line is somebody's paragraph."""

MARKERS: Final[Mapping[Language, str]] = {
    "es": "-- Responda sobre esta línea --",
    "pt": "-- Responda acima desta linha --",
    "en": "-- Reply above this line --",
}
"""The hub's own mark: it stands on top of the history in what the hub sends."""

_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_PREFIX = re.compile(r"(?:\s*>)+\s?")

_OPENS = re.compile(r"(?:el|en|em|no dia|on)\s", re.IGNORECASE)
_CLOSES = re.compile(r"(?:escribi[óo]|escreveu|wrote)\s?:$", re.IGNORECASE)
_ADDRESS = re.compile(r"\S@\S")
_CLOCK = re.compile(r"\b\d{1,2}[:.h]\d{2}\b")
_YEAR = re.compile(r"\b(?:19|20)\d{2}\b")
_TOLD = re.compile(
    r"\b(?:me|nos|te|le|les|lo|que|quien|mi|mis|su|sus|ella|mi[oa]"
    r"|lhe|lhes|quem|meu|minha|seu|sua|ela|he|she|they|who|my|his|her)\b"
)
"""Small words of somebody telling what another wrote. No mail program puts them in its line."""

_MARKED = r"[*_]{0,2}"
_FROM = re.compile(rf"{_MARKED}(?:de|from)\s?{_MARKED}:\s?{_MARKED}\s?(?P<value>\S.*)", re.IGNORECASE)
_LABEL = re.compile(
    rf"{_MARKED}(?P<label>enviado(?: el| em)?|enviada(?: el| em)?|fecha|data|sent|date|para|a|to|cco?|asunto|assunto"
    rf"|subject|responder a|reply-to|importancia|importance)\s?{_MARKED}:",
    re.IGNORECASE,
)
_OF_MAIL: Final = ("enviad", "sent", "asunto", "assunto", "subject")
"""Labels that no list of somebody's own has: `De: Quito / Para: Guayaquil / Fecha: lunes` is a trip."""
_HEADER_LINES: Final = 14

_ORIGINAL = re.compile(
    r"[-_*=\s]{0,40}-{2,}\s*(?:mensaje original|mensagem original|original message|correo original"
    r"|original appointment)\s*-{2,}[-\s]{0,40}",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"[-_*=\s]{0,40}-{2,}\s*(?:mensaje reenviado|mensagem encaminhada|mensagem reencaminhada|forwarded message)"
    r"\s*-{2,}[-\s]{0,40}"
    r"|(?:inicio del mensaje reenviado|in[ií]cio da mensagem (?:re)?encaminhada|begin forwarded message)\s?:",
    re.IGNORECASE,
)
_RULE = re.compile(r"_{8,}")
_SIGNATURE = re.compile(r"--\s?")

_FORWARD_SUBJECT = re.compile(r"\s*(?:rv|enc|fwd?|wg|i)\s?(?:[\[(]\d{1,3}[\])])?\s?[:\uff1a]", re.IGNORECASE)

_BELOW = re.compile(
    r"\b(?:respond|respuesta|resposta|contest|coment|answer|repl|comment|in-?line|entre l[ií]neas|nas entrelinhas)"
    r"\w*\b.{0,60}\b(?:abajo|abaixo|below|debajo|in-?line|en rojo|en azul|em vermelho|em azul|in red|in blue"
    r"|entre l[ií]neas|nas entrelinhas|en negrita|em negrito|in bold|m[aá]s abajo|mais abaixo)\b"
    r"|\b(?:ver|veja|see)\b.{0,20}\b(?:abajo|abaixo|below)\b",
    re.IGNORECASE,
)

_DEVICE = (
    r"(?:i(?:phone|pad|pod|mac)|tel[eé]fono|telefone|celular|m[oó]vil|smart\w*|dispositivo|tablet\w*|cuenta|conta"
    r"|correo|android|blackberry|phone|mobile|device|mac\b|samsung|galaxy|huawei|xiaomi|redmi|moto)"
)
_TAILS = (
    re.compile(rf"(?i:enviado desde (?:mi|un|una)|enviado (?:do|de) (?:meu|minha)|sent from (?:my|a))\s(?i:{_DEVICE})"),
    re.compile(r"(?i:enviado desde (?:mi)|enviado do meu|sent from my)\s(?:[A-Z]|\w*\d)"),
    re.compile(
        r"(?:enviado (?:desde|con|com|pelo|do|a partir do)|sent (?:from|with|via))\s(?:el\s|la\s|o\s)?"
        r"(?:correo|e-?mail|outlook|yahoo|gmail|proton|mail|aplicativo|windows)\b",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:obtener|obtenga|obt[eé]n|descargar?|obter|obtenha|baixar?|baixe|get|download)\s(?:o\s)?(?:outlook|yahoo)\b",
        re.IGNORECASE,
    ),
)
_TAIL_WIDTH: Final = 200
_TAIL_WORDS: Final = 14

_LEGAL = re.compile(
    r"[*_\s]{0,3}(?:aviso legal|aviso de confidencialid\w+|advertencia legal|cl[aá]usula de confidencialid\w+"
    r"|legal notice|disclaimer|confidentiality notice"
    r"|(?:este|el presente|la presente) (?:mensaje|correo|e-?mail|comunicaci[oó]n)\b.{0,80}(?:confidencial|privilegiad)"
    r"|la informaci[oó]n contenida en este (?:mensaje|correo|e-?mail)"
    r"|(?:esta|a presente) (?:mensagem|comunica[cç][aã]o)\b.{0,80}(?:confidencia|privilegiad)"
    r"|as informa[cç][oõ]es contidas nest[ae] (?:mensagem|e-?mail)"
    r"|this (?:e-?mail|message|communication)\b.{0,80}(?:confidential|privileged))",
    re.IGNORECASE,
)


def plain(line: str) -> str:
    """The line as marks are looked for in it: no quote prefix, no invisible signs, single spaces, composed letters."""
    if len(line) > WIDTH:
        return ""
    bare = _PREFIX.sub("", _UNSEEN.sub("", line), count=1) if is_prefixed(line) else _UNSEEN.sub("", line)
    return " ".join(unicodedata.normalize("NFC", bare).split())


def is_prefixed(line: str) -> bool:
    """Whether `>` stands before it."""
    return line.lstrip()[:1] == ">"


def attribution(lines: Sequence[str], at: int) -> int:
    """How many lines from here on say who wrote what follows ("El … escribió:"): none to three.

    Rule 1: it opens and closes as mail programs do, and has an address, a clock time or a year in it.
    """
    said = ""
    for count in range(1, 4):
        line = lines[at + count - 1] if at + count <= len(lines) else ""
        if not line or (count == 1 and not _OPENS.match(line)):
            return 0
        said = f"{said} {line}"
        if _CLOSES.search(line):
            return count if _clues(said) else 0
    return 0


def is_surely_attribution(said: str) -> bool:
    """Whether it is one even where nothing quoted with `>` follows: not somebody telling what another wrote."""
    return not _TOLD.search(said) and (_ADDRESS.search(said) is not None or _clues(said) > 1)


def _clues(said: str) -> int:
    return sum(sign.search(said) is not None for sign in (_ADDRESS, _CLOCK, _YEAR))


def header_block(lines: Sequence[str], at: int) -> int:
    """How many lines from here on are the head of another mail ("De: …, Enviado el: …, Asunto: …"): 0 for none.

    Rule 2, and one line at least must be of mail alone: a subject, when it was sent, or an address.
    """
    first = _FROM.match(lines[at])
    if first is None:
        return 0
    of_mail, found, last = "@" in first["value"], 0, at
    for index in range(at + 1, min(at + _HEADER_LINES, len(lines))):
        label = _LABEL.match(lines[index])
        if label is None and (lines[index] and not _is_folded(lines, index)):
            break
        if label is not None:
            found, last = found + 1, index
            of_mail = of_mail or label["label"].lower().startswith(_OF_MAIL) or "@" in lines[index]
    return last - at + 1 if found >= 2 and of_mail else 0


def _is_folded(lines: Sequence[str], index: int) -> bool:
    """Whether a line goes on with the addresses of the one before it."""
    return "@" in lines[index] and lines[index - 1][-1:] in ";,>" and lines[index - 1] != ""


def own_marker(lines: Sequence[str], at: int) -> int:
    """How many lines from here on are the hub's own mark, however it was wrapped: none to three."""
    said = ""
    for count in range(1, 4):
        if at + count > len(lines):
            return 0
        said += _tight(lines[at + count - 1])
        if said in _TIGHT_MARKERS:
            return count
        if not any(mark.startswith(said) for mark in _TIGHT_MARKERS) or not said:
            return 0
    return 0


def _tight(text: str) -> str:
    """Without spaces, dashes and accents, in small letters: what survives a client's wrapping."""
    bare = unicodedata.normalize("NFD", text.casefold())
    return "".join(sign for sign in bare if sign.isalnum() or sign in ":@")


_TIGHT_MARKERS: Final = frozenset(_tight(mark) for mark in MARKERS.values())


def is_original_separator(line: str) -> bool:
    """`-----Mensaje original-----` and its like."""
    return _ORIGINAL.fullmatch(line) is not None


def is_forward_separator(line: str) -> bool:
    """`---------- Forwarded message ---------` and its like: what follows is content."""
    return _FORWARDED.fullmatch(line) is not None


def is_rule(line: str) -> bool:
    """A line of underscores, as Outlook puts before a head."""
    return _RULE.fullmatch(line) is not None


def is_signature_mark(line: str) -> bool:
    """`-- `, also where its space was lost."""
    return _SIGNATURE.fullmatch(line) is not None


def is_forward_subject(subject: str | None) -> bool:
    """Whether the outermost prefix says that it was forwarded."""
    return subject is not None and _FORWARD_SUBJECT.match(subject) is not None


def says_answers_below(text: str) -> bool:
    """Whether the person says that the answers stand in what looks like the quote ("respondo abajo en rojo")."""
    return any(_BELOW.search(line[:WIDTH]) for line in text.splitlines())


def is_mobile_tail(line: str) -> bool:
    """`Enviado desde mi iPhone` and its like: a device or a program, never "Enviado desde mi casa"."""
    if len(line) > _TAIL_WIDTH or len(line.split()) > _TAIL_WORDS or line.endswith("?"):
        return False
    return any(tail.match(line.strip("*_[]<> ")) for tail in _TAILS)


def opens_disclaimer(line: str) -> bool:
    """Whether a legal disclaimer begins here."""
    return _LEGAL.match(line) is not None
