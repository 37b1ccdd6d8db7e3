"""Every metric that a fact can state: how it is stored, in which unit, and what it means, in English and Spanish.

A metric is what is counted or measured. What people look at are figures (`figures.py`): means, shares and percentiles
made of metrics.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from shared.domain.figures.model import MetricClass

Unit = Literal["count", "seconds", "cents"]


@dataclass(frozen=True, slots=True)
class Metric:
    """`name` is that of facts and counters. `en`, `es`: what one fact of it says."""

    name: str
    metric_class: MetricClass
    unit: Unit
    family: str
    en: str
    es: str


def _counters(family: str, *rows: tuple[str, str, str]) -> tuple[Metric, ...]:
    return tuple(Metric(name, "counter", "count", family, en, es) for name, en, es in rows)


def _times(family: str, *rows: tuple[str, str, str]) -> tuple[Metric, ...]:
    return tuple(Metric(name, "distribution", "seconds", family, en, es) for name, en, es in rows)


def _both_times(family: str, *rows: tuple[str, str, str]) -> tuple[Metric, ...]:
    """Each twice: in calendar time, and in open hours of the case's calendar."""
    return _times(
        family,
        *(
            (f"{name}_{kind}", f"{en}, in {time}", f"{es}, en {tiempo}")
            for name, en, es in rows
            for kind, time, tiempo in (
                ("calendar", "calendar time", "tiempo corrido"),
                ("business", "business hours", "horario de atención"),
            )
        ),
    )


_RESPONSE: Final = (
    *_both_times(
        "response",
        (
            "frt_human",
            "From the first contact, or from the handoff where a bot held it first, to the first public human reply",
            "Desde el primer contacto, o desde el traspaso si antes atendió un bot, hasta la primera respuesta humana",
        ),
        (
            "frt_contact",
            "From the customer's first contact to the first public human reply, the bot's time included",
            "Desde el primer contacto del cliente hasta la primera respuesta humana, incluido el tiempo del bot",
        ),
        (
            "frt_live",
            "From the first contact until a call is answered or a visit attended, earlier attempts included",
            "Desde el primer contacto hasta que se contesta la llamada o se atiende la visita, con intentos previos",
        ),
        (
            "nrt",
            "From the oldest unanswered message after a human reply to the next public human reply",
            "Desde el mensaje más antiguo sin responder tras una respuesta humana hasta la siguiente respuesta humana",
        ),
    ),
    *_counters(
        "response",
        (
            "frt_unanswered",
            "A case that began in writing and was never answered",
            "Un caso iniciado por escrito y nunca respondido",
        ),
        (
            "frt_live_unanswered",
            "A case that began with a call or visit and was never answered",
            "Un caso iniciado con llamada o visita y nunca atendido",
        ),
        (
            "resolved_without_reply",
            "A case that was resolved before anybody answered",
            "Un caso resuelto sin que nadie respondiera",
        ),
        (
            "turns_unanswered",
            "A customer's turn that ended with the case resolved and no reply",
            "Un turno del cliente que terminó con el caso resuelto y sin respuesta",
        ),
        (
            "courtesy_turns",
            "Thanks or farewell alone, after which nobody waits",
            "Solo agradecimiento o despedida: nadie espera respuesta",
        ),
        (
            "negative_duration",
            "A stop more than 5 s before its start: set aside, counted nowhere else",
            "Un fin más de 5 s anterior a su inicio: apartado, no cuenta en nada más",
        ),
    ),
)

_HANDLING: Final = _times(
    "handling",
    (
        "handle_time",
        "Working time of a written contact: the sum of its agents' credits, at most the cap each",
        "Tiempo de trabajo de un contacto escrito: suma de los créditos de sus agentes, con tope cada uno",
    ),
    ("handle_time_leg", "One agent's part of a written contact", "La parte de un agente en un contacto escrito"),
    (
        "aht_voice",
        "Talk, hold and after-call work of an inbound call, all legs",
        "Conversación, espera en línea y cierre de una llamada entrante, todos los tramos",
    ),
    ("aht_voice_leg", "One agent's part of a call", "La parte de un agente en una llamada"),
    ("outbound_handle_time", "Working time of a call that we made", "Tiempo de trabajo de una llamada que hicimos"),
    (
        "open_span",
        "From acceptance to closure: how long a case lay open, not how long somebody worked",
        "De la aceptación al cierre: cuánto estuvo abierto el caso, no cuánto se trabajó",
    ),
)

_RESOLUTION: Final = (
    *_both_times(
        "resolution",
        (
            "first_resolution",
            "From the first contact to the first resolution",
            "Del primer contacto a la primera resolución",
        ),
        (
            "full_resolution",
            "From the first contact to the last resolution",
            "Del primer contacto a la última resolución",
        ),
        (
            "first_resolution_auto",
            "The first resolution of a case that came of the customer's silence",
            "La primera resolución de un caso que vino del silencio del cliente",
        ),
        (
            "full_resolution_auto",
            "The last resolution of a case that came of the customer's silence",
            "La última resolución de un caso que vino del silencio del cliente",
        ),
        (
            "net_resolution",
            "As the full resolution, without the time between a resolution and its reopening",
            "Como la resolución completa, sin el tiempo entre una resolución y su reapertura",
        ),
    ),
    *_times(
        "resolution",
        ("requester_wait", "Time in new, open and on hold", "Tiempo en nuevo, abierto y en espera"),
        ("agent_idle", "Time in which the customer had to answer", "Tiempo en que debía responder el cliente"),
        ("on_hold_time", "Time in which a third party had to act", "Tiempo en que debía actuar un tercero"),
    ),
    *_counters(
        "resolution",
        ("cases_resolved", "A case resolved for the first time", "Un caso resuelto por primera vez"),
        (
            "cases_auto_resolved",
            "A case whose first resolution came of the customer's silence",
            "Un caso cuya primera resolución vino del silencio del cliente",
        ),
        (
            "cases_reopened",
            "A resolved case that was reopened within the window",
            "Un caso resuelto y reabierto dentro de la ventana",
        ),
        ("reopen_events", "One reopening within the window", "Una reapertura dentro de la ventana"),
        ("backlog_entered", "A case that became pending", "Un caso que pasó a pendiente"),
        ("backlog_left", "A case that ceased to be pending", "Un caso que dejó de estar pendiente"),
    ),
)

_CONTACTS: Final = _counters(
    "contacts",
    ("contacts_offered", "A contact that a customer began", "Un contacto iniciado por un cliente"),
    ("contacts_short", "A call given up before the short-abandon threshold", "Una llamada abandonada antes del umbral"),
    ("contacts_handled", "A contact that a person or a bot handled", "Un contacto atendido por una persona o un bot"),
    ("contacts_handled_human", "A contact that a person handled", "Un contacto atendido por una persona"),
    ("contacts_outbound", "A call that we made", "Una llamada que hicimos"),
    ("cases_human", "A case that is people's to answer", "Un caso que corresponde atender a personas"),
    ("cases_bot_only", "A case that a bot alone handled", "Un caso atendido solo por un bot"),
    ("cases_spam", "A case marked as spam", "Un caso marcado como spam"),
    (
        "attempts_before_first_contact",
        "An abandoned attempt before the first contact that was handled",
        "Un intento abandonado antes del primer contacto atendido",
    ),
    (
        "cases_switched",
        "A case with the customer's contacts on two or more channels",
        "Un caso con contactos del cliente en dos o más canales",
    ),
    ("cases_switched_forced", "As before, where the company asked for it", "Igual, cuando lo pidió la empresa"),
    (
        "contacts_transferred",
        "A handled human contact with a transfer",
        "Un contacto atendido por personas con alguna transferencia",
    ),
    ("transfers", "One transfer to another agent or queue", "Una transferencia a otro agente o cola"),
    ("chats_offered", "A written contact that reached people", "Un contacto escrito que llegó a personas"),
    (
        "chats_ended",
        "A written contact whose wait for a person ended: answered, or left",
        "Un contacto escrito cuya espera terminó: respondido o abandonado",
    ),
    (
        "chats_left",
        "A written contact that the customer left, or that nobody answered in time, before any human reply",
        "Un contacto escrito que el cliente dejó, o que nadie respondió a tiempo, antes de toda respuesta humana",
    ),
)

_FCR: Final = _counters(
    "fcr",
    (
        "fcr_eligible",
        "A resolved case that counts for first contact resolution",
        "Un caso resuelto que cuenta para FCR",
    ),
    (
        "fcr_yes",
        "Resolved inside its first contact, not reopened and not followed by a case on the same topic in the window",
        "Resuelto en su primer contacto, sin reapertura ni otro caso del mismo tema dentro de la ventana",
    ),
    (
        "fcr_net_eligible",
        "As eligible, without topics that cannot be solved at the first contact",
        "Igual, sin los temas que no pueden resolverse en el primer contacto",
    ),
    ("fcr_net_yes", "As resolved at first contact, of those", "Resuelto en el primer contacto, de esos"),
    (
        "fcr_repeat_eligible",
        "A contact that a person handled",
        "Un contacto atendido por una persona",
    ),
    (
        "fcr_repeat_yes",
        "No further contact of the customer on the topic, on any channel, within the window",
        "Sin otro contacto del cliente sobre el tema, por ningún canal, dentro de la ventana",
    ),
    (
        "one_touch_yes",
        "A case resolved with exactly one public human reply",
        "Un caso resuelto con exactamente una respuesta humana",
    ),
    ("fcr_survey_yes", "A customer says that it was solved in this contact", "El cliente dice que se resolvió"),
    ("fcr_survey_no", "A customer says that it was not solved", "El cliente dice que no se resolvió"),
)

_BOT: Final = _counters(
    "bot",
    ("bot_sessions", "A conversation that a bot held", "Una conversación que llevó un bot"),
    ("bot_handoffs", "A bot's conversation that asked for a person", "Una conversación del bot que pidió una persona"),
    ("bot_handoffs_lost", "A handoff that nobody accepted", "Un traspaso que nadie aceptó"),
    (
        "bot_contained",
        "A bot's conversation that ended with no person involved",
        "Una conversación del bot que terminó sin intervención de personas",
    ),
    (
        "bot_contained_verified",
        "Contained, and the customer did not come back within the window",
        "Contenida, y el cliente no volvió dentro de la ventana",
    ),
)

_VOICE: Final = (
    *_counters(
        "voice",
        ("calls_offered", "A call that reached a queue of people", "Una llamada que llegó a una cola de personas"),
        ("calls_short", "Of those, given up before the threshold", "De esas, abandonada antes del umbral"),
        ("calls_answered", "A call that was answered", "Una llamada contestada"),
        ("calls_within", "A call answered within the service level's time", "Una llamada contestada dentro del plazo"),
        ("queue_ended", "A wait in the queue that ended", "Una espera en cola que terminó"),
        ("queue_abandoned_short", "Of those, given up before the threshold", "De esas, abandonada antes del umbral"),
        ("queue_abandoned", "Of those, given up beyond the threshold", "De esas, abandonada después del umbral"),
        (
            "queue_recovered",
            "Abandoned, but the customer was answered on some channel within the hour",
            "Abandonada, pero el cliente fue atendido por algún canal dentro de la hora",
        ),
        ("callbacks", "A callback chosen in the queue", "Una devolución de llamada elegida en la cola"),
        ("calls_self_service", "A call that ended in the menu", "Una llamada que terminó en el menú automático"),
    ),
    *_times("voice", ("asa", "Wait of an answered call", "Espera de una llamada contestada")),
)

_SURVEY: Final = _counters(
    "survey",
    ("surveys_sent", "A survey that was sent", "Una encuesta enviada"),
    ("surveys_delivered", "A survey that arrived", "Una encuesta entregada"),
    ("surveys_answered", "A survey that was answered in time", "Una encuesta respondida a tiempo"),
    (
        "surveys_late",
        "An answer after its survey expired: kept, not counted",
        "Una respuesta fuera de plazo: no cuenta",
    ),
    *((f"csat_{value}", f"CSAT answered with {value}", f"CSAT respondido con {value}") for value in range(1, 6)),
    *((f"nps_{value}", f"NPS answered with {value}", f"NPS respondido con {value}") for value in range(11)),
    *((f"ces_{value}", f"CES 2.0 answered with {value}", f"CES 2.0 respondido con {value}") for value in range(1, 8)),
    *(
        (f"ces_old_{value}", f"Old CES 1–5, turned so that {value} of 5 is ease", f"CES 1–5 invertido: {value} de 5")
        for value in range(1, 6)
    ),
)

_SALES: Final = (
    *_counters(
        "sales",
        (
            "conversion_eligible",
            "A handled contact that a sale may follow",
            "Un contacto al que puede seguir una venta",
        ),
        (
            "conversion_yes",
            "The last contact before a sale within the window",
            "El último contacto antes de una venta dentro de la ventana",
        ),
    ),
    Metric("revenue_cents", "counter", "cents", "sales", "Money of attributed sales", "Dinero de ventas atribuidas"),
    Metric("refund_cents", "counter", "cents", "sales", "Money paid back", "Dinero devuelto"),
)

CLOCKS: Final = {
    "first_response": ("first response", "primera respuesta"),
    "next_response": ("next response", "siguiente respuesta"),
    "update": ("proactive update", "actualización proactiva"),
    "resolution": ("resolution", "resolución"),
    "assignment": ("assignment", "asignación"),
}
"""Names of service-level clocks, in English and Spanish."""

_SLA: Final = _counters(
    "sla",
    *(
        (f"sla_{clock}_{outcome}", f"A clock of {en} that was {outcome}", f"Un reloj de {es} {hecho}")
        for clock, (en, es) in CLOCKS.items()
        for outcome, hecho in (("met", "cumplido"), ("breached", "incumplido"))
    ),
)

METRICS: Final[Mapping[str, Metric]] = {
    metric.name: metric
    for metric in (*_RESPONSE, *_HANDLING, *_RESOLUTION, *_CONTACTS, *_FCR, *_BOT, *_VOICE, *_SURVEY, *_SALES, *_SLA)
}
"""Every metric by its name."""
