"""Which connectors of the configuration speak to the demo tool of this very hub."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from local.demo_tool import PATH
from shared.configuration import Config, ConnectorSettings

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


def point_demo_tool_at(config: Config, url: str) -> Config:
    """The configuration with the demo tool's address where this hub listens: `make run PORT=9000` moves both.

    Whatever port the file gives, the demo tool is that of the hub which reads the file.
    """
    connectors = [
        connector.model_copy(update={"options": connector.options.model_copy(update={"url": url + PATH})})
        if _is_demo_tool(connector)
        else connector
        for connector in config.connectors
    ]
    return config.model_copy(update={"connectors": connectors})


def demo_connectors(config: Config, url: str) -> dict[str, str]:
    """The connectors that speak to the demo tool: the name of each one's secret, by its own name."""
    return {
        connector.name: connector.secret
        for connector in config.connectors
        if getattr(connector.options, "url", None) == url + PATH
    }


def real_tools(config: Config, brand: str, url: str) -> list[str]:
    """The names of this brand's connectors that do not speak to the demo tool."""
    told = config.connectors_of(brand)
    return [connector.name for connector in told if getattr(connector.options, "url", None) != url + PATH]


def _is_demo_tool(connector: ConnectorSettings) -> bool:
    parts = urlsplit(getattr(connector.options, "url", ""))
    return parts.hostname in LOOPBACK and parts.path == PATH
