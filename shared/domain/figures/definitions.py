"""Every figure that is made of totals: of which metrics, and what it means, in English and Spanish."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from shared.domain.figures.figure import Unit
from shared.domain.figures.metrics import CLOCKS, METRICS

Form = Literal["count", "rate", "mean"]

MINUS: Final = "-"
"""Before the name of a metric that is taken away."""


@dataclass(frozen=True, slots=True)
class Definition:
    """`over`, `under`: metrics that are added up, or taken away where a `-` precedes the name; of survey answers, each
    metric with its `weight`. A mean is of one distribution, or of what is left of it without another."""

    name: str
    family: str
    form: Form
    unit: Unit
    over: tuple[tuple[str, int], ...]
    under: tuple[str, ...]
    en: str
    es: str


def metrics_of(of: Definition) -> frozenset[str]:
    """What a figure is made of."""
    return frozenset({metric for metric, _ in of.over} | {term.removeprefix(MINUS) for term in of.under})


def _terms(*names: str) -> tuple[tuple[str, int], ...]:
    return tuple((name.removeprefix(MINUS), -1 if name.startswith(MINUS) else 1) for name in names)


def _rate(family: str, name: str, over: str, under: str, en: str, es: str) -> Definition:
    """A share in percent; `over`, `under`: names separated by blanks."""
    return Definition(name, family, "rate", "percent", _terms(*over.split()), tuple(under.split()), en, es)


def _score(name: str, weights: Mapping[str, int], under: Mapping[str, int], unit: Unit, en: str, es: str) -> Definition:
    over = tuple((metric, weight) for metric, weight in weights.items() if weight)
    return Definition(name, "survey", "rate", unit, over, tuple(under), en, es)


def _mean(metric: str) -> Definition:
    of = METRICS[metric]
    en, es = f"Mean, p50, p90, p95: {_small(of.en)}", f"Media, p50, p90, p95: {_small(of.es)}"
    return Definition(metric, of.family, "mean", "seconds", ((metric, 1),), (), en, es)


def _without_auto(of: str, en: str, es: str) -> Iterator[Definition]:
    for kind, time, tiempo in (
        ("calendar", "calendar time", "tiempo corrido"),
        ("business", "business hours", "horario de atención"),
    ):
        yield Definition(
            f"{of}_without_auto_{kind}",
            "resolution",
            "mean",
            "seconds",
            _terms(f"{of}_{kind}", f"-{of}_auto_{kind}"),
            (),
            f"Mean, p50, p90, p95: {en}, without cases that the customer's silence resolved, in {time}",
            f"Media, p50, p90, p95: {es}, sin los casos resueltos por silencio del cliente, en {tiempo}",
        )


def _count(metric: str) -> Definition:
    of = METRICS[metric]
    en, es = f"Count: {_small(of.en)}", f"Recuento: {_small(of.es)}"
    return Definition(metric, of.family, "count", "count", ((metric, 1),), (), en, es)


def _small(text: str) -> str:
    """With a small first letter."""
    return text[0].lower() + text[1:]


_MEANS: Final = (
    *(_mean(name) for name, metric in METRICS.items() if metric.metric_class == "distribution"),
    *_without_auto(
        "first_resolution",
        "from the first contact to the first resolution",
        "del primer contacto a la primera resolución",
    ),
    *_without_auto(
        "full_resolution", "from the first contact to the last resolution", "del primer contacto a la última resolución"
    ),
)

_COUNTED: Final = (
    "frt_unanswered", "frt_live_unanswered", "resolved_without_reply", "turns_unanswered", "courtesy_turns",
    "negative_duration", "cases_resolved", "cases_reopened", "reopen_events", "backlog_entered", "backlog_left",
    "contacts_offered", "contacts_short", "contacts_handled", "contacts_handled_human", "contacts_outbound",
    "cases_human", "cases_bot_only", "cases_spam", "attempts_before_first_contact", "transfers", "calls_offered",
    "chats_offered", "calls_short", "calls_answered", "callbacks", "calls_self_service", "bot_sessions", "surveys_sent",
    "surveys_late",
)  # fmt: skip

_RATES: Final = (
    Definition(
        "contacts_excluding_short",
        "contacts",
        "count",
        "count",
        _terms("contacts_offered", "-contacts_short"),
        (),
        "Contacts offered without calls given up before the short-abandon threshold",
        "Contactos ofrecidos sin las llamadas abandonadas antes del umbral de abandono corto",
    ),
    *(
        _rate(
            "sla",
            f"sla_{clock}",
            f"sla_{clock}_met",
            f"sla_{clock}_met sla_{clock}_breached",
            f"Service level of the {en}: met ÷ (met + breached); clocks not yet due and cancelled ones left out",
            f"Cumplimiento de {es}: cumplidos ÷ (cumplidos + incumplidos); sin relojes en curso ni cancelados",
        )
        for clock, (en, es) in CLOCKS.items()
    ),
    _rate(
        "fcr",
        "fcr",
        "fcr_yes",
        "fcr_eligible",
        "First contact resolution, case method: resolved inside the first contact, not reopened and no new case on the "
        "topic within the window ÷ eligible resolved cases, gross; by the channel of the first contact",
        "Resolución en el primer contacto, por caso: resueltos en el primer contacto, sin reapertura ni caso nuevo del "
        "tema dentro de la ventana ÷ casos resueltos elegibles, bruta; por canal del primer contacto",
    ),
    _rate(
        "fcr",
        "fcr_net",
        "fcr_net_yes",
        "fcr_net_eligible",
        "As fcr, without topics that cannot be solved at the first contact",
        "Como fcr, sin los temas que no pueden resolverse en el primer contacto",
    ),
    _rate(
        "fcr",
        "fcr_repeat_contact",
        "fcr_repeat_yes",
        "fcr_repeat_eligible",
        "First contact resolution, repeat-contact method: human contacts with no further contact on the topic, on any "
        "channel, within the window ÷ human contacts; by contact, so higher than by case",
        "Resolución en el primer contacto, por repetición: contactos humanos sin otro contacto del tema por ningún "
        "canal dentro de la ventana ÷ contactos humanos; por contacto, por eso es mayor que por caso",
    ),
    _rate(
        "fcr",
        "fcr_survey",
        "fcr_survey_yes",
        "fcr_survey_yes fcr_survey_no",
        "Customers who say that it was solved in this contact ÷ answers",
        "Clientes que dicen que quedó resuelto en este contacto ÷ respuestas",
    ),
    _rate(
        "fcr",
        "one_touch",
        "one_touch_yes",
        "cases_resolved",
        "Cases resolved with exactly one public human reply ÷ resolved cases; to compare with helpdesks alone",
        "Casos resueltos con exactamente una respuesta humana ÷ casos resueltos; solo para comparar con helpdesks",
    ),
    _rate(
        "resolution",
        "reopen_rate",
        "cases_reopened",
        "cases_resolved",
        "Cases of the cohort (by first resolution) reopened at least once within the window ÷ resolved cases of it",
        "Casos de la cohorte (por primera resolución) reabiertos al menos una vez en la ventana ÷ casos resueltos",
    ),
    _rate(
        "resolution",
        "auto_resolved_rate",
        "cases_auto_resolved",
        "cases_resolved",
        "Cases whose first resolution came of the customer's silence ÷ resolved cases",
        "Casos cuya primera resolución vino del silencio del cliente ÷ casos resueltos",
    ),
    _rate(
        "contacts",
        "transfer_rate",
        "contacts_transferred",
        "contacts_handled_human",
        "Human contacts with at least one transfer ÷ human contacts; a bot's handoff is no transfer",
        "Contactos humanos con alguna transferencia ÷ contactos humanos; el traspaso de un bot no es transferencia",
    ),
    _rate(
        "contacts",
        "channel_switch",
        "cases_switched",
        "cases_human",
        "Cases with the customer's contacts on two or more channels ÷ cases",
        "Casos con contactos del cliente en dos o más canales ÷ casos",
    ),
    _rate(
        "contacts",
        "channel_switch_forced",
        "cases_switched_forced",
        "cases_human",
        "Of those, where the company asked for it ÷ cases",
        "De esos, cuando lo pidió la empresa ÷ casos",
    ),
    _rate(
        "contacts",
        "chat_abandonment",
        "chats_left",
        "chats_ended",
        "Written contacts left before any human reply ÷ those whose wait ended, answered or left, at the moment it did",
        "Contactos escritos abandonados antes de toda respuesta humana ÷ aquellos cuya espera terminó, respondidos o "
        "abandonados, al momento en que terminó",
    ),
    _rate(
        "bot",
        "handoff_rate",
        "bot_handoffs",
        "bot_sessions",
        "Bot sessions that asked for a person ÷ bot sessions",
        "Sesiones de bot que pidieron una persona ÷ sesiones",
    ),
    _rate(
        "bot",
        "handoff_lost",
        "bot_handoffs_lost",
        "bot_handoffs",
        "Handoffs that nobody accepted ÷ handoffs",
        "Traspasos que nadie aceptó ÷ traspasos",
    ),
    _rate(
        "bot",
        "containment",
        "bot_contained",
        "bot_sessions",
        "Bot sessions that ended with no person involved ÷ bot sessions; people who gave up are among them",
        "Sesiones de bot terminadas sin intervención humana ÷ sesiones; incluye a quienes desistieron",
    ),
    _rate(
        "bot",
        "containment_verified",
        "bot_contained_verified",
        "bot_sessions",
        "Contained, and the customer did not come back on any channel within the window ÷ bot sessions: an upper limit "
        "until the window has passed",
        "Contenidas, y el cliente no volvió por ningún canal dentro de la ventana ÷ sesiones: provisional hasta que "
        "pase la ventana",
    ),
    _rate(
        "voice",
        "service_level",
        "calls_within",
        "calls_offered -calls_short",
        "Calls answered within the service level's time ÷ (offered − short abandons)",
        "Llamadas contestadas dentro del plazo ÷ (ofrecidas − abandonos cortos)",
    ),
    _rate(
        "voice",
        "abandonment",
        "queue_abandoned",
        "queue_ended -queue_abandoned_short",
        "Calls given up beyond the threshold ÷ (waits that ended − short abandons), when they were given up",
        "Llamadas abandonadas tras el umbral ÷ (esperas terminadas − abandonos cortos), al momento del abandono",
    ),
    _rate(
        "voice",
        "abandonment_raw",
        "queue_abandoned queue_abandoned_short",
        "queue_ended",
        "All calls given up ÷ waits that ended",
        "Todas las llamadas abandonadas ÷ esperas terminadas",
    ),
    _rate(
        "voice",
        "recovered_abandons",
        "queue_recovered",
        "queue_abandoned",
        "Abandoned calls whose customer was answered on some channel within the hour ÷ abandoned calls",
        "Llamadas abandonadas cuyo cliente fue atendido por algún canal en la hora siguiente ÷ abandonadas",
    ),
    _rate(
        "survey",
        "survey_response",
        "surveys_answered",
        "surveys_delivered",
        "Surveys answered ÷ surveys delivered",
        "Encuestas respondidas ÷ encuestas entregadas",
    ),
    _rate(
        "sales",
        "conversion",
        "conversion_yes",
        "conversion_eligible",
        "Contacts followed by an attributed sale within the window ÷ eligible contacts; a sale counts for one contact",
        "Contactos seguidos de una venta atribuida dentro de la ventana ÷ contactos elegibles; una venta, un contacto",
    ),
    Definition(
        "revenue",
        "sales",
        "count",
        "cents",
        _terms("revenue_cents", "-refund_cents"),
        (),
        "Attributed sales less refunds",
        "Ventas atribuidas menos devoluciones",
    ),
)


def _values(kind: str, lowest: int, highest: int) -> dict[str, int]:
    return {f"{kind}_{value}": value for value in range(lowest, highest + 1)}


_CSAT: Final = _values("csat", 1, 5)
_NPS: Final = _values("nps", 0, 10)
_CES: Final = _values("ces", 1, 7)
_OLD: Final = _values("ces_old", 1, 5)


def _from(values: Mapping[str, int], least: int) -> dict[str, int]:
    return {metric: 1 for metric, value in values.items() if value >= least}


_SCORES: Final = (
    _score("csat", _from(_CSAT, 4), _CSAT, "percent", "CSAT, top two boxes: answers of 4 and 5 ÷ answers",
           "CSAT, dos mejores valores: respuestas 4 y 5 ÷ respuestas"),
    _score("csat_mean", _CSAT, _CSAT, "score", "CSAT, mean of 1 to 5", "CSAT, media de 1 a 5"),
    _score("nps", {metric: (value >= 9) - (value <= 6) for metric, value in _NPS.items()}, _NPS, "points",
           "NPS: share of promoters (9–10) − share of detractors (0–6), from −100 to 100",
           "NPS: % de promotores (9–10) − % de detractores (0–6), de −100 a 100"),
    _score("ces_mean", _CES, _CES, "score", "CES 2.0, mean of 1 to 7", "CES 2.0, media de 1 a 7"),
    _score("ces_agree", _from(_CES, 5), _CES, "percent", "CES 2.0: answers of 5 to 7 ÷ answers",
           "CES 2.0: respuestas 5 a 7 ÷ respuestas"),
    _score("ces_strict", _from(_CES, 6), _CES, "percent", "CES 2.0: answers of 6 and 7 ÷ answers",
           "CES 2.0: respuestas 6 y 7 ÷ respuestas"),
    _score("ces_old_mean", _OLD, _OLD, "score", "Old CES of 1 to 5, turned round so that 5 is ease; never with CES 2.0",
           "CES antiguo de 1 a 5, invertido: 5 es facilidad; nunca junto con CES 2.0"),
)  # fmt: skip

DEFINITIONS: Final[Mapping[str, Definition]] = {
    one.name: one for one in (*(_count(name) for name in _COUNTED), *_MEANS, *_RATES, *_SCORES)
}
"""Every figure that totals give, by its name."""
