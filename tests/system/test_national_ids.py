"""National ids in the embedded run: keys come by themselves, and no file but the screen has a number in clear."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.system.conftest import ROOT, HubProcess

NUMBER = "1700000001"


def hilo(data: Path, *arguments: str, given: str = "") -> str:
    command = [sys.executable, "-c", "from cli.main import main; main()", "customer", *arguments, "--data", str(data)]
    done = subprocess.run(command, input=given, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_one_is_noted_found_and_shown_and_lies_nowhere_in_clear(
    tmp_path: Path, eventually: Callable[..., None]
) -> None:
    config = tmp_path / "hub.yaml"
    demo = (ROOT / "config" / "demo.yaml").read_text()
    config.write_text(demo + "identity: {national_ids: [EC-cedula], secret: people}\n")
    hub = HubProcess(tmp_path / "data", config)
    try:
        hub.start()
        assert hub.write("593991234567", "Hola", "wamid.1") == 200
        eventually(lambda: customers(hub) != [])
        [ana] = customers(hub)
        assert "17••••••01" in hilo(hub.data, "identify", "phone:+593991234567", "EC-cedula", given=NUMBER)
        assert hilo(hub.data, "find", "EC-cedula", given=NUMBER) == f"{ana['id']}\n"
        assert hilo(hub.data, "national-id", ana["id"], "EC-cedula", "--by", "Eva") == f"{NUMBER}\n"
        code, output, errors = hub.end(signal.SIGTERM)
    finally:
        hub.close()
    assert code == 0
    assert NUMBER not in output + errors
    people = json.loads((hub.data / "secrets.json").read_text())["people"]
    assert set(people) == {"national_id_key", "encryption_keys"}
    files = [path for path in hub.data.rglob("*") if path.is_file()]
    assert any(b"SHOWN#" in path.read_bytes() for path in files), "the files were not read as they are"
    assert not any(NUMBER.encode() in path.read_bytes() for path in files)


def customers(hub: HubProcess) -> list[Any]:
    found: list[Any] = hub.look("/v1/customers?identity=phone:%2B593991234567")["customers"]
    return found
