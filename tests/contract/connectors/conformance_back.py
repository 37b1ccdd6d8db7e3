"""What every way back must do. Inherit `WayBack`, or `AskedBack` for a tool that can be asked, and give two fixtures:

- `tool`: the tool as its people use it (`PeoplesTool`);
- `hub`: a hub as far as the inbound queue (`Hub`);
- `tickets`: numbers of tickets that are cases of the hub's, none twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise, permutations
from typing import Any, Protocol

import pytest

from shared.application.retry import due_text
from shared.domain.errors import Malformed, Rejected, Transient
from shared.domain.event import Event
from shared.ports.connectors import Changed, Happened, Read, Request
from shared.ports.table import Update
from shared.store import keys
from tests.contract.connectors.conformance import shows
from tests.contract.connectors.way_back import OTHER_SECRET, SECRET, Hub, PeoplesTool, resigned

Tickets = Iterator[str]


def said(event: Event) -> tuple[str, str | None, str | None]:
    return event.visibility, event.author.id, event.text


def done(event: Event) -> tuple[str, str | None]:
    return event.provider_type, event.text


def without(request: Request, name: str) -> Request:
    return replace(request, headers={key: value for key, value in request.headers.items() if key != name})


def with_header(request: Request, **changed: str) -> Request:
    names = {name.replace("_", "-"): value for name, value in changed.items()}
    return replace(request, headers={**request.headers, **names})


FORGED: dict[str, Callable[[Request], Request]] = {
    "another body": lambda request: replace(request, body=request.body + b" "),
    "another id": lambda request: with_header(request, webhook_id="msg_other"),
    "another time": lambda request: with_header(
        request, webhook_timestamp=str(int(request.headers["webhook-timestamp"]) + 1)
    ),
    "no signature": lambda request: without(request, "webhook-signature"),
    "no id": lambda request: without(request, "webhook-id"),
    "no time": lambda request: without(request, "webhook-timestamp"),
    "a time that is none": lambda request: with_header(request, webhook_timestamp="soon"),
    "an empty signature": lambda request: with_header(request, webhook_signature="v1,"),
    "another version": lambda request: with_header(
        request, webhook_signature=request.headers["webhook-signature"].replace("v1,", "v9,")
    ),
    "no ASCII": lambda request: with_header(request, webhook_signature="v1,ñ\udc80"),
    "301 s old": lambda request: replace(request, at=request.at + 301),
    "301 s early": lambda request: replace(request, at=request.at - 301),
}


class WayBack:
    @shows("back: forged and stale webhooks are rejected")
    @pytest.mark.parametrize("forged", FORGED)
    def test_what_is_not_proven_is_rejected(self, hub: Hub, tool: PeoplesTool, tickets: Tickets, forged: str) -> None:
        tool.reply(next(tickets), "Ya sale")
        request = tool.requests()[0]
        with pytest.raises(Rejected):
            hub.hear(FORGED[forged](request))
        assert hub.events() == []
        hub.hear(request)
        assert len(hub.events()) == 1

    @shows("back: forged and stale webhooks are rejected")
    def test_any_secret_in_force_is_good_and_no_other(self, hub: Hub, tool: PeoplesTool, tickets: Tickets) -> None:
        tool.reply(next(tickets), "Ya sale")
        requests = tool.requests()
        hub.secrets = [OTHER_SECRET]
        with pytest.raises(Rejected):
            hub.hear(*requests)
        hub.secrets = [OTHER_SECRET, SECRET]
        hub.hear(*requests)
        assert len(hub.events()) == 1

    @shows("back: forged and stale webhooks are rejected")
    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"{}", b"[" * 5000, b"\xff"])
    def test_what_is_proven_and_not_understood_is_malformed(
        self, hub: Hub, tool: PeoplesTool, tickets: Tickets, body: bytes
    ) -> None:
        tool.reply(next(tickets), "Ya sale")
        with pytest.raises(Malformed):
            hub.hear(resigned(tool.requests()[0], body))

    @shows("back: a webhook that comes twice has one effect")
    def test_delivered_often_and_late_it_is_one_event(self, hub: Hub, tool: PeoplesTool, tickets: Tickets) -> None:
        ticket = next(tickets)
        tool.reply(ticket, "Ya sale")
        requests = tool.requests()
        hub.hear(*requests, *requests)
        hub.now += 299  # the queue forgets copies after five minutes; a sender repeats later than that
        hub.hear(*requests)
        hub.now += 400
        hub.hear(*(replace(request, at=request.at) for request in requests))
        assert [said(event) for event in hub.events()] == [("public", "agente1", "Ya sale")]

    @shows("back: a note stays a note")
    def test_an_answer_is_public_and_a_note_is_not(self, hub: Hub, tool: PeoplesTool, tickets: Tickets) -> None:
        ticket = next(tickets)
        tool.reply(ticket, "Ya sale")
        tool.note(ticket, "Cliente difícil")
        events = sorted(hub.told(tool), key=lambda event: event.visibility)
        assert [said(event) for event in events] == [
            ("internal", "agente1", "Cliente difícil"),
            ("public", "agente1", "Ya sale"),
        ]
        assert {(event.kind, event.thread, event.direction, event.author.type) for event in events} == {
            ("message", ticket, "outbound", "agent")
        }

    @shows("back: two people may say the same")
    def test_the_same_words_of_two_people_are_two(self, hub: Hub, tool: PeoplesTool, tickets: Tickets) -> None:
        ticket = next(tickets)
        tool.reply(ticket, "Ya sale", by="agente1")
        tool.reply(ticket, "Ya sale", by="agente2")
        tool.reply(ticket, "Ya sale", by="agente1")
        authors = sorted(str(event.author.id) for event in hub.told(tool))
        assert authors == ["agente1", "agente1", "agente2"]

    @shows("back: state, assignee, priority")
    @pytest.mark.parametrize("state", ["open", "pending_customer", "resolved"])
    def test_a_change_of_state_comes_back_in_the_hubs_word(
        self, hub: Hub, tool: PeoplesTool, tickets: Tickets, state: str
    ) -> None:
        ticket = next(tickets)
        tool.reply(ticket, "Ya sale")
        tool.set_state(ticket, "resolved" if state != "resolved" else "pending_customer")
        hub.told(tool)
        tool.set_state(ticket, state)
        [event] = hub.told(tool)
        assert (event.kind, *done(event)) == ("state_change", "state", state)
        assert event.reason

    @shows("back: state, assignee, priority")
    def test_who_has_it_and_how_urgent_it_is_come_back(self, hub: Hub, tool: PeoplesTool, tickets: Tickets) -> None:
        ticket = next(tickets)
        tool.assign(ticket, "agente2")
        tool.prioritise(ticket, "high")
        tool.prioritise(ticket, "low")
        events = hub.told(tool)
        assert sorted(done(event) for event in events if event.provider_type == "priority") == [
            ("priority", "high"), ("priority", "low"),
        ]  # fmt: skip
        assert [done(event) for event in events if event.provider_type == "owner"] == [("owner", "agente2")]

    @shows("back: deletions and merges, chains of them too")
    def test_a_deletion_comes_back(self, hub: Hub, tool: PeoplesTool, tickets: Tickets) -> None:
        ticket = next(tickets)
        tool.delete(ticket)
        [event] = hub.told(tool)
        assert (event.kind, event.provider_type, event.thread) == ("state_change", "deletion", ticket)

    @shows("back: deletions and merges, chains of them too")
    @pytest.mark.parametrize("order", list(permutations(range(2))))
    def test_a_chain_of_merges_is_told_link_by_link(
        self, hub: Hub, tool: PeoplesTool, tickets: Tickets, order: tuple[int, ...]
    ) -> None:
        first, second, third = next(tickets), next(tickets), next(tickets)
        links = [(first, second), (second, third)]
        for ticket, into in links:
            tool.merge(ticket, into)
        requests = tool.requests()
        hub.hear(*(requests if order == (0, 1) else reversed(requests)))
        assert sorted((event.thread, event.text) for event in hub.events()) == sorted(links)

    @shows("back: what happened bears the tool's own time")
    def test_told_in_any_order_each_bears_its_time(self, hub: Hub, tool: PeoplesTool, tickets: Tickets) -> None:
        ticket = next(tickets)
        tool.reply(ticket, "Ya sale")
        tool.set_state(ticket, "resolved")
        hub.hear(*reversed(tool.requests()))
        events = [event for event in hub.events() if event.provider_type != "state" or event.text == "resolved"]
        assert len(events) == 2
        assert all(event.occurred_at is not None for event in events)
        answer, resolved = sorted(events, key=lambda event: event.kind != "message")
        assert answer.occurred_at is not None
        assert resolved.occurred_at is not None
        assert answer.occurred_at <= resolved.occurred_at

    @shows("back: a ticket's events stay in order")
    def test_all_of_a_ticket_is_one_group_and_two_tickets_are_two(
        self, hub: Hub, tool: PeoplesTool, tickets: Tickets
    ) -> None:
        one, other = next(tickets), next(tickets)
        tool.reply(one, "1")
        tool.reply(other, "1")
        tool.note(one, "2")
        hub.hear(*tool.requests())
        batch = hub.queues.receive("inbound")
        groups = {(message.group, json.loads(message.body)["raw"]["thread"]) for message in batch}
        assert len(groups) == len({group for group, _ in groups}) == 2


class AskedTool(PeoplesTool, Protocol):
    """A tool that can be asked what happened."""

    def told_by_hub(self, ticket: str, text: str) -> None:
        """The hub's own connector tells an entry."""

    def write_as_hub(self, ticket: str, text: str) -> None:
        """Something that our user wrote there, without any mark of ours."""

    def strange_ticket(self) -> str:
        """A ticket that has nothing to do with the hub."""

    def fail_next(self) -> None:
        """The next request is answered 503."""

    def pass_time(self, seconds: float) -> None:
        """On the tool's clock."""


class AskedBack(WayBack):
    @shows("back: a sweep finds what no webhook told")
    def test_what_no_webhook_told_is_found_and_counted(self, hub: Hub, tool: AskedTool, tickets: Tickets) -> None:
        one, other = next(tickets), next(tickets)
        tool.reply(one, "Ya sale")
        tool.merge(other, one)
        tool.requests()  # lost
        hub.now += 200
        hub.sweep()
        found = hub.events()
        assert {(one, "Ya sale"), (other, one)} <= {(event.thread, event.text) for event in found}
        assert hub.metrics["found_by_sweep"] == len(found)

    @shows("back: a sweep finds what no webhook told")
    def test_what_was_told_is_not_found_again(self, hub: Hub, tool: AskedTool, tickets: Tickets) -> None:
        tool.reply(next(tickets), "Ya sale")
        hub.told(tool)
        for turn in range(4):
            hub.now += 100
            tool.pass_time(100)
            hub.sweep(str(turn))
        assert hub.events() == []
        assert hub.metrics["found_by_sweep"] == 0

    @shows("back: a sweep finds what no webhook told")
    def test_sweeps_go_on_where_the_last_one_was(self, hub: Hub, tool: AskedTool, tickets: Tickets) -> None:
        ticket = next(tickets)
        found = []
        for turn in range(3):
            tool.note(ticket, f"nota {turn}")
            hub.sweep(str(turn))
            found.append([event.text for event in hub.events()])
            hub.now += 1000
            tool.pass_time(1000)
        assert found == [["nota 0"], ["nota 1"], ["nota 2"]]

    @shows("back: the tool's order, though webhooks come in another")
    def test_events_come_in_the_tools_own_order(self, hub: Hub, tool: AskedTool, tickets: Tickets) -> None:
        ticket = next(tickets)
        tool.reply(ticket, "1")
        tool.note(ticket, "2")
        tool.set_state(ticket, "resolved")
        tool.reply(ticket, "3")
        hub.hear(*reversed(tool.requests()))
        events = hub.events()
        texts = [event.text for event in events if event.kind == "message" or event.text == "resolved"]
        assert texts == ["1", "2", "resolved", "3"]
        times = [event.occurred_at for event in events]
        assert all(one <= next_one for one, next_one in pairwise(times) if one and next_one)

    @shows("back: no echo")
    def test_what_the_hub_told_does_not_come_back(self, hub: Hub, tool: AskedTool, tickets: Tickets) -> None:
        ticket = next(tickets)
        tool.told_by_hub(ticket, "No enciende")
        assert hub.told(tool) == []
        assert hub.metrics["echo_dropped"] > 0
        tool.reply(ticket, "Ya sale")
        assert [event.text for event in hub.told(tool) if event.kind == "message"] == ["Ya sale"]

    @shows("back: no echo")
    def test_what_our_user_wrote_is_left_until_no_push_is_under_way(
        self, hub: Hub, tool: AskedTool, tickets: Tickets
    ) -> None:
        ticket = next(tickets)
        lease = int(hub.now) + 65
        cursor = keys.cursor(f"k-{ticket}", hub.name)
        hub.table.transact([Update(cursor, set={"customer": "c-1", "pushed": 0, "pushing": 1, "lease": lease})])
        tool.reply(ticket, "antes")
        tool.write_as_hub(ticket, "¿nuestro?")
        tool.reply(ticket, "después")
        assert [event.text for event in hub.told(tool) if event.kind == "message"] == ["antes"]
        assert hub.due() == [due_text(lease)]
        hub.now = lease + 1
        hub.tick()
        assert [event.text for event in hub.events() if event.kind == "message"] == ["después"]
        assert hub.due() == []

    @shows("back: whatever fails on the way, each thing once")
    def test_dying_after_the_send_loses_and_doubles_nothing(self, hub: Hub, tool: AskedTool, tickets: Tickets) -> None:
        ticket = next(tickets)
        tool.reply(ticket, "1")
        requests = tool.requests()
        hub.die_at_next_write()
        with pytest.raises(Transient):
            hub.hear(*requests)
        assert [event.text for event in hub.events() if event.kind == "message"] == ["1"]
        hub.now += 400
        tool.reply(ticket, "2")
        hub.work()  # the hint that was not finished comes again
        hub.hear(*tool.requests())
        assert [event.text for event in hub.events() if event.kind == "message"] == ["2"]

    @shows("back: whatever fails on the way, each thing once")
    def test_a_tool_that_stumbles_is_asked_again_by_the_clock(
        self, hub: Hub, tool: AskedTool, tickets: Tickets
    ) -> None:
        ticket = next(tickets)
        tool.reply(ticket, "Ya sale")
        tool.fail_next()
        requests = tool.requests()
        hub.hear(requests[0])
        assert hub.events() == []
        assert len(hub.due()) == 1
        hub.now += 10
        hub.tick()
        assert [event.text for event in hub.events() if event.kind == "message"] == ["Ya sale"]
        assert hub.due() == []

    @shows("back: whatever fails on the way, each thing once")
    def test_a_tool_that_is_down_opens_the_breaker_and_holds_up_no_other(
        self, hub: Hub, tool: AskedTool, tickets: Tickets
    ) -> None:
        waiting = [next(tickets) for _ in range(7)]
        for ticket in waiting:
            tool.reply(ticket, "Ya sale")
        requests = tool.requests()
        working, hub.back = hub.back, Down(hub.name)
        hub.hear(*requests)
        assert hub.back.asked == 5
        assert len(hub.due()) == 7
        hub.back = working
        hub.now += 400
        hub.tick()
        assert len([event for event in hub.events() if event.kind == "message"]) == 7

    @shows("back: a ticket that is not ours is let be")
    def test_other_peoples_tickets_are_not_read(self, hub: Hub, tool: AskedTool, tickets: Tickets) -> None:
        next(tickets)
        tool.reply(tool.strange_ticket(), "De otro asunto")
        assert hub.told(tool) == []
        assert hub.metrics["hint_of_unknown_ticket"] > 0

    @shows("back: deletions and merges, chains of them too")
    def test_a_ticket_of_others_that_took_ours_in_is_ours_from_then_on(
        self, hub: Hub, tool: AskedTool, tickets: Tickets
    ) -> None:
        ours, theirs = next(tickets), tool.strange_ticket()
        tool.reply(theirs, "De otro asunto")
        hub.told(tool)
        tool.merge(ours, theirs)
        hub.told(tool)
        tool.reply(theirs, "Ya sale")
        events = hub.told(tool)
        assert [(event.thread, event.text) for event in events if event.kind == "message"] == [(theirs, "Ya sale")]
        assert hub.table.get(keys.remote(hub.name, "case", theirs)).item["case"] == f"k-{ours}"  # type: ignore[index]

    @shows("back: a long history is read to its end")
    def test_a_long_history_is_read_in_order(self, hub: Hub, tool: AskedTool, tickets: Tickets) -> None:
        ticket = next(tickets)
        for number in range(40):
            tool.reply(ticket, str(number))
        hub.hear(tool.requests()[0])
        assert [event.text for event in hub.events() if event.kind == "message"] == [str(n) for n in range(40)]

    @shows("back: a long history is read to its end")
    def test_out_of_time_the_clock_goes_on_with_it(self, hub: Hub, tool: AskedTool, tickets: Tickets) -> None:
        ticket = next(tickets)
        for number in range(40):
            tool.reply(ticket, str(number))
        hub.remaining_s = 1
        hub.hear(tool.requests()[0])
        texts: list[str | None] = []
        for _ in range(10):
            texts += [event.text for event in hub.events() if event.kind == "message"]
            hub.now += 70
            tool.pass_time(70)
            hub.tick()
        assert texts == [str(n) for n in range(40)]
        assert hub.due() == []

    @shows("back: two machines that answer each other are slowed down")
    def test_so_many_changes_of_one_ticket_wait_and_none_is_lost(
        self, hub: Hub, tool: AskedTool, tickets: Tickets
    ) -> None:
        ticket = next(tickets)
        for number in range(130):
            tool.reply(ticket, f"Respuesta automática {number}")
        requests = tool.requests()
        hub.hear(requests[0])
        first = [event for event in hub.events() if event.kind == "message"]
        assert 100 <= len(first) < 130
        hub.hear(requests[1])
        assert hub.events() == []
        assert hub.metrics["loop_suspected"] > 0
        hub.now += 601
        hub.tick()
        assert len(first) + len([event for event in hub.events() if event.kind == "message"]) == 130


class Down:
    """A tool that cannot be reached."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked = 0

    def told(self, told: Mapping[str, Any]) -> list[Happened]:
        return []

    def ticket_of(self, thing: str) -> str | None:
        raise Transient("it cannot be reached")

    def read(self, ticket: str, after: str | None, known: frozenset[str]) -> Read:
        self.asked += 1
        raise Transient("it cannot be reached")

    def changed_since(self, cursor: str | None, limit: int) -> Changed:
        raise Transient("it cannot be reached")
