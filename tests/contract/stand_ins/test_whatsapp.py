"""The stand-in for Meta's sending API refuses, delivers and reports as the sheet says; the hub's way out agrees."""

from __future__ import annotations

import http.client
import json
import time
from typing import Any

import pytest

from local.stand_ins.whatsapp.media import Shelf
from shared.channels.whatsapp.render import render
from shared.channels.whatsapp.way_out import connect
from shared.configuration import parse
from shared.domain.answer import Accepted, Address, Answer, Later, Lost, Refused, Template
from tests.contract.stand_ins.world import ACCOUNT, ANA, ANA_ID, LOOK, OTHER, START, TOKEN, World
from tests.contract.whatsapp.test_render import ROWS

DAY_S = 24 * 3600


def code_of(outcome: Any) -> str:
    return str(getattr(outcome, "code", outcome))


def text(body: Any) -> dict[str, Any]:
    return {"type": "text", "text": {"body": body}}


def interactive(kind: str, action: dict[str, Any], body: str = "¿Cuál?") -> dict[str, Any]:
    return {"type": "interactive", "interactive": {"type": kind, "action": action, "body": {"text": body}}}


def buttons(*choices: tuple[str, str]) -> dict[str, Any]:
    made = [{"type": "reply", "reply": {"id": one, "title": title}} for one, title in choices]
    return interactive("button", {"buttons": made})


def rows(number: int, **more: Any) -> dict[str, Any]:
    made = [{"id": str(one), "title": f"Fila {one}", **more} for one in range(number)]
    return interactive("list", {"button": "Ver", "sections": [{"rows": made}]})


def template(name: str, *parameters: dict[str, Any], language: str = "es") -> dict[str, Any]:
    components = [{"type": "body", "parameters": list(parameters)}]
    return {
        "type": "template",
        "template": {"name": name, "language": {"code": language}, "components": components},
    }


def parameter(said: str = "123", **more: str) -> dict[str, Any]:
    return {"type": "text", "text": said, **more}


FAULTS: list[tuple[str, dict[str, Any], str]] = [
    ("no product", {"messaging_product": None}, "100"),
    ("no addressee", {"to": ""}, "131008"),
    ("a phone that is none", {"to": "+12 02"}, "131009"),
    ("an id that is none", {"recipient": "12"}, "131009"),
    ("a type that is none", {"type": "hologram", "hologram": {}}, "131051"),
    ("a type without content", {"type": "image"}, "131008"),
    ("an empty text", text(""), "131008"),
    ("a text that is none", text(7), "131009"),
    ("4097 characters", text("a" * 4097), "100"),
    ("4096, one of them an emoji", text("a" * 4095 + "😀"), "100"),
    ("callback data of 513 bytes", {"biz_opaque_callback_data": "ñ" * 257}, "100"),
    ("a context without id", {"context": {}}, "131008"),
    ("a file by nothing", {"type": "image", "image": {}}, "131008"),
    ("a file by both", {"type": "image", "image": {"id": "M9", "link": "https://example.com/i.png"}}, "131008"),
    ("a link that is none", {"type": "image", "image": {"link": "cid:1"}}, "131053"),
    ("a caption of 1025", {"type": "image", "image": {"id": "M9", "caption": "a" * 1025}}, "100"),
    ("sound with a caption", {"type": "audio", "audio": {"id": "M9", "caption": "a"}}, "100"),
    ("an image with a file name", {"type": "image", "image": {"id": "M9", "filename": "a.png"}}, "100"),
    ("four buttons", buttons(*((str(n), str(n)) for n in range(4))), "131009"),
    ("no buttons", buttons(), "131009"),
    ("a title of 21", buttons(("a", "a" * 21)), "100"),
    ("two buttons of one name", buttons(("a", "A"), ("b", "A")), "131009"),
    ("eleven rows", rows(11), "131009"),
    ("a description of 73", rows(1, description="a" * 73), "100"),
    ("a body of 1025 above buttons", interactive("button", {"buttons": []}, "a" * 1025), "100"),
    ("another interactive", interactive("carousel", {}), "131009"),
    ("a template nobody approved", template("none"), "132001"),
    ("a language nobody approved", template("hello", language="pt"), "132001"),
    ("too few parameters", template("case_update", parameter(), language="es_EC"), "132000"),
    ("too many parameters", template("hello", parameter()), "132000"),
    ("a parameter without its name", template("named", parameter()), "132012"),
    ("a parameter of two lines", template("named", parameter("a\nb", parameter_name="case")), "100"),
    ("a template that is paused", template("paused"), "132015"),
]


@pytest.mark.parametrize(("body", "code"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
def test_what_is_wrong_is_refused_and_not_delivered(world: World, body: dict[str, Any], code: str) -> None:
    assert code_of(world.send(**body)) == code
    assert world.provider.delivered() == []


@pytest.mark.parametrize("answer", [row[1] for row in ROWS if row[1].template is None], ids=lambda _: "")
def test_whatever_the_hub_renders_is_taken_and_delivered_in_order(world: World, answer: Answer) -> None:
    world.provider.shelf = Shelf(lambda: START, lambda: "M9")  # the file that all of them name
    world.provider.shelf.put(b"a file", "image/png")
    bodies = render(answer, Address("phone", ANA), "hilo:c1:7")
    assert [world.way.send(ACCOUNT, body) for body in bodies] == [
        Accepted(f"wamid.OUT{number}") for number in range(1, len(bodies) + 1)
    ]
    got = world.provider.delivered(ANA)
    assert [(one.kind, one.content, one.mark) for one in got] == [
        (body["type"], body[body["type"]], body["biz_opaque_callback_data"]) for body in bodies
    ]


@pytest.mark.parametrize(
    ("wanted", "to"),
    [
        (Template("case_update", "es_EC", ("123", "abierto")), Address("phone", "12025550142")),
        (Template("named", "es", {"case": "123"}), Address("whatsapp", "EC.2")),
        (Template("code", "es", ("123456",)), Address("phone", "12025550142")),
    ],
)
def test_templates_go_to_people_who_never_wrote(world: World, wanted: Template, to: Address) -> None:
    [body] = render(Answer(template=wanted), to, "m")
    assert isinstance(world.way.send(ACCOUNT, body), Accepted)
    assert [one.kind for one in world.provider.delivered(to.value)] == ["template"]


def test_a_code_needs_a_phone(world: World) -> None:
    [body] = render(Answer(template=Template("code", "es", ("1",))), Address("whatsapp", "EC.2"), "m")
    assert code_of(world.way.send(ACCOUNT, body)) == "131062"


WINDOWS = [
    ("23:59:59 after", START - DAY_S + 1, ACCOUNT, True),
    ("24 h after", START - DAY_S, ACCOUNT, False),
    ("on another number", START - 1, OTHER, False),
]


@pytest.mark.parametrize(("at", "account", "is_open"), [row[1:] for row in WINDOWS], ids=[row[0] for row in WINDOWS])
def test_the_window_of_a_number(world: World, at: float, account: str, is_open: bool) -> None:
    world.provider.wrote(account, "12025550142", at=at)
    outcome = world.send(to="+12025550142")
    assert isinstance(outcome, Accepted) == is_open
    assert is_open or (isinstance(outcome, Refused) and outcome.window and outcome.code == "131047")
    assert world.texts("12025550142") == (["Hola"] if is_open else [])


def test_a_closed_window_that_is_told_by_a_receipt(world: World) -> None:
    world.provider.behave({"window_fails_later": True})
    assert isinstance(world.send(to="+12025550142", biz_opaque_callback_data="hilo:c1:7:0"), Accepted)
    world.receipts.wait()
    [event] = world.hub.events
    assert event["receipt"]["state"] == "failed"
    assert event["receipt"]["error"]["code"] == "131047"
    assert event["references"] == ["hilo:c1:7:0"]
    assert world.texts("12025550142") == []


def test_it_knows_who_wrote_by_what_goes_to_the_hub(world: World, seen_by_hub: Any) -> None:
    ids = {"from": "12025550142", "from_user_id": "US.7", "id": "wamid.IN", "timestamp": str(int(START))}
    world.provider.saw(seen_by_hub(**ids, type="reaction"))
    assert code_of(world.send(to="+12025550142")) == "131047", "a reaction opens nothing"
    for rubbish in (b"{", b"[]", b'{"entry": 7}', seen_by_hub(**{**ids, "timestamp": "soon"}, type="text")):
        world.provider.saw(rubbish)
    assert code_of(world.send(to="+12025550142")) == "131047"
    world.provider.saw(seen_by_hub(**ids, type="text"))
    assert isinstance(world.send(to="+12025550142"), Accepted)
    assert isinstance(world.send(recipient="US.7"), Accepted)
    assert world.texts("US.7") == world.texts("12025550142") == ["Hola", "Hola"]


ADDRESSES: list[tuple[str, dict[str, Any], Any, str | None]] = [
    ("a phone", {"to": f"+{ANA}"}, Accepted("wamid.OUT1"), ANA),
    ("an id", {"recipient": ANA_ID}, Accepted("wamid.OUT1"), ANA_ID),
    ("both: the phone wins", {"to": f"+{ANA}", "recipient": "EC.2"}, Accepted("wamid.OUT1"), ANA),
    ("without its plus sign another country's", {"to": ANA}, "131047", None),
]


@pytest.mark.parametrize(
    ("to", "outcome", "reached"), [row[1:] for row in ADDRESSES], ids=[row[0] for row in ADDRESSES]
)
def test_where_it_goes(world: World, to: dict[str, Any], outcome: Any, reached: str | None) -> None:
    said = world.send(**to)
    assert (said if isinstance(outcome, Accepted) else code_of(said)) == outcome
    assert [one.to for one in world.provider.delivered()] == ([reached] if reached else [])


def test_a_phone_that_whatsapp_knows_otherwise_is_told(world: World) -> None:
    world.provider.wrote(ACCOUNT, "525550000001")
    assert world.send(to="+5215550000001") == Accepted("wamid.OUT1", Address("phone", "525550000001"))


def test_one_who_is_not_on_whatsapp_fails_later(world: World) -> None:
    world.provider.wrote(ACCOUNT, "12025550199")
    assert isinstance(world.send(to="+12025550199"), Accepted)
    world.receipts.wait()
    assert [event["receipt"]["error"]["code"] for event in world.hub.events] == ["131026"]
    assert world.provider.delivered("12025550199") == []


@pytest.mark.parametrize(
    ("secrets", "account", "outcome"),
    [
        ({"access_token": "another"}, ACCOUNT, Later("190", whole_account=True, stops=True)),
        ({"access_token": TOKEN}, "200000000000009", "100"),
    ],
)
def test_only_our_own_token_sends_and_only_from_our_numbers(
    world: World, secrets: dict[str, str], account: str, outcome: Any
) -> None:
    world.secrets = secrets
    said = world.send(account)
    assert outcome in (said, code_of(said))
    assert world.provider.delivered() == []


def test_one_person_gets_a_burst_and_then_one_each_six_seconds(world: World) -> None:
    said = [code_of(world.send()) for _ in range(46)]
    assert said[45] == "131056"
    assert "131056" not in said[:45]
    world.now += 5.9
    assert world.send() == Later("131056", 6.0)
    world.now += 0.2
    assert isinstance(world.send(), Accepted)
    assert code_of(world.send()) == "131056"
    assert isinstance(world.send(recipient="EC.2", **template("hello")), Accepted), "nobody else is held up"
    assert len(world.texts()) == 46


def test_a_number_sends_eighty_a_second(world: World) -> None:
    hello = template("hello")
    said = [code_of(world.send(to=f"+1202555{number:04}", **hello)) for number in range(81)]
    assert said[80] == "130429"
    assert "130429" not in said[:80]
    assert world.send(to="+12025550500", **hello) == Later("130429", whole_account=True)
    assert isinstance(world.send(OTHER, to="+12025550500", **hello), Accepted)
    world.now += 1
    assert isinstance(world.send(to="+12025550500", **hello), Accepted)


def test_receipts_carry_our_mark_and_are_signed(world: World) -> None:
    world.send(biz_opaque_callback_data="hilo:c1:7:0")
    world.receipts.wait()
    assert world.hub.states() == ["sent", "delivered", "read"]
    assert {event["receipt"]["target"] for event in world.hub.events} == {"wamid.OUT1"}
    assert all(event["references"] == ["hilo:c1:7:0"] for event in world.hub.events)
    assert [one["value"] for one in world.hub.events[0]["identities"]] == [f"+{ANA}"]


def test_receipts_of_an_id_bear_no_phone(world: World) -> None:
    world.send(recipient=ANA_ID)
    world.receipts.wait()
    assert {one["value"] for event in world.hub.events for one in event["identities"]} == {ANA_ID}


def test_receipts_in_another_order_and_more_than_once(world: World) -> None:
    world.provider.behave({"order": "reversed", "copies": 2})
    world.send()
    world.receipts.wait()
    assert world.hub.states() == ["read", "read", "delivered", "delivered", "sent", "sent"]
    world.provider.behave({"order": "shuffled", "copies": 3, "receipts": ["sent", "delivered"]})
    world.send()
    world.receipts.wait()
    shuffled = world.hub.states()[6:]
    assert sorted(shuffled) == ["delivered"] * 3 + ["sent"] * 3
    assert shuffled not in (sorted(shuffled), sorted(shuffled, reverse=True))
    world.provider.behave({"receipts": []})
    world.send()
    world.receipts.wait()
    assert len(world.hub.events) == 12


def test_receipts_are_reported_again_until_the_hub_takes_them(world: World) -> None:
    world.hub.refuses = 2
    world.send()
    world.receipts.wait()
    assert world.hub.states() == ["sent", "delivered", "read"]


def test_an_answer_that_is_late_or_lost_leaves_the_outcome_open_and_the_message_delivered(world: World) -> None:
    world.way = world.way_out(timeout_s=0.3)
    world.provider.behave({"answers_after_s": 1, "receipts": []})
    assert world.send() == Lost("no_answer")
    world.provider.behave({"answers_after_s": 0, "loses": 1})
    assert world.send() == Lost("no_answer")
    assert isinstance(world.send(), Accepted)
    assert len(world.texts()) == 3, "what is sent again comes twice: there is no idempotency key"


def test_it_refuses_as_it_is_told_to(world: World) -> None:
    world.provider.behave({"refuses": [131000, 131056, 131031]})
    assert world.send() == Later("131000")
    assert world.send() == Later("131056", 6.0)
    assert world.send() == Later("131031", whole_account=True, stops=True)
    assert isinstance(world.send(), Accepted)
    world.provider.behave({"fails_later": 131049})
    assert isinstance(world.send(), Accepted)
    world.receipts.wait()
    assert world.hub.states().count("failed") == 1
    assert len(world.texts()) == 1


def ask(world: World, method: str, path: str, token: str = LOOK, body: Any = None) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", int(world.server.url.rpartition(":")[2]), timeout=5)
    try:
        content = None if body is None else json.dumps(body)
        connection.request(method, path, content, {"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def test_the_page_sees_what_people_got(world: World) -> None:
    world.send(context={"message_id": "wamid.IN"})
    world.send(recipient="EC.2", **template("hello"))
    status, answer = ask(world, "GET", f"/stand-in/delivered?person={ANA_ID}")
    assert status == 200
    [one] = answer["delivered"]
    assert (one["n"], one["kind"], one["content"], one["quotes"]) == (1, "text", {"body": "Hola"}, "wamid.IN")
    assert [one["n"] for one in ask(world, "GET", "/stand-in/delivered?after=1")[1]["delivered"]] == [2]
    assert ask(world, "GET", "/stand-in/delivered?after=%C2%B2")[0] == 200, "a digit, and no number"


def test_it_is_told_over_http(world: World) -> None:
    assert ask(world, "POST", "/stand-in/wrote", body={"account": ACCOUNT, "user_id": "EC.2"})[0] == 200
    assert isinstance(world.send(recipient="EC.2"), Accepted)
    status, behaviour = ask(world, "POST", "/stand-in/behaviour", body={"copies": 2, "refuses": [4]})
    assert (status, behaviour["copies"], behaviour["order"]) == (200, 2, "in_order")
    assert world.send() == Later("4", whole_account=True)


@pytest.mark.parametrize(
    ("method", "path", "token", "body", "status"),
    [
        ("GET", "/stand-in/delivered", "wrong", None, 401),
        ("POST", "/stand-in/wrote", "wrong", {"account": ACCOUNT, "phone": ANA}, 401),
        ("POST", "/stand-in/behaviour", TOKEN, {"loses": 1}, 401),
        ("POST", "/stand-in/behaviour", LOOK, {"order": "sideways"}, 400),
        ("POST", "/stand-in/behaviour", LOOK, {"copies": True}, 400),
        ("POST", "/stand-in/behaviour", LOOK, {"nothing": 1}, 400),
        ("POST", "/stand-in/behaviour", LOOK, 7, 400),
        ("POST", "/stand-in/wrote", LOOK, {"account": ACCOUNT}, 400),
        ("POST", "/stand-in/wrote", LOOK, {"who": 1}, 400),
        ("GET", "/anything", LOOK, None, 404),
        ("POST", "/anything", LOOK, {}, 404),
    ],
)
def test_who_may_not_look_or_asks_wrongly(
    world: World, method: str, path: str, token: str, body: Any, status: int
) -> None:
    assert ask(world, method, path, token, body)[0] == status
    assert world.provider.behaviour == type(world.provider.behaviour)()


def test_what_is_no_json_is_refused(world: World) -> None:
    said = world.provider.send(ACCOUNT, TOKEN, b"{")
    assert (said.status, said.content["error"]["code"]) == (400, 100)
    assert set(said.content["error"]) == {"message", "type", "code", "error_data", "fbtrace_id"}


def test_the_configured_way_out_leads_here(world: World) -> None:
    text = (
        "brands: [{name: acme, languages: [es], default_country: EC, time_zone: America/Guayaquil}]\n"
        f'accounts: [{{channel: whatsapp, id: "{ACCOUNT}", brand: acme, secret: whatsapp}}]'
    )
    way = connect(parse(text, "hub.yaml", {}), world, time.time, root=world.server.url, allow_private=True)
    [body] = way.render(Answer("Hola"), Address("phone", ANA), "hilo:c1:7")
    assert way.send(ACCOUNT, body) == Accepted("wamid.OUT1")
    assert way.send(OTHER, body) == Later("no_token", whole_account=True, stops=True)
    assert "24" in way.advice("131047", "pt")
