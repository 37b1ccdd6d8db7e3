"""Right files: what is read, what is assumed, what can be asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from shared.configuration import CHANNELS, Config, ConfigurationFault, Fault, load, parse, parse_mapping, seconds_of
from shared.configuration.notices import notices
from shared.connectors.generic_webhook.options import Options
from shared.domain.errors import Misconfigured

Parsed = Callable[[str], Config]

ROOT = Path(__file__).resolve().parents[3]
HOUR = 3600
DAY = 24 * HOUR

TWO_BRANDS = """
brands:
- {name: acme, languages: [es, en], default_country: EC, time_zone: America/Guayaquil}
- {name: norte, languages: [pt-BR], default_country: NO, time_zone: America/Sao_Paulo}
accounts:
- {channel: whatsapp, id: "200000000000001", brand: acme, portfolio: andes, secret: whatsapp}
- {channel: whatsapp, id: "200000000000002", brand: norte, secret: whatsapp}
- {channel: email, id: Ventas@example.com, brand: norte}
connectors:
- {name: soporte, kind: tool, url: "https://tool.example.com", secret: soporte, queue: Soporte, brands: [acme]}
- {name: demo, kind: other, secret: demo}
windows:
  reopen: {whatsapp: PT36H, comment: PT0S}
  close: {email: P30D}
  join:
"""


@pytest.mark.parametrize("name", ["demo.yaml", "hub.yaml"])
def test_the_examples_load(name: str) -> None:
    config = load(str(ROOT / "config" / name), {"generic_webhook": Options})
    assert [brand.name for brand in config.brands] == ["acme"]
    assert config.account("whatsapp", "200000000000001") is not None


def test_the_demo_has_the_tool_that_the_embedded_run_shows() -> None:
    [demo] = load(str(ROOT / "config" / "demo.yaml"), {"generic_webhook": Options}).connectors
    assert (demo.name, demo.kind, demo.secret, demo.brands) == ("demo", "generic_webhook", "demo", None)
    assert demo.options.url == "http://127.0.0.1:8080/demo-tool/events"
    assert demo.options.allow_private is True


def test_the_demo_has_hours_targets_and_a_survey_to_look_at_and_warns_of_nothing() -> None:
    """The years that the hub's table of holidays covers; `hilo config check` says when that is over."""
    found = load(str(ROOT / "config" / "demo.yaml"), {"generic_webhook": Options})
    assert ("acme", "office") in found.service_levels.calendars
    assert {channel for policy in found.service_levels.policies for channel in policy.whom.channels or ()} == {
        "whatsapp", "messenger", "instagram", "email",
    }  # fmt: skip
    assert [(one.brand, one.kind) for one in found.surveys] == [("acme", "csat")]
    assert notices(found.holiday_uses, date(2026, 11, 1), date(2027, 12, 31)) == []


def test_the_contracts_example_loads(kinds: dict[str, type[BaseModel]]) -> None:
    text = """
brands:
- {name: acme, languages: [es, en], default_country: EC, time_zone: America/Guayaquil}
accounts:
- {channel: whatsapp, id: "200000000000001", brand: acme, portfolio: default, secret: whatsapp}
connectors:
- {name: demo, kind: generic_webhook, url: "http://127.0.0.1:8080/demo-tool/events", secret: demo, allow_private: true}
- {name: soporte, kind: request_tracker, url: "https://rt.example.com", secret: soporte, queue: Soporte}
windows: {reopen: {whatsapp: PT48H}}                  # defaults: routing_sla.md
"""
    config = parse(text, "hub.yaml", {"generic_webhook": Options, "request_tracker": kinds["tool"]})
    assert [connector.options.url for connector in config.connectors] == [
        "http://127.0.0.1:8080/demo-tool/events",
        "https://rt.example.com",
    ]
    assert config.connectors[1].options.queue == "Soporte"


def test_brand_of_an_account(parsed: Parsed) -> None:
    config = parsed(TWO_BRANDS)
    acme, norte = config.brands
    assert config.brand_of("whatsapp", "200000000000001") == (acme, True)
    assert config.brand_of("whatsapp", "200000000000002") == (norte, True)
    assert config.brand_of("email", "ventas@EXAMPLE.com") == (norte, True)


def test_an_unknown_account_is_the_first_brands(parsed: Parsed) -> None:
    config = parsed(TWO_BRANDS)
    assert config.brand_of("whatsapp", "999") == (config.brands[0], False)
    assert config.brand_of("email", "200000000000001") == (config.brands[0], False)
    assert config.account("whatsapp", "999") is None


def test_an_instagram_account_answers_to_its_page(parsed: Parsed) -> None:
    text = """
brands: [{name: acme, languages: [es], default_country: EC, time_zone: UTC}]
accounts:
- {channel: messenger, id: "400", brand: acme, secret: messenger}
- {channel: instagram, id: "17840", brand: acme, secret: instagram, page: "400", login: facebook}
"""
    config = parsed(text)
    page, account = config.accounts
    assert config.account("instagram", "400") == config.account("instagram", "17840") == account
    assert config.account("messenger", "400") == page
    assert config.account("messenger", "17840") is None


def test_portfolio_is_default_unless_named(parsed: Parsed) -> None:
    assert [account.portfolio for account in parsed(TWO_BRANDS).accounts] == ["andes", "default", "default"]


def test_tools_are_swept_every_five_minutes_or_more_often(parsed: Parsed) -> None:
    config = parsed(TWO_BRANDS.replace("queue: Soporte,", "queue: Soporte, sweep_minutes: 1,"))
    assert {one.name: one.sweep_minutes for one in config.connectors} == {"soporte": 1, "demo": 5}


def test_connectors_are_told_of_their_brands_alone(parsed: Parsed) -> None:
    config = parsed(TWO_BRANDS)
    assert [connector.name for connector in config.connectors_of("acme")] == ["soporte", "demo"]
    assert [connector.name for connector in config.connectors_of("norte")] == ["demo"]
    soporte = config.connector("soporte")
    assert soporte is not None
    assert soporte.options.queue == "Soporte"
    assert config.connector("nobody") is None
    with pytest.raises(KeyError):
        config.brand("nobody")


def test_norway_is_a_country(parsed: Parsed) -> None:
    assert parsed(TWO_BRANDS).brand("norte").default_country == "NO"


def test_brands_are_enough(parsed: Parsed) -> None:
    text = "brands: [{name: acme, languages: [es], default_country: EC, time_zone: UTC}]\naccounts:\nconnectors: []\n"
    config = parsed(text)
    assert (config.accounts, config.connectors) == ([], [])
    assert config.windows.reopen_s("whatsapp") == 48 * HOUR


def test_the_configuration_is_read_only(parsed: Parsed) -> None:
    with pytest.raises(ValidationError):
        parsed(TWO_BRANDS).brands[0].name = "other"  # type: ignore[misc]


DEFAULTS = [
    # channel, reopen, close, join
    ("whatsapp", 48 * HOUR, 72 * HOUR, 24 * HOUR),
    ("messenger", 48 * HOUR, 72 * HOUR, 24 * HOUR),
    ("instagram", 48 * HOUR, 72 * HOUR, 24 * HOUR),
    ("telegram", 48 * HOUR, 72 * HOUR, 24 * HOUR),
    ("x", 48 * HOUR, 72 * HOUR, 24 * HOUR),
    ("linkedin", 48 * HOUR, 72 * HOUR, 24 * HOUR),
    ("sms", 48 * HOUR, 72 * HOUR, 24 * HOUR),
    ("webchat", 24 * HOUR, 24 * HOUR, 24 * HOUR),
    ("app", 24 * HOUR, 24 * HOUR, 24 * HOUR),
    ("email", 14 * DAY, 14 * DAY, 0),
    ("voice", 24 * HOUR, 72 * HOUR, 2 * HOUR),
    ("in_person", 0, 72 * HOUR, 0),
    ("comment", 24 * HOUR, 72 * HOUR, 0),
]


def test_every_channel_has_default_windows() -> None:
    assert {row[0] for row in DEFAULTS} == {*CHANNELS, "comment"}


@pytest.mark.parametrize(("channel", "reopen", "close", "join"), DEFAULTS)
def test_default_windows(parsed: Parsed, channel: str, reopen: int, close: int, join: int) -> None:
    windows = parsed(TWO_BRANDS.split("windows:")[0]).windows
    assert (windows.reopen_s(channel), windows.close_s(channel), windows.join_s(channel)) == (reopen, close, join)


def test_configured_windows_take_the_place_of_defaults(parsed: Parsed) -> None:
    windows = parsed(TWO_BRANDS).windows
    assert windows.reopen_s("whatsapp") == 36 * HOUR
    assert windows.reopen_s("comment") == 0
    assert windows.reopen_s("messenger") == 48 * HOUR
    assert windows.close_s("email") == 30 * DAY
    assert windows.close_s("whatsapp") == 72 * HOUR


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [
        ("PT48H", 48 * HOUR),
        ("PT30M", 1800),
        ("PT45S", 45),
        ("P14D", 14 * DAY),
        ("P2W", 14 * DAY),
        ("P1DT2H3M4S", DAY + 2 * HOUR + 184),
        ("PT0S", 0),
    ],
)
def test_durations_are_iso_8601(duration: str, seconds: int) -> None:
    assert seconds_of(duration) == seconds


@pytest.mark.parametrize(
    "duration",
    [
        "",
        "P",
        "PT",
        "P1DT",
        "48",
        "48H",
        "PT48",
        "pt48h",
        "P1Y",
        "P1M",
        "PT1.5H",
        "-PT1H",
        "PT1H ",
        "PT١H",
        "P" + "9" * 39 + "D",
    ],
)
def test_anything_else_is_no_duration(duration: str) -> None:
    with pytest.raises(ValueError, match="write it as PT48H"):
        seconds_of(duration)


def test_values_already_read_are_checked_alike(kinds: dict[str, type[BaseModel]]) -> None:
    brand = {"name": "acme", "languages": ["es"], "default_country": "EC", "time_zone": "UTC"}
    config = parse_mapping({"brands": [brand]}, "story.yaml", kinds)
    assert config.brands[0].time_zone == "UTC"
    with pytest.raises(ConfigurationFault) as refused:
        parse_mapping({"brands": [{**brand, "time_zone": "Quito"}], "accounts": {}}, "story.yaml", kinds)
    assert [(fault.line, fault.key) for fault in refused.value.faults] == [
        (None, "brands[0].time_zone"),
        (None, "accounts"),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "there is no such file"), (b"brands: \xff", "save it as UTF-8")],
)
def test_a_file_that_cannot_be_read(
    tmp_path: Path, kinds: dict[str, type[BaseModel]], content: bytes | None, message: str
) -> None:
    path = tmp_path / "hub.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationFault, match=message) as refused:
        load(str(path), kinds)
    assert [(fault.file, fault.line, fault.key) for fault in refused.value.faults] == [(str(path), None, "")]


def test_a_folder_is_no_file(tmp_path: Path, kinds: dict[str, type[BaseModel]]) -> None:
    with pytest.raises(ConfigurationFault, match="cannot be read"):
        load(str(tmp_path), kinds)


def test_a_fault_stops_what_needs_the_configuration(kinds: dict[str, type[BaseModel]]) -> None:
    with pytest.raises(Misconfigured, match=r"^hub\.yaml:1: brands: at least one brand is needed"):
        parse("brands: []", "hub.yaml", kinds)


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (Fault("hub.yaml", 3, "accounts[0].brand", "no"), "hub.yaml:3: accounts[0].brand: no"),
        (Fault("hub.yaml", 3, "", "no"), "hub.yaml:3: no"),
        (Fault("hub.yaml", None, "", "no"), "hub.yaml: no"),
        (Fault("story", None, "brands", "no"), "story: brands: no"),
    ],
)
def test_a_fault_reads_as_file_line_key(fault: Fault, text: str) -> None:
    assert str(fault) == text


def test_what_a_company_decides_about_its_people(parsed: Parsed) -> None:
    assert parsed(TWO_BRANDS).identity.recycled_after_s == 180 * DAY
    assert parsed(TWO_BRANDS).identity.national_ids == ()
    found = parsed(
        TWO_BRANDS
        + "identity: {recycled_after: P90D, national_ids: [EC-cedula, PE-DNI], secret: people}\n"
        + "opt_out: {withdraw: [¡Ya no!], grant: [Sí quiero]}\n"
    )
    assert found.identity.recycled_after_s == 90 * DAY
    assert (found.identity.national_ids, found.identity.secret) == (("EC-cedula", "PE-DNI"), "people")
    assert (found.opt_out.withdraw, found.opt_out.grant) == (["¡Ya no!"], ["Sí quiero"])


MEDIA_FAULTS = [
    ("media: 7", ("media",)),
    ("media: {colour: red}", ("media", "colour")),
    ("media: {max_bytes: {image: -1}}", ("media", "max_bytes", "image")),
    ("media: {max_bytes: {image: true}}", ("media", "max_bytes", "image")),
    ("media: {max_bytes: {hologram: 1}}", ("media", "max_bytes", "hologram")),
    ("media: {hosts: [127.0.0.1]}", ("media", "hosts", 0)),
    ('media: {hosts: ["https://files.example.com"]}', ("media", "hosts", 0)),
    ("media: {hosts: files.example.com}", ("media", "hosts")),
    ("media: {link_for: P1Y}", ("media", "link_for")),
    ("media: {link_for: PT1S}", ("media", "link_for")),
    ("media: {link_for: P91D}", ("media", "link_for")),
]
MEDIA_BRAND = "brands:\n- {name: acme, languages: [es], default_country: EC, time_zone: America/Guayaquil}\n"


@pytest.mark.parametrize(("text", "path"), MEDIA_FAULTS)
def test_what_is_wrong_with_the_rules_of_files_is_said_at_its_key(text: str, path: tuple[Any, ...]) -> None:
    with pytest.raises(ConfigurationFault) as caught:
        parse(MEDIA_BRAND + text, "hub.yaml", {})
    assert ".".join(str(part) for part in path if isinstance(part, str)) in str(caught.value).replace("[0]", "")


def test_the_rules_of_files() -> None:
    said = "media: {max_bytes: {image: 10, total: 25}, hosts: [files.example.com], link_for: P2D}"
    media = parse(MEDIA_BRAND + said, "hub.yaml", {}).media
    assert (media.limits().of("image", 0), media.limits().of("image", 20)) == (10, 5)
    assert (media.hosts, media.link_for_s) == (("files.example.com",), 2 * 86_400)
