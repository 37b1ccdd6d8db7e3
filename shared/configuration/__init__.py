"""The company's configuration: `config/hub.yaml` read, checked and made into a `Config`.

Knows no connector: the model of each kind's own settings is handed in. What is named here is imported when it is
first used, so that `shared.configuration.told` comes without pydantic.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
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

_HOMES: Final = {
    **dict.fromkeys(("ConfigurationFault", "Fault"), "faults"),
    **dict.fromkeys(("Account", "Brand", "Config", "ConnectorSettings"), "models"),
    **dict.fromkeys(("load", "parse", "parse_mapping"), "reading"),
    **dict.fromkeys(("CHANNELS", "Windows", "seconds_of"), "windows"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
