"""`POST /v1/replay`: what may be asked, what is answered, and the command line that asks it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from shared.domain.event import Event
from shared.store.views import packed

DAY = {"from": "2026-11-22", "to": "2026-11-23"}


class Parser:
    """Elements are events already. `louder`: the parser of today shouts what it reads in `loud` messages."""

    louder = False

    def parse(self, raw: Any) -> Event:
        event = Event.model_validate(raw["said"])
        if self.louder and event.text and event.provider_type == "loud":
            return event.model_copy(update={"text": event.text.upper()})
        return event


@pytest.fixture
def parser(hub: Any) -> Parser:
    hub.parts.parser = Parser()
    return hub.parts.parser  # type: ignore[no-any-return]


@pytest.fixture
def said(hub: Any, parser: Parser) -> Callable[..., None]:
    """An entry of case k-1 with its original."""
    hub.add_customer("c-1")
    hub.add_case("k-1", "c-1")

    def say(sequence: int, text: str, provider_type: str = "text") -> None:
        event = {
            "channel": "whatsapp",
            "account": "200000000000001",
            "kind": "message",
            "provider_type": provider_type,
            "message_id": f"wamid.{sequence}",
            "author": {"type": "customer"},
            "occurred_at": "2026-11-22T10:00:00Z",
            "text": text,
        }
        hub.add_entry("k-1", sequence, **{name: part for name, part in event.items() if name != "channel"})
        entry = {"sequence": sequence, "kind": "message", "received_at": "2026-11-22T10:00:00Z"}
        key = ("CAS#k-1", f"ENT#{sequence:010d}")
        hub.put(key, **entry, event=json.dumps(event), raw=packed({"said": event}))

    return say


def replay(hub: Any, **wish: Any) -> Any:
    return hub.ask("/v1/replay", method="POST", body=json.dumps(wish))


def test_what_is_read_as_before_is_counted_and_left_alone(hub: Any, said: Callable[..., None]) -> None:
    said(1, "Hola")
    answer = replay(hub, **DAY)
    counts = {"read": 1, "same": 1, "revised": 0, "conflicts": 0, "requeued": 0, "no_parser": 0}
    assert (answer.status, answer.json) == (200, {**counts, "differences": [], "unreadable": [], "next": None})


def test_a_difference_is_told_by_its_fields_and_recorded(hub: Any, said: Callable[..., None], parser: Parser) -> None:
    said(1, "Hola")
    said(2, "buenas", "loud")
    parser.louder = True
    answer = replay(hub, **DAY).json
    assert answer["differences"] == [{"case": "k-1", "sequence": 2, "fields": ["text"]}]
    shown = hub.ask("/v1/cases/k-1").json["interactions"]
    assert [one["text"] for one in shown] == ["Hola", "BUENAS"]
    assert replay(hub, **DAY).json["same"] == 2


def test_nothing_changes_in_a_dry_run(hub: Any, said: Callable[..., None], parser: Parser) -> None:
    said(1, "buenas", "loud")
    parser.louder = True
    assert replay(hub, **DAY, dry_run=True).json["revised"] == 1
    assert len(hub.ask("/v1/cases/k-1", "log=full").json["entries"]) == 1


def test_a_moment_may_be_in_any_time_zone(hub: Any, said: Callable[..., None]) -> None:
    said(1, "Hola")
    assert replay(hub, **{"from": "2026-11-22T05:00:00-05:00", "to": "2026-11-22T10:00:01Z"}).json["read"] == 1
    assert replay(hub, **{"from": "2026-11-22T05:00:01-05:00", "to": "2026-11-22T10:00:05Z"}).json["read"] == 0


WRONG = [
    ({}, "from:"),
    ({"from": "2026-11-22"}, "to:"),
    ({"from": "yesterday", "to": "2026-11-23"}, "from:"),
    ({"from": "2026-11-22T10:00:00", "to": "2026-11-23"}, "from:"),
    ({"from": "2026-11-22", "to": "2026-11-22"}, "to: not after"),
    ({"from": "0001-01-01", "to": "2026-11-22"}, "to: more than ten years"),
    ({"from": 5, "to": "2026-11-22"}, "from:"),
    ({**DAY, "channel": 5}, "channel:"),
    ({**DAY, "channel": ""}, "channel:"),
    ({**DAY, "dry_run": "yes"}, "dry_run:"),
    ({**DAY, "cursor": 5}, "cursor:"),
    ({**DAY, "cursor": "x"}, "cursor:"),
    ({**DAY, "segment": 1}, "segment:"),
    ({**DAY, "segment": 0, "segments": 65}, "segment:"),
    ({**DAY, "segment": True, "segments": 2}, "segment:"),
    ({**DAY, "seconds": 13}, "body: seconds"),
    ({**DAY, "seconds": "1"}, "body: seconds"),
    ({**DAY, "until": "2026-11-22"}, "body: only"),
]


@pytest.mark.parametrize(("wish", "message"), WRONG, ids=str)
def test_a_wish_that_makes_no_sense_is_refused_by_its_part(hub: Any, wish: dict[str, Any], message: str) -> None:
    answer = replay(hub, **wish)
    assert answer.status == 400
    assert answer.json["error"]["message"].startswith(message)


def test_a_cursor_of_another_list_is_refused(hub: Any) -> None:
    from shared.application.inquire_paging import cursor_of

    for cursor in (cursor_of(after="1"), cursor_of(part="table", after="CAS#1"), cursor_of(part="moon", after="")):
        assert replay(hub, **DAY, cursor=cursor).status == 400


def test_only_an_operator_may_replay(hub: Any) -> None:
    answer = hub.ask("/v1/replay", token="token-of-a-reader", method="POST", body=json.dumps(DAY))
    assert answer.status == 403


def test_the_command_line_tells_what_was_done(
    hub: Any, hilo: Callable[..., Any], said: Callable[..., None], parser: Parser
) -> None:
    said(1, "Hola")
    said(2, "buenas", "loud")
    parser.louder = True
    wish = ("replay", "--from", "2026-11-22", "--to", "2026-11-23")
    counts = {"read": 2, "same": 1, "revised": 1, "conflicts": 0, "requeued": 0, "no_parser": 0}
    difference = {"case": "k-1", "sequence": 2, "fields": ["text"]}
    would = hilo(*wish, "--dry-run")
    assert would == {"dry_run": True, **counts, "differences": [difference], "unreadable": []}
    assert hilo(*wish, "--channel", "whatsapp") == would | {"dry_run": False}
    assert hilo(*wish)["same"] == 2


def test_on_a_terminal_a_bar_counts_what_was_read(
    hub: Any, hilo: Callable[..., Any], said: Callable[..., None]
) -> None:
    for sequence in range(1, 4):
        said(sequence, "Hola")
    told, shown = hilo("replay", "--from", "2026-11-22", "--to", "2026-11-23", looking_on=True)
    assert told["same"] == 3
    assert re.search(r"replay .*\b3\b", shown.split("\r")[-2])
