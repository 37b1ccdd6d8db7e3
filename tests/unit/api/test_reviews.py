"""`GET /v1/reviews/{kind}`, and `hilo review`."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from shared.domain.figures.totals import Cell, Totals
from shared.store.figures import Block

REVIEWS = """- {channel: email, id: ayuda@acme.example.com, brand: acme}
reviews:
- {brand: acme, from: ayuda@acme.example.com, to: [jefa@acme.example.com], daily: "07:30", language: pt,
   weekly_cost_cents: 1000}
"""


@pytest.fixture
def counted(hub: Any) -> None:
    """Of yesterday, in Guayaquil."""
    cells = {Cell("acme", date(2026, 11, 21), 9, "whatsapp"): Totals({"contacts_offered": 41, "contacts_handled": 40})}
    hub.parts.table().transact([Block(cells={0: cells}, name="b1").put()])


@pytest.mark.usefixtures("counted")
def test_of_yesterday_unless_a_day_is_named(hub: Any) -> None:
    answer = hub.ask("/v1/reviews/daily")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "Revisión diaria · acme · 21/11/2026" in answer.text
    assert ">41<" in answer.text
    assert ">41<" not in hub.ask("/v1/reviews/daily", "date=2026-11-20").text
    assert "12/11/2026 – 18/11/2026" in hub.ask("/v1/reviews/weekly", "date=2026-11-18").text


@pytest.mark.usefixtures("counted")
def test_as_the_brand_has_it_configured(hub: Any) -> None:
    hub.parts.configure(REVIEWS)
    assert "Revisão diária" in hub.ask("/v1/reviews/daily").text
    assert "Daily review" in hub.ask("/v1/reviews/daily", "lang=en").text
    rows = hub.ask("/v1/reviews/weekly", "format=csv").text.splitlines()
    assert any("cost_per_contact,value,,,25.0,cents,40" in row for row in rows)


@pytest.mark.usefixtures("counted")
def test_as_data_it_says_what_the_page_says(hub: Any) -> None:
    told = hub.ask("/v1/reviews/daily", "lang=en&format=json").json
    assert (told["kind"], told["brand"], told["from"], told["to"]) == ("daily", "acme", "2026-11-21", "2026-11-21")
    offered = next(line for line in told["figures"] if line["figure"] == "contacts_offered")
    assert (offered["value"], offered["unit"], offered["n"], offered["usual"]) == (41, "count", 41, None)
    assert set(told["definitions"]) == {line["figure"] for line in told["figures"]}
    [channel] = told["volumes"]
    assert (channel["channel"], channel["total"]) == ("whatsapp", 41)
    assert [slot["contacts"] for slot in channel["slots"]].count(41) == 1
    page = hub.ask("/v1/reviews/daily", "lang=en").text
    assert all(line["label"] in page for line in told["figures"])


@pytest.mark.parametrize(
    ("path", "query", "status", "reason"),
    [
        ("daily", "date=yesterday", 400, "date: a day"),
        ("daily", "date=9999-12-31", 400, "date: a day"),
        ("daily", "lang=fr", 400, "lang: one of es, en, pt"),
        ("daily", "brand=zeta", 400, "brand: one of acme"),
        ("daily", "format=pdf", 400, "format: one of html, csv, json"),
        ("daily", "to=somebody", 400, "query: only brand"),
        ("yearly", "", 404, "there are daily and weekly reviews"),
    ],
)
def test_what_cannot_be_asked(hub: Any, path: str, query: str, status: int, reason: str) -> None:
    answer = hub.ask(f"/v1/reviews/{path}", query)
    assert (answer.status, answer.json["error"]["message"][: len(reason)]) == (status, reason)


def test_who_may_see_them(hub: Any) -> None:
    hub.parts.tokens.append({"token": "token-of-a-manager", "scopes": ["figures:read"]})
    assert hub.ask("/v1/reviews/daily", token="token-of-a-manager").status == 200
    assert hub.ask("/v1/reviews/daily", token=None).status == 401


@pytest.mark.usefixtures("counted")
def test_the_command_line(hub: Any, tmp_path: Path, hilo: Callable[..., Any]) -> None:
    out = tmp_path / "review.html"
    assert hilo("review", "daily", "--lang", "en", "--out", str(out), as_text=True) == f"{out} written\n"
    assert out.read_text("utf-8") == hub.ask("/v1/reviews/daily", "lang=en").text
    assert "contacts_handled,value,,,40,count" in hilo("review", "weekly", "--csv", as_text=True)
    told = hilo("review", "weekly", "--lang", "en")
    assert told == hub.ask("/v1/reviews/weekly", "lang=en&format=json").json
    kept = tmp_path / "review.json"
    assert hilo("review", "weekly", "--lang", "en", "--json", "--out", str(kept), as_text=True) == f"{kept} written\n"
    assert json.loads(kept.read_text("utf-8")) == told
    assert "one of the two" in hilo("review", "daily", "--csv", "--json", code=2, as_text=True)
    gone = tmp_path / "nowhere" / "review.html"
    assert "cannot be written" in hilo("review", "daily", "--out", str(gone), code=1, as_text=True)
