"""Which connectors are told of which brand: all that the relay needs of the configuration, without the models.

The whole file is checked before it is deployed, and by every function that works with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.configuration.faults import ConfigurationFault, Fault
from shared.configuration.source import read_yaml


@dataclass(frozen=True, slots=True)
class Told:
    """A connector's name, and the brands it is told of, None for all."""

    name: str
    brands: frozenset[str] | None


def read_told(path: str) -> list[Told]:
    """The connectors of a file, in its order. Raises `ConfigurationFault` where they cannot be read."""
    try:
        source = read_yaml(Path(path).read_text("utf-8"), path)
    except (OSError, UnicodeDecodeError):
        raise ConfigurationFault([Fault(path, None, "", "cannot be read")]) from None
    source.raise_faults()
    entries = source.data.get("connectors") if isinstance(source.data, Mapping) else None
    try:
        return [_told(entry) for entry in entries or ()]
    except (TypeError, KeyError, AttributeError):
        message = "not a list of connectors: see hilo config check"
        raise ConfigurationFault([Fault(path, None, "connectors", message)]) from None


def names_of(connectors: list[Told], brand: str | None) -> list[str]:
    """Those told of a brand; of None, all."""
    return [one.name for one in connectors if brand is None or one.brands is None or brand in one.brands]


def _told(entry: Mapping[str, Any]) -> Told:
    brands = entry.get("brands")
    return Told(str(entry["name"]), None if brands is None else frozenset(brands))
