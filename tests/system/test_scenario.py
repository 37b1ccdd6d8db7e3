"""The demonstration's story: played by the page's button and `hilo demo` to the hub that runs here."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from local.scenario import Scenario
from local.story import Story, delivery, read_story
from shared.channels.whatsapp.parse import parse
from shared.channels.whatsapp.webhook import split
from shared.domain.errors import Misconfigured

ROOT = Path(__file__).parents[2]
ANA, LUIS = "phone:+12025550143", "phone:+12025550144"
MAITE = "whatsapp:EC.2000000000000000003"
ACCOUNT = "200000000000001"


@pytest.fixture(scope="module")
def story() -> Story:
    return read_story("pedido")


def start(hub: Any, wish: dict[str, Any], token: str | None = None) -> tuple[int, Any]:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token or hub.access['token']}"}
    status, body = hub.ask("POST", "/local/scenario", json.dumps(wish).encode(), headers)
    return status, json.loads(body)


def said(hub: Any, identity: str) -> list[dict[str, Any]]:
    """The interactions of somebody's only case; none while nobody has written."""
    found = hub.look(f"/v1/customers?identity={quote(identity)}")["customers"]
    if not found:
        return []
    [case] = hub.look(f"/v1/customers/{found[0]['id']}/timeline?limit=100")["cases"]
    entries: list[dict[str, Any]] = case["interactions"]
    return entries


def texts(hub: Any, identity: str) -> list[Any]:
    return [entry.get("text") for entry in said(hub, identity)]


def test_the_story_is_told_live_and_whole(running_hub: Any, eventually: Callable[..., None], story: Story) -> None:
    status, told = start(running_hub, {"speed": 20})
    assert (status, told["title"], told["steps"]) == (202, story.title, len(story.steps))
    assert told["seconds"] == pytest.approx(story.seconds / 20, abs=0.1)

    eventually(lambda: len(said(running_hub, ANA)) == 5 and len(said(running_hub, LUIS)) == 7)
    eventually(lambda: len(said(running_hub, MAITE)) == 3)
    ana, luis, maite = (said(running_hub, each) for each in (ANA, LUIS, MAITE))

    assert [entry["attachments"][0]["kind"] for entry in ana if entry["attachments"]] == ["image"], (
        "once, though twice sent"
    )
    authors = [entry["author"]["type"] for entry in ana]
    assert sorted(authors) == ["agent", "agent", "customer", "customer", "customer"], "the order is the speed's"
    eventually(lambda: any(entry.get("reactions") for entry in said(running_hub, ANA)))
    assert [entry["text"] for entry in luis if entry.get("edited")] == ["Es un regalo, la necesito el viernes"]
    assert sum(bool(entry.get("deleted")) for entry in luis) == 1
    assert any("location" in entry for entry in maite)
    [customer] = running_hub.look(f"/v1/customers?identity={quote(MAITE)}")["customers"]
    assert [identity["kind"] for identity in customer["identities"]] == ["whatsapp"], "she has no phone"
    assert [entry["text"] for entry in luis if entry["visibility"] == "internal"] == [
        "Quedan dos rojas en la bodega del norte"
    ]

    def on_phone(person: str) -> list[tuple[str, str]]:
        messages = running_hub.look(f"/local/phones?person={person}")["messages"]
        return [(one["text"], one["state"]) for one in messages]

    eventually(lambda: on_phone("12025550143") == [("Hola, Ana. Lo reviso ahora mismo con el transporte.", "read")])
    maites = ("¡Claro, Maite! En dos días está en Cuenca. ¿A qué dirección?", "read")
    eventually(lambda: on_phone("EC.2000000000000000003") == [maites])  # who has no number is answered too
    [customer] = running_hub.look(f"/v1/customers?identity={quote(ANA)}")["customers"]
    [case] = running_hub.look(f"/v1/customers/{customer['id']}/timeline")["cases"]

    def done_by_eva() -> list[str]:
        log = running_hub.look(f"/v1/cases/{case['id']}?log=full")["entries"]
        return [entry["kind"] for entry in log if entry["author"].get("id") == "eva"]

    eventually(lambda: done_by_eva() == ["message", "state_change"])
    assert running_hub.look("/v1/dead-letters")["dead_letters"] == []
    eventually(lambda: "Perfecto, muchas gracias. ¡Así da gusto!" in running_hub.told_texts())


def test_a_second_start_is_refused_until_the_first_has_ended(running_hub: Any, eventually: Callable[..., None]) -> None:
    assert start(running_hub, {"speed": 8})[0] == 202
    status, refused = start(running_hub, {"speed": 8})
    assert (status, refused["error"]["code"]) == (409, "playing")

    eventually(lambda: start(running_hub, {"speed": 1000})[0] == 202)
    eventually(lambda: texts(running_hub, ANA).count("Perfecto, muchas gracias. ¡Así da gusto!") == 2)
    [customer] = running_hub.look(f"/v1/customers?identity={quote(LUIS)}")["customers"]
    assert customer["display_name"] == "Luis Andrade", "the same person, known again"


def test_only_who_may_can_start_it(running_hub: Any) -> None:
    assert start(running_hub, {}, token="a guess")[0] == 401
    assert said(running_hub, ANA) == []


@pytest.mark.parametrize("wish", [{"speed": 0}, {"speed": True}, {"speed": "fast"}, {"real_tools": 1}, [], "{"])
def test_what_is_no_wish_is_refused_in_words(wish: Any, scenario: Callable[..., Scenario]) -> None:
    answer = ask(scenario(), wish)
    assert answer["statusCode"] == 400
    assert json.loads(answer["body"])["error"]["message"]


def test_hilo_demo_starts_it_and_says_where_to_look(running_hub: Any, eventually: Callable[..., None]) -> None:
    told = json.loads(hilo("demo", "--data", str(running_hub.data), "--speed", "1000", "--json").stdout)
    assert told["console"] == running_hub.access["console"]
    eventually(lambda: len(said(running_hub, MAITE)) == 3)

    shown = hilo("demo", "--data", str(running_hub.data), "--speed", "50")
    assert "Un pedido que no llega: 20 steps" in shown.stdout
    assert running_hub.access["console"] in shown.stdout
    refused = hilo("demo", "--data", str(running_hub.data))
    assert refused.returncode == 1
    assert refused.stderr == "hilo: the story is being told: please let it come to its end first\n"


def hilo(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from cli.main import main; main()", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=30)


@pytest.fixture
def scenario(story: Story) -> Callable[..., Scenario]:
    """A scenario whose hub is not there."""

    def make(**more: Any) -> Scenario:
        given = {"account": ACCOUNT, "app_secrets": lambda: ["s"], "real_tools": [], "stop": threading.Event()}
        given |= {"sends_really": lambda: False, "tool": None, **more}
        return Scenario(lambda: story, "http://127.0.0.1:1", clock=lambda: 0.0, new_id=lambda: "run", **given)

    return make


def ask(scenario: Scenario, wish: Any) -> dict[str, Any]:
    return scenario.start({"body": wish if isinstance(wish, str) else json.dumps(wish)})


def test_invented_people_are_not_told_to_real_tools_unless_asked(scenario: Callable[..., Scenario]) -> None:
    stopped = threading.Event()
    stopped.set()
    made = scenario(real_tools=["crm"], stop=stopped)

    refused = ask(made, {})
    assert refused["statusCode"] == 409
    assert "crm would be told of invented people" in refused["body"]
    assert ask(made, {"real_tools": True})["statusCode"] == 202


def test_nothing_is_sent_to_whatsapp_itself(scenario: Callable[..., Scenario]) -> None:
    refused = ask(scenario(sends_really=lambda: True), {})
    assert refused["statusCode"] == 409
    assert "access_token" in refused["body"]


def test_without_a_whatsapp_account_nothing_can_happen(scenario: Callable[..., Scenario]) -> None:
    refused = ask(scenario(account=None), {})
    assert refused["statusCode"] == 409
    assert "no WhatsApp account" in refused["body"]


def test_every_delivery_is_one_that_the_channel_reads_whole(story: Story) -> None:
    for step in story.steps:
        if step.repeat is None and step.deed is None:
            [element] = split(delivery(story, step, ACCOUNT, "run", 1_800_000_000))
            assert element.raw is not None
            event = parse(element.raw)
            assert (event.kind != "unsupported", event.reason, event.account) == (True, None, ACCOUNT), step.id


def test_ids_are_others_each_time_and_speak_of_the_same_run(story: Story) -> None:
    [edit] = [step for step in story.steps if step.said and step.said["type"] == "edit"]
    first, second = (delivery(story, edit, ACCOUNT, run, 1_800_000_000).decode() for run in ("one", "two"))
    assert "wamid.one.urgencia" in first
    assert "wamid.two.urgencia" in second
    assert ".one." not in second
    assert "@" not in first


BAD = [
    ("- {at: 0, from: nobody, type: text, text: {body: hola}}", "a person of the story"),
    ("- {at: 0, from: ana, text: {body: hola}}", "a person of the story"),
    ("- {at: 0, repeat: later}", "has not happened"),
    ("- {at: 0, from: ana, type: reaction, reaction: {message_id: '@later'}}", "speaks of later"),
    ("- {at: 0, agent: Eva, does: dance, for: ana}", "an agent does one of"),
    ("- {at: 0, agent: Eva, does: reply, for: nobody, text: hola}", "for a person of the story"),
    ("- {at: 2, from: ana, type: text}\n- {at: 1, from: ana, type: text}", "before the step above"),
]


@pytest.mark.parametrize(("steps", "problem"), BAD)
def test_a_story_that_cannot_be_played_says_where(tmp_path: Path, steps: str, problem: str) -> None:
    (tmp_path / "bad.yaml").write_text(f"title: t\npeople: {{ana: {{name: Ana, user_id: US.1}}}}\nsteps:\n{steps}\n")
    with pytest.raises(Misconfigured, match=problem):
        read_story("bad", tmp_path)
