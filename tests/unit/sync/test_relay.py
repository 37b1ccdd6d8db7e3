"""The relay turns what changed into triggers, in order, and says how far it came."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from shared.application.order import Order
from shared.application.relay import Change, media_of, order_of, relay, triggers_of
from shared.application.trigger import Trigger
from shared.domain.element import digest
from shared.domain.errors import Malformed, Transient
from shared.ports.queues import Message

CONNECTORS = {"acme": ["demo", "soporte"], "zeta": ["demo"], None: ["demo", "soporte", "other"]}


def connectors_of(brand: str | None) -> list[str]:
    return CONNECTORS[brand]


def case(sequence: Any = 3, **more: Any) -> dict[str, Any]:
    item = {"pk": "CAS#k1", "sk": "CASE", "id": "k1", "customer": "c1", "brand": "acme", "sequence": sequence}
    return item | more


def profile(contact_version: Any, **more: Any) -> dict[str, Any]:
    return {"pk": "CUS#c1", "sk": "PROFILE", "id": "c1", "contact_version": contact_version, "version": 9} | more


BOTH = [Trigger("demo", "c1", case="k1", sequence=3), Trigger("soporte", "c1", case="k1", sequence=3)]
EVERYBODY = [Trigger(name, "c1", version=3) for name in ("demo", "soporte", "other")]


def answer(**more: Any) -> dict[str, Any]:
    about = {"customer": "c1", "brand": "acme"}
    return {"pk": "CAS#k1", "sk": "ENT#0000000004", "sequence": 4, "to": "CNV#x", "about": about} | more


SHOWN = [Trigger(name, "c1", case="k1", answer=4, delivery="read") for name in ("demo", "soporte")]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(None, case(), BOTH, id="new case"),
        pytest.param(case(2), case(3), BOTH, id="case that grew"),
        pytest.param(case(3), case(3, state="closed"), [], id="case that did not grow"),
        pytest.param(case(3), None, [], id="case removed"),
        pytest.param(None, case(3, brand="zeta"), BOTH[:1], id="another brand's connectors"),
        pytest.param(None, profile(1), [], id="new customer: told with the first case"),
        pytest.param(profile(2), profile(3), EVERYBODY, id="contact that grew newer"),
        pytest.param(profile(3), profile(3, version=10), [], id="customer whose contact did not"),
        pytest.param(None, {"pk": "CAS#k1", "sk": "ENT#0000000001"}, [], id="entry"),
        pytest.param(None, {"pk": "CAS#k1", "sk": "SYNC#demo", "pushed": 2}, [], id="cursor: no echo of our own"),
        pytest.param(answer(), answer(delivery="read"), SHOWN, id="answer that was read"),
        pytest.param(answer(delivery="read"), answer(delivery="read", read_at="x"), [], id="answer, read already"),
        pytest.param(answer(), answer(delivery="sent"), [], id="answer that was sent: nothing to show"),
        pytest.param(answer(), answer(delivery="failed"), [], id="answer that failed: an entry says so"),
        pytest.param(None, {"pk": "IDN#phone#-#+593991234567", "sk": "IDN"}, [], id="identity"),
    ],
)
def test_change_gives_these_triggers(before: Any, after: Any, expected: list[Trigger]) -> None:
    assert triggers_of(Change(before, after), connectors_of) == expected


@pytest.mark.parametrize(
    "after",
    [{}, {"sk": 7}, case("three"), case(None), case(True), case(brand=None), case(customer=""), profile("2")],
)
def test_record_that_cannot_be_ours_is_malformed(after: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        triggers_of(Change(None, after), connectors_of)


def test_message_is_as_the_design_writes_it() -> None:
    message = BOTH[0].message

    assert json.loads(message.body) == {"connector": "demo", "customer": "c1", "case": "k1", "sequence": 3}
    assert message.group == digest("sync", "demo", "c1")
    assert len(message.deduplication) == 64


def test_customers_trigger_is_as_the_design_writes_it() -> None:
    assert json.loads(EVERYBODY[0].body) == {"connector": "demo", "customer": "c1", "version": 3}


def test_every_part_of_a_trigger_makes_another_deduplication_id() -> None:
    base = {"connector": "demo", "customer": "c1", "case": "k1", "sequence": 3}
    variants = [{}, {"sequence": 4}, {"case": "k2"}, {"connector": "x"}, {"pushed": 1}, {"entry": 1}]
    variants += [{"attempt": 1}, {"attempt": 2}, {"due": "2026-11-22T10:00:00Z"}, {"due": "2026-11-22T10:01:00Z"}]
    triggers = [Trigger(**base | more) for more in variants]  # type: ignore[arg-type]
    triggers += [Trigger("demo", "c1", version=3), Trigger("demo", "c1", version=4), Trigger("demo", "k1", version=3)]

    assert len({trigger.deduplication for trigger in triggers}) == len(triggers)


def test_clocks_trigger_is_known_by_item_and_due_time_alone() -> None:
    first = Trigger("demo", "c1", case="k1", sequence=3, due="2026-11-22T10:00:00Z")
    second = Trigger("demo", "c1", case="k1", sequence=9, due="2026-11-22T10:00:00Z")

    assert first.deduplication == second.deduplication


class Line:
    """A queue that takes some and refuses, or cannot be reached, from one message on."""

    def __init__(self, refuses_from: int | None = None, fails_from: int | None = None) -> None:
        self.took: list[str] = []
        self.batches: list[int] = []
        self.refuses_from = refuses_from
        self.fails_from = fails_from

    def send(self, queue: str, batch: Sequence[Message]) -> tuple[int, ...]:
        assert queue == "sync"
        self.batches.append(len(batch))
        if self.fails_from is not None and len(self.took) >= self.fails_from:
            raise Transient("unreachable")
        refused = []
        for index, message in enumerate(batch):
            if self.refuses_from is not None and len(self.took) >= self.refuses_from:
                refused.append(index)
            else:
                self.took.append(message.body)
        return tuple(refused)

    def depths(self) -> dict[str, Any]:
        return {}


def changes(number: int) -> list[Callable[[], Change]]:
    return [lambda n=n: Change(None, case(n + 1, id=f"k{n}")) for n in range(number)]  # type: ignore[misc]


def unreadable() -> Change:
    raise Malformed("not an image")


def test_all_are_sent_in_order_ten_at_a_time() -> None:
    line = Line()

    assert relay(changes(12), connectors_of, line) == 12

    assert line.batches == [10, 10, 4]
    assert [json.loads(body)["case"] for body in line.took] == [f"k{n // 2}" for n in range(24)]


@pytest.mark.parametrize(("refuses_from", "done"), [(0, 0), (1, 0), (2, 1), (11, 5), (23, 11)])
def test_first_record_with_a_refused_trigger_is_where_the_stream_tries_again(refuses_from: int, done: int) -> None:
    assert relay(changes(12), connectors_of, Line(refuses_from=refuses_from)) == done


@pytest.mark.parametrize("fails_from", [0, 10])
def test_unreachable_queue_relays_nothing_for_certain(fails_from: int) -> None:
    assert relay(changes(12), connectors_of, Line(fails_from=fails_from)) == 0


def test_record_that_cannot_be_read_stops_only_what_follows() -> None:
    line = Line()
    batch = [*changes(3), unreadable, *changes(2)]

    assert relay(batch, connectors_of, line) == 3

    assert len(line.took) == 6


def test_nothing_to_tell_sends_nothing() -> None:
    line = Line()

    assert relay([lambda: Change(case(3), case(3))], connectors_of, line) == 1

    assert line.batches == []


def answer(**more: Any) -> dict[str, Any]:
    return {"pk": "CAS#k1", "sk": "ENT#0000000004", "sequence": 4, "to": "CNV#whatsapp#1#phone:-:+593991234567"} | more


def test_a_new_answer_with_somewhere_to_go_is_an_order() -> None:
    expected = Order("k1", 4, "CNV#whatsapp#1#phone:-:+593991234567")
    assert order_of(Change(None, answer())) == expected


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(Change(answer(), answer(delivery="read")), id="a receipt on it"),
        pytest.param(Change(None, {"pk": "CAS#k1", "sk": "ENT#0000000004", "sequence": 4}), id="no answer"),
        pytest.param(Change(None, answer(sk="OUT#0000000004")), id="its send"),
        pytest.param(Change(answer(), None), id="removed"),
    ],
)
def test_nothing_else_is_an_order(change: Change) -> None:
    assert order_of(change) is None


def test_an_order_that_its_queue_refuses_stops_at_its_change() -> None:
    queues = Refusing("outbound")
    changes = [Change(None, case()), Change(None, answer()), Change(None, case(sequence=9))]
    assert relay([lambda one=one: one for one in changes], connectors_of, queues) == 1
    assert len(queues.sent) == 4  # what was sent all the same changes nothing when it is sent again


class Refusing:
    """Queues of which one takes nothing."""

    def __init__(self, queue: str) -> None:
        self.queue, self.sent = queue, list[Message]()

    def send(self, queue: str, batch: Sequence[Message]) -> tuple[int, ...]:
        if queue == self.queue:
            return tuple(range(len(batch)))
        self.sent += batch
        return ()


def with_files(**more: Any) -> dict[str, Any]:
    return {"pk": "CAS#k1", "sk": "ENT#0000000004", "sequence": 4, "files": 2} | more


def test_a_new_entry_with_files_has_them_fetched() -> None:
    queues = Refusing("nothing")
    assert relay([lambda: Change(None, with_files())], connectors_of, queues) == 1
    [message] = queues.sent
    assert json.loads(message.body) == {"case": "k1", "sequence": 4}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(Change(with_files(), with_files(delivery="read")), id="changed"),
        pytest.param(Change(None, {"pk": "CAS#k1", "sk": "ENT#0000000004", "sequence": 4}), id="without"),
        pytest.param(Change(None, with_files(sk="FILE#0000000004#0")), id="a file itself"),
    ],
)
def test_nothing_else_has_files_fetched(change: Change) -> None:
    assert media_of(change) is None
