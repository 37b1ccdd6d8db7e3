"""Which windows and thresholds a figure was made by, in words. No standard says how long a short abandon is, or within
how many days a return spoils the first contact: so they stand beside the number. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.domain.figures.rules import Limits

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR

_SHORT: Final = ("short_abandon_s",)

LIMITS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "contacts_short": _SHORT,
    "contacts_excluding_short": _SHORT,
    "calls_short": _SHORT,
    "abandonment": _SHORT,
    "service_level": ("service_level_s", *_SHORT),
    "recovered_abandons": ("recovered_s",),
    "fcr": ("fcr_s",),
    "fcr_net": ("fcr_s",),
    "fcr_repeat_contact": ("fcr_s",),
    "cases_reopened": ("reopen_s",),
    "reopen_events": ("reopen_s",),
    "reopen_rate": ("reopen_s",),
    "containment_verified": ("contained_s",),
    "conversion": ("conversion_s",),
    "chat_abandonment": ("leave_s",),
    "handoff_lost": ("leave_s",),
    "handle_time": ("handle_cap_s",),
    "handle_time_leg": ("handle_cap_s",),
    "survey_response": ("survey_expiry_s",),
    "surveys_late": ("survey_expiry_s",),
}
"""By figure, the limits that decide what counts."""

_WINDOW: Final = {"es": "ventana", "en": "window", "pt": "janela"}
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "short_abandon_s": {
        "es": "abandono corto, menos de",
        "en": "short abandon, under",
        "pt": "abandono curto, menos de",
    },
    "service_level_s": {"es": "plazo", "en": "time", "pt": "prazo"},
    "handle_cap_s": {"es": "tope", "en": "cap", "pt": "teto"},
    "leave_s": {"es": "sin respuesta en", "en": "unanswered for", "pt": "sem resposta em"},
}


def thresholds(figure: str, limits: Limits, language: str) -> str:
    """`time 20 s; short abandon, under 5 s`; empty for a figure that has none."""
    return "; ".join(
        f"{_WORDS.get(name, _WINDOW)[language]} {_length(getattr(limits, name))}" for name in LIMITS_OF.get(figure, ())
    )


def _length(seconds: int) -> str:
    for unit, length in (("d", _DAY), ("h", _HOUR), ("min", _MINUTE)):
        least = 4 * length if unit == "d" else length  # up to three days people say hours
        if seconds >= least and seconds % length == 0:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"
