"""What people read when they decide who is who."""

from __future__ import annotations

from typing import Any

CANDIDATE = {
    "customers": ["c-1", "c-2"],
    "living": ["c-1", "c-2"],
    "names": ["Ana", None],
    "rule": "claimed",
    "evidence": ["email claimed: typed"],
    "at": "2026-11-22T10:00:00Z",
    "status": "open",
}
MERGE = {
    "id": "c-1~0123",
    "survivor": "c-1",
    "loser": "c-2",
    "at": "2026-11-22T10:00:00Z",
    "by": "Eva",
    "rule": "staff",
}
EXPLAINED = {
    "asked": "c-2",
    "customer": "c-1",
    "display_name": "Ana",
    "created_at": "2026-11-20T10:00:00Z",
    "identities": [
        {
            "kind": "phone",
            "value": "+593991234567",
            "level": "channel",
            "source": "whatsapp",
            "since": "x",
            "customer": "c-2",
        }
    ],
    "fields": [{"name": "city", "value": "Quito", "source": "crm", "at": "x", "customer": "c-1", "shown": False}],
    "claims": [],
    "merges": [{**MERGE, "evidence": [], "reason": "came in person", "status": "merged", "complete": True}],
    "candidates": [CANDIDATE],
}


def test_candidates_name_both_the_rule_and_the_evidence(hilo: Any, served: Any) -> None:
    served.answer("GET /v1/candidates", {"candidates": [CANDIDATE], "next": None})
    served.answer("GET /v1/candidates?limit=200", {"candidates": [CANDIDATE], "next": None})
    said = hilo("customer", "candidates", "--url", served.url).out
    assert "c-1 (Ana)  and  c-2 (no name)" in said
    assert "open: claimed, email claimed: typed" in said


def test_explain_says_source_merge_and_what_is_not_shown(hilo: Any, served: Any) -> None:
    served.answer("GET /v1/customers/c-2/explain", EXPLAINED)
    said = hilo("customer", "explain", "c-2", "--url", served.url).out
    assert "c-2 was merged into this customer" in said
    assert "phone:+593991234567  (channel)  from whatsapp, x, from c-2" in said
    assert "city: Quito  (not shown)" in said
    assert "merge c-1~0123: c-2 into c-1" in said
    assert "staff: came in person" in said
    assert "may be one person" in said
