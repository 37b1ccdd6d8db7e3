"""Who is who, over the API and from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from shared.store.candidates import candidate_puts, decide

AT = "2026-11-22T10:00:00Z"


@pytest.fixture
def two(hub: Any) -> tuple[str, str]:
    """Ana, older, and Ana again by another number."""
    told = {"source": "whatsapp", "at": AT, "event": "0123456789abcdef"}
    more: dict[str, Any] = {"conversations": [], "fields": {"display_name": {"value": "Ana Ejemplo", **told}}}
    hub.add_customer("c-1", created_at="2026-11-20T10:00:00Z", **more)
    hub.add_customer("c-2", "+593991234568", created_at="2026-11-21T10:00:00Z", **more)
    return "c-1", "c-2"


def suggested(hub: Any, a: str, b: str) -> None:
    hub.parts.table().transact(candidate_puts(a, b, "claimed", ["email"], AT, "digest"))


def post(hub: Any, path: str, wish: Any, **more: Any) -> Any:
    return hub.ask(path, method="POST", body=json.dumps(wish), **more)


def test_every_open_candidate_is_listed_page_by_page(hub: Any, two: tuple[str, str]) -> None:
    hub.add_customer("c-3", "+593991234569", created_at=AT)
    for pair in (("c-1", "c-2"), ("c-1", "c-3"), ("c-2", "c-3")):
        suggested(hub, *pair)
    decide(hub.parts.table(), "c-2", "c-3", "refused", by="api", at=AT)
    seen: list[list[str]] = []
    cursor = None
    for _ in range(4):
        query = "limit=1" + (f"&cursor={cursor}" if cursor else "")
        page = hub.ask("/v1/candidates", query).json
        seen += [one["customers"] for one in page["candidates"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert sorted(seen) == [["c-1", "c-2"], ["c-1", "c-3"]]
    one = hub.ask("/v1/candidates").json["candidates"][0]
    assert (one["rule"], one["evidence"], one["status"], one["names"][0]) == (
        "claimed",
        ["email"],
        "open",
        "Ana Ejemplo",
    )


def test_a_customers_candidates_hold_the_decided_ones(hub: Any, two: tuple[str, str]) -> None:
    suggested(hub, *two)
    assert post(hub, "/v1/candidates/refuse", {"customers": list(two), "by": "Eva"}).status == 200
    for one in two:
        (found,) = hub.ask(f"/v1/customers/{one}/candidates").json["candidates"]
        assert (found["status"], found["by"], found["rule"]) == ("refused", "Eva", "claimed")
    assert hub.ask("/v1/candidates").json == {"candidates": [], "next": None}


def test_a_candidate_is_accepted_and_the_merge_undone(hub: Any, two: tuple[str, str]) -> None:
    suggested(hub, *two)
    done = post(hub, "/v1/candidates/accept", {"customers": list(two), "reason": "came in person"}).json
    assert (done["result"], done["customer"], done["merged"]) == ("merged", "c-1", "c-2")
    assert hub.ask("/v1/customers/c-2").json["id"] == "c-1"
    assert hub.ask("/v1/customers/c-1").json["family"] == ["c-2"]
    undone = post(hub, "/v1/customers/unmerge", {"merge": done["merge"]}).json
    assert undone == {
        "result": "undone",
        "survivor": "c-1",
        "customer": "c-2",
        "review": [],
        "moved": 0,
        "complete": True,
    }
    assert hub.ask("/v1/customers/c-2").json["id"] == "c-2"
    assert post(hub, "/v1/customers/unmerge", {"merge": done["merge"]}).json["result"] == "already"


def test_explain_says_where_everything_came_from(hub: Any, two: tuple[str, str]) -> None:
    done = post(hub, "/v1/customers/merge", {"customers": list(two), "by": "Eva", "reason": "came in person"}).json
    said = hub.ask("/v1/customers/c-2/explain").json
    assert (said["asked"], said["customer"], said["family"]) == ("c-2", "c-1", ["c-2"])
    assert [(one["value"], one["customer"], one["source"]) for one in said["identities"]] == [
        ("+593991234567", "c-1", "whatsapp"),
        ("+593991234568", "c-2", "whatsapp"),
    ]
    assert [(one["customer"], one["shown"], one["event"]) for one in said["fields"]] == [
        ("c-1", True, "0123456789abcdef"),
        ("c-2", False, "0123456789abcdef"),
    ]
    (record,) = said["merges"]
    assert (record["id"], record["by"], record["rule"], record["status"]) == (done["merge"], "Eva", "staff", "merged")
    assert record["reason"] == "came in person"


@pytest.mark.parametrize(
    ("path", "wish", "status", "says"),
    [
        ("/v1/customers/merge", {"customers": ["c-1"]}, 400, "customers"),
        ("/v1/customers/merge", {"customers": ["c-1", "c-1"]}, 400, "twice"),
        ("/v1/customers/merge", {"customers": ["c-1", "c-9"]}, 404, "no such customer"),
        ("/v1/customers/merge", {"customers": ["c-1", "c-2"], "why": "x"}, 400, "only"),
        ("/v1/customers/merge", {"customers": ["c-1", "c-2"], "reason": ""}, 400, "reason"),
        ("/v1/customers/unmerge", {"merge": 5}, 400, "merge"),
        ("/v1/customers/unmerge", {"merge": "c-1"}, 404, "no such merge"),
        ("/v1/customers/unmerge", {"merge": "c-1~0000"}, 404, "no such merge"),
        ("/v1/candidates/accept", {"customers": ["c-1", "c-2"]}, 404, "no candidate"),
    ],
)
def test_what_is_wrong_is_named(hub: Any, two: tuple[str, str], path: str, wish: Any, status: int, says: str) -> None:
    answer = post(hub, path, wish)
    assert answer.status == status
    assert says in answer.json["error"]["message"]


def test_m10_what_forbids_a_merge_is_said_in_words(hub: Any, two: tuple[str, str]) -> None:
    for one, digest in (("c-5", "x"), ("c-6", "y")):
        proof = {"type": "EC-cedula", "digest": digest, "level": "staff"}
        hub.add_customer(one, None, created_at=AT, conversations=[], national_ids=[proof])
    answer = post(hub, "/v1/customers/merge", {"customers": ["c-5", "c-6"]})
    assert answer.status == 409
    assert answer.json["error"]["code"] == "not_possible"
    assert "different national ids" in answer.json["error"]["message"]


def test_one_who_only_reads_or_operates_decides_nothing(hub: Any, two: tuple[str, str]) -> None:
    hub.parts.tokens.append({"token": "operates", "scopes": ["read", "operate"]})
    for path in ("customers/merge", "customers/unmerge", "candidates/accept", "candidates/refuse"):
        answer = post(hub, f"/v1/{path}", {"customers": list(two)}, token="operates")
        assert answer.status == 403
        assert "merge" in answer.json["error"]["message"]
    assert hub.ask("/v1/candidates", token="operates").status == 200


def test_who_are_one_already_cannot_be_refused(hub: Any, two: tuple[str, str]) -> None:
    post(hub, "/v1/customers/merge", {"customers": list(two)})
    answer = post(hub, "/v1/candidates/refuse", {"customers": list(two)})
    assert (answer.status, answer.json["error"]["code"]) == (409, "not_possible")
    again = post(hub, "/v1/customers/merge", {"customers": list(two)}).json
    assert again["result"] == "already"


def test_the_command_line_decides_and_explains(hub: Any, two: tuple[str, str], hilo: Callable[..., Any]) -> None:
    suggested(hub, *two)
    assert [one["customers"] for one in hilo("customer", "candidates")["candidates"]] == [["c-1", "c-2"]]
    done = hilo("customer", "merge", "phone:+593991234568", "c-1", "--reason", "came in person", "--by", "Eva")
    assert (done["customer"], done["merged"]) == ("c-1", "c-2")
    assert hilo("customer", "candidates") == {"candidates": []}
    (kept,) = hilo("customer", "candidates", "phone:+593991234568")["candidates"]
    assert (kept["status"], kept["merge"]) == ("merged", done["merge"])
    (record,) = hilo("customer", "explain", "c-2")["merges"]
    assert record["by"] == "Eva"
    assert hilo("customer", "unmerge", done["merge"])["customer"] == "c-2"
    assert hilo("customer", "accept", "c-1", "c-2")["result"] == "merged"
