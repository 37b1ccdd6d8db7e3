"""E-mail addresses: one mailbox, one key."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from shared.domain.identity.forms import UNMATCHABLE, Canonical, Invalid

LONGEST: Final = 254
"""Octets of a whole address (RFC 5321). Local parts over 64 exist in the wild and are kept."""

_BRACKETED = re.compile(r"<([^<>]*)>\s*$")
_QUOTED = re.compile(r'"([^"\\]+)"')
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NO_REPLY = re.compile(
    r"(?:no|not|do-?not|nao|no-?se)-?(?:reply|responder|responda|respond)(?:-.*)?"
    r"|(?:mailer-daemon|postmaster|bounces?)(?:-.*)?"
)
_FORBIDDEN = frozenset('<>()[]{},;:\\"')

_DESKS: Final = """
abuse administracion admin administrador atencion atencionalcliente atendimento ayuda billing bodega calidad central
citas cobranza cobranzas comercial compras comunicacion contabilidad contact contacto contato correo despacho
direccion facturacion faturamento financeiro finanzas gerencia hello help hola hostmaster info informacion informes
jobs legal logistica marketing media noc office oficina operaciones orders pagos pedidos prensa press privacy
privacidad proveedores recepcao recepcion reception reclamos recursoshumanos reservas rrhh sac sales secretaria
security servicio servicioalcliente servicios soporte sugerencias suporte support talento team tesoreria tienda
trabajo turnos vendas ventas webmaster
"""

ROLES: Final = frozenset(_DESKS.split())
"""Local parts that name a desk (Spanish, Portuguese, English), without marks, dots or hyphens."""


_DOTLESS: Final = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}
"""Where dots before the @ say nothing: the same mailboxes under two names. Not at company domains on that host."""


def canonical_email(value: str) -> Canonical:
    """The key of a mailbox: NFC, lower case, the domain in IDNA. Plus-tags and dots stay: they are other mailboxes.

    Takes `mailto:` links and addresses with a display name. Desks are flagged `role` and `shared`,
    machines `no_reply` and `shared`. Raises `Invalid`.
    """
    text = _bare(unicodedata.normalize("NFC", value).strip())
    if text.count("@") != 1:
        raise Invalid("an e-mail address has exactly one @")
    local, domain = text.split("@")
    key = f"{_local(local)}@{_domain(domain)}"
    if len(key.encode("utf-8")) > LONGEST:
        raise Invalid(f"longer than {LONGEST} octets")
    return Canonical("email", key, flags=email_flags(key))


def email_flags(key: str) -> tuple[str, ...]:
    """Flags of a canonical address: `no_reply`, `role`, each with `shared`."""
    plain = unicodedata.normalize("NFD", key.split("@")[0].split("+")[0])
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    if _NO_REPLY.fullmatch(re.sub(r"[._]", "-", plain)):
        return ("no_reply", "shared")
    return ("role", "shared") if re.sub(r"[._-]", "", plain) in ROLES else ()


def loose_email(key: str) -> str:
    """What several spellings of one mailbox may have in common: to *suggest* that two customers are one, never to
    merge, find or write to anybody. Plus-tags and Gmail's dots are the user's choice and one provider's policy."""
    local, domain = key.split("@")
    local = local.split("+")[0] or local
    if domain in _DOTLESS:
        return f"{local.replace('.', '') or local}@{_DOTLESS[domain]}"
    return f"{local}@{domain}"


def is_matchable_email(key: str) -> bool:
    """Whether the address may find a customer beyond its own conversation."""
    return UNMATCHABLE.isdisjoint(email_flags(key))


def _bare(text: str) -> str:
    """Without display name and `mailto:`."""
    if bracketed := _BRACKETED.search(text):
        text = bracketed[1].strip()
    if text[:7].lower() == "mailto:":
        from urllib.parse import unquote

        text = unicodedata.normalize("NFC", unquote(text[7:].split("?")[0])).strip()
    return text


def _local(local: str) -> str:
    if quoted := _QUOTED.fullmatch(local):
        local = quoted[1]
    if not local:
        raise Invalid("there is nothing before the @")
    if any(c in _FORBIDDEN or c.isspace() or unicodedata.category(c)[0] in "CZ" for c in local):
        raise Invalid("a space or a sign that no mailbox has stands before the @")
    return unicodedata.normalize("NFC", local.lower())


def _domain(domain: str) -> str:
    name = domain if domain.isascii() else _idna(domain)
    name = name.lower().removesuffix(".")
    labels = name.split(".")
    if len(labels) < 2:
        raise Invalid("the domain needs a dot, as in example.com")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdecimal():
        raise Invalid("what stands after the @ is no domain")
    return name


def _idna(domain: str) -> str:
    import idna

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise Invalid("what stands after the @ is no domain") from None
