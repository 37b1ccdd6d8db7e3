"""The embedded hub as a process: how it starts, ends, dies, and goes on."""

from __future__ import annotations

import json
import signal
import socket
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.system.embedded import RunningHub, delivery, message

Eventually = Callable[..., None]


def test_run_json_says_how_to_get_in_and_is_gone_after_the_end(hub_process: Any) -> None:
    hub_process.start()
    access = hub_process.access
    run_file = hub_process.data / "run.json"
    assert set(access) >= {"url", "token", "secrets", "pid", "console"}
    assert set(access["secrets"]["whatsapp"]) == {"account", "app_secret", "verify_token"}
    assert access["url"].startswith("http://127.0.0.1:")
    assert access["console"] == f"{access['url']}/console/#token={access['token']}"
    assert stat.S_IMODE(run_file.stat().st_mode) == 0o600
    assert hub_process.ask("GET", "/health") == (200, b"ok")
    began = time.monotonic()
    code, output, errors = hub_process.end(signal.SIGTERM)
    assert time.monotonic() - began < 6  # three seconds on a machine of its own
    assert (code, errors) == (0, "")
    assert access["url"] in output
    assert not run_file.exists()


def test_a_port_in_use_is_one_line_and_exit_code_2(hub_process: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = hub_process.spawn(port)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 2
    assert len(errors.splitlines()) == 1
    assert f"127.0.0.1:{port}" in errors


def test_a_second_hub_on_the_same_folder_is_refused(running_hub: Any) -> None:
    process = running_hub.spawn()
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "another hub is running" in errors
    assert len(errors.splitlines()) == 1
    assert running_hub.ask("GET", "/health") == (200, b"ok")


def test_a_message_reaches_the_tool_once_however_often_it_is_delivered(
    running_hub: Any, eventually: Eventually
) -> None:
    for _ in range(3):
        assert running_hub.write("593991234567", "Hola", "wamid.1") == 200
    assert running_hub.write("593991234567", "¿Siguen ahí?", "wamid.2") == 200
    eventually(lambda: len(running_hub.told_texts()) == 2)
    time.sleep(0.5)
    assert running_hub.told_texts() == ["Hola", "¿Siguen ahí?"]
    types = [event["body"]["type"] for event in running_hub.told()]
    assert sorted(types) == ["case.opened", "contact.created", "interaction.created", "interaction.created"]


def test_a_forged_delivery_changes_nothing(running_hub: Any) -> None:
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": "sha256=" + "0" * 64}
    status, _ = running_hub.ask("POST", "/webhooks/whatsapp", b'{"object":"whatsapp_business_account"}', headers)
    assert status == 401
    assert running_hub.told() == []


TWO_APPS = """
brands:
- {name: acme, languages: [es], default_country: EC, time_zone: America/Guayaquil}
- {name: zeta, languages: [pt], default_country: BR, time_zone: America/Sao_Paulo}
accounts:
- {channel: whatsapp, id: "200000000000001", brand: acme, portfolio: default, secret: whatsapp}
- {channel: whatsapp, id: "200000000000002", brand: zeta, portfolio: other, secret: second}
"""


def test_every_secret_that_an_account_names_is_in_force(tmp_path: Path) -> None:
    config = tmp_path / "hub.yaml"
    config.write_text(TWO_APPS)
    hub = RunningHub(tmp_path / "data", config)
    try:
        hub.start()
        stored = json.loads((hub.folder / "secrets.json").read_text())
        for number, (account, name) in enumerate((("200000000000001", "whatsapp"), ("200000000000002", "second"))):
            said = delivery(message(number, 1, number_id=account), number_id=account)
            assert hub.deliver(said, stored[name]["app_secrets"][0]) == 200
            query = f"hub.mode=subscribe&hub.challenge=1&hub.verify_token={stored[name]['verify_token']}"
            assert hub.ask("GET", f"/webhooks/whatsapp?{query}") == (200, b"1")
        assert hub.deliver(said, "of another app") == 401
    finally:
        hub.stop()


@pytest.mark.slow  # a push that died holds its lease for a minute
def test_what_was_acknowledged_survives_sudden_deaths(hub_process: Any, eventually: Eventually) -> None:
    """Killed twice with work under way; each text arrives, each customer's in order, none twice."""
    written: dict[str, list[str]] = {}
    for life in range(3):
        hub_process.start()
        for n in range(12):
            wa_id = f"59399123456{n % 4}"
            text = f"{life}-{n}"
            assert hub_process.write(wa_id, text, f"wamid.{text}") == 200
            written.setdefault(wa_id, []).append(text)
        if life < 2:
            hub_process.end(signal.SIGKILL)
    everything = sorted(text for texts in written.values() for text in texts)
    eventually(lambda: len(hub_process.told_texts()) >= len(everything), 90)
    told = hub_process.told_texts()
    assert sorted(told) == everything
    for texts in written.values():
        assert [text for text in told if text in texts] == texts


def test_after_the_tools_outage_everything_arrives(running_hub: Any, eventually: Eventually) -> None:
    running_hub.command("/demo-tool/behaviour", {"mode": "down"})
    assert running_hub.write("593991234567", "Hola", "wamid.1") == 200
    eventually(lambda: "sync_failed" in json.dumps(running_hub.look("/local/metrics")))
    assert running_hub.told() == []
    running_hub.command("/demo-tool/behaviour", {"mode": "ok"})
    eventually(lambda: running_hub.told_texts() == ["Hola"], 90)
