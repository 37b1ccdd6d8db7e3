"""What the relay reads of the configuration is what the checked configuration says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shared import bootstrap
from shared.configuration import ConfigurationFault, load
from shared.configuration.told import names_of, read_told

BRANDS = "brands:\n" + "".join(
    f"- {{name: {name}, languages: [es], default_country: EC, time_zone: America/Guayaquil}}\n"
    for name in ("acme", "norte", "0123")
)
CONNECTORS = """
connectors:
- {name: one, kind: generic_webhook, url: "https://one.example.com", secret: one}
- {name: two, kind: generic_webhook, url: "https://two.example.com", secret: two, brands: [acme]}
- {name: three, kind: generic_webhook, url: "https://three.example.com", secret: three, brands: [norte, "0123"]}
- {name: none, kind: generic_webhook, url: "https://none.example.com", secret: none, brands: []}
"""


@pytest.mark.parametrize("text", [BRANDS, BRANDS + "connectors: []\n", BRANDS + "connectors:\n", BRANDS + CONNECTORS])
def test_it_names_the_connectors_that_the_checked_configuration_names(tmp_path: Path, text: str) -> None:
    file = tmp_path / "hub.yaml"
    file.write_text(text)
    config, told = load(str(file), bootstrap.connector_options()), read_told(str(file))

    assert names_of(told, None) == [one.name for one in config.connectors]
    for brand in ("acme", "norte", "0123"):
        assert names_of(told, brand) == [one.name for one in config.connectors_of(brand)]


@pytest.mark.parametrize("text", ["connectors: 3", "connectors: [3]", "connectors: [{kind: x}]", "connectors: ["])
def test_what_cannot_be_read_is_a_fault(tmp_path: Path, text: str) -> None:
    file = tmp_path / "hub.yaml"
    file.write_text(text)
    with pytest.raises(ConfigurationFault, match=r"hub\.yaml"):
        read_told(str(file))


def test_no_file_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationFault, match="cannot be read"):
        read_told(str(tmp_path / "none.yaml"))


def test_an_installed_configuration_is_asked_instead_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "hub.yaml"
    file.write_text(BRANDS + CONNECTORS)
    config: Any = load(str(file), bootstrap.connector_options())
    with bootstrap.installed(config=config):
        assert bootstrap.connectors_of("norte") == ["one", "three"]
        assert bootstrap.connectors_of(None) == ["one", "two", "three", "none"]
