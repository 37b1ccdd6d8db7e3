from __future__ import annotations

from typing import Any

import pytest

from shared.store import keys

AGENT = {"type": "agent", "id": "luis", "name": "Luis"}


@pytest.fixture
def told(hub: Any) -> Any:
    """A customer with one case: two messages, an answer, an edit, a reaction, a change of state, a failed send."""
    hub.add_customer("c-1", cases={"k-1": {"brand": "acme", "conversation": "CNV#x"}})
    hub.add_case("k-1", "c-1")
    hub.add_entry("k-1", 1, text="Hola, mi pedido no yega")
    hub.add_entry("k-1", 2, text="¿Hola?", attachments=[{"kind": "image", "mime_type": "image/png"}])
    hub.add_entry("k-1", 3, text="Buenas tardes", author=AGENT, direction="outbound", delivery="read")
    hub.add_entry("k-1", 4, kind="edit", text="Hola, mi pedido no llega", in_reply_to="wamid.k-1.1", target=1)
    hub.add_entry("k-1", 5, kind="reaction", reaction={"emoji": "👍", "target": "wamid.k-1.3"}, target=3)
    hub.add_entry("k-1", 6, kind="state_change", text="open", author={"type": "system"})
    hub.add_entry("k-1", 7, kind="receipt", author={"type": "system"}, receipt={"state": "failed"})
    hub.put(keys.cursor("k-1", "demo"), customer="c-1", remote_id="d-9", url="https://tool.example.com/9", pushed=6)
    return hub


def said(case: dict[str, Any]) -> dict[int, dict[str, Any]]:
    return {one["sequence"]: one for one in case["interactions"]}


def test_a_timeline_has_the_customer_the_cases_and_what_was_said(told: Any) -> None:
    answer = told.ask("/v1/customers/c-1/timeline", token="token-of-a-reader")
    assert answer.status == 200
    assert answer.json["customer"]["display_name"] == "Ana Ejemplo"
    assert answer.json["next"] is None
    [case] = answer.json["cases"]
    assert {part: case[part] for part in ("id", "reference", "state", "brand", "channels", "opened_at")} == {
        "id": "k-1",
        "reference": "K7QF-3M2X-R",
        "state": "open",
        "brand": "acme",
        "channels": ["whatsapp"],
        "opened_at": "2026-11-22T10:00:00Z",
    }
    assert case["remote"] == {"demo": {"id": "d-9", "url": "https://tool.example.com/9", "pushed": 6, "error": None}}
    assert list(said(case)) == [1, 2, 3]
    assert said(case)[3]["delivery"] == "read"


def test_an_edit_replaces_what_was_said(told: Any) -> None:
    first = said(told.ask("/v1/cases/k-1").json)[1]
    assert first["text"] == "Hola, mi pedido no llega"
    assert first["edited"] is True
    assert first["revisions"] == [{"sequence": 4, "kind": "edit", "at": "2026-11-22T10:00:04Z"}]


def test_of_two_edits_the_later_made_wins_even_when_it_came_first(told: Any) -> None:
    told.add_entry("k-1", 8, kind="edit", text="later", target=2, occurred_at="2026-11-22T11:00:02Z")
    told.add_entry("k-1", 9, kind="edit", text="earlier", target=2, occurred_at="2026-11-22T11:00:01Z")
    assert said(told.ask("/v1/cases/k-1").json)[2]["text"] == "later"


def test_nothing_of_a_deleted_message_is_shown_whenever_the_edit_came(told: Any) -> None:
    told.add_entry("k-1", 8, kind="deletion", target=2, occurred_at="2026-11-22T11:00:00Z")
    told.add_entry("k-1", 9, kind="edit", text="too late", target=2, occurred_at="2026-11-22T12:00:00Z")
    second = said(told.ask("/v1/cases/k-1").json)[2]
    assert second["deleted"] is True
    assert not {"text", "attachments", "html"} & set(second)
    assert "too late" not in told.ask("/v1/cases/k-1").text


def test_a_reaction_is_listed_until_it_is_taken_back(told: Any) -> None:
    [reaction] = said(told.ask("/v1/cases/k-1").json)[3]["reactions"]
    assert (reaction["emoji"], reaction["author"]["type"]) == ("👍", "customer")
    told.add_entry("k-1", 8, kind="reaction", reaction={"emoji": "❤️", "target": "wamid.k-1.3"})
    assert [one["emoji"] for one in said(told.ask("/v1/cases/k-1").json)[3]["reactions"]] == ["❤️"]
    told.add_entry("k-1", 9, kind="reaction", reaction={"target": "wamid.k-1.3"})
    assert said(told.ask("/v1/cases/k-1").json)[3]["reactions"] == []


def test_a_revision_of_something_elsewhere_changes_nothing(told: Any) -> None:
    told.add_entry("k-1", 8, kind="deletion", in_reply_to="wamid.unknown")
    assert [one for one in told.ask("/v1/cases/k-1").json["interactions"] if "deleted" in one] == []


def test_the_full_log_has_every_entry_as_it_was_recorded(told: Any) -> None:
    case = told.ask("/v1/cases/k-1", "log=full").json
    assert [entry["sequence"] for entry in case["entries"]] == [1, 2, 3, 4, 5, 6, 7]
    assert case["entries"][0]["text"] == "Hola, mi pedido no yega"
    assert [entry["kind"] for entry in case["entries"]][3:] == ["edit", "reaction", "state_change", "receipt"]


@pytest.mark.parametrize(("query", "part", "all_of_them"), [("", "interactions", 3), ("log=full&", "entries", 7)])
def test_pages_of_a_case_join_to_the_whole(told: Any, query: str, part: str, all_of_them: int) -> None:
    seen: list[int] = []
    cursor = ""
    for _ in range(20):
        page = told.ask("/v1/cases/k-1", f"{query}limit=2{cursor}").json
        assert 0 < len(page[part]) <= 2
        seen += [entry["sequence"] for entry in page[part]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert len(seen) == all_of_them
    assert seen == sorted(set(seen))


def test_cases_come_newest_first_and_pages_join_to_the_whole(hub: Any) -> None:
    hub.add_customer("c-1", cases={"k-5": {}})
    for number in range(5):
        hub.add_case(f"k-{number}", "c-1")
    hub.add_case("k-5", "c-1", cases_pk="CUS#not-indexed-yet")
    hub.add_case("k-9", "c-2")
    seen: list[str] = []
    query = "limit=2"
    for _ in range(9):
        page = hub.ask("/v1/customers/c-1/timeline", query).json
        seen += [case["id"] for case in page["cases"]]
        if page["next"] is None:
            break
        query = f"limit=2&cursor={page['next']}"
    assert seen == ["k-5", "k-4", "k-3", "k-2", "k-1", "k-0"]


def test_a_page_ends_before_it_outgrows_an_answer(hub: Any) -> None:
    hub.add_customer("c-1")
    for number in range(4):
        hub.add_case(f"k-{number}", "c-1")
        for sequence in range(1, 8):
            hub.add_entry(f"k-{number}", sequence, text="x" * 300_000)
    page = hub.ask("/v1/customers/c-1/timeline")
    assert len(page.text) < 6_000_000
    assert [case["id"] for case in page.json["cases"]] == ["k-3"]
    assert page.json["next"]


@pytest.mark.parametrize("cursor", ["x", "%FF", "e30", "bnVsbA", "eyJhZnRlciI6IngifQ", "eyJhZnRlciI6MX0", "a" * 5000])
@pytest.mark.parametrize("path", ["/v1/cases/k-1", "/v1/customers/c-1/timeline", "/v1/dead-letters"])
def test_a_cursor_that_nobody_gave_out_is_refused_by_name(told: Any, path: str, cursor: str) -> None:
    answer = told.ask(path, f"cursor={cursor}")
    assert answer.status == 400
    assert answer.json["error"]["message"].startswith("cursor:")


@pytest.mark.parametrize("limit", ["0", "-1", "x", "", "1.5", "²", "9" * 30])
@pytest.mark.parametrize("path", ["/v1/cases/k-1", "/v1/customers/c-1/timeline", "/v1/dead-letters"])
def test_a_limit_that_is_no_number_is_refused_by_name(told: Any, path: str, limit: str) -> None:
    answer = told.ask(path, f"limit={limit}")
    assert answer.status == 400
    assert answer.json["error"]["message"].startswith("limit:")


@pytest.mark.parametrize("path", ["/v1/cases/none", "/v1/cases/", "/v1/cases/%F0%9F%98%80", "/v1/cases/" + "k" * 3000])
def test_a_case_that_does_not_exist_is_not_found(told: Any, path: str) -> None:
    assert told.ask(path).status == 404
