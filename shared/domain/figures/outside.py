"""Figures that need a number from outside the hub: customers of a period, money, visits of a help page.

Whoever gives the number also says where it comes from and of which day it is; both stay with the figure's reader.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from shared.domain.figures.figure import Figure, Unit, ratio, rounded

PT: Final[Mapping[str, str]] = {
    "contact_rate": "Contatos ÷ clientes ativos do período, por 100",
    "retention": "Clientes no fim menos os ganhos ÷ clientes no início",
    "deflection": "Estimativa: visitas de ajuda com intenção de contato e sem contato em 24 h ÷ essas visitas",
    "value_per_customer": "Vendas atribuídas menos devoluções ÷ clientes distintos contatados",
    "cost_per_contact": "Custo operacional do período ÷ contatos atendidos; por canal, o custo é repartido pelo "
    "tempo de trabalho",
}
"""What each means, in Portuguese."""


def contact_rate(contacts: int, active_customers: int) -> Figure:
    """Contacts per 100 active customers, or orders, of the period."""
    return _rate(
        "contact_rate", "per_100", contacts, active_customers,
        "Contacts ÷ active customers of the period, per 100", "Contactos ÷ clientes activos del periodo, por cada 100",
    )  # fmt: skip


def retention(at_start: int, gained: int, at_end: int) -> Figure:
    """(E − N) ÷ S: customers of the start who are customers at the end."""
    return _rate(
        "retention", "percent", at_end - gained, at_start,
        "Customers at the end less those gained ÷ customers at the start",
        "Clientes al final menos los ganados ÷ clientes al inicio",
    )  # fmt: skip


def deflection(visits_with_intent: int, without_contact: int) -> Figure:
    """Help visits by people who meant to contact us and then did not within 24 h. An estimate."""
    return _rate(
        "deflection", "percent", without_contact, visits_with_intent,
        "Estimate: help visits with contact intent and no contact within 24 h ÷ such visits",
        "Estimación: visitas de ayuda con intención de contacto y sin contacto en 24 h ÷ esas visitas",
    )  # fmt: skip


def value_per_customer(revenue_cents: int, refund_cents: int, customers: int) -> Figure:
    """Attributed revenue less refunds, in cents, per distinct customer contacted."""
    return _rate(
        "value_per_customer", "cents", revenue_cents - refund_cents, customers,
        "Attributed sales less refunds ÷ distinct customers contacted",
        "Ventas atribuidas menos devoluciones ÷ clientes distintos contactados",
    )  # fmt: skip


def cost_per_contact(cost_cents: int, handled_contacts: int) -> Figure:
    """Operating cost of the period, in cents, per handled contact."""
    return _rate(
        "cost_per_contact", "cents", cost_cents, handled_contacts,
        "Operating cost of the period ÷ handled contacts; by channel the cost is split by handling seconds",
        "Costo operativo del periodo ÷ contactos atendidos; por canal, el costo se reparte por tiempo de trabajo",
    )  # fmt: skip


def cost_by_channel(cost_cents: int, work: Mapping[str, tuple[int, int]]) -> dict[str, Figure]:
    """Cost per contact of each channel: the shared cost is split by handling seconds. `work`: seconds and handled
    contacts by channel."""
    seconds = sum(worked for worked, _ in work.values())
    found = {}
    for channel, (worked, contacts) in work.items():
        share = Decimal(cost_cents) * worked / seconds if seconds else Decimal(0)
        found[channel] = cost_per_contact(int(rounded(share, 0)), contacts if seconds else 0)
    return found


def _rate(name: str, unit: Unit, numerator: int, denominator: int, en: str, es: str) -> Figure:
    value = ratio(numerator, denominator, unit)
    return Figure(name, "outside", unit, value, denominator, numerator, denominator, {"en": en, "es": es})
