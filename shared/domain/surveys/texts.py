"""The words of surveys: what customers are asked, in their language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.domain.answer import Language, Option
from shared.domain.surveys.scales import Scale
from shared.domain.surveys.token import payload

QUESTIONS: Final[Mapping[str, Mapping[Language, str]]] = {
    "csat": {
        "es": "¿Qué tan satisfecho quedó con la atención que le dimos?",
        "pt": "Qual é a sua satisfação com o nosso atendimento?",
        "en": "How satisfied are you with how we helped you?",
    },
    "nps": {
        "es": "¿Qué tan probable es que nos recomiende a un amigo o colega? 0 es nada probable y 10, muy probable.",
        "pt": "Qual a probabilidade de nos recomendar a um amigo ou colega? 0 é nada provável e 10, muito provável.",
        "en": "How likely are you to recommend us to a friend or colleague? 0 is not at all likely, 10 very likely.",
    },
    "ces": {
        "es": "¿Está de acuerdo? «La empresa me lo hizo fácil.» 1 es muy en desacuerdo y 7, muy de acuerdo.",
        "pt": "Você concorda? «A empresa facilitou para mim.» 1 é discordo totalmente e 7, concordo totalmente.",
        "en": "Do you agree? “The company made it easy for me.” 1 is strongly disagree, 7 strongly agree.",
    },
    "ces_old": {
        "es": "¿Cuánto esfuerzo le costó resolver su caso? 1 es muy poco y 5, muchísimo.",
        "pt": "Quanto esforço foi preciso para resolver o seu caso? 1 é muito pouco e 5, muitíssimo.",
        "en": "How much effort did it take you to get this solved? 1 is very little, 5 very much.",
    },
}
"""By kind."""

_FIVE: Final[Mapping[Language, tuple[str, ...]]] = {
    "es": ("Muy mal", "Mal", "Regular", "Bien", "Muy bien"),
    "pt": ("Muito mal", "Mal", "Regular", "Bem", "Muito bem"),
    "en": ("Very poor", "Poor", "Fair", "Good", "Very good"),
}
LANGUAGES: Final[tuple[Language, ...]] = tuple(_FIVE)

_SIGNS: Final[Mapping[str, Mapping[int, str]]] = {
    "thumbs": {1: "👍", 0: "👎"},
    "faces": {3: "😀", 2: "😐", 1: "🙁"},
}

_NAMES: Final[Mapping[str, Mapping[int, int]]] = {"thumbs": {1: 3, 0: 1}, "faces": {3: 3, 2: 2, 1: 1}}
"""Which of the five words names a sign."""

CHOOSE: Final[Mapping[Language, str]] = {"es": "Responder", "pt": "Responder", "en": "Answer"}
"""What opens a list of answers."""

_TYPE: Final[Mapping[Language, str]] = {
    "es": "Responda con un número del {low} al {high}.",
    "pt": "Responda com um número de {low} a {high}.",
    "en": "Answer with a number from {low} to {high}.",
}
_LINK: Final[Mapping[Language, str]] = {
    "es": "Responda aquí, con un clic: {link}",
    "pt": "Responda aqui, com um clique: {link}",
    "en": "Answer here, with one click: {link}",
}
_OR_LINK: Final[Mapping[Language, str]] = {
    "es": "O hágalo aquí: {link}",
    "pt": "Ou faça isso aqui: {link}",
    "en": "Or do it here: {link}",
}


def title_of(scale: Scale, answer: int, language: Language) -> str:
    """One answer as people read it, on a button of at most 20 characters. Those of one scale differ."""
    if scale.name in _SIGNS:
        return _SIGNS[scale.name][answer]
    return f"{answer} · {_FIVE[language][answer - 1]}" if scale.name == "csat" else str(answer)


def named(scale: Scale, answer: int, language: Language) -> str:
    """One answer on a page, where a sign has its word beside it: who does not see it knows it by that."""
    title, names = title_of(scale, answer, language), _NAMES.get(scale.name)
    return f"{title} {_FIVE[language][names[answer]]}" if names else title


def options_of(scale: Scale, token: str, language: Language) -> tuple[Option, ...]:
    """What can be tapped, best first; on a scale without words, in its order."""
    answers = list(scale.counts) if scale.kind == "csat" else sorted(scale.counts)
    return tuple(Option(payload(token, answer), title_of(scale, answer, language)) for answer in answers)


def question_of(kind: str, language: Language) -> str:
    """The question, without how to answer it."""
    return QUESTIONS[kind][language]


def language_asked(kind: str, question: str | None) -> Language | None:
    """In which language a question was asked; None where it has been reworded since."""
    return next((language for language, text in QUESTIONS[kind].items() if text == question), None)


def by_text(question: str, scale: Scale, language: Language, link: str | None) -> str:
    """The question where nothing can be tapped: with the page's link, with a number to type, or with both."""
    if scale.is_typed:
        how = _TYPE[language].format(low=scale.lowest, high=scale.highest)
    else:
        how = " / ".join(title_of(scale, answer, language) for answer in scale.counts)
    more = [_OR_LINK[language].format(link=link)] if link else []
    return "\n\n".join((question, "\n".join((how, *more))))


def by_mail(question: str, scale: Scale, language: Language, link: str | None) -> str:
    """The question in a mail: the page's link; where the hub has no page, as `by_text`."""
    if link is None:
        return by_text(question, scale, language, None)
    return "\n\n".join((question, _LINK[language].format(link=link)))
