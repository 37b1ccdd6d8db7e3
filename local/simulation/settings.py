"""A story's configuration: what it says itself, laid over a configuration file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from local.simulation.steps import ChannelStep
from local.simulation.story import Story, StoryFault
from shared.bootstrap import connector_options
from shared.configuration import Config, ConfigurationFault, Fault, load, parse_mapping
from shared.configuration.source import key_of, read_yaml

UNSIGNED: Final = ("email", "in_person")
"""Channels whose accounts need no secret."""

DEMO: Final = Path(__file__).parents[2] / "config" / "demo.yaml"
_HOME: Final = ("brands", "accounts", "connectors")
"""What of `DEMO` is anybody's who names no configuration: its hours, promises and surveys are there to be looked at."""

KIND: Final = "generic_webhook"
_CONNECTOR: Final = {
    "kind": KIND,
    "url": "http://127.0.0.1:8080/demo-tool/events",
    "secret": "demo",
    "allow_private": True,
}
"""What a story need not say of a connector: nobody is called, whatever its kind."""


def home() -> dict[str, Any]:
    """The brand, accounts and tool of `DEMO`, as written: open at every hour, nothing promised, nobody asked."""
    written: dict[str, Any] = read_yaml(DEMO.read_text("utf-8"), str(DEMO)).data
    return {name: written[name] for name in _HOME}


def settings(story: Story, base: Path | None) -> Config:
    """The configuration in which a story happens. Raises `StoryFault`, or `ConfigurationFault` for the file's own.

    `base`: the file that the story's own is laid over; without one it is `home`. A key that the story gives replaces
    the file's, but for what is left out: a brand is completed by the file's first brand, an account and a connector by
    what a simulation needs. `default_country` goes to every brand. A channel that the story uses and nobody configured
    gets an account of the first brand.
    """
    merged = _laid_over(story.config, home() if base is None else _written(base))
    for channel in sorted({one.step.channel for one in story.happenings() if isinstance(one.step, ChannelStep)}):
        _ensure_account(merged, channel)
    try:
        return parse_mapping(merged, story.source.file, connector_options())
    except ConfigurationFault as wrong:
        raise StoryFault([_placed(story, fault) for fault in wrong.faults]) from None


def _written(base: Path) -> dict[str, Any]:
    load(str(base), connector_options())  # its faults are told with its own lines
    found: dict[str, Any] = read_yaml(base.read_text("utf-8"), str(base)).data
    return found


def _laid_over(own: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    merged = {key: value for key, value in {**base, **own}.items() if key != "default_country"}
    country = {"default_country": own["default_country"]} if "default_country" in own else {}
    brands = _entries(merged, "brands", lambda one: {**base["brands"][0], **one, **country})
    names = [brand.get("name") for brand in brands if isinstance(brand, Mapping)]
    home = {"brand": names[0]} if names else {}
    _entries(merged, "accounts", lambda one: _account(one, home, names, is_own="accounts" in own))
    _entries(merged, "connectors", lambda one: {**_CONNECTOR, **one} if one.get("kind", KIND) == KIND else one)
    return merged


def _entries(merged: dict[str, Any], section: str, complete: Callable[[Mapping[str, Any]], Any]) -> list[Any]:
    """Complete each entry of a section, as far as it is one: what is none is told by the configuration's own check."""
    written = merged.get(section)
    if not isinstance(written, list):
        return []
    merged[section] = [complete(one) if isinstance(one, Mapping) else one for one in written]
    return list(merged[section])


def _account(one: Mapping[str, Any], home: Mapping[str, Any], brands: list[Any], *, is_own: bool) -> Mapping[str, Any]:
    """An account of the file whose brand the story does not have is the first brand's."""
    secret = {} if one.get("channel") in UNSIGNED else {"secret": "whatsapp"}
    full = {**home, **secret, **one}
    return full if is_own or full.get("brand") in brands else {**full, **home}


def _ensure_account(merged: dict[str, Any], channel: str) -> None:
    accounts, brands = merged.get("accounts") or [], merged.get("brands")
    if not isinstance(accounts, list) or not isinstance(brands, list) or not brands:
        return
    if any(isinstance(one, Mapping) and one.get("channel") == channel for one in accounts):
        return
    if isinstance(brands[0], Mapping):
        secret = {} if channel in UNSIGNED else {"secret": "whatsapp"}
        own = {"channel": channel, "id": _account_id(channel), "brand": brands[0].get("name"), **secret}
        merged["accounts"] = [*accounts, own]


def _account_id(channel: str) -> str:
    return "ayuda@example.com" if channel == "email" else f"our-{channel}"


def _placed(story: Story, fault: Fault) -> Fault:
    """With the line where the story says it, as far as it does."""
    key = (
        "default_country" if fault.key.endswith(".default_country") and "default_country" in story.config else fault.key
    )
    lines = {key_of(path[1:]): line for path, line in story.source.lines.items() if path[:1] == ("config",)}
    nearest = max((said for said in lines if key.startswith(said)), key=len, default="")
    return Fault(story.source.file, lines.get(nearest), f"config.{key}" if key else "config", fault.message)
