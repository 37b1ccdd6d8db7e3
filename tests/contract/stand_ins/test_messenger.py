"""The stand-in of the Send API, asked by the hub's own way out, and by hand with what the hub would never say."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from local.stand_ins.messenger import Account, Courier, People, Provider, Server
from local.stand_ins.messenger.people import DAY_S, WEEK_S
from shared.channels.instagram import parse as instagram_parse
from shared.channels.instagram.limits import LIMITS as INSTAGRAM
from shared.channels.messenger import parse as messenger_parse
from shared.channels.messenger.limits import LIMITS as MESSENGER
from shared.domain.answer import Accepted, Address, Answer, Later, Lost, Option, Refused, SendOutcome
from shared.http.client import Client
from shared.http.transport import Dialer
from shared.meta.graph import Tokens
from shared.meta.origin import verify
from shared.meta.social import elements
from shared.meta.social.send import Place, SocialOut

PAGE, ACCOUNT, OWN = "400000000000001", "17840000000000001", "17840000000000002"
ANA, START, SECRET, LOOK = "5000000000000001", 1_795_340_000.0, "a secret", "look"
ACCOUNTS = (
    Account("messenger", PAGE, "facebook", frozenset({PAGE}), "EAApage", human_agent=True),
    Account("instagram", ACCOUNT, "facebook", frozenset({ACCOUNT, PAGE}), "EAApage"),
    Account("instagram", OWN, "instagram", frozenset({OWN, "me"}), "IGown", human_agent=True),
)


@dataclass
class World:
    """The stand-in, the hub that it tells, and the hub's ways out that lead to it."""

    now: float = START
    events: list[dict[str, Any]] = field(default_factory=list)
    refuses: int = 0

    def __post_init__(self) -> None:
        numbers = count(1)
        self.courier = Courier(self.post, lambda _channel, _account: SECRET)
        self.provider = Provider(ACCOUNTS, self.courier, lambda: self.now, new_id=lambda: f"OUT{next(numbers)}")
        self.server = Server(self.provider, lambda token: token == LOOK)

    def post(self, channel: str, body: bytes, headers: Mapping[str, str]) -> int:
        if self.refuses:
            self.refuses -= 1
            return 503
        verify(body, headers["X-Hub-Signature-256"], [SECRET])
        product, parse = {
            "messenger": ("page", messenger_parse.parse),
            "instagram": ("instagram", instagram_parse.parse),
        }[channel]
        self.events += [parse(one.raw).dump() for one in elements.split(body, channel, product)]
        return 200

    def way(self, one: Account, token: str | None = None, host: str | None = None, timeout_s: float = 5.0) -> SocialOut:
        limits = MESSENGER if one.channel == "messenger" else INSTAGRAM
        http = Client("t", clock=time.time, timeout_s=timeout_s, dialer=Dialer(allow_private=True, keeps=False))

        class Held:
            def get(self, name: str) -> dict[str, Any]:
                return {"access_token": token or one.token, "name": name}

        node = PAGE if one.host == "facebook" else one.id
        place = Place(host or one.host, node)  # type: ignore[arg-type]
        return SocialOut(
            limits, http, Tokens(Held(), lambda _: "s"), lambda _: place, lambda *_: None, self.server.hosts
        )

    def say(self, one: Account, answer: Answer | None = None, to: Address | None = None, **how: Any) -> SendOutcome:
        way = self.way(one, **how)
        [body, *_] = way.render(answer or Answer("Hola"), to or Address(one.channel, ANA), "hilo:c:1")
        return way.send(one.id, body)

    def raw(self, one: Account, **body: Any) -> dict[str, Any]:
        node = PAGE if one.host == "facebook" else one.id
        content = {"recipient": {"id": ANA}, "messaging_type": "RESPONSE", "message": {"text": "Hola"}} | body
        whole = {name: value for name, value in content.items() if value is not None}
        return self.provider.send(one.host, node, one.token, json.dumps(whole).encode()).content

    def kinds(self) -> list[str]:
        self.courier.wait()
        return [one["receipt"]["state"] if one.get("receipt") else one["kind"] for one in self.events]


@pytest.fixture
def world() -> Iterator[World]:
    """Running; Ana wrote to every account a minute ago."""
    made = World()
    made.server.start()
    made.courier.start()
    for one in ACCOUNTS:
        made.provider.wrote(one.channel, one.id, ANA, START - 60)
    yield made
    made.server.stop()
    made.courier.stop()
    assert not [thread for thread in threading.enumerate() if thread.name in ("courier", "stand-in")]


EACH = pytest.mark.parametrize("one", ACCOUNTS, ids=["messenger", "instagram by facebook", "instagram"])


@EACH
def test_what_the_hub_says_is_taken_echoed_and_told_of(world: World, one: Account) -> None:
    if one.id == ACCOUNT:  # one token, two accounts: whom the person is known to decides
        world = _alone(world)
    outcome = world.say(one)
    assert isinstance(outcome, Accepted)
    [got] = world.provider.delivered(ANA)
    assert (got.channel, got.content, got.mark) == (one.channel, {"text": "Hola"}, "hilo:c:1:0")
    states = ["message", "delivered", "read"] if one.channel == "messenger" else ["message", "read"]
    assert world.kinds() == states
    echo = world.events[0]
    assert (echo["direction"], echo["message_id"]) == ("outbound", outcome.id)
    assert echo["references"] == (["hilo:c:1:0"] if one.channel == "messenger" else []), "Instagram drops the mark"


def _alone(world: World) -> World:
    world.provider._people._last.pop(("messenger", PAGE, ANA))
    return world


@EACH
def test_everything_that_the_hub_renders_passes_the_other_reading_of_the_page(world: World, one: Account) -> None:
    way = world.way(one)
    options = tuple(Option(f"o{number}", f"Opción {number}") for number in range(13))
    for answer in (Answer("ñ" * 4001), Answer("😀" * 1500), Answer("¿Cuál?", options=options)):
        for body in way.render(answer, Address(one.channel, ANA), "hilo:c:1"):
            assert isinstance(way.send(one.id, body), Accepted)


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("no recipient", {"recipient": None}),
    ("two recipients", {"recipient": {"id": ANA, "comment_id": "c"}}),
    ("a key of another API", {"biz_opaque_callback_data": "x"}),
    ("no message", {"message": None}),
    ("text and file", {"message": {"text": "x", "attachment": {"type": "image", "payload": {"url": "https://x"}}}}),
    ("an empty text", {"message": {"text": " "}}),
    ("too long", {"message": {"text": "a" * 2001}}),
    ("fourteen", {"message": {"text": "x", "quick_replies": [{"content_type": "text", "title": "t"}] * 14}}),
    ("a long title", {"message": {"text": "x", "quick_replies": [{"content_type": "text", "title": "t" * 21}]}}),
    ("a file without address", {"message": {"attachment": {"type": "image", "payload": {}}}}),
    ("a kind of file", {"message": {"attachment": {"type": "sticker", "payload": {"url": "https://x"}}}}),
    ("a tag alone", {"tag": "HUMAN_AGENT"}),
    ("another tag", {"messaging_type": "MESSAGE_TAG", "tag": "ACCOUNT_UPDATE"}),
    ("no type", {"messaging_type": None}),
    ("an unknown type", {"messaging_type": "NOTE"}),
    ("metadata", {"message": {"text": "x", "metadata": "m" * 1001}}),
]


@pytest.mark.parametrize("body", [row[1] for row in WRONG], ids=[row[0] for row in WRONG])
def test_a_wrong_request_is_refused(world: World, body: dict[str, Any]) -> None:
    assert world.raw(ACCOUNTS[0], **body)["error"]["code"] == 100
    assert world.provider.delivered() == []


def test_instagram_counts_bytes_and_knows_reply_to(world: World) -> None:
    own = ACCOUNTS[2]
    assert world.raw(own, message={"text": "ñ" * 501})["error"]["code"] == 100
    assert "message_id" in world.raw(own, message={"text": "ñ" * 500}, reply_to={"mid": "m_1"})
    assert world.raw(ACCOUNTS[0], reply_to={"mid": "m_1"})["error"]["code"] == 100


def test_token_and_host_of_each_flavour(world: World) -> None:
    assert world.say(ACCOUNTS[0], token="EAAwrong") == Later("190", whole_account=True, stops=True)
    for refused in (world.say(ACCOUNTS[2], token="EAApage"), world.say(ACCOUNTS[2], host="facebook")):
        assert isinstance(refused, Refused)
        assert refused.code == "100/2534014"
    assert world.say(ACCOUNTS[0], to=Address("messenger", "7")).code == "100/2018001"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("one", "age", "permit", "expected"),
    [
        (ACCOUNTS[0], DAY_S - 60, "free", None),
        (ACCOUNTS[0], DAY_S, "free", "10/2018278"),
        (ACCOUNTS[2], DAY_S, "free", "10/2534022"),
        (ACCOUNTS[0], DAY_S, "human", None),
        (ACCOUNTS[2], WEEK_S - 3600, "human", None),
        (ACCOUNTS[0], WEEK_S, "human", "10/2018278"),
        (ACCOUNTS[1], DAY_S, "human", "human_agent"),
    ],
)
def test_windows_and_the_tag(world: World, one: Account, age: float, permit: Any, expected: str | None) -> None:
    if one.id == ACCOUNT:
        world = _alone(world)
    world.now = START - 60 + age
    outcome = world.say(one, Answer("Hola", permit=permit))
    assert getattr(outcome, "code", None) == expected


@EACH
def test_a_comment_has_one_private_answer_within_a_week(world: World, one: Account) -> None:
    for number in ("c1", "c2"):
        world.provider.commented(one.channel, one.id, number, "6", START - 60)
    first = world.say(one, to=Address("comment", "c1"))
    assert isinstance(first, Accepted)
    assert first.learnt == Address(one.channel, "96" if one.channel == "messenger" else "6")
    assert world.say(one, to=Address("comment", "c1")).code == "10900"  # type: ignore[union-attr]
    world.now += WEEK_S
    assert world.say(one, to=Address("comment", "c2")).code == "10/2018278"  # type: ignore[union-attr]
    closed = world.say(one, to=first.learnt)
    assert isinstance(closed, Refused), "the window opens only when they write"
    assert closed.window


@pytest.mark.parametrize("echo", ["before", "after"])
def test_a_lost_answer_was_delivered_all_the_same(world: World, echo: str) -> None:
    world.provider.behave({"loses": 1, "echo": echo})
    assert world.say(ACCOUNTS[0]) == Lost("no_answer")
    assert len(world.provider.delivered(ANA)) == 1
    assert world.kinds() == ["message", "delivered", "read"]
    assert isinstance(world.say(ACCOUNTS[0]), Accepted)


def test_a_late_answer_is_lost_too(world: World) -> None:
    world.provider.behave({"answers_after_s": 1.0})
    assert world.say(ACCOUNTS[0], timeout_s=0.2) == Lost("no_answer")


def test_it_tells_in_any_order_and_again_until_it_is_heard(world: World) -> None:
    world.refuses = 2
    world.provider.behave({"order": "reversed", "copies": 2})
    world.say(ACCOUNTS[0])
    assert world.kinds() == ["read", "read", "delivered", "delivered", "message"]
    assert [state for _, state in world.provider.phone([ANA])] == ["read"]
    world.provider.behave({"echo": "never", "receipts": []})
    world.say(ACCOUNTS[0])
    assert len(world.kinds()) == 5


def test_it_refuses_as_it_is_told_to(world: World) -> None:
    world.provider.behave({"refuses": ["551/1545041", "2"]})
    assert world.say(ACCOUNTS[0]).code == "551/1545041"  # type: ignore[union-attr]
    assert world.say(ACCOUNTS[0]) == Lost("2")
    for wrong in ({"loses": -1}, {"echo": "x"}, {"nothing": 1}, {"refuses": [1]}):
        with pytest.raises(ValueError, match="cannot be that"):
            world.provider.behave(wrong)


def test_who_wrote_is_seen_in_deliveries_and_a_restart_closes_no_window(tmp_path: Path) -> None:
    journal = tmp_path / "people.jsonl"
    people = People(journal=journal, now=START)
    ends = {"sender": {"id": ANA}, "recipient": {"id": PAGE}, "timestamp": int(START * 1000)}
    comment = {"field": "feed", "value": {"comment_id": "c1", "from": {"id": "6"}}}
    entry = {"id": PAGE, "messaging": [{**ends, "message": {"mid": "m", "text": "x"}}], "changes": [comment]}
    people.saw("messenger", json.dumps({"object": "page", "entry": [entry]}).encode(), START, {})
    people.saw("messenger", b"[]", START, {})
    assert people.comments["messenger", PAGE, "c1"].person == "96"
    with journal.open("a", encoding="utf-8") as file:
        file.write('["cut sho')
    again = People(journal=journal, now=START + DAY_S)
    assert again.age("messenger", PAGE, ANA, START + 5) == 5
    assert People(journal=journal, now=START + WEEK_S).age("messenger", PAGE, ANA, START) is None
