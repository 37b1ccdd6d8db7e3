from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from shared.bootstrap import connector_options
from shared.configuration import load
from shared.connectors.request_tracker.options import Options

CONFIG = """
brands:
- {name: acme, languages: [es], default_country: EC, time_zone: America/Guayaquil}
connectors:
- {name: soporte, kind: request_tracker, url: "https://rt.example.com", secret: soporte, queue: Soporte}
"""


def test_the_line_of_the_documentation_loads(tmp_path: Path) -> None:
    (tmp_path / "hub.yaml").write_text(CONFIG)
    [connector] = load(str(tmp_path / "hub.yaml"), connector_options()).connectors
    assert connector.options == Options(url="https://rt.example.com", queue="Soporte")


@pytest.mark.parametrize(
    "url", ["https://rt.example.com/", "https://rt.example.com/REST/2.0", "https://rt.example.com/REST/2.0/"]
)
def test_only_rts_own_address_is_kept(url: str) -> None:
    assert Options(url=url, queue="Soporte").url == "https://rt.example.com"


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"url": "https://rt.example.com?x=1"}, "leave out what follows '\\?'"),
        ({"url": "http://rt.example.com"}, "https only"),
        ({"url": "https://127.0.0.1"}, "a loopback address"),
        ({"url": "https://user:word@rt.example.com"}, "leave the user name and password out"),
        ({"queue": ""}, "at least 1 character"),
        ({"queue": "a/b"}, "give its number"),
        ({"statuses": {"sleeping": "stalled"}}, "Input should be"),
        ({"timeout_s": 16}, "less than or equal to 15"),
        ({"language": "fr"}, "Input should be"),
        ({"token": "1-27-abc"}, "Extra inputs"),
    ],
)
def test_a_fault_is_named(options: dict[str, object], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        Options(**{"url": "https://rt.example.com", "queue": "Soporte", **options})  # type: ignore[arg-type]
