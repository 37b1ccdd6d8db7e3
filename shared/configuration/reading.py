"""From a file to a `Config`: each entry by itself, then what one says of another, then all faults at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from shared.configuration.calendars import read_calendars
from shared.configuration.cases import read_cases
from shared.configuration.checks import check, unknown_key
from shared.configuration.entries import entries
from shared.configuration.faults import ConfigurationFault, Fault
from shared.configuration.journeys import read_journeys
from shared.configuration.kpi import read_kpi
from shared.configuration.media import read_media
from shared.configuration.models import Account, Brand, Config, ConnectorSettings
from shared.configuration.outside import read_outside
from shared.configuration.people import read_identity, read_opt_out
from shared.configuration.reviews import ReviewSettings, read_reviews
from shared.configuration.sla import read_service_levels
from shared.configuration.source import Path, Source, read_yaml
from shared.configuration.surveys import read_surveys
from shared.configuration.values import closest
from shared.configuration.windows import CHANNELS, COMMENT, Windows, seconds_of
from shared.domain.event import HUB

Options = Mapping[str, type[BaseModel]]
Model = TypeVar("Model", bound=BaseModel)

TOP: Final = (
    "brands",
    "accounts",
    "connectors",
    "windows",
    "cases",
    "identity",
    "opt_out",
    "media",
    "surveys",
    "journeys",
    "calendars",
    "hours",
    "sla",
    "kpi",
    "reviews",
    "outside_numbers",
)
OWN: Final = ("name", "kind", "secret", "brands", "max_concurrent", "adopt_tickets", "sweep_minutes")
"""A connector's keys of every kind; the others are its kind's."""
ONLY: Final[Mapping[str, tuple[str, ...]]] = {
    "page": ("instagram",),
    "login": ("instagram",),
    "template": ("whatsapp",),
    "human_agent": ("messenger", "instagram"),
    "reply_to": ("messenger", "instagram"),
}
"""Keys of an account that belong to some channels alone."""
SIGNED: Final = frozenset(CHANNELS) - {"email", "in_person"}
"""Channels whose deliveries are signed: their accounts need a secret."""
LARGEST: Final = 1_000_000
"""Characters of a file."""


def load(path: str, connector_options: Options) -> Config:
    """Read and check a file. `connector_options`: the pydantic model of each connector kind's own settings.

    Raises `ConfigurationFault` with every fault in it.
    """
    try:
        text = FilePath(path).read_text("utf-8")
    except FileNotFoundError:
        raise ConfigurationFault([Fault(path, None, "", "there is no such file")]) from None
    except UnicodeDecodeError:
        raise ConfigurationFault([Fault(path, None, "", "not UTF-8: save it as UTF-8")]) from None
    except OSError as error:
        raise ConfigurationFault([Fault(path, None, "", f"cannot be read: {error.strerror}")]) from None
    return parse(text, path, connector_options)


def parse(text: str, source: str, connector_options: Options) -> Config:
    """As `load`, of a text; `source` is the name that faults give the file."""
    if len(text) > LARGEST:
        raise ConfigurationFault([Fault(source, None, "", "larger than a megabyte: this is no configuration")])
    return _config(read_yaml(text, source), connector_options)


def parse_mapping(data: Mapping[str, Any], source: str, connector_options: Options) -> Config:
    """As `parse`, of values already read (a story's configuration). Faults have no line."""
    return _config(Source(source, data), connector_options)


def _config(source: Source, connector_options: Options) -> Config:
    if not isinstance(source.data, Mapping):
        if source.faults == []:
            source.fault((), "must be a mapping that begins with brands:")
        source.raise_faults()
    for key in source.data:
        if key not in TOP:
            source.fault((key,), unknown_key(key, TOP))
    brands = _brands(source)
    accounts = _accounts(source)
    connectors = _connectors(source, connector_options)
    windows, cases = _windows(source), read_cases(source)
    identity, opt_out = read_identity(source), read_opt_out(source)
    media = read_media(source)
    kpi = read_kpi(source, cases)
    surveys = read_surveys(source)
    reviews = read_reviews(source)
    outside_numbers = read_outside(source)
    journeys = read_journeys(source)
    zones = {brand.name: brand.time_zone for brand in brands}
    calendars = read_calendars(source, zones)
    service_levels = read_service_levels(source, zones, calendars)
    for index, asked in enumerate(surveys):
        _known_brand(source, ("surveys", index, "brand"), asked.brand)
    for index, one in enumerate(outside_numbers):
        _known_brand(source, ("outside_numbers", index, "brand"), one.brand)
    _reviewed(source, reviews, accounts)
    source.raise_faults()
    return Config(
        brands=brands,
        accounts=accounts,
        connectors=connectors,
        windows=windows,
        cases=cases,
        identity=identity,
        opt_out=opt_out,
        service_levels=service_levels,
        holiday_uses=calendars.uses,
        kpi=kpi,
        media=media,
        surveys=surveys,
        reviews=reviews,
        outside_numbers=outside_numbers,
        journeys=journeys,
    )


def _reviewed(source: Source, reviews: list[ReviewSettings], accounts: list[Account]) -> None:
    """Each review is of a brand, and goes out from a mailbox of it."""
    mailboxes = {(one.brand, one.id.lower()) for one in accounts if one.channel == "email"}
    for index, one in enumerate(reviews):
        _known_brand(source, ("reviews", index, "brand"), one.brand)
        if (one.brand, one.sender.lower()) not in mailboxes:
            source.fault(
                ("reviews", index, "from"), "is no mailbox of this brand: name one of accounts: with channel: email"
            )


def _texts(source: Source, section: str, key: str) -> Iterator[tuple[Path, str]]:
    """Every text under `key` of a section's entries, also of those with other faults."""
    data = source.data.get(section)
    for index, entry in enumerate(data if isinstance(data, list) else ()):
        if isinstance(entry, Mapping) and isinstance(entry.get(key), str):
            yield (section, index, key), entry[key]


def _unique(source: Source, section: str) -> None:
    taken: Counter[str] = Counter()
    for path, name in _texts(source, section, "name"):
        taken[name] += 1
        if taken[name] > 1:
            source.fault(path, "this name is taken by an earlier entry: choose another")


def _brands(source: Source) -> list[Brand]:
    if not source.data.get("brands"):
        source.fault(
            ("brands",),
            "at least one brand is needed: write brands: and under it "
            "- {name: acme, languages: [es, en], default_country: EC, time_zone: America/Guayaquil}",
        )
        return []
    made = [check(Brand, entry, path, source) for path, entry in entries(source, "brands")]
    _unique(source, "brands")
    return [brand for brand in made if brand]


def _known_brand(source: Source, path: Path, name: object) -> None:
    known = [text for _, text in _texts(source, "brands", "name")]
    if isinstance(name, str) and known and name not in known:
        source.fault(path, "no brand has this name; " + closest(name, known))


def _accounts(source: Source) -> list[Account]:
    made = []
    taken = set()
    for path, entry in entries(source, "accounts"):
        if isinstance(entry, Mapping):
            _known_brand(source, (*path, "brand"), entry.get("brand"))
        account = check(Account, entry, path, source)
        if account is None:
            continue
        made.append(account)
        if account.secret is None and account.channel in SIGNED:
            source.fault((*path, "secret"), "is missing: write secret: whatsapp, the name of the secret that signs")
        for key, channels in ONLY.items():
            if getattr(account, key) and account.channel not in channels:
                source.fault((*path, key), f"belongs to accounts of {' and '.join(channels)} alone: remove it")
        same = (account.channel, account.id.lower() if account.channel == "email" else account.id)
        if same in taken:
            source.fault((*path, "id"), "an earlier entry has this account of this channel: remove one")
        taken.add(same)
    return made


def _connectors(source: Source, connector_options: Options) -> list[ConnectorSettings]:
    made = []
    for path, entry in entries(source, "connectors"):
        connector = _connector(source, path, entry, connector_options)
        if connector:
            made.append(connector)
    _unique(source, "connectors")
    for path, name in _texts(source, "connectors", "name"):
        if name in (*CHANNELS, HUB):
            what = "the hub itself" if name == HUB else "a channel"
            source.fault(path, f"{what} has this name: choose another")
    return made


def _connector(source: Source, path: Path, entry: Any, connector_options: Options) -> ConnectorSettings | None:
    if not isinstance(entry, Mapping):
        return check(ConnectorSettings, entry, path, source)
    own = {key: value for key, value in entry.items() if key in OWN}
    settings = check(ConnectorSettings, own, path, source)
    named = entry.get("brands")
    for index, brand in enumerate(named if isinstance(named, list) else ()):
        _known_brand(source, (*path, "brands", index), brand)
    kind = entry.get("kind")
    if not isinstance(kind, str):
        return None
    if kind not in connector_options:
        source.fault((*path, "kind"), "unknown kind of connector; known: " + ", ".join(sorted(connector_options)))
        return None
    rest = {key: value for key, value in entry.items() if key not in OWN}
    options = check(connector_options[kind], rest, path, source, OWN)
    return settings.model_copy(update={"options": options}) if settings and options else None


def _windows(source: Source) -> Windows:
    data = source.data.get("windows")
    if data is None:
        return Windows()
    if not isinstance(data, Mapping):
        source.fault(("windows",), "must be a mapping: write windows: {reopen: {whatsapp: PT48H}}")
        return Windows()
    seconds = {}
    for key, channels in data.items():
        if key not in Windows.model_fields:
            source.fault(("windows", key), unknown_key(key, Windows.model_fields))
        elif isinstance(channels, Mapping):
            seconds[key] = dict(_durations(source, key, channels))
        elif channels is not None:
            source.fault(("windows", key), f"must be a mapping: write {key}: {{whatsapp: PT48H}}")
    return Windows(**seconds)


def _durations(source: Source, key: str, channels: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for channel, duration in channels.items():
        path: Path = ("windows", key, channel)
        if channel not in (*CHANNELS, COMMENT):
            source.fault(path, "unknown channel; " + closest(channel, (*CHANNELS, COMMENT)))
            continue
        try:
            yield channel, seconds_of(duration if isinstance(duration, str) else "")
        except ValueError as error:
            source.fault(path, str(error))
