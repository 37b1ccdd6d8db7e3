"""Messenger and Instagram tell us of everything that is said for us: of our own answers, and of what staff write in
Meta's own inbox. The echo comes before our own pen, after it, or alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest

from shared.application.record import Outcome
from shared.domain.answer import Accepted, Later, Lost
from shared.domain.event import Event
from tests.engine.record.bench import START

ACCOUNTS = {"messenger": "400000000000001", "instagram": "17840000000000001"}
ANA = "5000000000000001"
CHANNELS = pytest.mark.parametrize("channel", sorted(ACCOUNTS))


@dataclass
class Meta:
    """What Meta delivers for one account, to an office."""

    office: Any
    channel: str

    @property
    def account(self) -> str:
        return ACCOUNTS[self.channel]

    def event(self, *, ours: bool = False, at: timedelta = timedelta(), person: str = ANA, **said: Any) -> Event:
        sender, recipient = (self.account, person) if ours else (person, self.account)
        moment = int((START + at).timestamp() * 1000)
        item = {"sender": {"id": sender}, "recipient": {"id": recipient}, "timestamp": moment, **said}
        product = "page" if self.channel == "messenger" else "instagram"
        return self.read({"object": product, "entry": [{"id": self.account, "messaging": [item]}]})

    def read(self, body: dict[str, Any]) -> Event:
        module = f"shared.channels.{self.channel}"
        [element] = import_module(f"{module}.webhook").split(json.dumps(body).encode())
        event: Event = import_module(f"{module}.parse").parse(element.raw)
        return event

    def writes(self, mid: str = "m1", text: str = "Hola", **more: Any) -> Outcome:
        done: Outcome = self.office.record(self.event(message={"mid": mid, "text": text}, **more))
        return done

    def echo(self, mid: str, text: str | None = "Buenas tardes", mark: str | None = None, **more: Any) -> Outcome:
        message: dict[str, Any] = {"mid": mid, "is_echo": True} | ({"text": text} if text else {})
        message |= {"metadata": mark} if mark else {}
        done: Outcome = self.office.record(self.event(ours=True, message=message, **more))
        return done

    def answered(self, **more: Any) -> tuple[str, Outcome]:
        """Ana has written, an agent has answered: the case, and the answer's entry."""
        case = self.writes().case
        assert case
        return case, self.office.answers(self.office.opened(case), **more)


@pytest.fixture(params=sorted(ACCOUNTS))
def meta(office: Any, request: pytest.FixtureRequest) -> Meta:
    return Meta(office, request.param)


def texts(meta: Meta, case: str) -> list[str | None]:
    return [entry.text for entry in meta.office.log(case) if entry.kind == "message"]


def test_an_echo_after_our_own_pen_is_no_entry_and_says_when_it_went_out(meta: Meta) -> None:
    case, answer = meta.answered()
    assert meta.office.carry(meta.office.order(answer)) == "sent"
    mark = meta.office.way.said[0][1]["mark"]
    done = meta.echo("wamid.out.1", mark=mark, at=timedelta(seconds=7))
    assert (done.result, done.case, done.sequence) == ("copy", case, answer.sequence)
    assert texts(meta, case) == ["Hola", "Buenas tardes"]
    assert meta.office.entry(answer)["sent_at"] == "2026-11-22T10:00:07Z"


def test_an_echo_before_our_own_pen_is_no_entry_either(meta: Meta) -> None:
    """While our request is under way; what is left to say is said all the same."""
    case, answer = meta.answered(text="A" * 1000 + "B" * 200)

    class Quick:
        def __getattr__(self, name: str) -> Any:
            return getattr(way, name)

        def send(self, account: str, body: dict[str, Any]) -> Any:
            said = way.send(account, body)
            mark = body["mark"] if meta.channel == "messenger" else None
            assert meta.echo(said.id, text=body["text"], mark=mark).result == "copy"
            return said

    way = meta.office.way
    meta.office.way = Quick()
    assert meta.office.carry(meta.office.order(answer)) == "sent"
    assert [len(body["text"]) for _, body in way.said] == [1000, 200]
    assert meta.office.send_of(answer)["ids"] == ["wamid.out.1", "wamid.out.2"]
    assert len(texts(meta, case)) == 2


class Dying:
    """A worker that is gone, or that hears nothing, once Meta has taken the request and told of it."""

    def __init__(self, meta: Meta, end: Any) -> None:
        self._meta, self._way, self._end = meta, meta.office.way, end

    def __getattr__(self, name: str) -> Any:
        return getattr(self._way, name)

    def send(self, account: str, body: dict[str, Any]) -> Any:
        said = self._way.send(account, body)
        mark = body["mark"] if self._meta.channel == "messenger" else None
        assert self._meta.echo(said.id, text=body["text"], mark=mark).result == "copy"
        if isinstance(self._end, BaseException):
            raise self._end
        return self._end


@pytest.mark.parametrize("longest", [1000, 20])
def test_an_echo_proves_what_its_worker_never_said(meta: Meta, longest: int) -> None:
    """The worker dies between Meta's answer and writing it down: nothing is sent twice, nothing is doubted, and what is
    left to say is said."""
    case, answer = meta.answered(text="Buenas tardes, ¿en qué le puedo ayudar?")
    way = meta.office.way
    way.longest = longest
    meta.office.way = Dying(meta, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        meta.office.carry(meta.office.order(answer))
    meta.office.way = way
    meta.office.seconds += 300
    first = meta.office.carry(meta.office.order(answer))
    assert first == ("sent" if longest == 1000 else "waiting")
    while meta.office.send_of(answer)["state"] == "queued":
        assert meta.office.carry(meta.office.order(answer)) == "sent"
    assert "".join(body["text"] for _, body in way.said) == "Buenas tardes, ¿en qué le puedo ayudar?"
    sent = meta.office.send_of(answer)
    assert (sent["state"], sent["ids"]) == ("sent", [f"wamid.out.{n + 1}" for n in range(len(way.said))])
    assert len(texts(meta, case)) == 2


@pytest.mark.parametrize("end", [Lost("no_answer"), Later("busy")], ids=["lost", "later"])
def test_an_echo_outweighs_an_answer_that_came_out_wrong(meta: Meta, end: Any) -> None:
    _, answer = meta.answered()
    way = meta.office.way
    meta.office.way = Dying(meta, end)
    meta.office.carry(meta.office.order(answer))
    meta.office.way = way
    meta.office.seconds += 3600
    meta.office.carry(meta.office.order(answer, due=meta.office.send_of(answer).get("due_sk", "").partition("#")[0]))
    assert len(way.said) == 1
    assert (meta.office.send_of(answer)["state"], meta.office.send_of(answer)["ids"]) == ("sent", ["wamid.out.1"])


def test_an_echo_settles_what_nobody_knew_of(meta: Meta) -> None:
    case, answer = meta.answered()
    meta.office.way.answers.append(Lost("no_answer"))
    assert meta.office.carry(meta.office.order(answer)) == "unknown"
    mark = meta.office.way.said[0][1]["mark"] if meta.channel == "messenger" else None
    assert meta.echo("mid.late", mark=mark).result == "copy"
    sent = meta.office.send_of(answer)
    assert (sent["state"], sent["ids"]) == ("sent", ["mid.late"])
    assert texts(meta, case) == ["Hola", "Buenas tardes"]
    read = (
        meta.event(read={"mid": "mid.late"}) if meta.channel == "instagram" else meta.event(read={"watermark": 2**45})
    )
    assert meta.office.record(read).result == "receipt"
    assert meta.office.entry(answer)["delivery"] == "read"


def test_what_overtook_the_answer_is_let_in_by_its_echo(meta: Meta) -> None:
    _, answer = meta.answered()
    meta.office.way.answers.append(Lost("no_answer"))
    meta.office.carry(meta.office.order(answer))
    reaction = meta.event(reaction={"mid": "mid.late", "action": "react", "emoji": "❤"})
    assert meta.office.record(reaction).result == "waiting"
    mark = meta.office.way.said[0][1]["mark"] if meta.channel == "messenger" else None
    assert meta.echo("mid.late", mark=mark).had_waiting


def test_what_staff_write_in_metas_inbox_is_an_answer_and_goes_nowhere_again(meta: Meta) -> None:
    case, answer = meta.answered()
    meta.office.carry(meta.office.order(answer))
    done = meta.echo("mid.inbox", text="Soy Eva, ya le ayudo")
    assert (done.result, done.case) == ("recorded", case)
    entry = meta.office.log(case)[-1]
    assert (entry.direction, entry.author.type, entry.text) == ("outbound", "agent", "Soy Eva, ya le ayudo")
    assert "to" not in meta.office.entry(done)
    assert meta.echo("mid.inbox", text="Soy Eva, ya le ayudo").result == "copy"


def test_a_mark_that_is_not_of_this_account_settles_nothing(meta: Meta) -> None:
    _, answer = meta.answered()
    meta.office.way.answers.append(Lost("no_answer"))
    meta.office.carry(meta.office.order(answer))
    other = Meta(meta.office, "messenger" if meta.channel == "instagram" else "instagram")
    mark = meta.office.way.said[0][1]["mark"]
    assert other.echo("mid.foreign", text="Otra cosa", mark=mark).result == "recorded"
    assert meta.office.send_of(answer)["state"] == "unknown"


def test_an_echo_to_somebody_unknown_makes_a_customer_who_waits_for_nothing(meta: Meta) -> None:
    done = meta.echo("mid.first", text="Buenos días", person="5000000000000009")
    assert done.result == "recorded"
    assert meta.office.case(done.case)["state"] == "open"


def test_receipts_up_to_a_moment_mark_what_went_out_by_then(office: Any) -> None:
    meta = Meta(office, "messenger")
    case, first = meta.answered()
    office.carry(office.order(first))
    meta.echo("wamid.out.1", mark=office.way.said[0][1]["mark"], at=timedelta(seconds=5))
    second = office.answers(f"T-{case}", "r2", "¿Algo más?")
    office.carry(office.order(second))
    meta.echo("wamid.out.2", mark=office.way.said[1][1]["mark"], at=timedelta(seconds=20))
    watermark = int((START + timedelta(seconds=10)).timestamp() * 1000)
    assert office.record(meta.event(delivery={"watermark": watermark}, at=timedelta(seconds=11))).result == "receipt"
    assert [office.entry(one)["delivery"] for one in (first, second)] == ["delivered", "sent"]
    assert office.record(meta.event(read={"watermark": watermark + 60_000})).result == "receipt"
    assert [office.entry(one)["delivery"] for one in (first, second)] == ["read", "read"]


def test_a_moment_marks_no_answer_that_has_not_gone_out(office: Any) -> None:
    meta = Meta(office, "messenger")
    _, answer = meta.answered()
    office.record(meta.event(read={"watermark": 2**45}))
    assert "delivery" not in office.entry(answer)


def test_on_instagram_a_read_message_and_all_before_it_were_seen(office: Any) -> None:
    meta = Meta(office, "instagram")
    case, first = meta.answered()
    office.carry(office.order(first))
    office.seconds += 10
    second = office.answers(f"T-{case}", "r2", "¿Algo más?")
    office.carry(office.order(second))
    office.seconds += 10
    third = office.answers(f"T-{case}", "r3", "Avíseme")
    office.carry(office.order(third))
    assert office.record(meta.event(read={"mid": "wamid.out.2"})).result == "receipt"
    assert [office.entry(one).get("delivery") for one in (first, second, third)] == ["read", "read", None]


def test_a_receipt_of_a_stranger_is_counted(office: Any) -> None:
    meta = Meta(office, "messenger")
    assert office.record(meta.event(read={"watermark": 2**45}, person="7")).result == "ignored"


@CHANNELS
def test_the_usual_way_costs_what_it_costs_everywhere(office: Any, channel: str) -> None:
    meta = Meta(office, channel)
    meta.writes("m1")
    office.table.reset()
    meta.writes("m2", "Otra cosa", at=timedelta(seconds=5))
    assert (office.table.reads, [len(one) for one in office.table.transactions]) == (2, [3])


def test_accepted_ids_and_echoes_agree(meta: Meta) -> None:
    """Two answers in a row: each echo leads to its own."""
    case, first = meta.answered()
    meta.office.way.answers += [Accepted("mid.a"), Accepted("mid.b")]
    meta.office.carry(meta.office.order(first))
    second = meta.office.answers(f"T-{case}", "r2", "¿Algo más?")
    meta.office.carry(meta.office.order(second))
    assert meta.echo("mid.b", "¿Algo más?").sequence == second.sequence
    assert meta.echo("mid.a").sequence == first.sequence
