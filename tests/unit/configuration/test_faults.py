"""Wrong files: which line and key each fault names, and what it says to write."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.configuration.one_brand import BRAND

Faults = Callable[[str], list[tuple[str, int | None, str, str]]]


# text after BRAND, line, key, a part of the message
AFTER_BRAND = [
    ("brans: []", 3, "brans", 'did you mean "brands"?'),
    ("colour: red", 3, "colour", "known: accounts, brands, calendars, cases, connectors, hours, identity"),
    ("access_token: x", 3, "access_token", "no secret is written here"),
    ("brands: []", 3, "brands", "written twice: line 1 has it already"),
    ("identity: yes", 3, "identity", "must be a mapping: write identity: {recycled_after: P180D}"),
    ("identity: {recycled: P180D}", 3, "identity.recycled", 'did you mean "recycled_after"?'),
    ("identity: {recycled_after: 180}", 3, "identity.recycled_after", "write it as PT48H"),
    ("identity: {national_ids: EC-cedula}", 3, "identity.national_ids", "must be a list: write [EC-cedula]"),
    ("identity: {secret: people, national_ids: [cedula]}", 3, "identity.national_ids[0]", "such as EC-cedula"),
    ("identity: {national_ids: [EC-cedula], secret: ids}", 3, "identity.secret", "must be people: the API may read no"),
    ("identity: {secret: 1}", 3, "identity.secret", "must be people"),
    ("identity: {national_ids: [EC-cedula]}", 3, "identity.secret", "is missing: write secret: people"),
    ("opt_out: {withdrw: [ya no]}", 3, "opt_out.withdrw", 'did you mean "withdraw"?'),
    ("opt_out: {withdraw: ['!!']}", 3, "opt_out.withdraw[0]", "a word or phrase of 1 to 100 characters"),
    ("accounts: whatsapp", 3, "accounts", "must be a list"),
    ("accounts:\n- whatsapp", 4, "accounts[0]", "must be a mapping"),
    ("accounts:\n-", 4, "accounts[0]", "must be a mapping"),
    ("accounts:\n- {channel: email, id: a@example.com}", 4, "accounts[0].brand", "is missing: write brand: acme"),
    (
        "accounts:\n- {channel: email, id: a@x.example, brand: acme}\n- channel: whatsap\n  id: '1'\n  brand: acme",
        5,
        "accounts[1].channel",
        'did you mean "whatsapp"?',
    ),
    ("accounts:\n- channel: fax\n  id: '1'\n  brand: acme", 4, "accounts[0].channel", "known: app, email"),
    (
        "accounts:\n- channel: whatsapp\n  id: 200000000000001\n  brand: acme\n  secret: whatsapp",
        5,
        "accounts[0].id",
        'must be text: write id: "200000000000001", in quotes',
    ),
    ("accounts:\n- {channel: email, id: 'a b', brand: acme}", 4, "accounts[0].id", "without spaces"),
    ("accounts:\n- {channel: email, id: 'a#b', brand: acme}", 4, "accounts[0].id", "without spaces or #"),
    ("accounts:\n- {channel: email, id: '', brand: acme}", 4, "accounts[0].id", "1 to 256 characters"),
    (
        "accounts:\n- channel: whatsapp\n  id: '1'\n  secret: whatsapp\n  brand: acne",
        7,
        "accounts[0].brand",
        'no brand has this name; did you mean "acme"?',
    ),
    (
        "accounts:\n- {channel: whatsapp, id: '1', brand: acme}",
        4,
        "accounts[0].secret",
        "is missing: write secret: whatsapp, the name of the secret",
    ),
    (
        "accounts:\n- {channel: email, id: A@x.example, brand: acme}\n- {channel: email, id: a@x.example, brand: acme}",
        5,
        "accounts[1].id",
        "an earlier entry has this account",
    ),
    ("connectors:\n- {name: demo, kind: tool, url: 'https://a.example'}", 4, "connectors[0].secret", "is missing"),
    (
        "connectors:\n- name: demo\n  kind: tols\n  secret: demo",
        5,
        "connectors[0].kind",
        "unknown kind of connector; known: other, tool",
    ),
    ("connectors:\n- {name: demo, secret: demo}", 4, "connectors[0].kind", "is missing"),
    ("connectors:\n- {name: demo, kind: [tool], secret: demo}", 4, "connectors[0].kind", "must be text"),
    ("connectors:\n- {name: demo, kind: tool, secret: demo}", 4, "connectors[0].url", "is missing: write url:"),
    (
        "connectors:\n- {name: demo, kind: tool, secret: demo, url: }",
        4,
        "connectors[0].url",
        'has no value: write url: "https://tool.example.com"',
    ),
    (
        "connectors:\n- name: demo\n  kind: tool\n  secret: demo\n  url: https://a.example\n  que: Soporte",
        8,
        "connectors[0].que",
        'unknown key; did you mean "queue"?',
    ),
    (
        "connectors:\n- {name: demo, kind: other, secret: demo, brand: acme}",
        4,
        "connectors[0].brand",
        'unknown key; did you mean "brands"?',
    ),
    (
        "connectors:\n- name: demo\n  kind: other\n  secret: demo\n  api_token: abc",
        7,
        "connectors[0].api_token",
        "give its name as secret: <name>",
    ),
    (
        "connectors:\n- {name: demo, kind: tool, secret: demo, url: 'https://a.example', timeout_s: 99}",
        4,
        "connectors[0].timeout_s",
        "less than or equal to 15",
    ),
    (
        "connectors:\n- {name: demo, kind: other, secret: demo, sweep_minutes: 6}",
        4,
        "connectors[0].sweep_minutes",
        "less than or equal to 5",
    ),
    (
        "connectors:\n- {name: demo, kind: tool, secret: demo, url: 'https://a.example', mode: quick}",
        4,
        "connectors[0].mode",
        "must be 'fast' or 'safe'",
    ),
    (
        "connectors:\n- {name: demo, kind: tool, secret: demo, url: 'https://a.example', allow_private: maybe}",
        4,
        "connectors[0].allow_private",
        "must be true or false",
    ),
    (
        "connectors:\n- name: demo\n  kind: tool\n  secret: demo\n  url: https://a.example\n  labels:\n  - a\n  - 3",
        10,
        "connectors[0].labels[1]",
        "must be text",
    ),
    (
        "connectors:\n- name: demo\n  kind: tool\n  secret: demo\n  url: http://a.example",
        7,
        "connectors[0].url",
        "https only",
    ),
    (
        "connectors:\n- {name: demo, kind: other, secret: demo, brands: [acme, beta]}",
        4,
        "connectors[0].brands[1]",
        "no brand has this name; known: acme",
    ),
    (
        "connectors:\n- {name: demo, kind: other, secret: a}\n- {name: demo, kind: other, secret: b}",
        5,
        "connectors[1].name",
        "this name is taken",
    ),
    (
        "accounts:\n- {channel: messenger, id: '4', brand: acme, secret: a, page: '5'}",
        4,
        "accounts[0].page",
        "belongs to accounts of instagram alone",
    ),
    (
        "accounts:\n- {channel: instagram, id: '4', brand: acme, secret: a, login: google}",
        4,
        "accounts[0].login",
        "must be 'facebook' or 'instagram'",
    ),
    ("connectors:\n- {name: whatsapp, kind: other, secret: a}", 4, "connectors[0].name", "a channel has this name"),
    ("connectors:\n- {name: Soporte Uno, kind: other, secret: a}", 4, "connectors[0].name", "1 to 40 of a-z"),
    ("windows: PT48H", 3, "windows", "must be a mapping"),
    ("windows: {reopn: {whatsapp: PT48H}}", 3, "windows.reopn", 'did you mean "reopen"?'),
    ("windows:\n  reopen: PT48H", 4, "windows.reopen", "must be a mapping: write reopen: {whatsapp: PT48H}"),
    ("windows:\n  reopen:\n    whatsap: PT48H", 5, "windows.reopen.whatsap", 'did you mean "whatsapp"?'),
    ("windows: {reopen: {whatsapp: 48}}", 3, "windows.reopen.whatsapp", "write it as PT48H"),
    ("windows: {reopen: {whatsapp: 48h}}", 3, "windows.reopen.whatsapp", "write it as PT48H"),
    ("windows: {reopen: {whatsapp: }}", 3, "windows.reopen.whatsapp", "write it as PT48H"),
    ("windows: {reopen: {email: P1M}}", 3, "windows.reopen.email", "write it as PT48H"),
    ("windows: {close: {email: P99999D}}", 3, "windows.close.email", "longer than ten years"),
]


@pytest.mark.parametrize(("text", "line", "key", "message"), AFTER_BRAND, ids=[row[0][:60] for row in AFTER_BRAND])
def test_fault_names_line_key_and_what_to_write(faults: Faults, text: str, line: int, key: str, message: str) -> None:
    found = faults(BRAND + text)
    assert [fault[:3] for fault in found] == [("hub.yaml", line, key)]
    assert message in found[0][3]


# the brand's fields, line, key, a part of the message
BRANDS = [
    ("languages: [es], default_country: EC, time_zone: UTC", "name", "is missing: write name: acme"),
    ("name: Acme, languages: [es], default_country: EC, time_zone: UTC", "name", "1 to 40 of a-z"),
    ("name: " + "a" * 41 + ", languages: [es], default_country: EC, time_zone: UTC", "name", "1 to 40 of a-z"),
    ("name: a, default_country: EC, time_zone: UTC", "languages", "is missing: write languages: [es, en]"),
    ("name: a, languages: es, default_country: EC, time_zone: UTC", "languages", "must be a list"),
    ("name: a, languages: [], default_country: EC, time_zone: UTC", "languages", "write at least one language"),
    ("name: a, languages: [es, xx], default_country: EC, time_zone: UTC", "languages[1]", "two letters of ISO 639"),
    ("name: a, languages: [pt-br], default_country: EC, time_zone: UTC", "languages[0]", "pt-BR"),
    ("name: a, languages: [es], time_zone: UTC", "default_country", "is missing: write default_country: EC"),
    ("name: a, languages: [es], default_country: ec, time_zone: UTC", "default_country", "did you mean EC?"),
    ("name: a, languages: [es], default_country: Ecuador, time_zone: UTC", "default_country", "such as EC"),
    ("name: a, languages: [es], default_country: 593, time_zone: UTC", "default_country", "must be text: write"),
    ("name: a, languages: [es], default_country: EC", "time_zone", "write time_zone: America/Guayaquil"),
    (
        "name: a, languages: [es], default_country: EC, time_zone: Guayaquil",
        "time_zone",
        "did you mean America/Guayaquil?",
    ),
    (
        "name: a, languages: [es], default_country: EC, time_zone: America/Sao Paulo",
        "time_zone",
        "did you mean America/Sao_Paulo?",
    ),
    ("name: a, languages: [es], default_country: EC, time_zone: America", "time_zone", "write an IANA name"),
    ("name: a, languages: [es], default_country: EC, time_zone: /etc/passwd", "time_zone", "write an IANA name"),
    ("name: a, languages: [es], default_country: EC, time_zone: ''", "time_zone", "write an IANA name"),
    ("name: a, languages: [es], default_country: EC, time_zone: UTC, color: red", "color", "unknown key"),
]


@pytest.mark.parametrize(("fields", "key", "message"), BRANDS, ids=[row[0][:70] for row in BRANDS])
def test_fault_of_a_brand(faults: Faults, fields: str, key: str, message: str) -> None:
    found = faults(f"brands:\n\n- {{{fields}}}\n")
    assert [fault[:3] for fault in found] == [("hub.yaml", 3, f"brands[0].{key}")]
    assert message in found[0][3]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "must be a mapping that begins with brands:"),
        ("# nothing\n", 1, "must be a mapping that begins with brands:"),
        ("- a", 1, "must be a mapping that begins with brands:"),
        ("acme", 1, "must be a mapping that begins with brands:"),
        ("brands: [\n{name: a\n", 3, "not YAML"),
        ("brands:\n\t- a", 2, "indent with spaces, not tabs"),
        ("brands:\n- a: b: c", 2, "not YAML: mapping values are not allowed"),
        ("brands: []\n---\nbrands: []", 2, "not YAML"),
        ("brands: []\n\n\x07", 3, "control character"),
        ("brands: *a", 1, "not YAML: found undefined alias"),
        ("[" * 50_000, 1, "nested deeper"),
        ("- " * 50_000, 1, "nested deeper"),
        (" " * 1_000_001, None, "larger than a megabyte"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_is_no_configuration_at_all(faults: Faults, text: str, line: int | None, message: str) -> None:
    found = faults(text)
    assert [fault[:3] for fault in found] == [("hub.yaml", line, "")]
    assert message in found[0][3]


@pytest.mark.parametrize("text", ["brands:", "brands: []", "brands: ~", "accounts: []"])
def test_at_least_one_brand_is_needed(faults: Faults, text: str) -> None:
    assert [(line, key) for _, line, key, _ in faults(text)] == [(1, "brands")]


@pytest.mark.parametrize(
    "text",
    ["a: &x [1]\nb: *x", "a: &x {b: *x}", "? [a, b]\n: c", "? {a: b}\n: c"],
)
def test_yaml_beyond_the_plain_is_a_fault_not_a_crash(faults: Faults, text: str) -> None:
    messages = [message for *_, message in faults(BRAND + text)]
    assert any("anchors and aliases are not read" in message or "plain text" in message for message in messages)


SECRETS = [
    "EAAGm0PX4ZCpsBAKZC9ZAexample",
    "0123456789abcdef0123456789abcdef",
    "3f2b8c1e-0000-4000-8000-0123456789ab",
    "whsec_c2VjcmV0LWZvci10ZXN0cw",
    "sk_live_abcdefghij",
    "p4ssw0rd!",
    "Two Words",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_in_the_place_of_its_name_is_a_fault_that_does_not_repeat_it(faults: Faults, secret: str) -> None:
    found = faults(
        f'{BRAND}accounts:\n- {{channel: whatsapp, id: "1", brand: acme, secret: "{secret}"}}\n'
        f'connectors:\n- {{name: demo, kind: other, secret: "{secret}", password: "{secret}"}}'
    )
    assert [(line, key) for _, line, key, _ in found] == [
        (4, "accounts[0].secret"),
        (6, "connectors[0].secret"),
        (6, "connectors[0].password"),
    ]
    assert "name of a secret, not the secret itself" in found[0][3]
    assert all(secret not in message for *_, message in found)


def test_every_fault_is_told_at_once_in_the_order_of_the_file(faults: Faults) -> None:
    found = faults(
        "windows: {reopen: {whatsapp: 48}}\n"
        "brands:\n"
        "- {name: acme, languages: [es], default_country: EC, time_zone: Quito}\n"
        "- {name: acme, languages: [es], default_country: ZZ, time_zone: UTC}\n"
        "accounts:\n"
        "- {channel: whatsap, id: 1, brand: beta}\n"
        "connectors:\n"
        "- {name: demo, kind: nothing}\n"
        "- {name: demo, kind: tool, secret: demo, url: 3}\n"
    )
    assert [(line, key) for _, line, key, _ in found] == [
        (1, "windows.reopen.whatsapp"),
        (3, "brands[0].time_zone"),
        (4, "brands[1].default_country"),
        (4, "brands[1].name"),
        (6, "accounts[0].brand"),
        (6, "accounts[0].channel"),
        (6, "accounts[0].id"),
        (8, "connectors[0].secret"),
        (8, "connectors[0].kind"),
        (9, "connectors[1].url"),
        (9, "connectors[1].name"),
    ]


def test_a_fault_in_a_brand_does_not_make_its_accounts_wrong(faults: Faults) -> None:
    found = faults(
        "brands:\n- {name: acme, languages: [es], default_country: EC, time_zone: Quito}\n"
        "accounts:\n- {channel: email, id: a@example.com, brand: acme}\n"
    )
    assert [key for _, _, key, _ in found] == ["brands[0].time_zone"]
