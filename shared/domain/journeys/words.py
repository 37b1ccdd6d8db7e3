"""What channels, stages, outcomes and headings are called in Spanish, Portuguese and English."""

from __future__ import annotations

from typing import Final

LANGUAGES: Final = ("es", "pt", "en")

_WORDS: Final[dict[str, tuple[str, str, str]]] = {
    # ends
    "resolved": ("resuelto", "resolvido", "resolved"),
    "abandoned": ("abandonado", "abandonado", "abandoned"),
    "transferred": ("continúa en otro", "continua em outro", "continued as another"),
    "active": ("en curso", "em andamento", "active"),
    "otros": ("otros", "outros", "others"),
    "-": ("sin canal", "sem canal", "no channel"),
    # stages
    "discover": ("descubrir", "descobrir", "discover"),
    "authenticate": ("identificarse", "identificar-se", "authenticate"),
    "diagnose": ("diagnosticar", "diagnosticar", "diagnose"),
    "fulfil": ("cumplir", "cumprir", "fulfil"),
    "resolve": ("resolver", "resolver", "resolve"),
    "feedback": ("opinar", "avaliar", "feedback"),
    # channels
    "whatsapp": ("WhatsApp",) * 3,
    "messenger": ("Messenger",) * 3,
    "instagram": ("Instagram",) * 3,
    "telegram": ("Telegram",) * 3,
    "linkedin": ("LinkedIn",) * 3,
    "x": ("X",) * 3,
    "sms": ("SMS",) * 3,
    "email": ("correo", "e-mail", "e-mail"),
    "voice": ("teléfono", "telefone", "telephone"),
    "ivr": ("menú telefónico", "menu telefônico", "phone menu"),
    "webchat": ("chat web", "chat do site", "web chat"),
    "web_chat": ("chat web", "chat do site", "web chat"),
    "app": ("aplicación", "aplicativo", "app"),
    "in_person": ("en persona", "pessoalmente", "in person"),
    "self_service": ("autoservicio", "autoatendimento", "self-service"),
    # headings
    "title": ("Recorridos de clientes", "Jornadas de clientes", "Customer journeys"),
    "from": ("De", "De", "From"),
    "to": ("A", "Para", "To"),
    "journeys": ("Recorridos", "Jornadas", "Journeys"),
    "forced": ("pedidos por la empresa", "pedidas pela empresa", "asked for by the company"),
    "none": ("Sin recorridos en este período.", "Sem jornadas neste período.", "No journeys in this period."),
}


def word(name: str, language: str) -> str:
    """The word for a name in a language (its first two letters count; else Spanish); a name without one is its own."""
    found = _WORDS.get(name)
    wanted = language[:2].lower()
    if found is None:
        return name
    return found[LANGUAGES.index(wanted)] if wanted in LANGUAGES else found[0]
