"""`GET /v1/kpis/outside`: the sheet's numeric examples of figures that need a number from outside."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from shared.domain.figures.totals import Cell, Cells, Distribution, Totals
from shared.store.figures import Block

NOVEMBER = "from=2026-11-01&to=2026-11-30"
ENTRY = "brand: acme, from: 2026-11-01, to: 2026-11-30, source: CRM export, taken: 2026-12-01"
IN, OUTSIDE = date(2026, 11, 30), date(2026, 12, 1)


def worked(metric: str, seconds: int, **counts: int) -> Totals:
    return Totals(counts, {metric: Distribution(1, seconds, {1: 1})})


def told(hub: Any, cells: Cells, *entries: str, query: str = NOVEMBER) -> Any:
    hub.parts.configure("outside_numbers:\n" + "".join(f"- {{{entry}}}\n" for entry in entries))
    if cells:
        hub.parts.table().transact([Block(cells={0: cells}, name="b1").put()])
    return hub.ask("/v1/kpis/outside", query).json


def test_the_numeric_examples(hub: Any) -> None:
    cells = {
        Cell("acme", IN, 9, "whatsapp", "sales", "ana"): Totals({"contacts_offered": 1200, "contacts_handled": 1500}),
        Cell("acme", IN, 10, "voice"): Totals({"contacts_offered": 45, "contacts_short": 5, "contacts_handled": 75}),
        Cell("acme", IN, 11, "email"): Totals({"revenue_cents": 543_000, "refund_cents": 18_000}),
        Cell("acme", OUTSIDE, 9, "whatsapp"): Totals({"contacts_offered": 999, "contacts_handled": 999}),
        Cell("zeta", IN, 9, "whatsapp"): Totals({"contacts_offered": 999, "contacts_handled": 999}),
    }
    more = (
        "active_customers: 8000, customers_contacted: 210, customers_at_start: 200, customers_gained: 30, "
        "customers_at_end: 206, help_visits: 500, help_visits_without_contact: 350, cost_cents: 630000"
    )
    [period] = told(hub, cells, f"{ENTRY}, {more}")["periods"]
    assert (period["source"], period["taken"]) == ("CRM export", "2026-12-01")
    found = {
        name: (one["value"], one["unit"], one["numerator"], one["denominator"])
        for name, one in period["figures"].items()
        if ":" not in name
    }
    assert found == {
        "contact_rate": (15.5, "per_100", 1240, 8000),
        "retention": (88.0, "percent", 176, 200),
        "deflection": (70.0, "percent", 350, 500),
        "value_per_customer": (2500.0, "cents", 525_000, 210),
        "cost_per_contact": (400.0, "cents", 630_000, 1575),
    }
    assert all(one["definition"] for one in period["figures"].values())


def test_a_shared_cost_is_split_by_handling_seconds(hub: Any) -> None:
    cells = {
        Cell("acme", IN, 9, "voice"): worked("aht_voice", 300_000, contacts_handled=800),
        Cell("acme", IN, 9, "webchat"): worked("handle_time", 100_000, contacts_handled=500),
    }
    [period] = told(hub, cells, f"{ENTRY}, cost_cents: 400000")["periods"]
    costs = {name: one["value"] for name, one in period["figures"].items() if ":" in name}
    assert costs == {"cost_per_contact:voice": 375.0, "cost_per_contact:webchat": 200.0}


def test_nobody_at_the_start_is_no_data(hub: Any) -> None:
    [period] = told(hub, {}, f"{ENTRY}, customers_at_start: 0, customers_gained: 0, customers_at_end: 0")["periods"]
    assert {name: one["value"] for name, one in period["figures"].items()} == {"retention": None}


@pytest.mark.parametrize("query", ["from=2026-11-02&to=2026-11-30", "from=2026-10-01&to=2026-11-29"])
def test_a_period_is_told_whole_or_not_at_all(hub: Any, query: str) -> None:
    assert told(hub, {}, f"{ENTRY}, active_customers: 8", query=query)["periods"] == []


@pytest.mark.parametrize("lang", ["es", "en", "pt"])
def test_definitions_in_the_language_asked_for(hub: Any, lang: str) -> None:
    [period] = told(
        hub, {}, f"{ENTRY}, help_visits: 5, help_visits_without_contact: 1", query=f"{NOVEMBER}&lang={lang}"
    )["periods"]
    assert ("Estima" in period["figures"]["deflection"]["definition"]) or lang == "en"


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("brand=zeta", "brand: one of acme"),
        ("lang=fr", "lang: one of"),
        ("by=day", "query: only"),
        ("from=2026-11-02&to=2026-11-01", "to: 2026-11-01 lies before from, 2026-11-02"),
    ],
)
def test_a_question_that_cannot_be_understood(hub: Any, query: str, reason: str) -> None:
    answer = hub.ask("/v1/kpis/outside", query)
    assert (answer.status, answer.json["error"]["message"].startswith(reason)) == (400, True)


def test_who_may_see_it(hub: Any) -> None:
    hub.parts.tokens.append({"token": "token-of-a-manager", "scopes": ["figures:read"]})
    hub.parts.tokens.append({"token": "token-of-another", "scopes": ["operate"]})
    assert hub.ask("/v1/kpis/outside", token="token-of-a-manager").status == 200
    assert hub.ask("/v1/kpis/outside", token="token-of-another").status == 403
