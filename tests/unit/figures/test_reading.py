"""Lines of JSON to events: other systems' words, and what is said of a line that cannot be read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.domain.figures.batch import histories_of
from shared.domain.figures.model import KpiEvent
from shared.domain.figures.reading import BadLine, read_lines

AT = "2026-11-11T15:00:00Z"
IN = {"id": "e1", "type": "message.in", "case": "c", "occurred_at": AT, "channel": "whatsapp"}
OUT = {**IN, "type": "message.out", "actor_type": "agent"}


def read(**line: Any) -> KpiEvent:
    [told] = read_lines([json.dumps(line)]).told
    return told.event


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ({"event": "message.in", "case_id": "c", "timestamp": AT}, "type", "message.in"),
        ({**IN, "type": "message_in"}, "type", "message.in"),
        ({**IN, "type": "case.resolved"}, "state", "resolved"),
        ({**IN, "type": "case.state_changed", "state": "pending"}, "state", "pending_customer"),
        ({**IN, "id": None, "event_id": "e9"}, "id", "e9"),
        ({**IN, "seq": 4}, "sequence", 4),
        ({**IN, "channel": "web chat"}, "channel", "webchat"),
        ({**IN, "channel": "E-mail"}, "channel", "email"),
        ({**IN, "type": "call.queued", "channel": None}, "channel", "voice"),
        ({**IN, "queue": "soporte"}, "team", "soporte"),
        (OUT, "actor_type", "agent"),
        ({**OUT, "actor_type": None, "agent": "ana"}, "actor_type", "agent"),
        ({**OUT, "actor_type": None, "actor": "bot"}, "actor_type", "bot"),
        ({**OUT, "actor_type": None, "actor": {"type": "human", "id": "ana"}}, "actor", "ana"),
        ({**OUT, "actor_type": None, "auto": True}, "actor_type", "system"),
        ({**OUT, "actor_id": "ana"}, "actor", "ana"),
        ({**OUT, "visibility": "internal"}, "public", False),
        ({**OUT, "public": False}, "public", False),
        ({**IN, "type": "case.assigned", "to": "luis"}, "actor", "luis"),
        ({**IN, "type": "fact.corrected", "target": "e0", "reason": "wrong agent", "agent": "luis"}, "reason", "agent"),
        ({**IN, "type": "bot.ended", "reason": "customer confirmed"}, "flags", frozenset({"confirmed"})),
        ({**IN, "reason": "vacation"}, "flags", frozenset({"auto_reply"})),
        ({**OUT, "actor_type": "autoresponder"}, "actor_type", "system"),
        ({**IN, "details": {"topic": "pedido"}}, "topic", "pedido"),
        ({**IN, "occurred_at": "2026-11-11T10:00:00-05:00"}, "occurred_at", datetime(2026, 11, 11, 15, tzinfo=UTC)),
    ],
)
def test_other_systems_words(line: dict[str, Any], field: str, value: object) -> None:
    assert getattr(read(**{key: said for key, said in line.items() if said is not None}), field) == value


@pytest.mark.parametrize(
    ("line", "details"),
    [
        ({"type": "call.ended", "call_id": "k", "talk": 10, "hold_seconds": 2, "acw": 3.0},
         {"call": "k", "talk_s": 10, "hold_s": 2, "acw_s": 3}),
        ({"type": "survey.answered", "survey": "NPS", "score": "9", "survey_id": "s"},
         {"instance": "s", "survey": "nps", "value": 9}),
        ({"type": "survey.answered", "survey": "fcr", "value": True}, {"survey": "fcr", "value": 1}),
        ({"type": "sale.recorded", "amount": "12.50"}, {"cents": 1_250}),
        ({"type": "sale.recorded", "cents": 5}, {"cents": 5}),
        ({"type": "case.merged", "into": "d"}, {"into": "d"}),
        ({"type": "case.created", "priority": "high"}, {"priority": "high"}),
    ],
)  # fmt: skip
def test_details(line: dict[str, Any], details: dict[str, Any]) -> None:
    assert read(case="c", occurred_at=AT, **line).details == details


def test_where_the_provider_gives_no_time_it_is_when_it_came_in() -> None:
    event = read(type="message.in", case="c", ingested_at=AT)
    assert (event.occurred_at, event.from_ingest) == (datetime(2026, 11, 11, 15, tzinfo=UTC), True)


def test_a_line_without_an_id_is_one_event_with_its_copies() -> None:
    line = json.dumps({key: value for key, value in IN.items() if key != "id"})
    [first, second] = [told.event.id for told in read_lines([line, line]).told]
    assert first == second


BAD = [
    ("nope", "", "not JSON"),
    ("[1]", "", "not an object"),
    ("[" * 100_000, "", "not JSON"),
    ('{"case": "c"}', "type", "is missing"),
    (json.dumps({**IN, "type": "mesage.in"}), "type", 'did you mean "message.in"?'),
    (json.dumps({**IN, "type": "nonsense"}), "type", "unknown type"),
    (json.dumps({**IN, "type": 7.5}), "type", "must be text"),
    (json.dumps({**IN, "case": None}), "case", "is missing"),
    (json.dumps({**IN, "case": ["c"]}), "case", "must be text"),
    (json.dumps({**IN, "occurred_at": None}), "occurred_at", "is missing"),
    (json.dumps({**IN, "occurred_at": "yesterday"}), "occurred_at", "not a time"),
    (json.dumps({**IN, "occurred_at": 1762873200}), "occurred_at", "not a time"),
    (json.dumps({**IN, "occurred_at": "2026-11-11T10:00:00"}), "occurred_at", "needs its zone"),
    (json.dumps({**IN, "occurred_at": "0001-01-01T00:00:00+14:00"}), "occurred_at", "not a time"),
    (json.dumps({**OUT, "actor_type": None}), "actor_type", "is missing"),
    (json.dumps({**OUT, "actor_type": "ghost"}), "actor_type", "not known"),
    (json.dumps({**OUT, "public": "yes"}), "public", "must be true or false"),
    (json.dumps({**OUT, "visibility": "secret"}), "visibility", "must be public or internal"),
    (json.dumps({**IN, "sequence": "1"}), "sequence", "must be a whole number"),
    (json.dumps({**IN, "flags": "auto"}), "flags", "must be a list"),
    (json.dumps({**IN, "type": "case.state_changed"}), "state", "is missing"),
    (json.dumps({**IN, "type": "case.state_changed", "state": "limbo"}), "state", "unknown"),
    (json.dumps({**IN, "type": "call.ended", "talk_s": "long"}), "talk_s", "must be a number of seconds"),
    (json.dumps({**IN, "type": "call.ended", "talk_s": -1}), "talk_s", "must be a number of seconds"),
    (json.dumps({**IN, "type": "survey.answered", "value": "great"}), "value", "must be a whole number"),
    (json.dumps({**IN, "type": "sale.recorded"}), "cents", "is missing"),
    (json.dumps({**IN, "type": "sale.recorded", "cents": 1.5}), "cents", "must be a whole number"),
    (json.dumps({**IN, "type": "sale.recorded", "amount": "1.005"}), "amount", "at most two decimals"),
    (json.dumps({**IN, "type": "sale.recorded", "amount": "NaN"}), "amount", "must be an amount"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "key", "message"), BAD)
def test_a_bad_line_is_named_with_its_key(line: str, key: str, message: str) -> None:
    with pytest.raises(BadLine) as refused:
        read_lines([json.dumps(IN), "", line])
    assert (refused.value.line, refused.value.key) == (3, key)
    assert message in refused.value.message


def test_what_is_not_utf_8_is_named() -> None:
    with pytest.raises(BadLine, match="line 1: not UTF-8"):
        read_lines([b"\xff\xfe"])


def test_a_mark_of_byte_order_is_no_fault() -> None:
    assert read_lines([b"\xef\xbb\xbf" + json.dumps(IN).encode()]).told


def test_a_type_of_another_family_counts_for_nothing_and_is_said() -> None:
    reading = read_lines([json.dumps(IN), json.dumps({**IN, "type": "customer.erased"})])
    assert (len(reading.told), reading.unknown) == (1, {"customer.erased": [2]})


def told(*lines: dict[str, Any]) -> list[Any]:
    return histories_of(read_lines(map(json.dumps, lines)).told, "acme")


def test_a_message_of_no_case_is_a_fault_also_where_its_contact_is_named() -> None:
    with pytest.raises(BadLine, match="line 1: case: is missing"):
        told({**IN, "case": None, "contact_id": "k"})


def test_a_contact_leads_to_its_case() -> None:
    [history] = told({**IN, "contact_id": "k"}, {**OUT, "id": "e2", "case": None, "contact_id": "k"})
    assert (history.case, len(history.events)) == ("c", 2)


def test_an_automatic_mail_of_no_case_is_nothing() -> None:
    [history] = told({**IN, "case": None, "flags": ["auto_reply"]})
    assert not history.is_case


def test_merged_cases_go_on_in_the_last() -> None:
    merged = {"type": "case.merged", "occurred_at": AT}
    [history] = told(
        {**IN, "case": "a"}, {**IN, "id": "e2", "case": "b"}, {**IN, "id": "e3", "case": "c"},
        {**merged, "id": "m1", "case": "a", "into": "b"}, {**merged, "id": "m2", "case": "b", "into": "c"},
    )  # fmt: skip
    assert (history.case, len(history.events)) == ("c", 3)


def test_cases_merged_in_a_circle_end() -> None:
    merged = {"type": "case.merged", "occurred_at": AT}
    found = told(
        {**IN, "case": "a"}, {**IN, "id": "e2", "case": "b"},
        {**merged, "id": "m1", "case": "a", "into": "b"}, {**merged, "id": "m2", "case": "b", "into": "a"},
    )  # fmt: skip
    assert sum(len(history.events) for history in found) == 2


def test_what_names_no_channel_is_where_the_customer_is() -> None:
    [history] = told(
        IN, {**OUT, "id": "e2", "channel": None, "occurred_at": "2026-11-11T15:05:00Z"},
        {**IN, "id": "e3", "channel": "email", "occurred_at": "2026-11-11T15:06:00Z"},
        {**OUT, "id": "e4", "channel": None, "occurred_at": "2026-11-11T15:07:00Z"},
    )  # fmt: skip
    assert [event.channel for event in history.events] == ["whatsapp", "whatsapp", "email", "email"]
