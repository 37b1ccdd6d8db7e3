"""The words of reviews, in three languages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from shared.domain.figures.meanings import definition
from shared.domain.reviews.make import BACKLOG, BACKLOG_DAYS, COST
from shared.domain.reviews.model import Language, Line

Three = tuple[str, str, str]
_ORDER: Final[tuple[Language, ...]] = ("es", "en", "pt")

_WORDS: Final[Mapping[str, Three]] = {
    "daily": ("Revisión diaria", "Daily review", "Revisão diária"),
    "weekly": ("Revisión semanal", "Weekly review", "Revisão semanal"),
    "figures": ("Cifras", "Figures", "Números"),
    "figure": ("Cifra", "Figure", "Número"),
    "value": ("Valor", "Value", "Valor"),
    "usual_daily": (
        "Mediana, mismo día de 4 semanas",
        "Median, same weekday of 4 weeks",
        "Mediana, mesmo dia de 4 semanas",
    ),
    "usual_weekly": ("Mediana de 4 semanas", "Median of 4 weeks", "Mediana de 4 semanas"),
    "moved": ("Qué se movió", "What moved", "O que mudou"),
    "nothing_moved": (
        "Nada lejos de lo habitual.",
        "Nothing far from what is usual.",
        "Nada longe do habitual.",
    ),
    "volume": ("Contactos por canal y franja", "Contacts by channel and slot", "Contatos por canal e faixa"),
    "channel": ("Canal", "Channel", "Canal"),
    "total": ("Total", "Total", "Total"),
    "usual_in_brackets": (
        "Entre paréntesis, lo habitual.",
        "What is usual in brackets.",
        "Entre parênteses, o habitual.",
    ),
    "topics": ("Temas principales", "Top topics", "Principais assuntos"),
    "topic": ("Tema", "Topic", "Assunto"),
    "journeys": ("Viajes terminados", "Journeys ended", "Jornadas encerradas"),
    "stages": ("Abandono por etapa del viaje", "Abandonment by stage of the journey", "Abandono por etapa da jornada"),
    "too_many_journeys": (
        "Hubo más de {most} viajes de todas las marcas, demasiados para mostrarlos aquí. Pídelos por menos días: {ask}",
        "There were more than {most} journeys of all brands, too many to show here. Ask for them by fewer days: {ask}",
        "Houve mais de {most} jornadas de todas as marcas, demasiadas para mostrar aqui. Peça-as por menos dias: {ask}",
    ),
    "stage": ("Etapa", "Stage", "Etapa"),
    "entered": ("Entraron", "Entered", "Entraram"),
    "abandoned": ("Abandonaron", "Abandoned", "Abandonaram"),
    "rate": ("Tasa", "Rate", "Taxa"),
    "corrections": ("Días corregidos", "Corrected days", "Dias corrigidos"),
    "day": ("Día", "Day", "Dia"),
    "revision": ("Revisión", "Revision", "Revisão"),
    "corrected_at": ("Corregido (UTC)", "Corrected (UTC)", "Corrigido (UTC)"),
    "how": ("Cómo se calcula", "How it is calculated", "Como se calcula"),
    "no_data": ("sin datos", "no data", "sem dados"),
    "few": ("pocas respuestas", "few answers", "poucas respostas"),
    "until": ("hasta {day}", "until {day}", "até {day}"),
    "as_of": ("Datos al {at} UTC", "Data as of {at} UTC", "Dados em {at} UTC"),
}

_LABELS: Final[Mapping[str, Three]] = {
    "contacts_offered": ("Contactos", "Contacts", "Contatos"),
    "contacts_handled": ("Contactos atendidos", "Contacts handled", "Contatos atendidos"),
    "frt_human_business": (
        "Tiempo de primera respuesta (horario de atención)",
        "First response time (business hours)",
        "Tempo de primeira resposta (horário de atendimento)",
    ),
    "frt_unanswered": ("Sin responder", "Unanswered", "Sem resposta"),
    "sla_first_response": ("SLA de primera respuesta", "SLA of first response", "SLA de primeira resposta"),
    "sla_next_response": ("SLA de siguiente respuesta", "SLA of next response", "SLA da próxima resposta"),
    "sla_resolution": ("SLA de resolución", "SLA of resolution", "SLA de resolução"),
    "cases_resolved": ("Casos resueltos", "Cases resolved", "Casos resolvidos"),
    "backlog_entered": ("Pasaron a pendientes", "Became pending", "Passaram a pendentes"),
    "backlog_left": ("Dejaron de estar pendientes", "Ceased to be pending", "Deixaram de estar pendentes"),
    BACKLOG: ("Pendientes al cierre", "Pending at the end", "Pendentes no fechamento"),
    "chat_abandonment": ("Abandono por escrito", "Abandonment in writing", "Abandono por escrito"),
    "abandonment": ("Abandono de llamadas", "Abandonment of calls", "Abandono de chamadas"),
    "asa": ("Espera de llamadas (ASA)", "Speed of answer of calls (ASA)", "Espera de chamadas (ASA)"),
    "fcr": (
        "Resolución en el primer contacto",
        "First contact resolution",
        "Resolução no primeiro contato",
    ),
    "fcr_repeat_contact": (
        "Primer contacto, por repetición",
        "First contact, by repeat contact",
        "Primeiro contato, por repetição",
    ),
    "reopen_rate": ("Reaperturas", "Reopenings", "Reaberturas"),
    "csat": ("CSAT", "CSAT", "CSAT"),
    "csat_mean": ("CSAT, media", "CSAT, mean", "CSAT, média"),
    "nps": ("NPS", "NPS", "NPS"),
    "ces_mean": ("CES, media", "CES, mean", "CES, média"),
    "survey_response": ("Respuesta a encuestas", "Survey response", "Resposta a pesquisas"),
    "containment": ("Contención del bot, bruta", "Bot containment, raw", "Contenção do bot, bruta"),
    "containment_verified": (
        "Contención del bot, verificada",
        "Bot containment, verified",
        "Contenção do bot, verificada",
    ),
    COST: ("Costo por contacto", "Cost per contact", "Custo por contato"),
}

_OWN: Final[Mapping[str, Three]] = {
    BACKLOG: (
        f"Casos pendientes al final del día, de los que pasaron a pendientes en los últimos {BACKLOG_DAYS} días",
        f"Cases pending at the end of the day, of those that became pending in the last {BACKLOG_DAYS} days",
        f"Casos pendentes no fim do dia, dos que passaram a pendentes nos últimos {BACKLOG_DAYS} dias",
    ),
    COST: (
        "Costo semanal configurado ÷ contactos atendidos",
        "Configured cost of a week ÷ contacts handled",
        "Custo semanal configurado ÷ contatos atendidos",
    ),
}


def word(name: str, language: Language) -> str:
    """A word of the page. Raises KeyError for one that nobody has written."""
    return _WORDS[name][_ORDER.index(language)]


def label(line: Line, language: Language) -> str:
    """What a line is called."""
    name = _LABELS[line.figure][_ORDER.index(language)]
    return name if line.part == "value" else f"{name}, {line.part}"


def meaning(figure: str, language: Language) -> str:
    """How a figure is calculated."""
    if figure in _OWN:
        return _OWN[figure][_ORDER.index(language)]
    return definition(figure, language)


def day_text(day: date, language: Language) -> str:
    """A day as people write it."""
    return f"{day:%Y-%m-%d}" if language == "en" else f"{day:%d/%m/%Y}"
