"""Mail from a real SMTP port to the tool, through sudden deaths, once and in order."""

from __future__ import annotations

import smtplib
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.system.embedded import ROOT, RunningHub, eventually

HELP = "ayuda@acme.example.com"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """One for all who do not kill it: everybody writes under a name of their own."""
    made = RunningHub(tmp_path_factory.mktemp("mail") / "data")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def mortal_hub(tmp_path: Path) -> Iterator[RunningHub]:
    made = RunningHub(tmp_path / "data")
    made.start()
    yield made
    made.stop()


def mail(name: str, text: str, *, sender: str = "ana@example.net", **headers: str) -> bytes:
    lines = {"From": sender, "To": HELP, "Subject": "Mi pedido", "Message-ID": f"<{name}>"}
    lines |= {field.replace("_", "-"): value for field, value in headers.items()}
    return ("".join(f"{field}: {value}\r\n" for field, value in lines.items()) + f"\r\n{text}\r\n").encode()


def post(hub: RunningHub, content: bytes, to: str = HELP) -> None:
    place = hub.about["smtp"]
    with smtplib.SMTP(place["host"], place["port"], timeout=20) as client:
        assert client.sendmail("ana@example.net", [to], content) == {}


def texts(hub: RunningHub, case: str | None = None) -> list[str]:
    """What the tool was told, of one case or of all."""
    said = [one["body"]["data"]["interaction"] for one in hub.said()]
    return [one["text"] for one in said if case in (None, one["case_id"])]


def case_of(hub: RunningHub, text: str) -> str:
    """The case in which the tool was told this, once it was."""
    found = eventually(
        lambda: [one for one in hub.said() if one["body"]["data"]["interaction"]["text"] == text], within_s=20
    )
    return str(found[0]["body"]["data"]["interaction"]["case_id"])


def command(*words: str) -> subprocess.CompletedProcess[str]:
    hilo = [sys.executable, "-c", "from cli.main import main; main()", *words]
    return subprocess.run(hilo, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_mail_and_its_answer_reach_the_tool_in_one_case(hub: RunningHub) -> None:
    post(hub, mail("a1@example.net", "¿Dónde está mi pedido?"))
    case = case_of(hub, "¿Dónde está mi pedido?")
    answer = "¿Hola?\r\n\r\nEl 22 nov 2026, ayuda escribió:\r\n> Va en camino"
    post(hub, mail("a2@example.net", answer, In_Reply_To="<a1@example.net>"))
    assert case_of(hub, "¿Hola?") == case
    assert hub.letters() == []


def test_the_command_line_posts_a_mail_to_whom_it_names(hub: RunningHub, tmp_path: Path) -> None:
    file = tmp_path / "mail.eml"
    file.write_bytes(mail("b1@example.net", "Desde la línea de comandos").replace(b"\r\n", b"\n"))
    done = command("post", "email", str(file), "--data", str(hub.folder))
    assert (done.returncode, done.stdout.split()[0]) == (0, "250")
    case_of(hub, "Desde la línea de comandos")
    refused = command("post", "email", str(file), "--data", str(hub.folder), "--to", "nadie@example.org")
    assert refused.returncode == 1
    assert "no mailbox of this hub" in refused.stderr


def test_a_mail_that_names_nobody_of_ours_goes_to_the_first_mailbox(hub: RunningHub, tmp_path: Path) -> None:
    file = tmp_path / "mail.eml"
    file.write_bytes(mail("c1@example.net", "Para nadie de aquí", To="otra@example.org"))
    assert command("post", "email", str(file), "--data", str(hub.folder)).returncode == 0
    case_of(hub, "Para nadie de aquí")


def test_the_same_mail_many_times_at_once_is_one_message(hub: RunningHub) -> None:
    content = mail("d1@example.net", "Una sola vez")
    with ThreadPoolExecutor(8) as workers:
        list(workers.map(lambda _: post(hub, content), range(16)))
    case = case_of(hub, "Una sola vez")
    post(hub, mail("d2@example.net", "Y luego esto", In_Reply_To="<d1@example.net>"))
    assert case_of(hub, "Y luego esto") == case
    assert texts(hub, case) == ["Una sola vez", "Y luego esto"]


def test_absence_notices_and_our_own_mail_open_nothing(hub: RunningHub) -> None:
    before = ignored(hub)
    post(hub, mail("e1@example.net", "No estoy", Auto_Submitted="auto-replied"))
    post(hub, mail("e2@acme.example.com", "Eco", sender=HELP))
    post(hub, mail("e3@example.net", "Ya estoy"))
    case_of(hub, "Ya estoy")
    eventually(lambda: ignored(hub) == before + 2, within_s=20)
    assert not {"No estoy", "Eco"} & set(texts(hub))


def ignored(hub: RunningHub) -> float:
    return sum(one["value"] for one in hub.get("/local/metrics")["metrics"] if one["name"] == "ignored")


def test_what_was_answered_250_outlives_a_sudden_death(mortal_hub: RunningHub) -> None:
    """Killed right after each 250, before anything can have been made of the mail; then started again."""
    said = ["Primero", "Segundo"]
    for text in said:
        post(mortal_hub, mail(f"{text}@example.net", text, sender=f"{text}@example.net"))
        mortal_hub.kill()
        mortal_hub.start()
    for text in said:  # in the hub: what a dead worker was about to tell the tool is its own until its lease ends
        eventually(lambda text=text: recorded(mortal_hub, f"{text}@example.net") == [text], within_s=30)
    assert mortal_hub.letters() == []


def recorded(hub: RunningHub, address: str) -> list[str]:
    """What the hub holds of this address, by its own account."""
    customers = hub.get(f"/v1/customers?identity=email:{address.lower()}")["customers"]
    told = [hub.get(f"/v1/customers/{one['id']}/timeline?limit=100") for one in customers]
    cases = [case for one in told for case in one["cases"]]
    return [entry["text"] for case in cases for entry in case["interactions"]]
