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
from local.stage import Place, by_mail, by_webhook
from local.story import Step, Story, read_story
from local.story_deliveries import delivery
from shared.channels.email import parse as email
from shared.channels.instagram import parse as instagram
from shared.channels.instagram.webhook import split as split_instagram
from shared.channels.whatsapp import parse as whatsapp
from shared.channels.whatsapp.webhook import split
from shared.domain.errors import Misconfigured

ROOT = Path(__file__).parents[2]
ANA, LUIS = "phone:+12025550143", "phone:+12025550144"
MAITE = "whatsapp:EC.2000000000000000003"
ROSA, NICO = "email:rosa.medina@example.net", "instagram:6000000000000000201"
ACCOUNTS = {"whatsapp": "200000000000001", "email": "ayuda@acme.example.com", "instagram": "17840000000000001"}
RECEIPT = ROOT / "local" / "scenarios" / "comprobante.png"


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
    eventually(lambda: len(said(running_hub, ROSA)) == 3 and len(said(running_hub, NICO)) == 3)
    ana, luis, maite = (said(running_hub, each) for each in (ANA, LUIS, MAITE))

    assert [entry["attachments"][0]["kind"] for entry in ana if entry["attachments"]] == ["image"], (
        "once, though twice sent"
    )
    authors = [entry["author"]["type"] for entry in ana]
    assert sorted(authors) == ["agent", "agent", "customer", "customer", "customer"], "the order is the speed's"
    eventually(lambda: any(entry.get("reactions") for entry in said(running_hub, ANA)))

    def edited() -> list[str]:
        return [entry["text"] for entry in said(running_hub, LUIS) if entry.get("edited")]

    eventually(lambda: edited() == ["Es un regalo, la necesito el viernes"])
    eventually(lambda: sum(bool(entry.get("deleted")) for entry in said(running_hub, LUIS)) == 1)
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

    eventually(lambda: [state for _, state in on_phone("rosa.medina@example.net")] == ["delivered"])
    [(mail, _)] = on_phone("rosa.medina@example.net")
    assert mail.startswith("Re: Factura del pedido 4790\n\nClaro, Rosa. ¿A nombre de quién la emitimos?")
    assert "A nombre de Rosa Medina Vera, por favor. ¡Qué rápido!" in texts(running_hub, ROSA), "without what it quotes"
    eventually(lambda: [text for text, _ in on_phone("6000000000000000201")] == ["¡Hola! Sí, en azul y en verde."])


def test_the_photo_of_the_story_reaches_the_tool(running_hub: Any, eventually: Callable[..., None]) -> None:
    assert start(running_hub, {"speed": 20})[0] == 202

    def kept() -> list[dict[str, Any]]:
        interactions = [one["body"]["data"].get("interaction", {}) for one in running_hub.told()]
        found = [one["stored"] for each in interactions for one in each.get("attachments", []) if "stored" in one]
        return [one for one in found if one["state"] == "fetched"]

    eventually(kept)
    [photo] = kept()
    assert (photo["mime_type"], photo["size"]) == ("image/png", RECEIPT.stat().st_size)
    link = photo["url"].removeprefix(running_hub.access["url"])
    assert running_hub.ask("GET", link) == (200, RECEIPT.read_bytes())


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

    shown: list[str] = []

    def starts_again() -> bool:
        shown.append(hilo("demo", "--data", str(running_hub.data), "--speed", "50").stdout)
        return "Un pedido que no llega: 26 steps" in shown[-1]

    eventually(starts_again)  # once the first has come to its end
    assert running_hub.access["console"] in shown[-1]
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
        given = {"places": {"whatsapp": nowhere()}, "real_tools": [], "stop": threading.Event(), "tool": None, **more}
        given |= {"send_file": sent_from_phone, "clock": lambda: 0.0, "new_id": lambda: "run"}
        return Scenario(lambda: story, **given)

    return make


def nowhere(*, sends_really: bool = False) -> Place:
    return Place(ACCOUNTS["whatsapp"], "acme", lambda _: False, lambda: sends_really)


def sent_from_phone(content: bytes, mime_type: str) -> dict[str, Any]:
    assert (content, mime_type) == (RECEIPT.read_bytes(), "image/png")
    return {"id": "4000000000000001", "mime_type": mime_type, "sha256": "0" * 64}


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


def test_nothing_is_sent_to_a_provider_itself(scenario: Callable[..., Scenario]) -> None:
    places = {"whatsapp": nowhere(), "instagram": nowhere(sends_really=True)}
    refused = ask(scenario(places=places), {})
    assert refused["statusCode"] == 409
    assert "the account on instagram has an access_token" in refused["body"]


def test_without_any_account_nothing_can_happen(scenario: Callable[..., Scenario]) -> None:
    refused = ask(scenario(places={}), {})
    assert refused["statusCode"] == 409
    assert "no account for the story to happen on: whatsapp, email, instagram" in refused["body"]


@pytest.mark.parametrize(("channels", "steps"), [({"whatsapp"}, 20), ({"email"}, 3), (set(ACCOUNTS), 26)])
def test_what_happens_on_a_channel_that_the_hub_lacks_is_left_out(story: Story, channels: set[str], steps: int) -> None:
    assert len(story.on(channels).steps) == steps


def test_who_is_not_there_is_told_again_and_who_has_no_secret_says_so() -> None:
    assert by_webhook("http://127.0.0.1:1/webhooks/whatsapp", lambda: ["s"])(b"{}") is False
    assert by_mail({"host": "127.0.0.1", "port": 1})(b"From: a@example.net\r\nTo: b@example.com\r\n\r\n") is False
    with pytest.raises(Misconfigured, match="no app secret"):
        by_webhook("http://127.0.0.1:1/webhooks/whatsapp", list)(b"{}")


def test_what_is_refused_is_not_tried_again(running_hub: Any) -> None:
    for path, status in (("/webhooks/whatsapp", 401), ("/webhooks/nothing", 404)):
        with pytest.raises(Misconfigured, match=f"answered {status}"):
            by_webhook(running_hub.access["url"] + path, lambda: ["a guess"])(b"{}")
    deliver = by_mail(running_hub.access["smtp"])
    assert deliver(b"From: a@example.net\r\nTo: nobody@example.com\r\n\r\nHola") is False
    assert deliver(b"From: a@example.net\r\nTo: ayuda@acme.example.com\r\n\r\nHola") is True


def said_at(step: Step, story: Story, run: str = "run") -> bytes:
    return delivery(story, step, ACCOUNTS[step.channel], run, 1_800_000_000, sent_from_phone)


def read(step: Step, body: bytes) -> Any:
    if step.channel == "email":
        return email.parse({"mail": body, "receipt": {"recipients": [ACCOUNTS["email"]], "at": "2026-11-23T00:00:00Z"}})
    [element] = (split if step.channel == "whatsapp" else split_instagram)(body)
    assert element.raw is not None
    return (whatsapp if step.channel == "whatsapp" else instagram).parse(element.raw)


def test_every_delivery_is_one_that_the_channel_reads_whole(story: Story) -> None:
    for step in story.steps:
        if step.repeat is None and step.deed is None:
            event = read(step, said_at(step, story))
            assert event.kind not in ("unsupported", "ignored"), step.id
            assert (event.reason, event.account) == (None, ACCOUNTS[step.channel]), step.id


@pytest.mark.parametrize(("id_", "names"), [("8", "wamid.one.urgencia"), ("13", "<one.factura@example.net>")])
def test_ids_are_others_each_time_and_speak_of_the_same_run(story: Story, id_: str, names: str) -> None:
    [step] = [one for one in story.steps if one.id == id_]
    first, second = (said_at(step, story, run).decode() for run in ("one", "two"))
    assert names in first
    assert names.replace("one", "two") in second
    assert "one." not in second
    assert '"@' not in first


def test_a_story_may_attach_a_file_to_a_mail(tmp_path: Path) -> None:
    (tmp_path / "nota.txt").write_bytes(b"hola")
    mail = "{subject: s, text: t, file: nota.txt}"
    lines = f"steps:\n- {{at: 0, channel: email, from: ana, mail: {mail}}}\n"
    (tmp_path / "one.yaml").write_text(f"title: t\npeople: {{ana: {{name: Ana, mail: a@example.net}}}}\n{lines}")
    story = read_story("one", tmp_path)
    [file] = read(story.steps[0], said_at(story.steps[0], story)).attachments
    assert (file.filename, file.mime_type) == ("nota.txt", "text/plain")


PEOPLE = "ana: {name: Ana, user_id: US.1}, eli: {name: Eli, instagram: '6'}"
BAD = [
    ("- {at: 0, from: nobody, type: text, text: {body: hola}}", "a person of the story"),
    ("- {at: 0, from: ana, text: {body: hola}}", "a person of the story"),
    ("- {at: 0, repeat: later}", "has not happened"),
    ("- {at: 0, from: ana, type: reaction, reaction: {message_id: '@later'}}", "speaks of later"),
    ("- {at: 0, agent: Eva, does: dance, for: ana}", "an agent does one of"),
    ("- {at: 0, agent: Eva, does: reply, for: nobody, text: hola}", "for a person of the story"),
    ("- {at: 0, channel: fax, from: ana, type: text}", "a story happens on whatsapp, email, instagram"),
    ("- {at: 0, channel: email, from: ana, mail: {subject: s, text: t}}", "on a channel that they have"),
    ("- {at: 0, channel: instagram, from: ana, message: {text: t}}", "on a channel that they have"),
    ("- {at: 0, channel: instagram, to: eli, message: {text: t}}", "on WhatsApp alone"),
    ("- {at: 0, from: ana, type: image, image: {file: none.png}}", "there is no file none.png"),
    ("- {at: 2, from: ana, type: text}\n- {at: 1, from: ana, type: text}", "before the step above"),
]


@pytest.mark.parametrize(("steps", "problem"), BAD)
def test_a_story_that_cannot_be_played_says_where(tmp_path: Path, steps: str, problem: str) -> None:
    (tmp_path / "bad.yaml").write_text(f"title: t\npeople: {{{PEOPLE}}}\nsteps:\n{steps}\n")
    with pytest.raises(Misconfigured, match=problem):
        read_story("bad", tmp_path)
