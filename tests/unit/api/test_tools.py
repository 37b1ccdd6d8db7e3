"""Import, connect and doctor over the API, and the commands that ask them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.domain.held import Checked, HeldContact, HeldPage, HeldTicket
from shared.ports.connectors import Read
from shared.ports.table import Put
from shared.store import back, connector_state, cursors, imports, keys
from shared.store.connector_state import ConnectorState
from tests.unit.api.conftest import NOW, PHONE

CONNECTORS = """
connectors:
- {name: soporte, kind: request_tracker, secret: soporte, adopt_tickets: true}
- {name: avisos, kind: request_tracker, secret: avisos}
"""


@dataclass
class Shelf:
    """What a tool held: contacts and tickets by their place."""

    name: str = "soporte"
    held: list[HeldContact] = field(default_factory=list)
    open: list[HeldTicket] = field(default_factory=list)

    def contacts(self, after: str | None, limit: int) -> HeldPage[HeldContact]:
        start = int(after or 0)
        end = start + limit
        return HeldPage(self.held[start:end], str(end) if end < len(self.held) else None, len(self.held) - start)

    def open_tickets(self, after: str | None, limit: int) -> HeldPage[HeldTicket]:
        start = int(after or 0)
        end = start + limit
        return HeldPage(self.open[start:end], str(end) if end < len(self.open) else None, len(self.open) - start)

    def history(self, ticket: str, most: int) -> Read:
        return Read([], None)


@dataclass
class Standing:
    """A setup that answers as it is told."""

    checks: list[Checked]
    mended: list[bool] = field(default_factory=list)

    def check(self, *, mend: bool) -> list[Checked]:
        self.mended.append(mend)
        return self.checks


@pytest.fixture
def shelf(hub: Any) -> Shelf:
    hub.parts.configure(CONNECTORS)
    shelf = Shelf(held=[HeldContact(str(n), f"Persona {n}", [f"09912{n:05}"]) for n in range(45)])
    shelf.open = [HeldTicket("7", "3", "Impresora", "open", datetime(2026, 11, 20, tzinfo=UTC))]
    hub.parts.stocks = {"soporte": shelf, "avisos": None}
    hub.parts.standing = {
        "soporte": Standing([Checked("token", ok=True), Checked("queue", ok=None, detail="unseen", todo="look")]),
        "avisos": Standing([Checked("token", ok=False, detail="refused", todo="mend it")]),
    }
    return shelf


def import_(hub: Any, **wish: Any) -> Any:
    return hub.ask("/v1/connectors/soporte/import", method="POST", body=json.dumps(wish))


def test_a_page_after_the_other(hub: Any, shelf: Shelf) -> None:
    first = import_(hub).json
    assert (first["counts"], first["next"], first["left"], first["then"]) == (
        {"read": 20, "claimed": 20, "unusable_values": 0},
        "20",
        45,
        "tickets",
    )
    assert import_(hub, cursor="20").json["before"] == {}
    resumed = import_(hub).json
    assert resumed["before"] == {"read": 40, "claimed": 40}, "without a cursor it goes on"
    assert (resumed["counts"]["read"], resumed["next"]) == (5, None)
    again = import_(hub).json
    assert (again["counts"]["known"], again["before"]) == (20, {}), "and after its end it begins again"


def test_a_dry_run_keeps_no_place(hub: Any, shelf: Shelf) -> None:
    for cursor in (None, "20", "40"):
        assert import_(hub, dry_run=True, **({"cursor": cursor} if cursor else {})).status == 200
    assert imports.read(hub.parts.table(), "soporte", "contacts") == imports.Progress()


@pytest.mark.parametrize(
    "wish",
    [{"what": "cases"}, {"dry_run": 1}, {"cursor": ""}, {"cursor": 7}, {"cursor": "x" * 300}, {"more": True}],
)
def test_what_is_asked_wrongly(wish: dict[str, Any], hub: Any, shelf: Shelf) -> None:
    assert import_(hub, **wish).status == 400


def test_a_tool_that_cannot_be_asked_says_so(hub: Any, shelf: Shelf) -> None:
    answer = hub.ask("/v1/connectors/avisos/import", method="POST", body="{}")
    assert answer.status == 409
    assert "cannot be asked" in answer.json["error"]["message"]
    assert hub.ask("/v1/connectors/otro/import", method="POST", body="{}").status == 404


def test_tickets_only_where_the_configuration_says_so(hub: Any, shelf: Shelf) -> None:
    hub.parts.configure(CONNECTORS.replace(", adopt_tickets: true", ""))
    assert import_(hub, what="tickets").status == 409
    assert import_(hub).json["then"] is None


@pytest.mark.parametrize("path", ["/v1/connectors/soporte/import", "/v1/connectors/soporte/connect"])
def test_a_reader_may_neither_import_nor_connect(path: str, hub: Any, shelf: Shelf) -> None:
    assert hub.ask(path, token="token-of-a-reader", method="POST", body="{}").status == 403
    assert hub.ask("/v1/doctor", token="token-of-a-reader").status == 403


def test_the_command_imports_all_and_says_what_became_of_it(hub: Any, shelf: Shelf, hilo: Callable[..., Any]) -> None:
    hub.add_customer("c-1", "+593991200003")
    would = hilo("import", "soporte", "--dry-run")
    assert would["counts"] == {
        "read": 45, "claimed": 44, "linked": 1, "unusable_values": 0, "tickets_read": 1, "ticket_of_nobody_known": 1,
    }  # fmt: skip
    done, shown = hilo("import", "soporte", looking_on=True)
    assert (done["counts"]["linked"], done["counts"]["adopted"]) == (1, 1)
    assert "contacts" in shown
    reference = cursors.of_contact(hub.parts.table(), "c-1", "soporte")
    assert reference.remote is not None
    assert (reference.remote.id, reference.told) == ("3", 0)
    assert hilo("import", "soporte")["counts"]["known"] == 45


def test_how_the_hub_stands_is_shown(hub: Any, shelf: Shelf, hilo: Callable[..., Any]) -> None:
    found = hilo("connect", "soporte")
    assert found["ok"] is True
    assert [one["what"] for one in found["checks"]] == ["token", "queue"]
    assert hub.parts.standing["soporte"].mended == [True]
    hilo("connect", "soporte", "--look")
    assert hub.parts.standing["soporte"].mended == [True, False]
    answer = hub.ask("/v1/connectors/avisos/connect", method="POST", body="{}")
    assert (answer.status, answer.json["ok"]) == (200, False)
    unknown = hub.ask("/v1/connectors/otro/connect", method="POST", body="{}")
    assert unknown.status == 404
    assert "soporte" in unknown.json["error"]["message"]
    assert hub.ask("/v1/connectors/soporte/connect", method="POST", body='{"look": 1}').status == 400


# doctor


def test_a_healthy_hub_has_nothing_wrong(hub: Any, shelf: Shelf) -> None:
    hub.parts.asked = {"soporte": 5}
    back.sweep_reached(hub.parts.table(), "soporte", None, "c", "2026-11-22T09:59:00Z")
    found = hub.ask("/v1/doctor").json
    assert found["wrong"] == []
    assert [one["name"] for one in found["connectors"]] == ["soporte", "avisos"]
    assert [one["name"] for one in found["channels"]] == ["whatsapp:200000000000001", "messenger:300000000000001"]
    assert found["connectors"][0]["swept_at"] == "2026-11-22T09:59:00Z"


def waiting(hub: Any, key: tuple[str, str], at: str) -> None:
    hub.parts.table().transact([Put({"pk": key[0], "sk": key[1], **keys.due(key, at)})])


def test_who_is_behind_is_named_with_when_it_is_tried_again(hub: Any, shelf: Shelf) -> None:
    later = datetime.fromtimestamp(NOW + 60, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    waiting(hub, keys.cursor("k-1", "soporte"), later)
    waiting(hub, keys.reference_to_contact("c-1", "soporte"), later)
    waiting(hub, back.key_of("soporte", "12"), later)
    waiting(hub, keys.cursor("k-1", "avisos"), later)
    waiting(hub, keys.case("k-1"), later)
    found = hub.ask("/v1/doctor").json
    assert {one["name"]: (one["behind"], one["to_read"]) for one in found["connectors"]} == {
        "soporte": (2, 1),
        "avisos": (1, 0),
    }
    assert found["connectors"][0]["next_try"] == later
    assert found["late"] == 0
    assert len(found["wrong"]) == 2


def test_what_the_clock_passed_over_a_breaker_a_sweep_and_dead_letters(hub: Any, shelf: Shelf) -> None:
    table = hub.parts.table()
    hub.parts.asked = {"soporte": 5}
    waiting(hub, keys.case("k-1"), "2026-11-22T09:00:00Z")
    connector_state.change(table, "soporte", ConnectorState(), ConnectorState("stopped", 1, 1, "refuses us", "x"))
    back.sweep_reached(table, "soporte", None, "c", "2026-11-22T09:00:00Z")
    hub.add_letter("{}")
    found = hub.ask("/v1/doctor").json
    assert [fault.split(":")[0] for fault in found["wrong"]] == [
        "soporte is stopped",
        "soporte was last swept at 2026-11-22T09",
        "1 dead letters",
        "the clock is behind",
    ]
    assert PHONE not in str(found)


def test_the_command_asks_each_side_and_changes_nothing_there(hub: Any, shelf: Shelf, hilo: Callable[..., Any]) -> None:
    hub.parts.standing.pop("avisos")
    found = hilo("doctor")
    assert list(found["checks"]) == ["soporte"]
    assert hub.parts.standing["soporte"].mended == [False]
    assert hilo("doctor", "--offline")["checks"] == {}


def test_what_people_are_shown_and_how_a_script_knows(hub: Any, shelf: Shelf, hilo: Callable[..., Any]) -> None:
    shown = hilo("connect", "avisos", code=1, as_text=True).splitlines()
    assert shown == ["FAIL token: refused", "     -> mend it", "hilo: avisos: 1 to do: token"]
    assert hilo("connect", "soporte", as_text=True).splitlines() == ["ok   token", "?    queue: unseen", "     -> look"]
    doctor = hilo("doctor", code=1, as_text=True)
    assert "soporte\trequest_tracker\tclosed" in doctor
    assert "dead letters: 0" in doctor
    assert "WRONG avisos: token" in doctor
    assert "nothing is wrong" in hilo("doctor", "--offline", as_text=True)


def test_a_conflict_is_shown_and_ends_the_import_with_1(hub: Any, shelf: Shelf, hilo: Callable[..., Any]) -> None:
    hub.add_customer("c-1", "+593991200003")
    hub.put(keys.reference_to_contact("c-1", "soporte"), version=1, remote_id="900")
    shown = hilo("import", "soporte", code=1, as_text=True)
    assert "contact 3  conflict  its customer has contact 900 there already" in shown
    assert "44 as customers of their own" in shown
    assert "+593991200003" not in shown
    assert "991200003" not in shown
