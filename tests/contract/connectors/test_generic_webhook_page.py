"""The receiver printed on the connector's page works as printed."""

from __future__ import annotations

import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from shared.connectors.generic_webhook import connect
from shared.connectors.generic_webhook.options import Options
from shared.connectors.standard_webhooks import keys_of, sign
from shared.domain.errors import Misconfigured
from shared.ports.connectors import Connector, Remote
from tests.contract.connectors.conformance import ANA, CASE, entry

PAGE = Path(__file__).parents[3] / "docs" / "connectors" / "generic_webhook.md"
HELD = "whsec_aGVsZC10ZXN0LXNlY3JldC0wMDAwMDAwMDAwMDAx"
STRANGE = "whsec_c3RyYW5nZS10ZXN0LXNlY3JldC0wMDAwMDAwMDAx"


@dataclass
class Named:
    name: str
    secret: str
    options: Options


@dataclass
class Running:
    url: str
    database: Path

    def told(self) -> list[str]:
        with closing(sqlite3.connect(self.database)) as connection:
            return [row[0] for row in connection.execute("SELECT type FROM told ORDER BY rowid")]


@dataclass
class Vault:
    signing_secrets: list[str]

    def get(self, name: str) -> dict[str, Any]:
        return {"signing_secrets": self.signing_secrets}


@pytest.fixture(scope="module")
def printed() -> dict[str, Any]:
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {"__name__": "printed"}
    exec(compile(code, str(PAGE), "exec"), names)  # noqa: S102
    return names


@pytest.fixture
def running(printed: dict[str, Any], tmp_path: Path) -> Iterator[Running]:
    server = printed["receiver"](("127.0.0.1", 0), [STRANGE, HELD], str(tmp_path / "told.db"))
    server.RequestHandlerClass.log_message = lambda *_: None
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield Running(f"http://127.0.0.1:{server.server_address[1]}/", tmp_path / "told.db")
    server.shutdown()
    server.server_close()


def connected(running: Running, secrets: list[str], *, slow_s: float = 0) -> Connector:
    options = Options(url=running.url, allow_private=True)
    return connect(Named("orders", "orders", options), Vault(secrets), lambda: time.time() - slow_s)


def test_it_takes_what_the_hub_tells_once_and_in_order(running: Running) -> None:
    hub = connected(running, [HELD])
    hub.put_contact(ANA, 1, None, retry=False)
    hub.open_case(CASE, ANA, Remote("c-1"), retry=False)
    for retry in (False, True):
        hub.append(CASE, Remote("k-1"), entry(1), ANA, retry=retry)
    assert running.told() == ["contact.created", "case.opened", "interaction.created"]


def test_it_takes_either_signature_of_a_rotation(running: Running) -> None:
    connected(running, ["whsec_bmV3LXRlc3Qtc2VjcmV0LTAwMDAwMDAwMDAwMDE=", HELD]).put_contact(ANA, 1, None, retry=False)
    assert running.told() == ["contact.created"]


@pytest.mark.parametrize("slow_s", [301, -301])
def test_it_refuses_what_is_too_old_or_from_the_future(running: Running, slow_s: float) -> None:
    with pytest.raises(Misconfigured, match="answered 401"):
        connected(running, [HELD], slow_s=slow_s).put_contact(ANA, 1, None, retry=False)


def test_it_refuses_a_signature_of_somebody_else(running: Running) -> None:
    with pytest.raises(Misconfigured, match="answered 401"):
        connected(running, ["whsec_bmV3LXRlc3Qtc2VjcmV0LTAwMDAwMDAwMDAwMDE="]).put_contact(ANA, 1, None, retry=False)


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-id": "msg_2"},
        {"webhook-id": None},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": None},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,\u00e9"},
        {"webhook-signature": None},
    ],
)
def test_it_refuses_headers_that_were_changed(running: Running, changed: dict[str, str | None]) -> None:
    body, now = b'{"type": "contact.created"}', int(time.time())
    signature = sign(keys_of({"signing_secrets": [HELD]}, "orders"), "msg_1", now, body)
    genuine: dict[str, str | None] = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(now),
        "webhook-signature": signature,
    }
    kept = {name: value.encode("latin-1") for name, value in {**genuine, **changed}.items() if value is not None}
    assert requests.post(running.url, data=body, headers=kept, timeout=5).status_code == 401
    good = {name: value or "" for name, value in genuine.items()}
    assert requests.post(running.url, data=body + b" ", headers=good, timeout=5).status_code == 401
    assert requests.post(running.url, data=body, headers=good, timeout=5).status_code == 204
