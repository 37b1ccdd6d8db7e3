"""Figures of a running hub: over the API, as CSV, on the command line; and a review, mailed once."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from email import message_from_string, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.system.embedded import ROOT, RunningHub, eventually
from tests.system.test_mail_out import ses

HEAD = "jefa@acme.example.com"
NUMBER = "200000000000001"
FIGURES = ("contacts_offered", "frt_human_calendar", "cases_resolved")


def due_now() -> str:
    """A time of day, in UTC, that was a minute or two ago: a review of that time is due."""
    at = time.gmtime(time.time() - 120)
    return f"{at.tm_hour:02d}:{at.tm_min:02d}"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[RunningHub]:
    text = (ROOT / "config" / "demo.yaml").read_text().replace("America/Guayaquil", "UTC")
    config = tmp_path / "hub.yaml"
    said = f'{{brand: acme, from: ayuda@acme.example.com, to: ["{HEAD}"], daily: "{due_now()}", language: es}}'
    config.write_text(f"{text}\nreviews:\n- {said}\n")
    made = RunningHub(tmp_path / "data", config)
    made.start()
    yield made
    made.stop()


def write(hub: RunningHub, person: str, text: str) -> None:
    message = {"from": person, "id": f"wamid.{person}", "timestamp": str(int(time.time())), "type": "text"}
    value: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "metadata": {"phone_number_id": NUMBER},
        "contacts": [{"wa_id": person, "profile": {"name": "Ana"}}],
        "messages": [{**message, "text": {"body": text}}],
    }
    entry = [{"id": "1", "changes": [{"field": "messages", "value": value}]}]
    assert hub.deliver({"object": "whatsapp_business_account", "entry": entry}) == 200


def agent(hub: RunningHub, case: str, **deed: str) -> None:
    body = json.dumps({"case": case, **deed}).encode()
    status, heard = hub.ask("POST", "/demo-tool/agent", body, Authorization=f"Bearer {hub.about['token']}")
    assert status == 202, heard


def figures(hub: RunningHub, query: str = "") -> dict[str, Any]:
    found: dict[str, Any] = hub.get(f"/v1/kpis?figure={','.join(FIGURES)}{query}")
    return found


def hilo(hub: RunningHub, *arguments: str) -> bytes:
    command = [sys.executable, "-c", "from cli.main import main; main()", *arguments, "--data", str(hub.folder)]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, env=dict(os.environ), check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_figures_follow_what_is_said(hub: RunningHub) -> None:
    for number in (1, 2):
        write(hub, f"59399000000{number}", "No me llega")
    eventually(lambda: len(hub.said()) == 2, 20)
    time.sleep(1.1)  # providers' clocks have whole seconds
    cases = [one["body"]["data"]["case"]["id"] for one in hub.said()]
    for case in cases:
        agent(hub, case, action="reply", text="Lo reviso")

    def answered() -> dict[str, Any] | None:
        found: dict[str, Any] = figures(hub)["total"]["figures"]
        return found if found["frt_human_calendar"]["n"] == 2 else None

    total = eventually(answered, 30)
    frt = total["frt_human_calendar"]
    assert total["contacts_offered"]["value"] == 2
    assert 1 <= frt["value"] < 60
    assert frt["value"] == frt["numerator"] / frt["denominator"]

    told = figures(hub, "&by=channel,day&lang=en")
    [group] = told["groups"]
    assert (group["by"]["channel"], group["state"], group["revision"]) == ("whatsapp", "open", 0)
    status, text = hub.ask(
        "GET",
        f"/v1/kpis?by=channel,day&lang=en&format=csv&figure={','.join(FIGURES)}",
        Authorization=f"Bearer {hub.about['token']}",
    )
    assert status == 200
    rows = list(csv.DictReader(io.StringIO(text.decode(), newline="")))
    assert [row["figure"] for row in rows] == list(group["figures"])
    for row in rows:
        figure = group["figures"][row["figure"]]
        assert row["value"] == ("" if figure["value"] is None else str(figure["value"]))
        assert (row["n"], row["definition"]) == (str(figure["n"]), told["definitions"][row["figure"]])

    behind = hub.get("/v1/kpis/cases?figure=frt_human_calendar")["cases"]
    assert sorted(one["case"] for one in behind) == sorted(cases)
    asked = ("--by", "channel,day", "--figure", ",".join(FIGURES), "--lang", "en")
    assert hilo(hub, "kpi", *asked, "--csv") == text
    assert b"whatsapp" in hilo(hub, "kpi", "--by", "channel")
    assert hub.letters() == []


def mails(hub: RunningHub) -> list[EmailMessage]:
    found = ses(hub, "GET", f"/stand-in/delivered?person={HEAD}")["delivered"]
    return [message_from_string(one["raw"], policy=policy.default) for one in found]  # type: ignore[misc]


def test_a_review_is_mailed_once(hub: RunningHub, tmp_path: Path) -> None:
    [mail] = eventually(lambda: mails(hub), 20)
    assert str(mail["subject"]).startswith("Revisión diaria · acme · ")
    assert (mail["to"], mail["auto-submitted"]) == (HEAD, "auto-generated")
    page = mail.get_body(("html",))
    assert page is not None
    assert "Tiempo de primera respuesta" in page.get_content()
    [sheet] = mail.iter_attachments()
    assert str(sheet.get_filename()).startswith("daily-")
    [name] = [one.name for one in hub.folder.rglob("daily-*.html")]
    assert sheet.get_filename() == name.replace(".html", ".csv")

    time.sleep(1.5)  # the clock looks three times
    assert len(mails(hub)) == 1
    hub.kill()
    hub.start()
    time.sleep(1.5)
    assert mails(hub) == [], "the stand-in forgot when it was killed, the hub did not: it sends nothing again"
    assert hub.letters() == []

    out = tmp_path / "review.html"
    hilo(hub, "review", "daily", "--out", str(out))
    shown = out.read_text("utf-8")
    assert "Revisión diaria · acme" in shown
    assert b",contacts_handled," in hilo(hub, "review", "weekly", "--csv")
