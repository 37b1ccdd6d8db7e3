"""The company's configuration: `config/hub.yaml` read, checked and made into a `Config`.

Knows no connector: the model of each kind's own settings is handed in.
"""

from __future__ import annotations

from shared.configuration.faults import ConfigurationFault, Fault
from shared.configuration.models import Account, Brand, Config, ConnectorSettings
from shared.configuration.reading import load, parse, parse_mapping
from shared.configuration.windows import CHANNELS, Windows, seconds_of

__all__ = [
    "CHANNELS",
    "Account",
    "Brand",
    "Config",
    "ConfigurationFault",
    "ConnectorSettings",
    "Fault",
    "Windows",
    "load",
    "parse",
    "parse_mapping",
    "seconds_of",
]
