"""The file of secrets: generated where missing, closed to others, never overwritten."""

from __future__ import annotations

import base64
import json
import stat
import threading
from pathlib import Path

import pytest

from local.secrets import FileSecrets
from shared.domain.errors import Misconfigured
from shared.domain.identity.national import national_digest, national_id
from shared.domain.identity.sealing import sealing_keys


def test_missing_secrets_are_generated_in_the_shape_their_readers_need(tmp_path: Path) -> None:
    secrets = FileSecrets(tmp_path / "secrets.json")
    secrets.ensure(["whatsapp"], ["demo"])
    whatsapp, demo, api = (secrets.get(name) for name in ("whatsapp", "demo", "api"))
    assert len(bytes.fromhex(whatsapp["app_secrets"][0])) == 16
    assert len(whatsapp["verify_token"]) >= 32
    (signing,) = demo["signing_secrets"]
    assert signing.startswith("whsec_")
    assert len(base64.b64decode(signing.removeprefix("whsec_"), validate=True)) == 32
    assert api["tokens"][0]["scopes"] == ["read", "operate", "merge", "identify"]
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_keys_for_national_ids_are_generated_where_any_are_kept(tmp_path: Path) -> None:
    secrets = FileSecrets(tmp_path / "secrets.json")
    secrets.ensure([], [])
    with pytest.raises(Misconfigured, match="no secret named people"):
        secrets.get("people")
    secrets.ensure([], [], ["people"])
    people = secrets.get("people")
    one = national_id("EC-cedula", "1700000001")
    assert len(national_digest(people["national_id_key"].encode(), one)) == 64
    assert len(sealing_keys(people["encryption_keys"])) == 1
    secrets.ensure([], [], ["people"])
    assert secrets.get("people") == people


def test_what_is_there_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    path.write_text(json.dumps({"whatsapp": {"app_secrets": ["old"], "extra": 1}, "other": {"a": 2}}))
    path.chmod(0o600)
    secrets = FileSecrets(path)
    secrets.ensure(["whatsapp"], [])
    before = path.read_bytes()
    secrets.ensure(["whatsapp"], [])
    assert path.read_bytes() == before
    assert secrets.get("whatsapp")["app_secrets"] == ["old"]
    assert secrets.get("whatsapp")["extra"] == 1
    assert secrets.get("whatsapp")["verify_token"]
    assert secrets.get("other") == {"a": 2}


def test_a_file_that_others_can_read_is_closed_with_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "secrets.json"
    path.write_text("{}")
    path.chmod(0o644)
    FileSecrets(path).ensure([], [])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "had mode 644" in caplog.text


def test_many_at_once_generate_one_set(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    found = []

    def ensure() -> None:
        secrets = FileSecrets(path)
        secrets.ensure(["whatsapp"], ["demo"])
        found.append(json.dumps([secrets.get("whatsapp"), secrets.get("demo"), secrets.get("api")]))

    threads = [threading.Thread(target=ensure) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_rotation_is_noticed_at_once(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    secrets = FileSecrets(path)
    secrets.ensure(["whatsapp"], [])
    held = json.loads(path.read_text())
    held["whatsapp"]["app_secrets"].insert(0, "new")
    path.write_text(json.dumps(held))
    assert secrets.get("whatsapp")["app_secrets"][0] == "new"


@pytest.mark.parametrize("content", ["{not json: hunter2", "[]", '{"whatsapp": "hunter2"}'])
def test_a_broken_file_is_named_without_its_content(tmp_path: Path, content: str) -> None:
    path = tmp_path / "secrets.json"
    path.write_text(content)
    with pytest.raises(Misconfigured, match=r"secrets\.json") as refused:
        FileSecrets(path).get("whatsapp")
    assert "hunter2" not in str(refused.value)
