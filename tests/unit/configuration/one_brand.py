"""A configuration of one brand, and one section beside it, which begins on line 3."""

from __future__ import annotations

import pytest

from shared.configuration import Config, ConfigurationFault, parse

BRAND = "brands:\n- {name: acme, languages: [es], default_country: EC, time_zone: America/Guayaquil}\n"


def configured(text: str) -> Config:
    return parse(BRAND + text, "hub.yaml", {})


def assert_one_fault(text: str, key: str, message: str) -> None:
    """It has this one fault alone, on the section's first line."""
    with pytest.raises(ConfigurationFault) as caught:
        configured(text)
    [fault] = caught.value.faults
    assert (fault.line, fault.key) == (3, key)
    assert message in fault.message
