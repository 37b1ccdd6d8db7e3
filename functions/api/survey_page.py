"""The page of a survey, as HTML: works without JavaScript and cookies, and says nothing of anybody."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html import escape
from typing import Final

from functions.api.answers import Answer
from shared.domain.answer import Language
from shared.domain.surveys.scales import Scale
from shared.domain.surveys.texts import named

LONGEST_COMMENT: Final = 1000

_STYLE: Final = (
    ":root{color-scheme:light dark}body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:2rem auto;"
    "padding:0 1rem}fieldset{border:0;padding:0;margin:1rem 0}legend{font-weight:600;margin-bottom:.5rem}"
    "label{display:block;padding:.4rem 0}input[type=radio]{width:1.3rem;height:1.3rem;vertical-align:middle;"
    "margin-right:.6rem}textarea{width:100%;box-sizing:border-box;font:inherit}"
    "button{font:inherit;padding:.6rem 1.4rem}.note{font-size:.9rem}"
)
_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": _POLICY,
    "cache-control": "no-store",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow",
    "cross-origin-opener-policy": "same-origin",
}

Words = Mapping[str, str]

_WORDS: Final[Mapping[Language, Words]] = {
    "es": {
        "title": "Encuesta",
        "comment": "¿Quiere contarnos algo más? (opcional)",
        "send": "Enviar",
        "choose": "Elija una respuesta.",
        "thanks": "¡Gracias! Su respuesta quedó guardada.",
        "change": "Puede cambiarla durante un día: elija otra vez y envíe.",
        "answered": "Ya recibimos su respuesta.",
        "fixed": "Ya recibimos su respuesta. Ya no se puede cambiar.",
        "late": "Esta encuesta terminó. Su respuesta nos llega, pero ya no cuenta.",
        "case": "Si necesita algo más, escríbanos por el mismo medio de siempre.",
        "stop": "No quiero recibir más encuestas",
        "stop_ask": "¿No quiere recibir más encuestas por este medio?",
        "stopped": "Listo: no le enviaremos más encuestas por este medio.",
    },
    "pt": {
        "title": "Pesquisa",
        "comment": "Quer nos contar mais alguma coisa? (opcional)",
        "send": "Enviar",
        "choose": "Escolha uma resposta.",
        "thanks": "Obrigado! Sua resposta foi registrada.",
        "change": "Você pode mudá-la durante um dia: escolha de novo e envie.",
        "answered": "Já recebemos sua resposta.",
        "fixed": "Já recebemos sua resposta. Ela não pode mais ser mudada.",
        "late": "Esta pesquisa terminou. Sua resposta chega a nós, mas já não conta.",
        "case": "Se precisar de mais alguma coisa, escreva para nós pelo mesmo meio de sempre.",
        "stop": "Não quero receber mais pesquisas",
        "stop_ask": "Não quer receber mais pesquisas por este meio?",
        "stopped": "Pronto: não enviaremos mais pesquisas por este meio.",
    },
    "en": {
        "title": "Survey",
        "comment": "Anything else you would like to tell us? (optional)",
        "send": "Send",
        "choose": "Choose an answer.",
        "thanks": "Thank you! Your answer is saved.",
        "change": "You can change it for a day: choose again and send.",
        "answered": "We have your answer already.",
        "fixed": "We have your answer already. It can no longer be changed.",
        "late": "This survey has ended. Your answer reaches us, but it no longer counts.",
        "case": "If you need anything else, write to us the way you always do.",
        "stop": "I want no more surveys",
        "stop_ask": "You want no more surveys this way?",
        "stopped": "Done: we will send you no more surveys this way.",
    },
}

_UNKNOWN: Final = (
    ("es", "Esta dirección no es de ninguna encuesta, o ya no existe."),
    ("pt", "Este endereço não é de nenhuma pesquisa, ou já não existe."),
    ("en", "This address belongs to no survey, or it is gone."),
)


def page(
    *,
    language: Language,
    company: str | None,
    question: str,
    scale: Scale,
    token: str,
    once: str,
    notes: tuple[str, ...] = (),
    role: str | None = None,
    with_form: bool = True,
    status: int = 200,
) -> Answer:
    """The question with its form. `notes`: names of words above it; `role`: how programs that read aloud take them.
    `once`: makes one answer of what is sent twice."""
    words = _WORDS[language]
    blocks = [f"<p>{escape(company)}</p>" if company else "", _noted(words, notes, role)]
    if with_form:
        blocks.append(_form(words, language, question, scale, once))
    blocks += [
        f'<p class="note">{words["case"]}</p>',
        f'<p class="note"><a href="{token}/stop">{words["stop"]}</a></p>',
    ]
    return _html(language, words["title"], "".join(blocks), status)


def stop_page(language: Language, *, done: bool) -> Answer:
    """Asks whether they want no more surveys, or says that it is so."""
    words = _WORDS[language]
    if done:
        return _html(language, words["title"], f"<p>{words['stopped']}</p>", 200)
    form = f'<p>{words["stop_ask"]}</p><form method="post"><button>{words["stop"]}</button></form>'
    return _html(language, words["title"], form, 200)


def unknown() -> Answer:
    """What anybody sees at an address that leads nowhere; it does not say why."""
    lines = "".join(f'<p lang="{language}">{text}</p>' for language, text in _UNKNOWN)
    return _html("es", _WORDS["es"]["title"], lines, 404)


def _noted(words: Words, notes: tuple[str, ...], role: str | None) -> str:
    said = "".join(f"<p>{words[note]}</p>" for note in notes)
    return f'<div role="{role}">{said}</div>' if role else said


def _form(words: Words, language: Language, question: str, scale: Scale, once: str) -> str:
    answers = list(scale.counts) if scale.kind == "csat" else sorted(scale.counts)
    radios = "".join(
        f'<label><input type="radio" name="answer" value="{answer}" required>'
        f"{escape(named(scale, answer, language))}</label>"
        for answer in answers
    )
    return (
        f'<form method="post"><fieldset><legend>{escape(question)}</legend>{radios}</fieldset>'
        f'<label>{words["comment"]}<textarea name="comment" rows="4" maxlength="{LONGEST_COMMENT}"></textarea></label>'
        f'<input type="hidden" name="once" value="{escape(once)}"><button>{words["send"]}</button></form>'
    )


def _html(language: str, title: str, body: str, status: int) -> Answer:
    text = (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f"<style>{_STYLE}</style></head><body><main><h1>{title}</h1>{body}</main></body></html>\n"
    )
    return Answer(status, text.encode(), _HEADERS)
